"""Placing parts of sessions in the draft, and undoing that. In the caller's transaction, under the lock of the event's pool.

What somebody saw of a part is a text, `Placing.token`: whoever moves it says what it was, and is refused if it is not so
any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from eventapp.agenda.models import AgendaSession, Room, SessionSlot, SessionStatus
from eventapp.agenda.timetable.models import DraftStep, StepKind
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError, RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.core.times import span, to_local
from eventapp.events.models import Event
from eventapp.places import service as places

STEPS_KEPT = 50
# How far from the event its sessions may lie: further away is a slip of the year.
FARTHEST = timedelta(days=60)
LONGEST = 1440


@dataclass(frozen=True)
class Placing:
    """Where a part of a session is: without `starts_at` in the tray. Minutes are its length."""

    starts_at: datetime | None
    room_id: int | None
    all_rooms: bool
    minutes: int

    @property
    def token(self) -> str:
        """The same as one text, to compare what somebody saw with what is."""
        room = "all" if self.all_rooms else str(self.room_id or "")
        return f"{_moment(self.starts_at)}|{room}|{self.minutes}"

    @property
    def state(self) -> list[Any]:
        """The same as JSON."""
        return [_moment(self.starts_at), self.room_id, self.all_rooms, self.minutes]

    @classmethod
    def of(cls, slot: SessionSlot) -> "Placing":
        """Where a part is."""
        return cls(slot.starts_at, slot.room_id, slot.all_rooms, slot.minutes)

    @classmethod
    def read(cls, state: Sequence[Any]) -> "Placing":
        """From what `state` gave."""
        return cls(datetime.fromisoformat(state[0]) if state[0] else None, state[1], bool(state[2]), state[3])


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%dT%H:%MZ}" if moment else ""


def slot(event: Event, slot_id: int) -> SessionSlot:
    """A part of a session of that event, as it is now. Raises NotFoundError."""
    query = (
        select(SessionSlot)
        .options(
            joinedload(SessionSlot.session).joinedload(AgendaSession.type),
            joinedload(SessionSlot.session).joinedload(AgendaSession.pool),
            joinedload(SessionSlot.room),
        )
        .where(SessionSlot.id == slot_id, SessionSlot.event_id == event.id)
    )
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFoundError(slot_id)
    return found


def place(event: Event, slot_id: int, to: Placing, *, was: str, by: Actor, at: datetime) -> SessionSlot:
    """Moves a part of a session, into the tray without `to.starts_at`. `was` is the token of where its mover saw it.

    Raises StaleError when it is not there any more, RuleError for what no timetable can hold. That it goes badly with
    others is a warning (`rules.py`) and no error.
    """
    places.lock([event.pool_id])
    found = slot(event, slot_id)
    now = Placing.of(found)
    if now == to:
        return found
    if now.token != was:
        raise StaleError(
            _("Somebody else has moved this since: it is now %(where)s. Look, then move it again.", where=where(event, found))
        )
    _refuse(event, found, to)
    _move(found, to)
    step(event, StepKind.PLACE, found.session.title, [change(found.id, now, to)], by=by, at=at)
    _record("timetable.place", event, found, now, to, by, at)
    return found


def undo(event: Event, step_id: int, *, by: Actor, at: datetime) -> DraftStep:
    """Takes a step back. Raises StaleError if something that it moved was moved again, RuleError if a room is gone."""
    places.lock([event.pool_id])
    query = select(DraftStep).where(DraftStep.id == step_id, DraftStep.event_id == event.id)
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFoundError(step_id)
    if found.undone_at is not None:
        raise RuleError(_("This step is undone already."))
    moves = {entry["slot"]: entry for entry in found.changes if "slot" in entry}
    slots = slots_of(event, moves)
    for slot_id, entry in moves.items():
        part = slots.get(slot_id)
        if part is None:
            raise RuleError(_("A session that this step moved does not exist any more, so it cannot be undone."))
        if Placing.of(part).state != entry["after"]:
            text = _("“%(title)s” was moved again after this step: it is now %(where)s. Nothing was undone.",
                     title=part.session.title, where=where(event, part))  # fmt: skip
            raise StaleError(text)
    _put_back(event, found, slots)
    found.undone_at = at
    record(
        "timetable.undo",
        by=by,
        at=at,
        object_type="event",
        object_id=event.id,
        object_name=event.title,
        event_id=event.id,
        changes={"step": found.title, "sessions": len(moves)},
    )
    return found


def _put_back(event: Event, undone: DraftStep, slots: dict[int, SessionSlot]) -> None:
    rooms = set(db.session.scalars(select(Room.id).where(Room.event_id == event.id)))
    revived = [entry["session"] for entry in undone.changes if "session" in entry]
    query = select(AgendaSession).where(AgendaSession.event_id == event.id, AgendaSession.id.in_(revived))
    sessions = {session.id: session for session in db.session.scalars(query)} if revived else {}
    for entry in undone.changes:
        if "session" in entry:
            restored = sessions.get(entry["session"])
            if restored is not None and restored.status is SessionStatus.CONFIRMED:
                restored.status = SessionStatus.CANCELLED
                restored.cancelled_at, restored.cancel_reason = datetime.fromisoformat(entry["before"][0]), entry["before"][1]
            continue
        before = Placing.read(entry["before"])
        if before.room_id is not None and before.room_id not in rooms:
            raise RuleError(_("The room that a session was in does not exist any more, so the step cannot be undone."))
        _move(slots[entry["slot"]], before)


def slots_of(event: Event, ids: Any) -> dict[int, SessionSlot]:
    """Parts of sessions of the event by id, with session and room, as they are now."""
    query = (
        select(SessionSlot)
        .options(joinedload(SessionSlot.session), joinedload(SessionSlot.room))
        .where(SessionSlot.event_id == event.id, SessionSlot.id.in_(list(ids)))
    )
    return {part.id: part for part in db.session.scalars(query.execution_options(populate_existing=True))}


def change(slot_id: int, before: Placing, after: Placing) -> dict[str, Any]:
    """One move as a step keeps it."""
    return {"slot": slot_id, "before": before.state, "after": after.state}


def step(event: Event, kind: StepKind, title: str, changes: list[Any], *, by: Actor, at: datetime) -> DraftStep:
    """Keeps a step so that it can be undone; the oldest one beyond fifty goes."""
    made = DraftStep(event_id=event.id, kind=kind, title=title[:200], changes=changes, made_at=at, made_by_id=by.actor_id)
    db.session.add(made)
    db.session.flush()
    kept = select(DraftStep.id).where(DraftStep.event_id == event.id).order_by(DraftStep.id.desc()).limit(STEPS_KEPT)
    oldest = db.session.scalar(kept.offset(STEPS_KEPT - 1).limit(1))
    if oldest is not None:
        gone = delete(DraftStep).where(DraftStep.event_id == event.id, DraftStep.id < oldest)
        db.session.execute(gone, execution_options={"synchronize_session": False})
    return made


def _move(part: SessionSlot, to: Placing) -> None:
    part.starts_at, part.room_id, part.all_rooms, part.minutes = to.starts_at, to.room_id, to.all_rooms, to.minutes


def _refuse(event: Event, found: SessionSlot, to: Placing) -> None:
    if found.session.status is SessionStatus.CANCELLED:
        raise RuleError(_("This session is cancelled. Take the cancelling back first."))
    if not 1 <= to.minutes <= LONGEST:
        raise RuleError(_("Enter between 1 and 1440 minutes."), "minutes", 422)
    if to.all_rooms and (to.room_id is not None or not found.session.type.is_break):
        raise RuleError(_("Only a break stands over all rooms."), "room", 422)
    if to.room_id is not None and to.room_id != found.room_id:
        room = db.session.scalar(select(Room).where(Room.id == to.room_id, Room.event_id == event.id, Room.archived.is_(False)))
        if room is None:
            raise RuleError(_("This room does not exist any more. Choose another one."), "room", 422)
    if to.starts_at is not None and not event.starts_at - FARTHEST <= to.starts_at <= event.ends_at + FARTHEST:
        raise RuleError(_("This is more than 60 days away from the event. Check the date."), "starts_at", 422)


def where(event: Event, part: SessionSlot) -> str:
    """Where a part of a session is, in words."""
    if part.starts_at is None or part.ends_at is None:
        return str(_("in the tray"))
    room = _("all rooms") if part.all_rooms else part.room.name if part.room else _("no room")
    return f"{room}, {span(part.starts_at, part.ends_at, event.time_zone)}"


def _record(action: str, event: Event, part: SessionSlot, before: Placing, after: Placing, by: Actor, at: datetime) -> None:
    names = dict(db.session.execute(select(Room.id, Room.name).where(Room.id.in_([before.room_id, after.room_id]))).all())
    record(
        action,
        by=by,
        at=at,
        object_type="session",
        object_id=part.session_id,
        object_name=part.session.title,
        event_id=event.id,
        changes={
            label: [old, new]
            for label, old, new in (
                ("time", _local(before.starts_at, event), _local(after.starts_at, event)),
                ("room", _room(before, names), _room(after, names)),
                ("minutes", before.minutes, after.minutes),
            )
            if old != new
        },
    )


def _local(moment: datetime | None, event: Event) -> str:
    return f"{to_local(moment, event.time_zone):%Y-%m-%d %H:%M}" if moment else ""


def _room(placing: Placing, names: dict[int, str]) -> str:
    return str(_("all rooms")) if placing.all_rooms else names.get(placing.room_id or 0, "")
