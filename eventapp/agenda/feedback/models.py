"""Questions about sessions, and what people answered."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l

LONGEST_TEXT = 2000


class AskedFor(StrEnum):
    """How a question is answered: by one to five stars, or in words."""

    STARS = "stars"
    TEXT = "text"


ASKED_LABELS = {AskedFor.STARS: _l("One to five stars"), AskedFor.TEXT: _l("A text")}


class FeedbackQuestion(Base):
    """A question asked after each session of an event. An event without any asks the usual ones.

    One that is `archived` is not asked any more; what was answered stays.
    """

    __tablename__ = "feedback_question"
    __table_args__ = (
        CheckConstraint("label <> ''", name="has_label"),
        Index("ix_feedback_question_event_id", "event_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(default=0)
    label: Mapped[str] = mapped_column(String(200))
    asked_for: Mapped[AskedFor] = mapped_column(text_enum(AskedFor), default=AskedFor.STARS)
    archived: Mapped[bool] = mapped_column(default=False, server_default=false())


class Feedback(Base):
    """That somebody registered has answered about a session. Who it is serves to ask once only, and is shown to nobody."""

    __tablename__ = "feedback"
    __table_args__ = (
        UniqueConstraint("registration_id", "session_id"),
        Index("ix_feedback_session_id", "session_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    session_id: Mapped[int] = mapped_column(ForeignKey("agenda_session.id", ondelete="CASCADE"))
    given_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class FeedbackAnswer(Base):
    """The answer to one question: stars or a text."""

    __tablename__ = "feedback_answer"
    __table_args__ = (
        CheckConstraint("stars IS NULL OR stars BETWEEN 1 AND 5", name="one_to_five"),
        Index("ix_feedback_answer_question_id", "question_id"),
    )

    feedback_id: Mapped[int] = mapped_column(ForeignKey("feedback.id", ondelete="CASCADE"), primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("feedback_question.id"), primary_key=True)
    stars: Mapped[int | None]
    text: Mapped[str] = mapped_column(String(LONGEST_TEXT), default="")
