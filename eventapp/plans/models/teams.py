"""Who makes a plan: the people of both sides, as a history."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l


class Side(StrEnum):
    """A side of a plan: `a` is the vendor, `b` the partner, the distributor or the other vendor."""

    A = "a"
    B = "b"

    @property
    def other(self) -> "Side":
        """The side across the table."""
        return Side.B if self is Side.A else Side.A


class MemberFunction(StrEnum):
    """What somebody does in the plan, for their side."""

    EXEC_SPONSOR = "exec_sponsor"
    OWNER = "owner"
    TECHNICAL_LEAD = "technical_lead"
    SALES = "sales"
    PRESALES = "presales"
    MARKETING = "marketing"
    SERVICES = "services"
    ENABLEMENT = "enablement"
    FINANCE = "finance"
    PRODUCT = "product"
    CUSTOMER_SUCCESS = "customer_success"
    OTHER = "other"


PLAN_FUNCTION_LABELS = {
    MemberFunction.EXEC_SPONSOR: _l("Executive sponsor"),
    MemberFunction.OWNER: _l("Plan owner"),
    MemberFunction.TECHNICAL_LEAD: _l("Technical lead"),
    MemberFunction.SALES: _l("Sales"),
    MemberFunction.PRESALES: _l("Presales"),
    MemberFunction.MARKETING: _l("Marketing"),
    MemberFunction.SERVICES: _l("Services"),
    MemberFunction.ENABLEMENT: _l("Enablement"),
    MemberFunction.FINANCE: _l("Finance"),
    MemberFunction.PRODUCT: _l("Product"),
    MemberFunction.CUSTOMER_SUCCESS: _l("Customer success"),
    MemberFunction.OTHER: _l("Other"),
}
# Held by one person of each side at a time.
SINGLE_FUNCTIONS = (MemberFunction.EXEC_SPONSOR, MemberFunction.OWNER, MemberFunction.TECHNICAL_LEAD)


class PlanMember(Base):
    """Somebody in a function on a side, from when to when: each row is a chapter of the team's history and stays.

    People of the vendor are logins, those of side b are people of that company. `name` is what they were called then: a
    successor changes nothing of what stands in old records. Rows of a plan (owners, signatures, actions) name members,
    never people. `name_salt` goes into the signed content with the name's hash, so that a version says who was in the team
    without holding a name; an erasure drops both. `successor_id` is who took over.
    """

    __tablename__ = "plan_member"
    __table_args__ = (
        CheckConstraint("side = 'b' OR person_id IS NULL", name="vendor_has_logins"),
        CheckConstraint("side = 'a' OR user_id IS NULL", name="partner_has_people"),
        CheckConstraint("left_at IS NULL OR left_at >= joined_at", name="leaves_after_joining"),
        CheckConstraint("successor_id IS NULL OR left_at IS NOT NULL", name="successor_of_who_left"),
        Index("ix_plan_member_plan_id_side", "plan_id", "side"),
        Index("ix_plan_member_person_id", "person_id"),
        Index("ix_plan_member_user_id", "user_id"),
        *(
            Index(
                f"uq_plan_member_{name}",
                "plan_id",
                *columns,
                unique=True,
                sqlite_where=text(f"left_at IS NULL{further}"),
                postgresql_where=text(f"left_at IS NULL{further}"),
            )
            for name, columns, further in (
                ("person", ("person_id",), ""),
                ("user", ("user_id",), ""),
                ("single", ("side", "function"), " AND function IN ('exec_sponsor', 'owner', 'technical_lead')"),
            )
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    side: Mapped[Side] = mapped_column(text_enum(Side))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    name: Mapped[str] = mapped_column(String(200))
    name_salt: Mapped[str] = mapped_column(String(32))
    function: Mapped[MemberFunction] = mapped_column(text_enum(MemberFunction))
    signatory: Mapped[bool] = mapped_column(default=False)
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("plan_member.id"))
    added_by: Mapped[str] = mapped_column(String(254))


class PlanDelegation(Base):
    """An executive sponsor lets somebody of the own side sign instead, in writing and before it is signed.

    `text` is what the sponsor wrote. Over with `ended_at`; one at a time holds for a sponsor.
    """

    __tablename__ = "plan_delegation"
    __table_args__ = (
        CheckConstraint("sponsor_id <> delegate_id", name="two_people"),
        CheckConstraint("text <> ''", name="in_writing"),
        Index("ix_plan_delegation_plan_id", "plan_id"),
        Index(
            "uq_plan_delegation_open",
            "sponsor_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    sponsor_id: Mapped[int] = mapped_column(ForeignKey("plan_member.id"))
    delegate_id: Mapped[int] = mapped_column(ForeignKey("plan_member.id"))
    text: Mapped[str] = mapped_column(String(500))
    given_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
