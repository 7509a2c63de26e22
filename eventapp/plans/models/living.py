"""Living by a plan: actions, reviews, changes that somebody asks for, and what was learnt."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.amounts import Hundredths
from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.plans.models.teams import Side


class ActionStatus(StrEnum):
    """How far an action is."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    BLOCKED = "blocked"
    DONE = "done"
    DROPPED = "dropped"


ACTION_STATUS_LABELS = {
    ActionStatus.OPEN: _l("Open"),
    ActionStatus.IN_PROGRESS: _l("In progress"),
    ActionStatus.BLOCKED: _l("Blocked"),
    ActionStatus.DONE: _l("Done"),
    ActionStatus.DROPPED: _l("Dropped"),
}
ACTION_TRANSITIONS = {
    ActionStatus.OPEN: {ActionStatus.IN_PROGRESS, ActionStatus.BLOCKED, ActionStatus.DONE, ActionStatus.DROPPED},
    ActionStatus.IN_PROGRESS: {ActionStatus.OPEN, ActionStatus.BLOCKED, ActionStatus.DONE, ActionStatus.DROPPED},
    ActionStatus.BLOCKED: {ActionStatus.OPEN, ActionStatus.IN_PROGRESS, ActionStatus.DONE, ActionStatus.DROPPED},
    ActionStatus.DONE: {ActionStatus.OPEN, ActionStatus.IN_PROGRESS},
    ActionStatus.DROPPED: {ActionStatus.OPEN},
}
ENDED_ACTIONS = (ActionStatus.DONE, ActionStatus.DROPPED)


class ActionOrigin(StrEnum):
    """Where an action was agreed."""

    PLAN = "plan"
    WORKSHOP = "workshop"
    REVIEW = "review"
    DECISION = "decision"


ACTION_ORIGIN_LABELS = {
    ActionOrigin.PLAN: _l("Plan"),
    ActionOrigin.WORKSHOP: _l("Workshop"),
    ActionOrigin.REVIEW: _l("Review"),
    ActionOrigin.DECISION: _l("Decision"),
}


