"""Assessments: the pool of questions, attempts, practical exercises with a rubric, and what people say about the course."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.training.models.runs import Enrolment


class QuestionKind(StrEnum):
    """How many of the options are right: exactly one, or any number of them."""

    SINGLE = "single"
    MULTIPLE = "multiple"


QUESTION_LABELS = {QuestionKind.SINGLE: _l("One right answer"), QuestionKind.MULTIPLE: _l("Several right answers")}


class AssessmentQuestion(Base):
    """A question of the pool of a course's version. `options` are objects with `key`, `text` and `right`.

    One that is `archived` is not drawn any more; attempts keep their own copy.
    """

    __tablename__ = "assessment_question"
    __table_args__ = (
        CheckConstraint("text <> ''", name="has_text"),
        CheckConstraint("points BETWEEN 1 AND 100", name="points_in_range"),
        Index("ix_assessment_question_version_id", "version_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[QuestionKind] = mapped_column(text_enum(QuestionKind), default=QuestionKind.SINGLE)
    text: Mapped[str] = mapped_column(String(1000))
    options: Mapped[list[Any]]
    explanation: Mapped[str] = mapped_column(String(1000), default="")
    points: Mapped[int] = mapped_column(default=1)
    archived: Mapped[bool] = mapped_column(default=False, server_default=false())


class AssessmentAttempt(Base):
    """One try at the assessment. `questions` are frozen as they were asked, `answers` map a question's id to chosen keys.

    One attempt is open at a time. What comes in after `due_at` does not count; then what was saved before is scored.
    """

    __tablename__ = "assessment_attempt"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "number"),
        Index(
            "uq_assessment_attempt_open",
            "enrolment_id",
            unique=True,
            sqlite_where=text("submitted_at IS NULL"),
            postgresql_where=text("submitted_at IS NULL"),
        ),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("(submitted_at IS NULL) = (points IS NULL)", name="submitted_has_points"),
        CheckConstraint("most > 0 AND (points IS NULL OR points BETWEEN 0 AND most)", name="points_in_range"),
        CheckConstraint("(submitted_at IS NULL) = (passed IS NULL)", name="submitted_has_result"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id", ondelete="CASCADE"))
    number: Mapped[int]
    started_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    questions: Mapped[list[Any]]
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    points: Mapped[int | None]
    most: Mapped[int]
    passed: Mapped[bool | None]
    version: Mapped[int] = mapped_column(default=1)

    enrolment: Mapped[Enrolment] = relationship(lazy="raise")

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class RubricCriterion(Base):
    """What a practical exercise is marked by: up to `most` points, and at least `least` to pass at all."""

    __tablename__ = "rubric_criterion"
    __table_args__ = (
        UniqueConstraint("version_id", "name"),
        CheckConstraint("most BETWEEN 1 AND 100 AND least BETWEEN 0 AND most", name="points_in_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(String(500), default="")
    most: Mapped[int] = mapped_column(default=5)
    least: Mapped[int] = mapped_column(default=0)


class Submission(Base):
    """A recording handed in for the practical exercise. Its bytes stand in pieces, so that nothing holds them all at once.

    `marks` map a criterion's id to `points` and `comment`, kept with the criterion's words as they were when marked.
    """

    __tablename__ = "submission"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "number"),
        CheckConstraint("size > 0", name="size_positive"),
        CheckConstraint("(marked_at IS NULL) = (passed IS NULL)", name="marked_has_result"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(default=1)
    key: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    mime: Mapped[str] = mapped_column(String(60))
    size: Mapped[int]
    note: Mapped[str] = mapped_column(String(500), default="")
    handed_in_at: Mapped[datetime]
    marks: Mapped[list[Any]] = mapped_column(default=list)
    comment: Mapped[str] = mapped_column(Text, default="")
    passed: Mapped[bool | None]
    marked_at: Mapped[datetime | None]
    marked_by: Mapped[str] = mapped_column(String(254), default="")
    version: Mapped[int] = mapped_column(default=1)

    enrolment: Mapped[Enrolment] = relationship(lazy="raise")

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class SubmissionPiece(Base):
    """A piece of a recording, in order."""

    __tablename__ = "submission_piece"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class CourseFeedback(Base):
    """What somebody thinks of a run, and later what they use of it. Who it is serves to ask once only, and is shown to nobody.

    `relevance`, `pace`, `trainer`, `platform`, `intent` and `used` go from 1 to 5, `nps` (net promoter score) from 0 to 10;
    none: not answered.
    """

    __tablename__ = "course_feedback"
    __table_args__ = (
        *(
            CheckConstraint(f"{name} IS NULL OR {name} BETWEEN 1 AND 5", name=f"{name}_one_to_five")
            for name in ("relevance", "pace", "trainer", "platform", "intent", "used")
        ),
        CheckConstraint("nps IS NULL OR nps BETWEEN 0 AND 10", name="nps_zero_to_ten"),
    )

    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id", ondelete="CASCADE"), primary_key=True)
    relevance: Mapped[int | None]
    pace: Mapped[int | None]
    trainer: Mapped[int | None]
    platform: Mapped[int | None]
    nps: Mapped[int | None]
    intent: Mapped[int | None]
    comment: Mapped[str] = mapped_column(String(2000), default="")
    given_at: Mapped[datetime]
    used: Mapped[int | None]
    used_comment: Mapped[str] = mapped_column(String(2000), default="")
    used_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy
