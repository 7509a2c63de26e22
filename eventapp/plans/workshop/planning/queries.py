"""What the page of a workshop says of its preparation, and who leads it."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import func, select

from eventapp.accounts.models import Role
from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.plans.models import (
    Plan,
    PlanMember,
    PrepState,
    PrepTask,
    Side,
    SlotState,
    Workshop,
    WorkshopAnswer,
    WorkshopItem,
    WorkshopSlot,
    WorkshopState,
)
from eventapp.plans.workshop.permissions import PLANNABLE


class Summary(NamedTuple):
    """In numbers: dates asked about and who has answered all of them, what each side has prepared, the agenda's minutes."""

    proposed: int
    answered: int
    people: int
    prepared: list[tuple[str, int, int]]
    minutes: int
    parts: int


def summary(plan: Plan, workshop: Workshop, slot: WorkshopSlot | None, names: Mapping[Side, str]) -> Summary:
    """How far the workshop is, in three queries."""
    there = (WorkshopSlot.workshop_id == workshop.id, WorkshopSlot.state.in_((SlotState.PROPOSED, SlotState.CONFIRMED)))
    asked = set(db.session.scalars(select(WorkshopSlot.id).where(*there))) if slot is None else {slot.id}
    answers = (
        select(PlanMember.id, func.count(WorkshopAnswer.slot_id))
        .outerjoin(WorkshopAnswer, (WorkshopAnswer.member_id == PlanMember.id) & WorkshopAnswer.slot_id.in_(asked))
        .where(PlanMember.plan_id == plan.id, PlanMember.left_at.is_(None))
        .group_by(PlanMember.id)
    )
    counts = [number for _id, number in db.session.execute(answers)]
    states = select(PrepTask.side, PrepTask.state, func.count()).where(PrepTask.workshop_id == workshop.id)
    prepared: dict[Side, dict[PrepState, int]] = {}
    for side, state, number in db.session.execute(states.group_by(PrepTask.side, PrepTask.state)):
        prepared.setdefault(side, {})[state] = number
    agenda = select(func.coalesce(func.sum(WorkshopItem.minutes), 0), func.count())
    minutes, parts = db.session.execute(agenda.where(WorkshopItem.workshop_id == workshop.id)).one()
    return Summary(
        proposed=len(asked),
        answered=sum(number >= len(asked) for number in counts) if asked else 0,
        people=len(counts),
        prepared=[
            (names[side], sum(n for state, n in of.items() if state is not PrepState.TO_DO), sum(of.values()))
            for side in Side
            if (of := prepared.get(side))
        ],
        minutes=minutes,
        parts=parts,
    )


def led_by(viewer: Viewer, code: str) -> tuple[Plan, Workshop] | None:
    """The plan with its workshop, if the viewer is the facilitator of one that has a date and is not over; none otherwise."""
    if viewer.user is None or not viewer.roles - {Role.AUDITOR}:
        return None
    query = select(Plan, Workshop).join(Workshop, Workshop.plan_id == Plan.id)
    query = query.where(Plan.code == code, Plan.status.in_(PLANNABLE), Plan.suspended_at.is_(None))
    leads = Workshop.facilitator_id == viewer.user.id
    row = db.session.execute(query.where(leads, Workshop.state.in_((WorkshopState.DATED, WorkshopState.RUNNING)))).first()
    return (row[0], row[1]) if row is not None else None
