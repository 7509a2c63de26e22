"""Tracks, session types and rooms. Everything in the caller's transaction."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, delete, exists, func, select

from eventapp.agenda.models import AgendaSession, ReleasedSlot, Room, RoomHours, SessionSlot, SessionType, Track
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _, _l
from eventapp.events.models import Event

Thing = TypeVar("Thing", Track, SessionType, Room)
Named = Track | SessionType | Room
Model = type[Track] | type[SessionType] | type[Room]

# The session types that partner conferences have, with the minutes that one takes by default.
USUAL_TYPES: tuple[tuple[Any, int, bool], ...] = (
    (_l("Keynote"), 60, False),
    (_l("Product update"), 45, False),
    (_l("Market insight"), 45, False),
    (_l("Training"), 60, False),
    (_l("Joint planning"), 60, False),
    (_l("Community activity"), 60, False),
    (_l("Break"), 30, True),
)


@dataclass(frozen=True)
class TrackDetails:
    """A track. `colour` as `#rrggbb`; `most_each` sessions of it are for one person, none: any number."""

    name: str
    colour: str
    most_each: int | None


@dataclass(frozen=True)
class TypeDetails:
    """A session type, and how many minutes one of its sessions takes by default."""

    name: str
    minutes: int
    is_break: bool


@dataclass(frozen=True)
class RoomDetails:
    """A room. `changeover` in minutes; `hours` are the spans (UTC) in which it can be used, none: at any time."""

    name: str
    description: str
    equipment: str
    capacity: int | None
    changeover: int
    is_virtual: bool
    join_url: str
    hours: Sequence[tuple[datetime, datetime]] = ()


def save_track(event: Event, track: Track | None, details: TrackDetails, *, by: Actor, at: datetime) -> Track:
    """Adds or changes a track. Raises RuleError if another one has the name."""
    _check_name(Track, event, details.name, track)
    found = track or Track(event_id=event.id, position=_last(Track, event) + 1)
    return _save(event, found, vars(details), "agenda.change_track" if track else "agenda.create_track", by, at)


def save_type(event: Event, type_: SessionType | None, details: TypeDetails, *, by: Actor, at: datetime) -> SessionType:
    """Adds or changes a session type. Raises RuleError if another one has the name."""
    _check_name(SessionType, event, details.name, type_)
    found = type_ or SessionType(event_id=event.id, position=_last(SessionType, event) + 1)
    return _save(event, found, vars(details), "agenda.change_type" if type_ else "agenda.create_type", by, at)


def add_usual_types(event: Event, *, by: Actor, at: datetime) -> int:
    """Adds the types that partner conferences have, but for those whose name is there. Returns how many."""
    there = {name.casefold() for name in db.session.scalars(select(SessionType.name).where(SessionType.event_id == event.id))}
    new = [(str(name), minutes, is_break) for name, minutes, is_break in USUAL_TYPES if str(name).casefold() not in there]
    for name, minutes, is_break in new:
        save_type(event, None, TypeDetails(name, minutes, is_break), by=by, at=at)
    return len(new)


def save_room(event: Event, room: Room | None, details: RoomDetails, *, version: int, by: Actor, at: datetime) -> Room:
    """Adds or changes a room. Raises RuleError if another one has the name, StaleError if somebody saved since `version`."""
    if room is not None and room.version != version:
        raise StaleError(_("Somebody else has changed this room since you opened it. Compare, then save again."))
    _check_name(Room, event, details.name, room)
    found = room or Room(event_id=event.id, guid=str(uuid.uuid4()), position=_last(Room, event) + 1)
    values = {name: value for name, value in vars(details).items() if name != "hours"}
    _save(event, found, values, "agenda.change_room" if room else "agenda.create_room", by, at)
    db.session.execute(delete(RoomHours).where(RoomHours.room_id == found.id))
    db.session.add_all(RoomHours(room_id=found.id, starts_at=start, ends_at=end) for start, end in details.hours)
    return found


def move(event: Event, thing: Named, up: bool) -> None:
    """Exchanges the thing with its neighbour in the order."""
    model: Model = type(thing)
    rows: list[Any] = list(db.session.scalars(select(model).where(model.event_id == event.id).order_by(model.position, model.id)))
    at = rows.index(thing)
    other = at - 1 if up else at + 1
    if 0 <= other < len(rows):
        rows[at], rows[other] = rows[other], rows[at]
        for position, row in enumerate(rows, 1):
            row.position = position


def delete_track(event: Event, track: Track, *, by: Actor, at: datetime) -> None:
    """Deletes a track. Raises RuleError while sessions are in it."""
    _refuse_used(track, exists().where(AgendaSession.track_id == track.id), exists().where(ReleasedSlot.track_id == track.id))
    _delete(event, track, "agenda.delete_track", by, at)


def delete_type(event: Event, type_: SessionType, *, by: Actor, at: datetime) -> None:
    """Deletes a session type. Raises RuleError while sessions are of it."""
    _refuse_used(type_, exists().where(AgendaSession.type_id == type_.id), exists().where(ReleasedSlot.type_id == type_.id))
    _delete(event, type_, "agenda.delete_type", by, at)


def delete_room(event: Event, room: Room, *, by: Actor, at: datetime) -> None:
    """Deletes a room, or puts it aside if earlier releases name it. Raises RuleError while the draft uses it."""
    _refuse_used(room, exists().where(SessionSlot.room_id == room.id))
    if db.session.scalar(select(exists().where(ReleasedSlot.room_id == room.id))):
        room.archived = True
        _record("agenda.delete_room", event, room, by, at, {})
        return
    _delete(event, room, "agenda.delete_room", by, at)


def _refuse_used(thing: Named, *uses: ColumnElement[bool]) -> None:
    if any(db.session.scalar(select(use)) for use in uses):
        raise RuleError(_("“%(name)s” is in use. Give its sessions another one first.", name=thing.name))


def _check_name(model: Model, event: Event, name: str, except_: Named | None) -> None:
    query = select(model.id).where(model.event_id == event.id, func.lower(model.name) == name.lower())
    found = db.session.scalar(query.where(model.id != except_.id) if except_ is not None else query)
    if found is not None:
        raise RuleError(_("There is one of that name already."), "name")


def _last(model: Model, event: Event) -> int:
    return db.session.scalar(select(func.max(model.position)).where(model.event_id == event.id)) or 0


def _save(event: Event, thing: Thing, values: dict[str, Any], action: str, by: Actor, at: datetime) -> Thing:
    new = thing.id is None
    changes = {n: [None if new else getattr(thing, n), v] for n, v in values.items() if new or getattr(thing, n) != v}
    for name, value in values.items():
        setattr(thing, name, value)
    db.session.add(thing)
    db.session.flush()
    if changes:
        _record(action, event, thing, by, at, {} if new else changes)
    return thing


def _delete(event: Event, thing: Named, action: str, by: Actor, at: datetime) -> None:
    _record(action, event, thing, by, at, {})
    db.session.delete(thing)
    db.session.flush()


def _record(action: str, event: Event, thing: Named, by: Actor, at: datetime, changes: dict[str, Any]) -> None:
    kind = {Track: "track", SessionType: "session_type", Room: "room"}[type(thing)]
    record(action, by=by, at=at, object_type=kind, object_id=thing.id, object_name=thing.name, event_id=event.id, changes=changes)
