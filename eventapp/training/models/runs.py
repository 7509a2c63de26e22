"""Runs of courses, their trainers, and who is enrolled.

A run is an event: its own, or a session of a larger event's agenda. So places, company limits, waiting, invitations, blocks,
forms, mails, calendars and join links are those of the event, and none of them stands here a second time.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventapp.accounts.models import User
from eventapp.agenda.models import AgendaSession
from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.events.models import Event
from eventapp.partners.models import Organisation, Person
from eventapp.registrations.models import Registration
from eventapp.training.models.catalogue import CourseVersion


class RunStatus(StrEnum):
    """Where a run stands, told by its event's status, its places and the time; only `done` is kept, as `done_at`."""

    DRAFT = "draft"
    OPEN = "open"
    FULL = "full"
    CLOSED = "closed"
    RUNNING = "running"
    ENDED = "ended"
    DONE = "done"
    CANCELLED = "cancelled"


RUN_LABELS = {
    RunStatus.DRAFT: _l("Draft"),
    RunStatus.OPEN: _l("Open"),
    RunStatus.FULL: _l("Full"),
    RunStatus.CLOSED: _l("Enrolment closed"),
    RunStatus.RUNNING: _l("Running"),
    RunStatus.ENDED: _l("Results to check"),
    RunStatus.DONE: _l("Done"),
    RunStatus.CANCELLED: _l("Cancelled"),
}


class Run(Base):
    """One time that a course is given. With `session_id` it is that session of the event's agenda, else the event is its own.

    Its slots are the parts of the event or of the session; its seats are those of the event or of the session. Fewer than
    `seats_min` enrolled is shown as a warning. Who cancels within the last `late_hours` cancels late. `language` is BCP 47.
    From `done_at` on attendance and results are final, and what follows from them is sent.
    """

    __tablename__ = "run"
    __table_args__ = (
        UniqueConstraint("session_id"),
        Index(
            "uq_run_event_id",
            "event_id",
            unique=True,
            sqlite_where=text("session_id IS NULL"),
            postgresql_where=text("session_id IS NULL"),
        ),
        Index("ix_run_event_id_session_id", "event_id", "session_id"),
        Index("ix_run_version_id", "version_id"),
        CheckConstraint("seats_min >= 0", name="seats_min_not_negative"),
        CheckConstraint("late_hours BETWEEN 0 AND 720", name="late_hours_in_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("course_version.id"))
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_session.id"))
    seats_min: Mapped[int] = mapped_column(default=0)
    late_hours: Mapped[int] = mapped_column(default=24)
    language: Mapped[str] = mapped_column(String(20), default="en")
    done_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    course_version: Mapped[CourseVersion] = relationship(lazy="raise")
    event: Mapped[Event] = relationship(lazy="raise")
    session: Mapped[AgendaSession | None] = relationship(lazy="raise")

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class RunTrainer(Base):
    """Who gives a run: sees its participants by name and company, calls the roll, marks. Shown by the login's name."""

    __tablename__ = "run_trainer"
    __table_args__ = (Index("ix_run_trainer_user_id", "user_id"),)

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)

    run: Mapped[Run] = relationship(lazy="raise")
    user: Mapped[User] = relationship(lazy="raise")


class Waiver(Base):
    """That somebody may take a run without what it asks for, and why."""

    __tablename__ = "waiver"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="has_reason"),
        Index("ix_waiver_person_id", "person_id"),
    )

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(String(300))
    given_at: Mapped[datetime]
    given_by: Mapped[str] = mapped_column(String(254))


class EnrolmentState(StrEnum):
    """Follows the registration, or the place in the session; cancelled within the last hours is cancelled late."""

    REQUESTED = "requested"
    WAITLISTED = "waitlisted"
    OFFERED = "offered"
    ENROLLED = "enrolled"
    CANCELLED = "cancelled"
    LATE_CANCELLED = "late_cancelled"


