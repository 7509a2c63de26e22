"""Making the draft public. Everything in the caller's transaction, under the lock of the event's pool."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, update

from eventapp.agenda.models import AgendaRelease, ChangeKind, ReleaseChange, ReleasedSlot, ReleasedSpeaker, SessionSlot
from eventapp.agenda.releases import queries
from eventapp.agenda.releases.difference import Change, Line, Plan
from eventapp.audit.service import Actor, record
from eventapp.core.db import db, table, write
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.events.models import Event
from eventapp.places import service as places

_SLOTS = table(SessionSlot)
_RAISE = update(_SLOTS).where(_SLOTS.c.id == bindparam("slot")).values(sequence=bindparam("to"))


def release(event: Event, name: str, note: str = "", *, by: Actor, at: datetime) -> AgendaRelease:
    """Freezes the draft under a name; from the commit on it is what people see.

    Raises RuleError when there is nothing in the timetable, when nothing differs from the release before, or when the
    name is taken.
    """
    places.lock([event.pool_id])
    last, plan = queries.next_plan(event.id)
    _refuse(event, name, last, plan)
    made = AgendaRelease(
        event_id=event.id,
        number=last.number + 1 if last else 1,
        name=name,
        note=note,
        released_at=at,
        released_by=by.actor_name,
        **{kind.value: plan.count(kind) for kind in ChangeKind},
    )
    db.session.add(made)
    db.session.flush()
    _write(made, plan)
    record(
        "releases.release",
        by=by,
        at=at,
        object_type="release",
        object_id=made.id,
        object_name=made.name,
        event_id=event.id,
        changes={"number": made.number, **{kind.value: plan.count(kind) for kind in ChangeKind}},
    )
    return made


def suggested_name(event: Event) -> str:
    """A name for the next release that no other has: "Version 3"."""
    taken = {release.name for release in queries.releases(event.id)}
    number = len(taken) + 1
    while (name := _("Version %(number)s", number=number)) in taken:
        number += 1
    return name


def _refuse(event: Event, name: str, last: AgendaRelease | None, plan: Plan) -> None:
    if not plan.lines:
        raise RuleError(_("There is nothing to release: no confirmed session is in the timetable yet."))
    if not plan.changes:
        assert last is not None
        raise RuleError(_("Nothing has changed since the release “%(name)s”, so there is nothing to release.", name=last.name))
    if any(name == release.name for release in queries.releases(event.id)):
        raise RuleError(_("A release of this name exists already. Choose another name."), "name")


def _write(made: AgendaRelease, plan: Plan) -> None:
    """The rows of a release. Each table gets one statement, whatever the size."""
    write(insert(table(ReleasedSlot)), [_slot(made.id, line) for line in plan.lines])
    # Where one part of a session is cancelled and another goes on, those of the one that goes on speak.
    by_session = {line.session_id: line.speakers for line in sorted(plan.lines, key=lambda line: not line.cancelled)}
    speakers = [
        {"release_id": made.id, "session_id": session_id, "speaker_id": speaker_id, "position": position}
        for session_id, ids in by_session.items()
        for position, speaker_id in enumerate(ids)
    ]
    if speakers:
        write(insert(table(ReleasedSpeaker)), speakers)
    write(insert(table(ReleaseChange)), [_row(made.id, change) for change in plan.changes])
    raised = [{"slot": change.new.slot_id, "to": change.new.sequence} for change in plan.changes if change.raises]
    if raised:
        write(_RAISE, raised)


def _slot(release_id: int, line: Line) -> dict[str, Any]:
    return {"release_id": release_id, **{name: getattr(line, name) for name in Line.__slots__ if name != "speakers"}}


def _row(release_id: int, change: Change) -> dict[str, Any]:
    """A line of the changelog. What is new has no old place, what is cancelled no new one."""
    gone, fresh = change.kind is ChangeKind.CANCELLED, change.kind is ChangeKind.NEW
    old = change.old
    return {
        "release_id": release_id,
        "slot_id": change.new.slot_id,
        "kind": change.kind,
        "title": change.new.title,
        "listed": change.new.listed,
        "old_starts_at": None if fresh or old is None else old.starts_at,
        "old_room_id": None if fresh or old is None else old.room_id,
        "starts_at": None if gone else change.new.starts_at,
        "room_id": None if gone else change.new.room_id,
    }
