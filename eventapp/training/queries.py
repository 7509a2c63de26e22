"""Reading runs and enrolments: what every part of training asks for."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import joinedload

from eventapp.accounts.permissions import Viewer
from eventapp.agenda.models import AgendaRelease, ReleasedSlot
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.events.models import Admission, Event, EventFormat, EventPart, EventStatus
from eventapp.places.models import Pool
from eventapp.training.models import CourseVersion, Run, RunTrainer
from eventapp.training.rules import Slot


def runs() -> Select[Run]:
    """Runs with their event, session, and version of the course, in no order and for no viewer: narrow it."""
    return (
        select(Run)
        .join(Run.event)
        .options(
            joinedload(Run.event).joinedload(Event.pool),
            joinedload(Run.session),
            joinedload(Run.course_version).joinedload(CourseVersion.course),
        )
    )


def taught_by(viewer: Viewer) -> Select[Run]:
    """The runs whose participants the viewer sees: the vendor's readers all, a trainer those that they give."""
    return runs() if viewer.reads_all else _own(viewer)


def _own(viewer: Viewer) -> Select[Run]:
    own = select(RunTrainer.run_id).where(RunTrainer.user_id == (viewer.user.id if viewer.user else None))
    return runs().where(Run.id.in_(own))


def run_to_teach(viewer: Viewer, run_id: int) -> Run:
    """The run of that id among those whose pages the viewer reads. Raises NotFoundError."""
    return _one(taught_by(viewer), run_id)


def run_to_give(viewer: Viewer, run_id: int) -> Run:
    """The run of that id among those that the viewer gives, for whatever changes it: organizers all, trainers their own.

    Who is an auditor besides reads more runs than that. Raises NotFoundError.
    """
    return _one(runs() if viewer.is_organizer else _own(viewer), run_id)


def _one(found: Select[Run], run_id: int) -> Run:
    run = db.session.scalar(found.where(Run.id == run_id))
    if run is None:
        raise NotFoundError(run_id)
    return run


def run_of_event(event_id: int) -> Run | None:
    """The run that this event is, if it is one by itself."""
    return db.session.scalar(runs().where(Run.event_id == event_id, Run.session_id.is_(None)))


def takes_people(at: datetime) -> ColumnElement[bool]:
    """Whether somebody who enrols at that moment in a run that is an event of its own gets a seat. A condition on `Event`."""
    free = or_(Pool.capacity.is_(None), Pool.taken < Pool.capacity)
    both = Pool.id.in_((Event.in_person_pool_id, Event.virtual_pool_id))
    return and_(
        Event.status == EventStatus.PUBLISHED,
        Event.admission != Admission.INVITATION,
        Event.starts_at > at,
        or_(Event.registration_opens_at.is_(None), Event.registration_opens_at <= at),
        or_(Event.registration_closes_at.is_(None), Event.registration_closes_at > at),
        exists().where(Pool.id == Event.pool_id, free).correlate(Event),
        or_(Event.format != EventFormat.HYBRID, exists().where(both, free).correlate(Event)),
    )


def slots_of(found: Sequence[Run]) -> dict[int, list[Slot]]:
    """The slots of each run by its id, in order: those of its session as released last, else the parts of its event."""
    slots: dict[int, list[Slot]] = {run.id: [] for run in found}
    alone = {run.event_id: run for run in found if run.session_id is None}
    inside = {run.session_id: run for run in found if run.session_id is not None}
    if alone:
        parts = (
            select(EventPart)
            .where(EventPart.event_id.in_(alone), ~EventPart.cancelled)
            .order_by(EventPart.starts_at, EventPart.number)
        )
        for part in db.session.scalars(parts):
            slots[alone[part.event_id].id].append(Slot(part.starts_at, part.ends_at, part.label))
        for run in alone.values():
            slots[run.id] = slots[run.id] or [Slot(run.event.starts_at, run.event.ends_at)]
    if inside:
        event_ids = {run.event_id for run in inside.values()}
        latest = select(func.max(AgendaRelease.id)).where(AgendaRelease.event_id.in_(event_ids)).group_by(AgendaRelease.event_id)
        columns = (ReleasedSlot.session_id, ReleasedSlot.starts_at, ReleasedSlot.ends_at, ReleasedSlot.label)
        released = select(*columns).where(
            ReleasedSlot.release_id.in_(latest), ReleasedSlot.session_id.in_(inside), ~ReleasedSlot.cancelled
        )
        for session_id, starts_at, ends_at, label in db.session.execute(released.order_by(ReleasedSlot.starts_at)):
            slots[inside[session_id].id].append(Slot(starts_at, ends_at, label))
    return slots
