"""Who takes part in a decision, who may read it, and who follows it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l


class Part(StrEnum):
    """What somebody is in a decision, by the framework's template of a common base of facts."""

    EXEC_SPONSOR = "exec_sponsor"
    SPONSOR = "sponsor"
    OWNER = "owner"
    DECIDER = "decider"
    STAKEHOLDER = "stakeholder"
    CONTRIBUTOR = "contributor"
    DISSENTER = "dissenter_invited"


PART_LABELS = {
    Part.EXEC_SPONSOR: _l("Executive sponsor"),
    Part.SPONSOR: _l("Project sponsor"),
    Part.OWNER: _l("Owner"),
    Part.DECIDER: _l("Decider"),
    Part.STAKEHOLDER: _l("Stakeholder"),
    Part.CONTRIBUTOR: _l("Contributor"),
    Part.DISSENTER: _l("Invited to disagree"),
}


class DecisionRole(Base):
    """A person's part. `organisation_id` is the company for which they take part, none for the vendor's people.

    Name and company are kept as they were: later moves do not rewrite who took part. `by_reference`: they came with the
    plan or workshop that the decision belongs to, and leave with it.
    """

    __tablename__ = "decision_role"
    __table_args__ = (
        Index("uq_decision_role_decision_id_user_id_part", "decision_id", "user_id", "part", unique=True),
        Index(
            "uq_decision_role_decider",
            "decision_id",
            unique=True,
            sqlite_where=text("part = 'decider'"),
            postgresql_where=text("part = 'decider'"),
        ),
        Index("ix_decision_role_user_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    part: Mapped[Part] = mapped_column(text_enum(Part))
    name: Mapped[str] = mapped_column(String(200))
    company: Mapped[str] = mapped_column(String(200), default="")
    by_reference: Mapped[bool] = mapped_column(default=False, server_default=false())
    since: Mapped[datetime]


class DecisionReader(Base):
    """Who reads a decision that is not open to all: a person, or (`everybody`) all of a company.

    Written by the service from the roles and the companies chosen; the scope of queries and the database's wall both read
    it. A table of its own, since the wall of `decision` may not ask a table whose own wall asks `decision`.
    """

    __tablename__ = "decision_reader"
    __table_args__ = (
        Index("ix_decision_reader_decision_id", "decision_id"),
        Index("ix_decision_reader_user_id", "user_id"),
        Index("ix_decision_reader_organisation_id", "organisation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"))
    # Said and not read from an empty `user_id`: that is also what remains of somebody who was erased.
    everybody: Mapped[bool] = mapped_column(default=False, server_default=false())


class DecisionFollower(Base):
    """Somebody without a part who wants to hear what becomes of a decision, as one of a company or of the vendor."""

    __tablename__ = "decision_follower"
    __table_args__ = (UniqueConstraint("decision_id", "user_id"), Index("ix_decision_follower_user_id", "user_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"))