ENROLMENT_LABELS = {
    EnrolmentState.REQUESTED: _l("To approve"),
    EnrolmentState.WAITLISTED: _l("Waiting"),
    EnrolmentState.OFFERED: _l("Offered"),
    EnrolmentState.ENROLLED: _l("Enrolled"),
    EnrolmentState.CANCELLED: _l("Cancelled"),
    EnrolmentState.LATE_CANCELLED: _l("Cancelled late"),
}


class AttendanceState(StrEnum):
    """How much of a run somebody attended, by the marks of the course."""

    ATTENDED = "attended"
    PARTIAL = "partial"
    NO_SHOW = "no_show"
    EXCUSED = "excused"


ATTENDANCE_LABELS = {
    AttendanceState.ATTENDED: _l("Attended"),
    AttendanceState.PARTIAL: _l("In part"),
    AttendanceState.NO_SHOW: _l("No-show"),
    AttendanceState.EXCUSED: _l("Excused"),
}


class ResultState(StrEnum):
    """What came of the assessment and the exercise."""

    NOT_REQUIRED = "not_required"
    PENDING = "pending"
    PASSED = "passed"
    FAILED = "failed"


RESULT_LABELS = {
    ResultState.NOT_REQUIRED: _l("No assessment"),
    ResultState.PENDING: _l("Open"),
    ResultState.PASSED: _l("Passed"),
    ResultState.FAILED: _l("Failed"),
}


class Enrolment(Base):
    """A person in a run, for the company that they were in when they enrolled, and what came of it.

    `attended` and `slots` are seconds: of the merged intervals, and of all slots; `attendance` is what they come to by the
    marks (none: not counted yet), or what somebody settled by hand: then `settled_reason` says why. `score` is the
    percentage of the best attempt, or of the best recording where there is no assessment, rounded down. `completed_at` is
    when attendance and result were both there.
    """

    __tablename__ = "enrolment"
    __table_args__ = (
        UniqueConstraint("run_id", "registration_id", "person_id"),
        CheckConstraint("attended >= 0 AND slots >= 0 AND attended <= slots", name="seconds_in_order"),
        CheckConstraint("settled_at IS NOT NULL OR settled_reason = ''", name="reason_of_settled"),
        CheckConstraint("settled_at IS NULL OR attendance IS NOT NULL", name="settled_has_attendance"),
        CheckConstraint("attendance <> 'excused' OR settled_at IS NOT NULL", name="excused_by_hand"),
        CheckConstraint("score IS NULL OR score BETWEEN 0 AND 100", name="score_in_range"),
        CheckConstraint("(state IN ('cancelled', 'late_cancelled')) = (cancelled_at IS NOT NULL)", name="cancelled_has_time"),
        Index("ix_enrolment_run_id_state", "run_id", "state", "id"),
        Index("ix_enrolment_person_id", "person_id"),
        Index("ix_enrolment_organisation_id", "organisation_id"),
        Index("ix_enrolment_registration_id", "registration_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    state: Mapped[EnrolmentState] = mapped_column(text_enum(EnrolmentState))
    enrolled_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    attended: Mapped[int] = mapped_column(default=0)
    slots: Mapped[int] = mapped_column(default=0)
    attendance: Mapped[AttendanceState | None] = mapped_column(text_enum(AttendanceState))
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str] = mapped_column(String(254), default="")
    settled_reason: Mapped[str] = mapped_column(String(300), default="")
    result: Mapped[ResultState] = mapped_column(text_enum(ResultState), default=ResultState.NOT_REQUIRED)
    score: Mapped[int | None]
    completed_at: Mapped[datetime | None]
    # When they were asked how it was, and later what they use of it.
    asked_at: Mapped[datetime | None]
    followed_up_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    run: Mapped[Run] = relationship(lazy="raise")
    registration: Mapped[Registration] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(lazy="raise")
    organisation: Mapped[Organisation] = relationship(lazy="raise")

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy
