"""The workshop before it begins: finding a date, preparing, the frozen pack."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.plans.models.teams import Side


class WorkshopState(StrEnum):
    """Where a workshop stands. Planning: no date is confirmed."""

    PLANNING = "planning"
    DATED = "dated"
    RUNNING = "running"
    HELD = "held"


WORKSHOP_STATE_LABELS = {
    WorkshopState.PLANNING: _l("No date yet"),
    WorkshopState.DATED: _l("Date confirmed"),
    WorkshopState.RUNNING: _l("Under way"),
    WorkshopState.HELD: _l("Held"),
}
WORKSHOP_TRANSITIONS = {
    WorkshopState.PLANNING: {WorkshopState.DATED},
    WorkshopState.DATED: {WorkshopState.PLANNING, WorkshopState.RUNNING},
    WorkshopState.RUNNING: {WorkshopState.HELD},
    WorkshopState.HELD: {WorkshopState.RUNNING},
}


class WorkshopFormat(StrEnum):
    """Where people meet. On video it takes two halves of about three hours."""

    IN_PERSON = "in_person"
    VIRTUAL = "virtual"


WORKSHOP_FORMAT_LABELS = {
    WorkshopFormat.IN_PERSON: _l("In person, one day"),
    WorkshopFormat.VIRTUAL: _l("On video, two halves"),
}


class Workshop(Base):
    """The workshop of a plan: both management teams make it together. It stands alone or is a session of an event.

    Who organizes that event sees the session, and nothing of the workshop. The facilitator is a login of neither team, who
    reads the plan while the workshop is under way. `dated_at`: since when its date is as it is. `facts_a_at`: since when
    the owner of side a stands by the numbers that both sides prepare with. `answers_asked_at`: when mails last asked for
    answers to dates, or reminded of them; `facts_asked_at`: when the clock asked both owners for the numbers. `pack` is the
    PDF as it was frozen. `quorum_a` and `quorum_b` are what each side had at best while it was under way; without both it
    was informal. `minutes_html` is the sanitised Markdown of `minutes`. `tick` grows with everything that happens in the
    room, so that pages ask for what came after the one that they know.
    """

    __tablename__ = "plan_workshop"
    __table_args__ = (
        UniqueConstraint("plan_id"),
        CheckConstraint("(pack IS NULL) = (pack_at IS NULL)", name="pack_has_time"),
        CheckConstraint("state NOT IN ('running', 'held') OR started_at IS NOT NULL", name="started_has_time"),
        CheckConstraint("(state = 'held') = (ended_at IS NOT NULL)", name="held_has_time"),
        Index("ix_plan_workshop_facilitator_id", "facilitator_id"),
        Index("ix_plan_workshop_session_id", "session_id"),
    )
    edit_kind = "workshop"
    fields = ("minutes",)
    unsigned: ClassVar[frozenset[str]] = frozenset(fields)

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    state: Mapped[WorkshopState] = mapped_column(text_enum(WorkshopState), default=WorkshopState.PLANNING)
    format: Mapped[WorkshopFormat] = mapped_column(text_enum(WorkshopFormat), default=WorkshopFormat.IN_PERSON)
    time_zone: Mapped[str] = mapped_column(String(60))
    place: Mapped[str] = mapped_column(String(200), default="")
    meeting_url: Mapped[str] = mapped_column(String(500), default="")
    session_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_session.id", ondelete="SET NULL"))
    facilitator_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    scribe_id: Mapped[int | None] = mapped_column(ForeignKey("plan_member.id"))
    timekeeper_id: Mapped[int | None] = mapped_column(ForeignKey("plan_member.id"))
    dated_at: Mapped[datetime | None]
    answers_asked_at: Mapped[datetime | None]
    facts_asked_at: Mapped[datetime | None]
    facts_a_at: Mapped[datetime | None]
    facts_b_at: Mapped[datetime | None]
    pack: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    pack_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    quorum_a: Mapped[bool] = mapped_column(default=False)
    quorum_b: Mapped[bool] = mapped_column(default=False)
    quorum_at: Mapped[datetime | None]
    minutes: Mapped[str] = mapped_column(Text, default="")
    minutes_html: Mapped[str] = mapped_column(Text, default="")
    tick: Mapped[int] = mapped_column(default=1)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class SlotState(StrEnum):
    """What became of a proposed date."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


SLOT_STATE_LABELS = {
    SlotState.PROPOSED: _l("Proposed"),
    SlotState.CONFIRMED: _l("Confirmed"),
    SlotState.WITHDRAWN: _l("Withdrawn"),
}


