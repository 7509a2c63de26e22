"""The workshop while it is under way: its agenda, who is there, SWOT, votes, the parking lot, who looks at what."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.plans.models.lines import PlanLine
from eventapp.plans.models.teams import Side


class WorkshopItem(Base):
    """A part of the workshop's agenda, planned for so many minutes, in which half, about which section if about one.

    It runs from `started_at` to `ended_at`; the timer is what is left of its minutes.
    """

    __tablename__ = "plan_workshop_item"
    __table_args__ = (
        CheckConstraint("minutes BETWEEN 1 AND 480", name="minutes_in_a_day"),
        CheckConstraint("half IN (1, 2)", name="half_is_one_of_two"),
        CheckConstraint("ended_at IS NULL OR started_at IS NOT NULL", name="ends_after_start"),
        Index("ix_plan_workshop_item_plan_id", "plan_id"),
        Index("ix_plan_workshop_item_workshop_id_position", "workshop_id", "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    workshop_id: Mapped[int] = mapped_column(ForeignKey("plan_workshop.id", ondelete="CASCADE"))
    position: Mapped[int]
    half: Mapped[int] = mapped_column(default=1)
    title: Mapped[str] = mapped_column(String(150))
    minutes: Mapped[int]
    section_id: Mapped[int | None] = mapped_column(ForeignKey("plan_section.id", ondelete="SET NULL"))
    is_break: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class WorkshopAttendance(Base):
    """Somebody of the teams who came, and until when they stayed. `group_number` is the mixed group that they work in."""

    __tablename__ = "plan_workshop_attendance"
    __table_args__ = (
        CheckConstraint("left_at IS NULL OR left_at >= arrived_at", name="leaves_after_arriving"),
        Index("ix_plan_workshop_attendance_plan_id", "plan_id"),
    )

    workshop_id: Mapped[int] = mapped_column(ForeignKey("plan_workshop.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("plan_member.id"), primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    arrived_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    group_number: Mapped[int | None]


class Quadrant(StrEnum):
    """A field of a SWOT."""

    STRENGTH = "strength"
    WEAKNESS = "weakness"
    OPPORTUNITY = "opportunity"
    THREAT = "threat"


QUADRANT_LABELS = {
    Quadrant.STRENGTH: _l("Strengths"),
    Quadrant.WEAKNESS: _l("Weaknesses"),
    Quadrant.OPPORTUNITY: _l("Opportunities"),
    Quadrant.THREAT: _l("Threats"),
}


class SwotItem(PlanLine, Base):
    """A row of the section SWOT: what one side, or the group `group_number`, says. Votes are not signed, the text is."""

    __tablename__ = "plan_swot_item"
    __table_args__ = (CheckConstraint("text <> ''", name="says_something"),)
    edit_kind = "swot_item"
    fields = ("quadrant", "text", "side")

    quadrant: Mapped[Quadrant] = mapped_column(text_enum(Quadrant))
    text: Mapped[str] = mapped_column(String(300))
    side: Mapped[Side | None] = mapped_column(text_enum(Side))
    group_number: Mapped[int | None]


class SwotVote(Base):
    """Somebody finds a row of the SWOT important. Each person has a few votes, one at most for a row."""

    __tablename__ = "plan_swot_vote"
    __table_args__ = (Index("ix_plan_swot_vote_plan_id_member_id", "plan_id", "member_id"),)

    item_id: Mapped[int] = mapped_column(ForeignKey("plan_swot_item.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("plan_member.id"), primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    voted_at: Mapped[datetime]


class ParkingState(StrEnum):
    """What became of something that was put aside."""

    OPEN = "open"
    ACTION = "action"
    DECISION = "decision"
    DROPPED = "dropped"


PARKING_STATE_LABELS = {
    ParkingState.OPEN: _l("Parked"),
    ParkingState.ACTION: _l("Became an action"),
    ParkingState.DECISION: _l("Became an open decision"),
    ParkingState.DROPPED: _l("Dropped"),
}


class ParkingItem(Base):
    """Something that was put aside in the workshop, and what became of it: an action, an open decision, nothing."""

    __tablename__ = "plan_parking_item"
    __table_args__ = (
        CheckConstraint("text <> ''", name="says_something"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended_has_time"),
        Index("ix_plan_parking_item_plan_id", "plan_id"),
        Index("ix_plan_parking_item_workshop_id", "workshop_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    workshop_id: Mapped[int] = mapped_column(ForeignKey("plan_workshop.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(String(300))
    state: Mapped[ParkingState] = mapped_column(text_enum(ParkingState), default=ParkingState.OPEN)
    action_id: Mapped[int | None] = mapped_column(ForeignKey("plan_action.id", ondelete="SET NULL"))
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id", ondelete="SET NULL"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("plan_member.id"))
    written_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ConfidenceVote(Base):
    """How sure somebody is that the plan will be reached: 1 (not at all) to 5. One vote each, which may be changed."""

    __tablename__ = "plan_confidence_vote"
    __table_args__ = (
        CheckConstraint("vote BETWEEN 1 AND 5", name="vote_in_range"),
        Index("ix_plan_confidence_vote_plan_id", "plan_id"),
    )

    workshop_id: Mapped[int] = mapped_column(ForeignKey("plan_workshop.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("plan_member.id"), primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    vote: Mapped[int]
    remark: Mapped[str] = mapped_column(String(300), default="")
    voted_at: Mapped[datetime]


class PlanPresence(Base):
    """Where somebody is in the plan at the moment: a section's key, empty for the room. Seen within the last half minute."""

    __tablename__ = "plan_presence"
    __table_args__ = (UniqueConstraint("plan_id", "member_id"), Index("ix_plan_presence_plan_id_seen_at", "plan_id", "seen_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    member_id: Mapped[int] = mapped_column(ForeignKey("plan_member.id"))
    section_key: Mapped[str] = mapped_column(String(40), default="")
    seen_at: Mapped[datetime]
