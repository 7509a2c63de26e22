"""People, their addresses, and the companies they belong to over time."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.partners.models.reference import folded


class Person(Base):
    """A human being; outlives every company change. A login (`user_id`) is optional.

    `merged_into_id` is the person that this one turned out to be; the row stays for old links and for undoing.
    """

    __tablename__ = "person"
    __table_args__ = (Index("ix_person_sort_key_id", "sort_key", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    given_name: Mapped[str] = mapped_column(String(100))
    family_name: Mapped[str] = mapped_column(String(100))
    badge_name: Mapped[str] = mapped_column(String(150), default="")
    sort_key: Mapped[str] = mapped_column(folded(220))
    phone: Mapped[str] = mapped_column(String(20), default="")
    language: Mapped[str] = mapped_column(String(20), default="")
    time_zone: Mapped[str] = mapped_column(String(60), default="")
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), unique=True)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    erased_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy

    @property
    def full_name(self) -> str:
        """Given and family name."""
        return f"{self.given_name} {self.family_name}".strip()


class PersonEmail(Base):
    """An address of a person in normal form, unique over all people. One of them is the primary one."""

    __tablename__ = "person_email"
    __table_args__ = (
        Index(
            "uq_person_email_primary",
            "person_id",
            unique=True,
            sqlite_where=text("is_primary"),
            postgresql_where=text("is_primary"),
        ),
        Index("ix_person_email_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    address: Mapped[str] = mapped_column(String(254), unique=True)
    is_primary: Mapped[bool] = mapped_column(default=True)


class MembershipRole(StrEnum):
    """What somebody may do for the company."""

    MEMBER = "member"
    ADMIN = "admin"
    EXECUTIVE = "executive"


class JobFunction(StrEnum):
    """What somebody does in the company."""

    EXECUTIVE = "executive"
    SALES = "sales"
    PRESALES = "presales"
    TECHNICAL = "technical"
    MARKETING = "marketing"
    SERVICES = "services"
    TRAINING = "training"
    FINANCE = "finance"


FUNCTION_LABELS = {
    JobFunction.EXECUTIVE: _l("Executive"),
    JobFunction.SALES: _l("Sales"),
    JobFunction.PRESALES: _l("Presales"),
    JobFunction.TECHNICAL: _l("Technical"),
    JobFunction.MARKETING: _l("Marketing"),
    JobFunction.SERVICES: _l("Services"),
    JobFunction.TRAINING: _l("Training"),
    JobFunction.FINANCE: _l("Finance"),
}


class MembershipState(StrEnum):
    """Whether the company knows about it: asked for, in force, over, refused."""

    REQUESTED = "requested"
    ACTIVE = "active"
    ENDED = "ended"
    DECLINED = "declined"


class MatchedBy(StrEnum):
    """How a person came to a company."""

    DOMAIN = "domain"
    CHOICE = "choice"
    SEARCH = "search"
    COMPANY = "company"
    VENDOR = "vendor"
    PROVIDER = "provider"


class Membership(Base):
    """A person in a company for a time.

    A request (`state` requested) says in `role` what is asked for: the first person of a company asks to be its admin,
    which the vendor decides.

    `given_name`, `family_name` and `phone` are what the company has entered, where the person's own may differ or belong
    to others as well: it sees and changes these, and learns nothing of the person's own. None: as the person has them.
    `address` is what the company typed, as long as the person has not confirmed that they belong to it, or where it is not
    the person's primary one.
    """

    __tablename__ = "membership"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_from IS NULL OR valid_to >= valid_from", name="ends_after_start"),
        Index(
            "uq_membership_open",
            "person_id",
            "organisation_id",
            unique=True,
            sqlite_where=text("state IN ('requested', 'active')"),
            postgresql_where=text("state IN ('requested', 'active')"),
        ),
        Index("ix_membership_organisation_id_state", "organisation_id", "state"),
        Index("ix_membership_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"))
    role: Mapped[MembershipRole] = mapped_column(text_enum(MembershipRole), default=MembershipRole.MEMBER)
    job_title: Mapped[str] = mapped_column(String(150), default="")
    function: Mapped[JobFunction | None] = mapped_column(text_enum(JobFunction))
    state: Mapped[MembershipState] = mapped_column(text_enum(MembershipState), default=MembershipState.ACTIVE)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    matched_by: Mapped[MatchedBy | None] = mapped_column(text_enum(MatchedBy))
    requested_at: Mapped[datetime | None]
    request_note: Mapped[str] = mapped_column(String(500), default="", server_default="")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(254), default="", server_default="")
    decline_reason: Mapped[str] = mapped_column(String(300), default="", server_default="")
    given_name: Mapped[str | None] = mapped_column(String(100))
    family_name: Mapped[str | None] = mapped_column(String(100))
    sort_key: Mapped[str | None] = mapped_column(folded(220))
    phone: Mapped[str | None] = mapped_column(String(20))
    address: Mapped[str | None] = mapped_column(String(254))

    def name_of(self, person: Person) -> str:
        """What the company calls the person whose membership this is."""
        if self.given_name is None or self.family_name is None:
            return person.full_name
        return f"{self.given_name} {self.family_name}".strip()


# The same in queries that join both.
CALLED_GIVEN = func.coalesce(Membership.given_name, Person.given_name)
CALLED_FAMILY = func.coalesce(Membership.family_name, Person.family_name)
CALLED_PHONE = func.coalesce(Membership.phone, Person.phone)
CALLED_ADDRESS = func.coalesce(Membership.address, PersonEmail.address)
CALLED_SORT = func.coalesce(Membership.sort_key, Person.sort_key)


class PersonWord(Base):
    """The search index of people: folded words of names and addresses."""

    __tablename__ = "person_word"

    word: Mapped[str] = mapped_column(folded(40), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True)
