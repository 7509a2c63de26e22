"""What the clock does for workshops: reminds of answers and preparations, asks for the numbers, freezes the pack.

Each workshop in a transaction of its own, under its plan's lock; what was done is noted in the same transaction, so that a
worker beside another, or one that comes back after it has died, does nothing twice.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, or_, select

from eventapp.audit.service import NamedActor
from eventapp.core.clock import now
from eventapp.core.db import db, reading, rollback, transaction
from eventapp.core.jobs import job
from eventapp.plans import queries
from eventapp.plans.models import (
    MemberFunction,
    Plan,
    PlanMember,
    PrepState,
    PrepTask,
    Side,
    SlotState,
    Workshop,
    WorkshopSlot,
    WorkshopState,
)
from eventapp.plans.workshop import mails
from eventapp.plans.workshop import queries as workshops
from eventapp.plans.workshop.dates.service import remind_unanswered
from eventapp.plans.workshop.pack import service as pack
from eventapp.plans.workshop.pack.service import Drawn, responsible
from eventapp.plans.workshop.permissions import AHEAD, PLANNABLE, is_ahead
from eventapp.plans.workshop.preparing.rules import FROZEN, NUMBERS_ASKED, REMINDERS, day_of, pack_due, reminders_due

CLOCK = NamedActor("clock")
# Whoever has not answered is reminded of the latest dates once, so long after they were proposed.
ANSWERS_AFTER = timedelta(days=3)
_OF = select(Plan, Workshop).join(Workshop, Workshop.plan_id == Plan.id)


@job("plans.workshops", every_minute=True)
def workshops_ahead() -> None:
    """Looks after the workshops that something may be due of."""
    at = now()
    with reading():
        ids = list(db.session.scalars(_due(at)))
        rollback()
    for workshop_id in ids:
        drawn = _draw(workshop_id, at)
        with transaction():
            look_after(workshop_id, at, drawn)


def _due(at: datetime) -> Select[int]:
    """The workshops of which something may be due. What hangs on a day of the place is a day too early here, and asked again
    under the lock."""
    dated, planning = Workshop.state == WorkshopState.DATED, Workshop.state == WorkshopState.PLANNING

    def within(days: int) -> ColumnElement[bool]:
        confirmed = (WorkshopSlot.state == SlotState.CONFIRMED, WorkshopSlot.starts_at > at)
        there = select(WorkshopSlot.id).where(WorkshopSlot.workshop_id == Workshop.id, *confirmed)
        return there.where(WorkshopSlot.starts_at <= at + timedelta(days=days)).correlate(Workshop).exists()

    times = [(PrepTask.reminded <= n) & (PrepTask.due_on <= at.date() + timedelta(days=days)) for n, days in enumerate(REMINDERS)]
    late = select(PrepTask.workshop_id).where(PrepTask.state == PrepState.TO_DO, or_(*times))
    latest = select(func.max(WorkshopSlot.proposed_at)).where(
        WorkshopSlot.workshop_id == Workshop.id, WorkshopSlot.state == SlotState.PROPOSED
    )
    latest_at = latest.correlate(Workshop).scalar_subquery()
    unasked = (latest_at <= at - ANSWERS_AFTER) & (Workshop.answers_asked_at.is_(None) | (Workshop.answers_asked_at <= latest_at))
    numbers = Workshop.facts_asked_at.is_(None) & within(NUMBERS_ASKED + 1)
    unpacked = Workshop.pack_at.is_(None) & within(FROZEN)
    wanted = (planning & unasked) | (dated & or_(numbers, unpacked, Workshop.id.in_(late)))
    query = select(Workshop.id).join(Plan, Plan.id == Workshop.plan_id)
    query = query.where(Workshop.state.in_(AHEAD), Plan.status.in_(PLANNABLE), Plan.suspended_at.is_(None), wanted)
    return query.order_by(Workshop.id)


def _draw(workshop_id: int, at: datetime) -> Drawn | None:
    """The pack if it is due, drawn before anything is locked; none if it is not."""
    with reading():
        try:
            row = db.session.execute(_OF.where(Workshop.id == workshop_id)).one()
            plan, workshop = row[0], row[1]
            slot = workshops.confirmed_slot(workshop)
            if slot is None or not _pack_is_due(workshop, slot, at):
                return None
            return pack.draw(plan, workshop, at=at)
        finally:
            rollback()


def _pack_is_due(workshop: Workshop, slot: WorkshopSlot, at: datetime) -> bool:
    due_at = pack_due(slot, workshop.dated_at or at, workshop.time_zone)
    return workshop.pack_at is None and due_at <= at < slot.starts_at


def look_after(workshop_id: int, at: datetime, drawn: Drawn | None = None) -> None:
    """Does what is due of one workshop, and nothing that was done already."""
    plan = queries.lock(db.session.execute(_OF.where(Workshop.id == workshop_id)).one()[0])
    workshop = workshops.workshop(plan)
    if not is_ahead(plan, workshop):
        return
    slot = workshops.confirmed_slot(workshop)
    if slot is None:
        _answers(plan, workshop, at)
        return
    _preparations(plan, workshop, at)
    _numbers(plan, workshop, slot, at)
    if _pack_is_due(workshop, slot, at):
        pack.freeze(plan, drawn=drawn, by=CLOCK, at=at)


def _answers(plan: Plan, workshop: Workshop, at: datetime) -> None:
    proposed = [one.proposed_at for one in workshops.slots(workshop) if one.state is SlotState.PROPOSED]
    if not proposed or max(proposed) > at - ANSWERS_AFTER:
        return
    if workshop.answers_asked_at is None or workshop.answers_asked_at <= max(proposed):
        remind_unanswered(plan, workshop, at=at)


def _preparations(plan: Plan, workshop: Workshop, at: datetime) -> None:
    """One mail to each who has something to do, about all of it."""
    today = at.date()
    due: dict[int, list[PrepTask]] = {}
    team = queries.team(plan)
    for task in workshops.tasks(workshop):
        times = reminders_due(task.due_on, today)
        if task.state is not PrepState.TO_DO or times <= task.reminded:
            continue
        task.reminded = times
        if (who := responsible(team, task)) is not None:
            due.setdefault(who.id, []).append(task)
    db.session.flush()
    by_id = {one.id: one for one in team}
    for member_id, tasks in due.items():
        first = min(one.due_on for one in tasks)
        what = "overdue" if first < today else "tasks"
        to = mails.addressees(plan, [by_id[member_id]], at)
        mails.tell(what, plan, workshop, to, at=at, by_day=True, number=len(tasks), day=first)


def _owners(team: Iterable[PlanMember], sides: Iterable[Side]) -> list[PlanMember]:
    return [one for one in team if one.function is MemberFunction.OWNER and one.side in sides]


def _numbers(plan: Plan, workshop: Workshop, slot: WorkshopSlot, at: datetime) -> None:
    """Ten days before, the owners who have not yet confirmed the numbers are asked to, once."""
    if workshop.facts_asked_at is not None or slot.starts_at <= at:
        return
    if at.date() < day_of(slot, workshop.time_zone) - timedelta(days=NUMBERS_ASKED):
        return
    workshop.facts_asked_at = at
    db.session.flush()
    sides = [side for side, since in ((Side.A, workshop.facts_a_at), (Side.B, workshop.facts_b_at)) if since is None]
    to = mails.addressees(plan, _owners(queries.team(plan), sides), at)
    mails.tell("numbers", plan, workshop, to, at=at, by_day=True)