class PlanAction(Base):
    """Something to do by a day, with exactly one person accountable for it, and a helper of the other side if need be.

    `number` counts within the plan. `evidence` says how it is seen that it is done; `reminded` how many of its reminders are
    behind it. `taken_from_id` is the action of last year's plan that it goes on with.
    `decision_risk_id` is what could go wrong with a decision, which this prevents.
    """

    __tablename__ = "plan_action"
    __table_args__ = (
        UniqueConstraint("plan_id", "number"),
        CheckConstraint("text <> ''", name="says_something"),
        CheckConstraint("helper_id IS NULL OR helper_id <> accountable_id", name="two_people"),
        CheckConstraint("(status IN ('done', 'dropped')) = (ended_at IS NOT NULL)", name="ended_has_time"),
        CheckConstraint("status <> 'blocked' OR blocked_by <> ''", name="blocked_by_something"),
        Index("ix_plan_action_accountable_id_status", "accountable_id", "status"),
        Index("ix_plan_action_status_due_on", "status", "due_on"),
        Index("uq_plan_action_decision_risk_id", "decision_risk_id", unique=True),
    )
    edit_kind = "action"
    fields = ("text", "accountable_id", "helper_id", "due_on", "status", "blocked_by", "evidence", "started_at", "ended_at")
    unsigned: ClassVar[frozenset[str]] = frozenset(fields)

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(String(500))
    accountable_id: Mapped[int] = mapped_column(ForeignKey("plan_member.id"))
    helper_id: Mapped[int | None] = mapped_column(ForeignKey("plan_member.id"))
    due_on: Mapped[date]
    status: Mapped[ActionStatus] = mapped_column(text_enum(ActionStatus), default=ActionStatus.OPEN)
    blocked_by: Mapped[str] = mapped_column(String(300), default="")
    origin: Mapped[ActionOrigin] = mapped_column(text_enum(ActionOrigin), default=ActionOrigin.PLAN)
    review_id: Mapped[int | None] = mapped_column(ForeignKey("plan_review.id", ondelete="SET NULL"))
    decision_risk_id: Mapped[int | None] = mapped_column(ForeignKey("decision_risk.id", ondelete="SET NULL"))
    evidence: Mapped[str] = mapped_column(String(1000), default="")
    reminded: Mapped[int] = mapped_column(default=0)
    taken_from_id: Mapped[int | None] = mapped_column(ForeignKey("plan_action.id", ondelete="SET NULL"))
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("plan_member.id"))
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class Rag(StrEnum):
    """Red, amber, green; grey where nothing confirmed is there to judge by."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    GREY = "grey"


RAG_LABELS = {
    Rag.GREEN: _l("On track"),
    Rag.AMBER: _l("At risk"),
    Rag.RED: _l("Behind"),
    Rag.GREY: _l("No confirmed numbers"),
}


class ReviewState(StrEnum):
    """Where a quarterly review stands. Escalated: not accepted by both owners in time, so it lies with the sponsors."""

    PLANNED = "planned"
    FROZEN = "frozen"
    HELD = "held"
    ESCALATED = "escalated"
    ACCEPTED = "accepted"


REVIEW_STATE_LABELS = {
    ReviewState.PLANNED: _l("Planned"),
    ReviewState.FROZEN: _l("Numbers frozen"),
    ReviewState.HELD: _l("Held"),
    ReviewState.ESCALATED: _l("With the sponsors"),
    ReviewState.ACCEPTED: _l("Accepted"),
}
REVIEW_TRANSITIONS = {
    ReviewState.PLANNED: {ReviewState.FROZEN},
    ReviewState.FROZEN: {ReviewState.PLANNED, ReviewState.HELD},
    ReviewState.HELD: {ReviewState.ACCEPTED, ReviewState.ESCALATED},
    ReviewState.ESCALATED: {ReviewState.ACCEPTED},
    ReviewState.ACCEPTED: set(),
}


class Review(Base):
    """The review of a quarter. `numbers` are targets, actuals and attainment as they were frozen, `score` what comes of them.

    `freeze_on` is the day on which they freeze by themselves; none where an owner has opened them again. Both owners accept
    the review, until `accept_by`. `next_on` is the day of the next one. One that is `withdrawn_at` will not be held; planned
    anew it is the same entry of calendars, so its `sequence` goes on. `reminded` counts the reminders of its state that are
    behind it.
    """

    __tablename__ = "plan_review"
    __table_args__ = (
        UniqueConstraint("plan_id", "quarter"),
        CheckConstraint("quarter BETWEEN 1 AND 4", name="quarter_in_year"),
        CheckConstraint("state = 'planned' OR frozen_at IS NOT NULL", name="frozen_has_time"),
        CheckConstraint("state IN ('planned', 'frozen') OR held_on IS NOT NULL", name="held_has_day"),
        CheckConstraint("state IN ('planned', 'frozen') OR accept_by IS NOT NULL", name="held_has_deadline"),
        CheckConstraint("withdrawn_at IS NULL OR state = 'planned'", name="withdrawn_is_planned"),
        CheckConstraint(
            "state <> 'accepted' OR (accepted_a_at IS NOT NULL AND accepted_b_at IS NOT NULL)", name="accepted_by_both"
        ),
        Index("ix_plan_review_state_planned_at", "state", "planned_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    quarter: Mapped[int]
    state: Mapped[ReviewState] = mapped_column(text_enum(ReviewState), default=ReviewState.PLANNED)
    planned_at: Mapped[datetime]
    minutes_long: Mapped[int] = mapped_column(default=90)
    time_zone: Mapped[str] = mapped_column(String(60))
    place: Mapped[str] = mapped_column(String(200), default="")
    sequence: Mapped[int] = mapped_column(default=0)
    withdrawn_at: Mapped[datetime | None]
    freeze_on: Mapped[date | None]
    reminded: Mapped[int] = mapped_column(default=0)
    held_on: Mapped[date | None]
    version_id: Mapped[int | None] = mapped_column(ForeignKey("plan_version.id"))
    frozen_at: Mapped[datetime | None]
    numbers: Mapped[dict[str, Any]] = mapped_column(JSON().with_variant(JSONB(), "postgresql"), default=dict)
    score: Mapped[Decimal | None] = mapped_column(Hundredths)
    rag: Mapped[Rag | None] = mapped_column(text_enum(Rag))
    minutes: Mapped[str] = mapped_column(Text, default="")
    minutes_html: Mapped[str] = mapped_column(Text, default="")
    accept_by: Mapped[datetime | None]
    accepted_a_by_id: Mapped[int | None] = mapped_column(ForeignKey("plan_member.id"))
    accepted_a_at: Mapped[datetime | None]
    accepted_b_by_id: Mapped[int | None] = mapped_column(ForeignKey("plan_member.id"))
    accepted_b_at: Mapped[datetime | None]
    next_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class ReviewAttendee(Base):
    """Somebody of the two teams who is expected at a review, and whether they were there."""

    __tablename__ = "plan_review_attendee"
    __table_args__ = (Index("ix_plan_review_attendee_plan_id", "plan_id"),)

    review_id: Mapped[int] = mapped_column(ForeignKey("plan_review.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("plan_member.id"), primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    attended: Mapped[bool] = mapped_column(default=False)


class ChangeState(StrEnum):
    """What became of a change that somebody asked for."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