class WorkshopSlot(Base):
    """A date that somebody proposes. A virtual one has a second half. `sequence` counts what calendars were told of it."""

    __tablename__ = "plan_workshop_slot"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("(second_starts_at IS NULL) = (second_ends_at IS NULL)", name="second_half_is_whole"),
        CheckConstraint(
            "second_starts_at IS NULL OR (second_starts_at >= ends_at AND second_ends_at > second_starts_at)",
            name="second_half_follows",
        ),
        UniqueConstraint("workshop_id", "starts_at"),
        Index("ix_plan_workshop_slot_plan_id", "plan_id"),
        Index(
            "uq_plan_workshop_slot_confirmed",
            "workshop_id",
            unique=True,
            sqlite_where=text("state = 'confirmed'"),
            postgresql_where=text("state = 'confirmed'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    workshop_id: Mapped[int] = mapped_column(ForeignKey("plan_workshop.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    second_starts_at: Mapped[datetime | None]
    second_ends_at: Mapped[datetime | None]
    state: Mapped[SlotState] = mapped_column(text_enum(SlotState), default=SlotState.PROPOSED)
    sequence: Mapped[int] = mapped_column(default=0)
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("plan_member.id"))
    proposed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class SlotAnswer(StrEnum):
    """Whether somebody can on a date."""

    YES = "yes"
    MAYBE = "maybe"
    NO = "no"


SLOT_ANSWER_LABELS = {SlotAnswer.YES: _l("Yes"), SlotAnswer.MAYBE: _l("If need be"), SlotAnswer.NO: _l("No")}


class WorkshopAnswer(Base):
    """What somebody of the teams says to a proposed date."""

    __tablename__ = "plan_workshop_answer"
    __table_args__ = (Index("ix_plan_workshop_answer_plan_id", "plan_id"),)

    slot_id: Mapped[int] = mapped_column(ForeignKey("plan_workshop_slot.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("plan_member.id"), primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    answer: Mapped[SlotAnswer] = mapped_column(text_enum(SlotAnswer))
    answered_at: Mapped[datetime]


class PrepState(StrEnum):
    """How far a preparation is. A waived one is not asked for."""

    TO_DO = "todo"
    DONE = "done"
    WAIVED = "waived"


PREP_STATE_LABELS = {PrepState.TO_DO: _l("To do"), PrepState.DONE: _l("Done"), PrepState.WAIVED: _l("Waived")}


class PrepKind(StrEnum):
    """What is prepared. Each side has one of each but of its own ones, which it may have any number of."""

    STRATEGY = "strategy"
    SWOT = "swot"
    NUMBERS = "numbers"
    ACCOUNTS = "accounts"
    OBJECTIVES = "objectives"
    LIMITS = "limits"
    OWN = "own"


class PrepTask(Base):
    """What a side prepares for the workshop until a day: its strategy, last year's numbers, proposed objectives and so on.

    `days_before` is how long before the workshop that day is: when the date moves, it moves along; with none it stays.
    `text` is what it comes to, as Markdown, and goes into the pack; `reason` why a waived one is waived. `reminded` counts
    the reminders that went out.
    """

    __tablename__ = "plan_prep_task"
    __table_args__ = (
        CheckConstraint("(state = 'todo') = (ended_at IS NULL)", name="ended_has_time"),
        CheckConstraint("state <> 'waived' OR reason <> ''", name="waived_has_reason"),
        Index("ix_plan_prep_task_plan_id_side", "plan_id", "side"),
        Index("ix_plan_prep_task_state_due_on", "state", "due_on"),
    )
    edit_kind = "prep_task"
    fields = ("text",)
    unsigned: ClassVar[frozenset[str]] = frozenset(fields)

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    workshop_id: Mapped[int] = mapped_column(ForeignKey("plan_workshop.id", ondelete="CASCADE"))
    side: Mapped[Side] = mapped_column(text_enum(Side))
    kind: Mapped[PrepKind] = mapped_column(text_enum(PrepKind), default=PrepKind.OWN, server_default="own")
    position: Mapped[int] = mapped_column(default=0)
    title: Mapped[str] = mapped_column(String(150))
    help: Mapped[str] = mapped_column(String(500), default="")
    due_on: Mapped[date]
    days_before: Mapped[int | None]
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("plan_member.id"))
    state: Mapped[PrepState] = mapped_column(text_enum(PrepState), default=PrepState.TO_DO)
    text: Mapped[str] = mapped_column(Text, default="")
    text_html: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(String(300), default="")
    reminded: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy
