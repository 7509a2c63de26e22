"""Asking people: on the morning after a run how it was, and weeks later what they use of it. Once each.

Rows are claimed by locking them, passing over those that another worker holds, and noted as asked in the transaction that
writes the mails: a worker that dies has asked some people wholly and the others not at all.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import joinedload

from eventapp.core.db import db, reading, rollback, transaction
from eventapp.core.times import zone_or_none
from eventapp.events.models import Event, EventStatus
from eventapp.partners.models import Organisation, Person
from eventapp.registrations import hooks
from eventapp.registrations.messages.rules import awake_at
from eventapp.registrations.models import Registration
from eventapp.registrations.queries import LOADED
from eventapp.registrations.service.telling import sends, tell
from eventapp.training import queries as training
from eventapp.training.assessing.feedback.rules import GRACE, asked_at
from eventapp.training.models import AttendanceState, Enrolment, EnrolmentState, Run

BATCH = 100
AFTER, LATER = "course_feedback", "course_follow_up"
# What notes that somebody was asked.
NOTED: dict[str, Any] = {AFTER: Enrolment.asked_at, LATER: Enrolment.followed_up_at}
# No version of a course asks earlier or later than this after the end; events may end days after a run inside them.
SOONEST, LATEST = timedelta(days=28), timedelta(days=120)


class Due(NamedTuple):
    """A run whose people are to be asked, and since when."""

    run_id: int
    kind: str
    at: datetime


def ask_due(at: datetime) -> int:
    """Asks everybody who is to be asked at this moment; returns how many people that are."""
    with reading():
        found = list(_due(at))
        rollback()
    people = 0
    for due in found:
        asked = BATCH
        while asked:
            with transaction():
                asked = _batch(due, at)
            db.session.expunge_all()
            people += asked
    return people


def _due(at: datetime) -> Iterator[Due]:
    """Runs with somebody who is to be asked now: a few queries, however many runs there are."""
    windows = {AFTER: (Event.starts_at < at, Event.ends_at > at - GRACE - timedelta(days=2))}
    windows[LATER] = (Event.starts_at < at - SOONEST, Event.ends_at > at - LATEST)
    for kind, window in windows.items():
        open_status = Event.status.in_((EventStatus.PUBLISHED, EventStatus.CLOSED))
        anybody = exists().where(Enrolment.run_id == Run.id, *_to_ask(kind))
        found = db.session.scalars(training.runs().where(*window, open_status, anybody).order_by(Run.id)).all()
        slots = training.slots_of(found)
        for run in found:
            if slots[run.id] and sends(run.event, kind):
                days = 1 if kind == AFTER else run.course_version.follow_up_days
                due = asked_at(slots[run.id][-1].ends_at, run.event.time_zone, days)
                if due <= at < due + GRACE:
                    yield Due(run.id, kind, due)


def _to_ask(kind: str) -> list[Any]:
    """The condition of those who are to be asked and have not been: who had a seat and is not known to have stayed away."""
    came = or_(Enrolment.attendance.is_(None), Enrolment.attendance.in_((AttendanceState.ATTENDED, AttendanceState.PARTIAL)))
    return [Enrolment.state == EnrolmentState.ENROLLED, NOTED[kind].is_(None), came]


def _batch(due: Due, at: datetime) -> int:
    """Writes to some of those who are to be asked and are awake, and notes it; how many that were."""
    event_zone = db.session.scalars(select(Event.time_zone).join(Run, Run.event_id == Event.id).where(Run.id == due.run_id)).one()
    ids = _awake(due, event_zone, at)[:BATCH]
    query = select(Enrolment).where(Enrolment.id.in_(ids), *_to_ask(due.kind)).order_by(Enrolment.id)
    query = query.options(joinedload(Enrolment.run).joinedload(Run.course_version))
    claimed = db.session.scalars(query.with_for_update(skip_locked=True, of=Enrolment)).all()
    if not claimed:
        return 0
    for enrolment in claimed:
        setattr(enrolment, NOTED[due.kind].key, at)
    titles = {one.registration_id: one.run.course_version.title for one in claimed}
    people = {one.registration_id: one.person_id for one in claimed}
    found = select(Registration).options(*LOADED).where(Registration.id.in_(titles)).order_by(Registration.id)
    # Whoever has handed the registration on is not to be asked by its link.
    told = [one for one in db.session.scalars(found) if one.person_id == people[one.id]]
    tell(told, due.kind, {one.id: {"course": titles[one.id]} for one in told}, at=at)
    return len(claimed)


def _awake(due: Due, event_zone: str, at: datetime) -> list[int]:
    zone = func.coalesce(func.nullif(Person.time_zone, ""), func.nullif(Organisation.time_zone, ""), event_zone)
    query = select(Enrolment.id, zone).join(Person, Person.id == Enrolment.person_id)
    query = query.join(Organisation, Organisation.id == Enrolment.organisation_id)
    query = query.where(Enrolment.run_id == due.run_id, *_to_ask(due.kind)).order_by(Enrolment.id)
    found = [(id_, zone if zone_or_none(zone) else event_zone) for id_, zone in db.session.execute(query)]
    return [id_ for id_, zone in found if awake_at(at, zone) == at]


def further_kinds(event: Event) -> Collection[str]:
    """The messages that an event has more than others, because it is a run or has runs among its sessions."""
    return (AFTER, LATER) if db.session.scalar(select(Run.id).where(Run.event_id == event.id).limit(1)) else ()


hooks.FURTHER_KINDS.append(further_kinds)