CHANGE_STATE_LABELS = {
    ChangeState.OPEN: _l("Open"),
    ChangeState.ACCEPTED: _l("Accepted"),
    ChangeState.REJECTED: _l("Rejected"),
    ChangeState.WITHDRAWN: _l("Withdrawn"),
}
CHANGE_TRANSITIONS = {
    ChangeState.OPEN: {ChangeState.ACCEPTED, ChangeState.REJECTED, ChangeState.WITHDRAWN},
    ChangeState.ACCEPTED: set(),
    ChangeState.REJECTED: set(),
    ChangeState.WITHDRAWN: set(),
}


class ChangeRequest(Base):
    """Somebody of a team asks for a change of the plan. `items` are the keys of the sections that it is about.

    An accepted one opens an amendment; what is written there is up to the owners.
    """

    __tablename__ = "plan_change_request"
    __table_args__ = (
        UniqueConstraint("plan_id", "number"),
        CheckConstraint("reason <> ''", name="has_reason"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided_has_time"),
        CheckConstraint("state <> 'rejected' OR answer <> ''", name="rejected_has_answer"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    number: Mapped[int]
    items: Mapped[list[Any]] = mapped_column(JSON().with_variant(JSONB(), "postgresql"))
    wanted: Mapped[str] = mapped_column(String(1000))
    reason: Mapped[str] = mapped_column(String(1000))
    state: Mapped[ChangeState] = mapped_column(text_enum(ChangeState), default=ChangeState.OPEN)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("plan_member.id"))
    proposed_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("plan_member.id"))
    decided_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(String(1000), default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class LessonKind(StrEnum):
    """What a lesson says."""

    KEEP = "keep"
    CHANGE = "change"
    TRY = "try"


LESSON_KIND_LABELS = {
    LessonKind.KEEP: _l("Went well, keep it"),
    LessonKind.CHANGE: _l("Do it differently"),
    LessonKind.TRY: _l("Try this next"),
}


class Lesson(Base):
    """What somebody learnt from the plan; both sides read it, and next year's plan begins with it."""

    __tablename__ = "plan_lesson"
    __table_args__ = (CheckConstraint("text <> ''", name="says_something"), Index("ix_plan_lesson_plan_id", "plan_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    kind: Mapped[LessonKind] = mapped_column(text_enum(LessonKind))
    side: Mapped[Side] = mapped_column(text_enum(Side))
    text: Mapped[str] = mapped_column(String(1000))
    member_id: Mapped[int] = mapped_column(ForeignKey("plan_member.id"))
    written_at: Mapped[datetime]
