"""Counting attendance anew after anything was said about it: from the sources to minutes and states."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.events.models import Event, EventStatus
from eventapp.places import service as places
from eventapp.training import completing, queries
from eventapp.training.attendance import rules
from eventapp.training.attendance.evidence import Evidence, Line, Participant, gather
from eventapp.training.models import (
    AttendanceInterval,
    AttendanceState,
    Enrolment,
    EnrolmentState,
    IntervalSource,
    MatchedRow,
    RollMark,
    Run,
)
from eventapp.training.rules import Slot

# Sources that are read off what other features know, and follow it.
DERIVED = (IntervalSource.JOIN, IntervalSource.DOOR, IntervalSource.ROLL_CALL)


def lock(run: Run) -> Run:
    """The run as it is now, under the lock of its event's places, under which everything about its people happens."""
    places.lock([run.event.pool_id])
    return db.session.scalars(queries.runs().where(Run.id == run.id).execution_options(populate_existing=True)).one()


def lock_open(run: Run) -> Run:
    """The same for acts that a final run refuses."""
    found = lock(run)
    if found.done_at is not None:
        raise RuleError(_("The results of this run are final. Reopen it first."))
    return found


def fingerprint(*parts: object) -> str:
    """The key of an interval: source and line, so that the same line again is the same row."""
    return hashlib.sha256("\x1f".join(str(part) for part in parts).encode("utf-8", "replace")).hexdigest()


def recount(run: Run, *, by: Actor, at: datetime) -> list[Enrolment]:
    """Counts everybody anew, in the caller's transaction under the run's lock. Returns whose attendance has changed.

    What somebody settled by hand stays; its minutes are counted all the same. Before the run is over only those have a
    state who have reached the mark already, which nothing can take away.
    """
    found = gather(run)
    _derive(found, by, at)
    of = rules.total(found.slots)
    version = run.course_version
    over = found.over(at) or run.done_at is not None
    known = {person.id for person in found.people}
    changed = []
    query = select(Enrolment).where(Enrolment.run_id == run.id).order_by(Enrolment.id)
    for enrolment in db.session.scalars(query.execution_options(populate_existing=True)):
        before = (enrolment.attendance, enrolment.attended, enrolment.slots)
        counted = enrolment.id in known and bool(found.slots)
        seconds = found.seconds(enrolment.id) if counted else 0
        _set_seconds(enrolment, seconds, of if counted else 0)
        if enrolment.settled_at is None:
            state = rules.state_of(seconds, of, mark=version.attendance_mark, partial_from=version.partial_from)
            said = over or state is AttendanceState.ATTENDED
            state_now = state if counted and said else None
            if enrolment.attendance is not state_now:
                enrolment.attendance = state_now
        if (enrolment.attendance, enrolment.attended, enrolment.slots) != before:
            changed.append(enrolment)
    db.session.flush()
    completing.look(changed, by=by, at=at)
    db.session.flush()
    return changed


def recount_and_tell(run: Run, *, by: Actor, at: datetime) -> None:
    """The same as an act of its own, which the log names if somebody's state has changed."""
    changed = [one for one in recount(run, by=by, at=at) if one.attendance is not None]
    if changed:
        record(
            "attendance.count",
            by=by,
            at=at,
            object_type="run",
            object_id=run.id,
            object_name=run.event.title,
            event_id=run.event_id,
            changes={"people": len(changed)},
        )


def _set_seconds(enrolment: Enrolment, seconds: int, of: int) -> None:
    if (enrolment.attended, enrolment.slots) != (seconds, of):
        enrolment.attended, enrolment.slots = seconds, of


def _derive(found: Evidence, by: Actor, at: datetime) -> None:
    """Brings the intervals of join links, door and roll call to what those say now, in `found` as in the table."""
    wanted = {line.key: line for person in found.people for line in _derived(found, person)}
    stored = {line.key: line for lines in found.lines.values() for line in lines if line.source in DERIVED}
    gone = [key for key, line in stored.items() if wanted.get(key) != line]
    new = [line for key, line in wanted.items() if stored.get(key) != line]
    for part in (gone[n : n + 500] for n in range(0, len(gone), 500)):
        db.session.execute(
            delete(AttendanceInterval).where(AttendanceInterval.run_id == found.run.id, AttendanceInterval.key.in_(part))
        )
    matched = {IntervalSource.JOIN: MatchedRow.TOKEN, IntervalSource.DOOR: MatchedRow.TOKEN}
    db.session.add_all(
        AttendanceInterval(
            run_id=found.run.id,
            enrolment_id=line.enrolment_id,
            source=line.source,
            key=line.key,
            joined_at=line.joined_at,
            left_at=line.left_at,
            matched=matched.get(line.source, MatchedRow.HAND),
            noted_at=at,
            noted_by=by.actor_name,
        )
        for line in new
    )
    db.session.flush()
    for person in found.people:
        kept = [line for line in found.lines.get(person.id, ()) if line.source not in DERIVED]
        found.lines[person.id] = sorted(
            [*kept, *(line for line in wanted.values() if line.enrolment_id == person.id)], key=lambda line: line.joined_at
        )


def _derived(found: Evidence, person: Participant) -> list[Line]:
    """What the join link, the door and the roll call say of somebody."""
    made = []
    for slot in found.slots:
        clicks = [at for at in found.clicks.get(person.id, ()) if rules.near(at, found.slots) is slot]
        if clicks:
            made.append(_line(person, IntervalSource.JOIN, slot, min(clicks)))
        if found.marks.get(person.id, {}).get(slot.starts_at) is RollMark.PRESENT:
            made.append(_line(person, IntervalSource.ROLL_CALL, slot, slot.starts_at, slot.ends_at))
    # At the door of a larger event nobody is seen to come to one of its sessions.
    door = person.checked_in_at if found.run.session_id is None else None
    if door is not None and (slot_ := rules.near(door, found.slots)) is not None:
        made.append(_line(person, IntervalSource.DOOR, slot_, door))
    return made


def _line(person: Participant, source: IntervalSource, slot: Slot, joined_at: datetime, left_at: datetime | None = None) -> Line:
    return Line(person.id, source, joined_at, left_at, fingerprint(source.value, person.id, slot.starts_at.isoformat()))


def due(at: datetime, within: timedelta = timedelta(days=1)) -> Sequence[int]:
    """Runs to be counted by themselves: those that are not final and have begun, until a day after their end."""
    query = select(Run.id).join(Event, Event.id == Run.event_id)
    query = query.where(Run.done_at.is_(None), Event.status != EventStatus.CANCELLED, Event.status != EventStatus.DRAFT)
    return db.session.scalars(query.where(Event.starts_at <= at, Event.ends_at >= at - within).order_by(Run.id)).all()


def enrolled_in(run: Run, enrolment_id: int) -> Enrolment | None:
    """The enrolment of that id in the run, locked."""
    query = select(Enrolment).where(
        Enrolment.id == enrolment_id, Enrolment.run_id == run.id, Enrolment.state == EnrolmentState.ENROLLED
    )
    return db.session.scalar(query.execution_options(populate_existing=True))
