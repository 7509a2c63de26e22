"""Sending what is due: to whom, once each, in small transactions that several workers may carry out at once.

A transaction takes some registrations for itself by locking their rows, passing over those that somebody else holds:
another worker, or whoever cancels at this moment. It notes that they have got the message and writes the mails. So a
worker that dies has done a batch wholly or not at all, and memory does not grow with the event.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm.attributes import set_committed_value

from eventapp.core.db import db, reading, rollback, table, transaction
from eventapp.core.times import zone_or_none
from eventapp.events.models import Event, EventKind, EventStatus
from eventapp.events.parts import parts_of
from eventapp.partners.models import Organisation, Person
from eventapp.registrations import mails
from eventapp.registrations.messages import queries
from eventapp.registrations.messages.kinds import DATED, KINDS, Kind
from eventapp.registrations.messages.models import MessageRun, MessageSent, Outcome
from eventapp.registrations.messages.queries import Own
from eventapp.registrations.messages.rules import Times, Turn, occasion_at, turn
from eventapp.registrations.messages.service import CORRECTING
from eventapp.registrations.models import Registration
from eventapp.registrations.queries import LOADED

BATCH = 100
# No message leaves earlier before an event, or later after it.
AHEAD, BEHIND = timedelta(days=32), timedelta(days=7)
OPEN = (EventStatus.PUBLISHED, EventStatus.CLOSED)


class Due(NamedTuple):
    """A message to everybody of an event, and since when it is due. `again`: for a later day of the event, not its first."""

    event_id: int
    kind: str
    at: datetime
    again: bool = False


def send_due(at: datetime) -> int:
    """Sends everything that is due at this moment and not too late. Returns how many people were written to."""
    with reading():
        found = list(all_due(at))
        rollback()
    people = 0
    for due in found:
        going_on = True
        while going_on:
            with transaction():
                written, going_on = _batch(due, at)
            db.session.expunge_all()
            people += written
    return people


def all_due(at: datetime) -> Iterator[Due]:
    """What is due and not done for everybody: three queries, four with runs, however many events there are."""
    ordered = select(MessageRun.event_id).where(MessageRun.done_at.is_(None))
    near = and_(Event.starts_at < at + AHEAD, Event.ends_at > at - BEHIND)
    here = (Event.status.in_(OPEN), or_(near, Event.id.in_(ordered)))
    events = db.session.scalars(select(Event).where(*here).order_by(Event.starts_at, Event.id)).all()
    _with_parts(events)
    owns, runs = queries.own_of(events), queries.runs_of([event.id for event in events])
    for event in events:
        for kind in (KINDS["event_changed"], *DATED):
            run = runs.get((event.id, kind.key))
            due = _due(event, kind, owns[event.id], run, at)
            if due is not None and due.at <= at and not (run and run.done_at and run.due_at == due.at):
                yield due


def _with_parts(events: Sequence[Event]) -> None:
    """Reads the parts of all runs among these events at once."""
    runs = {event.id: event for event in events if event.kind is EventKind.RUN}
    if runs:
        for event_id, found in parts_of(runs, cancelled=True).items():
            set_committed_value(runs[event_id], "all_parts", found)


def _due(event: Event, kind: Kind, own: Own, run: MessageRun | None, at: datetime) -> Due | None:
    """What is due of a message to everybody, or will be first; none if it is not to be sent."""
    if not own.sends(kind) or kind.schedule is None:
        return None
    if kind.key == "event_changed":
        return Due(event.id, kind.key, run.due_at) if run and run.changes else None
    day, since = occasion_at(kind.schedule, event, own.hour(kind), at)
    return Due(event.id, kind.key, since, day.starts_at > event.starts_at)


def _batch(due: Due, at: datetime) -> tuple[int, bool]:
    """Writes to some of those who are to get the message. How many that were, and whether to go on."""
    event, kind = db.session.get_one(Event, due.event_id, populate_existing=True), KINDS[due.kind]
    assert kind.schedule is not None
    run = db.session.get(MessageRun, (event.id, kind.key), populate_existing=True)
    own = queries.own_of([event], [kind.key])[event.id]
    if event.status not in OPEN or _due(event, kind, own, run, at) != due:
        return 0, False  # cancelled, switched off or moved in the meantime
    day: Times = event if kind.key == "event_changed" else occasion_at(kind.schedule, event, own.hour(kind), at)[0]
    turns: dict[Turn, set[str]] = {Turn.NOW: set(), Turn.LATE: set(), Turn.LATER: set()}
    for zone in db.session.scalars(_zones(event, kind, due)):
        turns[turn(kind.schedule, due.at, day, zone if zone_or_none(zone) else event.time_zone, at)].add(zone)
    if turns[Turn.NOW]:
        ids = _claim(event, kind, due, turns[Turn.NOW], Outcome.SENT, at)
        if ids:
            query = select(Registration).options(*LOADED).where(Registration.id.in_(ids)).order_by(Registration.id)
            chosen = db.session.scalars(query.execution_options(populate_existing=True)).all()
            mails.send_message(kind, chosen, own, changes=run.changes if run else [], begins=day.starts_at, at=at)
        return len(ids), bool(ids)
    if turns[Turn.LATE]:
        return 0, bool(_claim(event, kind, due, turns[Turn.LATE], Outcome.SKIPPED, at))
    if not turns[Turn.LATER]:
        _done(due, at)
    return 0, False


def _zone(event: Event) -> Any:
    """In which zone somebody lives, as far as we know."""
    return func.coalesce(func.nullif(Person.time_zone, ""), func.nullif(Organisation.time_zone, ""), event.time_zone)


def _to_get(event: Event, kind: Kind, due: Due) -> list[Any]:
    """The condition of those who are to get the message and have not. Whoever came later had it in their first mail."""
    came_by = due.at - CORRECTING if kind.key == "event_changed" else due.at
    return [
        *queries.receivers(event, kind),
        Registration.registered_at <= came_by,
        Person.id == Registration.person_id,
        Organisation.id == Registration.organisation_id,
        queries.without(kind.key, due.at, again=due.again),
    ]


def _zones(event: Event, kind: Kind, due: Due) -> Any:
    return select(_zone(event)).where(*_to_get(event, kind, due)).distinct()


def _claim(event: Event, kind: Kind, due: Due, zones: Collection[str], outcome: Outcome, at: datetime) -> list[int]:
    """Takes some of those in these zones and notes what became of the message; their ids."""
    query = select(Registration.id).where(*_to_get(event, kind, due), _zone(event).in_(zones)).order_by(Registration.id)
    query = query.limit(BATCH).with_for_update(skip_locked=True, of=Registration)
    ids = list(db.session.scalars(query))
    if not ids:
        return []
    old = and_(
        MessageSent.registration_id.in_(ids), MessageSent.kind == kind.key, ~queries.counts(kind.key, due.at, again=due.again)
    )
    db.session.execute(delete(MessageSent).where(old), execution_options={"synchronize_session": False})
    make: Any = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    # Where another worker was faster between our reading and our locking, its row stands: never twice.
    rows = make(table(MessageSent)).on_conflict_do_nothing().returning(table(MessageSent).c.registration_id)
    same = {"event_id": event.id, "kind": kind.key, "outcome": outcome, "due_at": due.at, "at": at}
    return list(db.session.scalars(rows.values([{"registration_id": one, **same} for one in ids])))


def _done(due: Due, at: datetime) -> None:
    """Notes that everybody has got what was due, so that nobody is looked for every minute."""
    make: Any = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    row = make(table(MessageRun)).values(event_id=due.event_id, kind=due.kind, due_at=due.at, done_at=at, changes=[])
    db.session.execute(row.on_conflict_do_update(index_elements=["event_id", "kind"], set_={"due_at": due.at, "done_at": at}))
