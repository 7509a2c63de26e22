"""Answers, the places that they hold, and forms that somebody wants to finish later."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventapp.core.db import Base
from eventapp.places.models import Booking
from eventapp.questions.models import QuestionVersion


class Answer(Base):
    """What was answered to one version of a question, for a registration or for a company's group.

    `value` is as `questions.rules.values` makes it, `text` the same in words, for lists and exports.
    """

    __tablename__ = "answer"
    __table_args__ = (
        UniqueConstraint("question_id", "registration_id"),
        UniqueConstraint("question_id", "organisation_id"),
        Index("ix_answer_registration_id", "registration_id"),
        Index("ix_answer_organisation_id", "organisation_id"),
        Index("ix_answer_version_id", "version_id"),
        CheckConstraint("(registration_id IS NULL) <> (organisation_id IS NULL)", name="of_one"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("question_version.id"))
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    value: Mapped[dict[str, Any]]
    text: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime]
    answered_by: Mapped[str] = mapped_column(String(254))

    version: Mapped[QuestionVersion] = relationship(lazy="raise")

    @property
    def answer(self) -> Any:
        """The value itself. It is kept inside an object: the two databases differ in what a bare JSON value is."""
        return self.value.get("is")


class AnswerPlace(Base):
    """The place that an answer holds in an option which only so many may choose."""

    __tablename__ = "answer_place"

    answer_id: Mapped[int] = mapped_column(ForeignKey("answer.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), unique=True)

    booking: Mapped[Booking] = relationship(lazy="raise")


class AnswerFile(Base):
    """A file that was given as an answer. `key` is random: what it is called in addresses tells nothing.

    Kept when it is uploaded, before the answer is: a form that is refused, or finished later, loses no file. Without an
    answer it goes with the drafts of its age.
    """

    __tablename__ = "answer_file"
    __table_args__ = (Index("ix_answer_file_registration_id", "registration_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"))
    name: Mapped[str] = mapped_column(String(120))
    type: Mapped[str] = mapped_column(String(10))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    uploaded_at: Mapped[datetime]


class AnswerDraft(Base):
    """Fields of a form as they were typed, to be finished later.

    By an admin of a company (`organisation_id` and `user_id`), behind the link of a registration, or behind a proven
    address.
    """

    __tablename__ = "answer_draft"
    __table_args__ = (
        UniqueConstraint("event_id", "organisation_id", "user_id"),
        UniqueConstraint("registration_id"),
        UniqueConstraint("event_id", "address"),
        Index("ix_answer_draft_saved_at", "saved_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    address: Mapped[str | None] = mapped_column(String(254))
    fields: Mapped[list[Any]]
    saved_at: Mapped[datetime]
