"""Calls for sessions, what partners propose, and what reviewers think of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.events.models import Event
from eventapp.partners.models import Organisation


class SessionCall(Base):
    """The call of an event. Times are UTC; `blind`: reviewers see neither companies nor speakers until it is decided."""

    __tablename__ = "session_call"
    __table_args__ = (CheckConstraint("closes_at > opens_at", name="in_order"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    text: Mapped[str] = mapped_column(Text, default="")
    text_html: Mapped[str] = mapped_column(Text, default="")
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    blind: Mapped[bool] = mapped_column(default=False, server_default=false())
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class CallCriterion(Base):
    """What reviewers score, from 0 to 5, and how much it weighs (1 to 100)."""

    __tablename__ = "call_criterion"
    __table_args__ = (UniqueConstraint("event_id", "name"), CheckConstraint("weight BETWEEN 1 AND 100", name="weight_in_range"))

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    weight: Mapped[int] = mapped_column(default=1)


class ProposalState(StrEnum):
    """Submitted until it is decided. Reserve: taken if another one falls away."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    RESERVE = "reserve"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


PROPOSAL_LABELS = {
    ProposalState.SUBMITTED: _l("To decide"),
    ProposalState.ACCEPTED: _l("Accepted"),
    ProposalState.RESERVE: _l("On the reserve list"),
    ProposalState.DECLINED: _l("Declined"),
    ProposalState.WITHDRAWN: _l("Withdrawn"),
}
# From each state to those that a decision may lead to.
DECISIONS = {
    ProposalState.SUBMITTED: {ProposalState.ACCEPTED, ProposalState.RESERVE, ProposalState.DECLINED},
    ProposalState.RESERVE: {ProposalState.ACCEPTED, ProposalState.DECLINED},
    ProposalState.DECLINED: {ProposalState.ACCEPTED, ProposalState.RESERVE},
    ProposalState.ACCEPTED: set(),
    ProposalState.WITHDRAWN: set(),
}


class SessionProposal(Base):
    """A session that a company proposes. An accepted one has become `session_id`. `notes` are for the reviewers."""

    __tablename__ = "session_proposal"
    __table_args__ = (
        UniqueConstraint("event_id", "code"),
        CheckConstraint("(state = 'accepted') = (session_id IS NOT NULL)", name="accepted_has_session"),
        Index("ix_session_proposal_organisation_id", "organisation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    code: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(200))
    abstract: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(20), default="en")
    type_id: Mapped[int | None] = mapped_column(ForeignKey("session_type.id", ondelete="SET NULL"))
    track_id: Mapped[int | None] = mapped_column(ForeignKey("track.id", ondelete="SET NULL"))
    notes: Mapped[str] = mapped_column(String(1000), default="")
    state: Mapped[ProposalState] = mapped_column(text_enum(ProposalState), default=ProposalState.SUBMITTED)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_session.id"))
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[str] = mapped_column(String(254))
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str] = mapped_column(String(500), default="")
    version: Mapped[int] = mapped_column(default=1)

    event: Mapped[Event] = relationship(lazy="raise")
    organisation: Mapped[Organisation] = relationship(lazy="raise")

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class ProposalSpeaker(Base):
    """Who would speak, as the company entered it."""

    __tablename__ = "proposal_speaker"
    __table_args__ = (Index("ix_proposal_speaker_proposal_id", "proposal_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("session_proposal.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(150))
    address: Mapped[str] = mapped_column(String(254))
    biography: Mapped[str] = mapped_column(String(2000), default="")


class ProposalReview(Base):
    """One reviewer's scores (criterion id as text → 0 to 5) and remarks."""

    __tablename__ = "proposal_review"
    __table_args__ = (UniqueConstraint("proposal_id", "user_id"), Index("ix_proposal_review_user_id", "user_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("session_proposal.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    scores: Mapped[dict[str, Any]]
    remark: Mapped[str] = mapped_column(String(1000), default="")
    reviewed_at: Mapped[datetime]
