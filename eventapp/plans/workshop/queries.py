"""Reading what belongs to a workshop before it begins."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from eventapp.accounts.models import User
from eventapp.agenda.models import AgendaRelease, AgendaSession, ReleasedSlot, SessionType
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.events.models import Event, EventKind, EventStatus
from eventapp.plans.models import (
    Plan,
    PlanDelegation,
    PrepTask,
    Side,
    SlotState,
    Workshop,
    WorkshopAnswer,
    WorkshopItem,
    WorkshopSlot,
)

# Slots that are asked about, or the one that holds.
OPEN_SLOTS = (SlotState.PROPOSED, SlotState.CONFIRMED)


def workshop_of(plan: Plan) -> Workshop | None:
    """The workshop of a plan, as it is in the database; none if nobody has planned one."""
    return db.session.scalar(select(Workshop).where(Workshop.plan_id == plan.id).execution_options(populate_existing=True))


def workshop(plan: Plan) -> Workshop:
    """The same. Raises NotFoundError if there is none."""
    found = workshop_of(plan)
    if found is None:
        raise NotFoundError(plan.code)
    return found


def slots(of: Workshop) -> Sequence[WorkshopSlot]:
    """All dates that were ever proposed, by their start."""
    query = select(WorkshopSlot).where(WorkshopSlot.workshop_id == of.id).order_by(WorkshopSlot.starts_at, WorkshopSlot.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def slot(of: Workshop, slot_id: int) -> WorkshopSlot:
    """A date of that workshop. Raises NotFoundError."""
    query = select(WorkshopSlot).where(WorkshopSlot.id == slot_id, WorkshopSlot.workshop_id == of.id)
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFoundError(slot_id)
    return found


def confirmed_slot(of: Workshop) -> WorkshopSlot | None:
    """The date that holds; none while it is being looked for."""
    query = select(WorkshopSlot).where(WorkshopSlot.workshop_id == of.id, WorkshopSlot.state == SlotState.CONFIRMED)
    return db.session.scalar(query.execution_options(populate_existing=True))


def answers(slot_ids: Collection[int]) -> dict[tuple[int, int], WorkshopAnswer]:
    """What people say to these dates, by date and member."""
    query = select(WorkshopAnswer).where(WorkshopAnswer.slot_id.in_(list(slot_ids)))
    rows = db.session.scalars(query.execution_options(populate_existing=True)) if slot_ids else ()
    return {(one.slot_id, one.member_id): one for one in rows}


def delegates(plan: Plan) -> frozenset[int]:
    """The members who stand for the executive sponsor of their side."""
    query = select(PlanDelegation.delegate_id).where(PlanDelegation.plan_id == plan.id, PlanDelegation.ended_at.is_(None))
    return frozenset(db.session.scalars(query))


def tasks(of: Workshop) -> Sequence[PrepTask]:
    """What both sides prepare, in its order."""
    query = select(PrepTask).where(PrepTask.workshop_id == of.id).order_by(PrepTask.side, PrepTask.position, PrepTask.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def task(of: Workshop, task_id: int) -> PrepTask:
    """A preparation of that workshop. Raises NotFoundError."""
    query = select(PrepTask).where(PrepTask.id == task_id, PrepTask.workshop_id == of.id)
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFoundError(task_id)
    return found


def prepared_by(of: Workshop) -> Mapping[Side, int]:
    """How many preparations each side has."""
    query = select(PrepTask.side, func.count().label("number")).where(PrepTask.workshop_id == of.id).group_by(PrepTask.side)
    return {row.side: row.number for row in db.session.execute(query)}


def items(of: Workshop) -> Sequence[WorkshopItem]:
    """The agenda, in its order."""
    query = select(WorkshopItem).where(WorkshopItem.workshop_id == of.id)
    order = (WorkshopItem.half, WorkshopItem.position, WorkshopItem.id)
    return db.session.scalars(query.order_by(*order).execution_options(populate_existing=True)).all()


def item(of: Workshop, item_id: int) -> WorkshopItem:
    """A part of the agenda of that workshop. Raises NotFoundError."""
    query = select(WorkshopItem).where(WorkshopItem.id == item_id, WorkshopItem.workshop_id == of.id)
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFoundError(item_id)
    return found


def facilitator(of: Workshop) -> User | None:
    """Who leads the workshop, as long as they have a login that works."""
    if of.facilitator_id is None:
        return None
    return db.session.scalar(select(User).where(User.id == of.facilitator_id, User.active))


class Session(NamedTuple):
    """A session of an agenda as the public reads it: where a workshop may take place."""

    id: int
    title: str
    code: str
    event: str
    slug: str
    time_zone: str
    starts_at: datetime
    ends_at: datetime


def sessions(*, after: datetime | None = None, only: int | None = None) -> list[Session]:
    """Sessions that stand in the public agenda of an event, by their start: what everybody may read, so both teams may.

    `after` leaves out those that are over, `only` all but one.
    """
    numbers = select(AgendaRelease.event_id, func.max(AgendaRelease.number).label("number"))
    latest = numbers.group_by(AgendaRelease.event_id).subquery()
    columns = (AgendaSession.id, ReleasedSlot.title, AgendaSession.code, Event.title, Event.slug, Event.time_zone)
    query = (
        select(*columns, func.min(ReleasedSlot.starts_at), func.max(ReleasedSlot.ends_at))
        .join(AgendaRelease, AgendaRelease.id == ReleasedSlot.release_id)
        .join(latest, (latest.c.event_id == AgendaRelease.event_id) & (latest.c.number == AgendaRelease.number))
        .join(Event, Event.id == AgendaRelease.event_id)
        .join(AgendaSession, AgendaSession.id == ReleasedSlot.session_id)
        .join(SessionType, SessionType.id == ReleasedSlot.type_id)
        .where(ReleasedSlot.listed, ~ReleasedSlot.cancelled, ~SessionType.is_break)
        .where(Event.status == EventStatus.PUBLISHED, Event.kind == EventKind.EVENT)
    )
    if after is not None:
        query = query.where(Event.ends_at > after, ReleasedSlot.ends_at > after)
    if only is not None:
        query = query.where(AgendaSession.id == only)
    query = query.group_by(*columns).order_by(func.min(ReleasedSlot.starts_at), AgendaSession.id)
    return [Session(*row) for row in db.session.execute(query)]
