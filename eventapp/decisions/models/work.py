"""What a decision is made of: options, criteria, scores, feedback, the premortem, and what happened when."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.decisions.models.decisions import DecisionState


class DecisionOption(Base):
    """One of the ways to go; `chosen` is the one that was decided on."""

    __tablename__ = "decision_option"
    __table_args__ = (UniqueConstraint("decision_id", "title"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(200))
    pros: Mapped[str] = mapped_column(String(2000), default="")
    cons: Mapped[str] = mapped_column(String(2000), default="")
    chosen: Mapped[bool] = mapped_column(default=False, server_default=false())
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class DecisionCriterion(Base):
    """What options are compared by, and how much of 100 it weighs."""

    __tablename__ = "decision_criterion"
    __table_args__ = (
        UniqueConstraint("decision_id", "text"),
        CheckConstraint("weight BETWEEN 1 AND 100", name="weight_in_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(String(200))
    weight: Mapped[int]


class DecisionScore(Base):
    """How well an option meets a criterion: 0 not at all, 5 fully."""

    __tablename__ = "decision_score"
    __table_args__ = (CheckConstraint("score BETWEEN 0 AND 5", name="score_in_range"),)

    option_id: Mapped[int] = mapped_column(ForeignKey("decision_option.id", ondelete="CASCADE"), primary_key=True)
    criterion_id: Mapped[int] = mapped_column(ForeignKey("decision_criterion.id", ondelete="CASCADE"), primary_key=True)
    score: Mapped[int]


class FeedbackState(StrEnum):
    """What became of something that somebody said. The last three need a reply."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    ADOPTED = "adopted"
    PARTLY = "partly"
    NOT_ADOPTED = "not_adopted"


FEEDBACK_LABELS = {
    FeedbackState.NEW: _l("New"),
    FeedbackState.ACKNOWLEDGED: _l("Acknowledged"),
    FeedbackState.ADOPTED: _l("Adopted"),
    FeedbackState.PARTLY: _l("Adopted in part"),
    FeedbackState.NOT_ADOPTED: _l("Not adopted"),
}
REPLY_NEEDED = (FeedbackState.ADOPTED, FeedbackState.PARTLY, FeedbackState.NOT_ADOPTED)


class DecisionFeedback(Base):
    """What somebody says about the decision or one of its options, and what came of it.

    `anonymous`: nobody knows who it was, we neither; so no answer can be sent, and whoever wants to hear of it follows.
    """

    __tablename__ = "decision_feedback"
    __table_args__ = (
        CheckConstraint("state IN ('new', 'acknowledged') OR reply <> ''", name="answered_with_a_reply"),
        CheckConstraint(
            "NOT anonymous OR (name = '' AND company = '' AND user_id IS NULL AND organisation_id IS NULL)",
            name="anonymous_is_nobody",
        ),
        Index("ix_decision_feedback_decision_id_state", "decision_id", "state"),
        Index("ix_decision_feedback_user_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id", ondelete="CASCADE"))
    option_id: Mapped[int | None] = mapped_column(ForeignKey("decision_option.id", ondelete="SET NULL"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    anonymous: Mapped[bool] = mapped_column(default=False, server_default=false())
    name: Mapped[str] = mapped_column(String(200), default="")
    company: Mapped[str] = mapped_column(String(200), default="")
    text: Mapped[str] = mapped_column(String(2000))
    given_at: Mapped[datetime]
    state: Mapped[FeedbackState] = mapped_column(text_enum(FeedbackState), default=FeedbackState.NEW)
    reply: Mapped[str] = mapped_column(String(2000), default="")
    replied_at: Mapped[datetime | None]
    replied_by: Mapped[str] = mapped_column(String(254), default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class DecisionRisk(Base):
    """An item of the premortem: imagine that it has failed; what went wrong, how it began, what prevents it.

    `action` is what is done about it, if anything, until `due`.
    """

    __tablename__ = "decision_risk"
    __table_args__ = (Index("ix_decision_risk_decision_id", "decision_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(String(500))
    trigger: Mapped[str] = mapped_column(String(500), default="")
    prevention: Mapped[str] = mapped_column(String(500), default="")
    action: Mapped[str] = mapped_column(String(300), default="")
    due: Mapped[date | None]
    done_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class DecisionEntry(Base):
    """A line of the timeline: a step into `state`, or, without one, an update that the followers got."""

    __tablename__ = "decision_entry"
    __table_args__ = (Index("ix_decision_entry_decision_id_at", "decision_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    written_by: Mapped[str] = mapped_column(String(254))
    state: Mapped[DecisionState | None] = mapped_column(text_enum(DecisionState))
    text: Mapped[str] = mapped_column(String(2000), default="")


class Reopening(Base):
    """Somebody who takes part asks to open a decision again, with new facts; the owner answers until `answer_by`.

    `reminded_at`: when the owners were told that the answer is due.
    """

    __tablename__ = "decision_reopening"
    __table_args__ = (
        CheckConstraint("(accepted IS NULL) = (answered_at IS NULL)", name="answered_or_not"),
        CheckConstraint("accepted IS NULL OR answer <> ''", name="answered_in_words"),
        Index("ix_decision_reopening_decision_id", "decision_id"),
        Index("ix_decision_reopening_user_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(200))
    company: Mapped[str] = mapped_column(String(200), default="")
    facts: Mapped[str] = mapped_column(String(2000))
    asked_at: Mapped[datetime]
    answer_by: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    accepted: Mapped[bool | None]
    answer: Mapped[str] = mapped_column(String(1000), default="")
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str] = mapped_column(String(254), default="")
