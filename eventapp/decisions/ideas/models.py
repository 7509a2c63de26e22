"""Ideas and needs, who votes for them and who contributes."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l


class IdeaKind(StrEnum):
    """An idea is how something could be done; a need is what somebody lacks."""

    IDEA = "idea"
    NEED = "need"


KIND_LABELS = {IdeaKind.IDEA: _l("Idea"), IdeaKind.NEED: _l("Need")}


class IdeaState(StrEnum):
    """Where it stands. Shaped: understood, and somebody looks after it."""

    POSTED = "posted"
    SHAPED = "shaped"
    EXPERIMENT = "experiment"
    ADOPTED = "adopted"
    DECLINED = "declined"
    PARKED = "parked"


_S = IdeaState
IDEA_LABELS = {
    _S.POSTED: _l("Posted"),
    _S.SHAPED: _l("Shaped"),
    _S.EXPERIMENT: _l("Being tried"),
    _S.ADOPTED: _l("Adopted"),
    _S.DECLINED: _l("Declined"),
    _S.PARKED: _l("Parked"),
}
# From each state to those that an answer may lead to. What an answer must say stands in rules.py.
LEADS: dict[IdeaState, tuple[IdeaState, ...]] = {
    _S.POSTED: (_S.SHAPED, _S.PARKED, _S.DECLINED),
    _S.SHAPED: (_S.EXPERIMENT, _S.PARKED, _S.DECLINED),
    _S.EXPERIMENT: (_S.ADOPTED, _S.PARKED, _S.DECLINED),
    _S.PARKED: (_S.SHAPED, _S.DECLINED),
    _S.ADOPTED: (),
    _S.DECLINED: (),
}
ENDED = (_S.ADOPTED, _S.DECLINED)


class Idea(Base):
    """What somebody of a partner, or of the vendor (`organisation_id` none), would like to have.

    `shared`: all partners read it; else the own company and the vendor. `answer` is what the vendor says, for whoever reads
    it. `experiment` is what is tried until `experiment_until`, `outcome` what came of that. Name and company are as they
    were when it was posted. `searched` holds folded words.
    """

    __tablename__ = "idea"
    __table_args__ = (
        CheckConstraint("state = 'posted' OR answer <> ''", name="answered"),
        CheckConstraint("state <> 'experiment' OR experiment <> ''", name="says_what_is_tried"),
        CheckConstraint("state <> 'adopted' OR outcome <> ''", name="says_what_came_of_it"),
        Index("ix_idea_organisation_id", "organisation_id"),
        Index("ix_idea_user_id", "user_id"),
        Index("ix_idea_changed_at_id", "changed_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[IdeaKind] = mapped_column(text_enum(IdeaKind))
    title: Mapped[str] = mapped_column(String(150))
    text: Mapped[str] = mapped_column(String(2000))
    shared: Mapped[bool] = mapped_column(default=True, server_default=true())
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(200))
    company: Mapped[str] = mapped_column(String(200), default="")
    posted_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    state: Mapped[IdeaState] = mapped_column(text_enum(IdeaState), default=IdeaState.POSTED)
    answer: Mapped[str] = mapped_column(String(2000), default="")
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str] = mapped_column(String(254), default="")
    experiment: Mapped[str] = mapped_column(String(1000), default="")
    experiment_until: Mapped[date | None]
    outcome: Mapped[str] = mapped_column(String(1000), default="")
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id", ondelete="SET NULL"))
    searched: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class IdeaVote(Base):
    """Somebody of a partner wants it too: one for each person, and counted by companies as well."""

    __tablename__ = "idea_vote"
    __table_args__ = (
        UniqueConstraint("idea_id", "user_id"),
        Index("ix_idea_vote_idea_id_organisation_id", "idea_id", "organisation_id"),
        Index("ix_idea_vote_user_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    idea_id: Mapped[int] = mapped_column(ForeignKey("idea.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    voted_at: Mapped[datetime]


class IdeaContributor(Base):
    """Somebody who brought something in, and is named for it."""

    __tablename__ = "idea_contributor"
    __table_args__ = (UniqueConstraint("idea_id", "user_id"), Index("ix_idea_contributor_user_id", "user_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    idea_id: Mapped[int] = mapped_column(ForeignKey("idea.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(200))
    company: Mapped[str] = mapped_column(String(200), default="")
    text: Mapped[str] = mapped_column(String(1000))
    since: Mapped[datetime]
