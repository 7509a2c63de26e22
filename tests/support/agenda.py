"""Rows of an agenda for tests, made with as little as possible; everything else has a default. Each is committed."""

import itertools
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

from sqlalchemy import func, select

from eventapp.agenda.models import (
    AgendaRelease,
    AgendaSession,
    Room,
    RoomHours,
    SessionSignUp,
    SessionSlot,
    SessionSpeaker,
    SessionStar,
    SessionStatus,
    SessionType,
    SignUpStatus,
    Speaker,
    SpeakerAway,
    Track,
)
from eventapp.agenda.releases import service as releases
from eventapp.core.db import db
from eventapp.core.markdown import to_html
from eventapp.events.models import Event
from eventapp.partners.models import Person
from eventapp.places.models import Booking, BookingPool, BookingState, Pool
from eventapp.registrations.models import Registration
from tests.support.factories import AT, STARTS, TESTS, commit

_numbers = itertools.count(1)
Row = TypeVar("Row")


def track(event: Event, name: str = "", **values: Any) -> Track:
    """A track."""
    return _kept(Track(event_id=event.id, name=name or f"Track {next(_numbers)}", **values))


def session_type(event: Event, name: str = "", **values: Any) -> SessionType:
    """A session type of 45 minutes; `is_break` makes it one for breaks."""
    return _kept(SessionType(event_id=event.id, name=name or f"Type {next(_numbers)}", **{"minutes": 45, **values}))


def room(event: Event, name: str = "", *, hours: Sequence[tuple[datetime, datetime]] = (), **values: Any) -> Room:
    """A room, which can be used at any time unless `hours` say when."""
    n = next(_numbers)
    made = _kept(Room(event_id=event.id, guid=str(uuid4()), name=name or f"Room {n}", **{"position": n, **values}))
    db.session.add_all(RoomHours(room_id=made.id, starts_at=start, ends_at=end) for start, end in hours)
    commit()
    return made


def speaker(event: Event, name: str = "", person: Person | None = None, **values: Any) -> Speaker:
    """A speaker; `away` is a list of (from, until)."""
    n = next(_numbers)
    away: Sequence[tuple[datetime, datetime]] = values.pop("away", ())
    defaults: dict[str, Any] = {
        "guid": str(uuid4()),
        "code": f"SP{n:04}",
        "person_id": person.id if person else None,
        "name": name or (person.full_name if person else f"Speaker {n}"),
        "token": secrets.token_urlsafe(32),
        "created_at": AT,
        "updated_at": AT,
    }
    made = _kept(Speaker(event_id=event.id, **{**defaults, **values}))
    db.session.add_all(SpeakerAway(speaker_id=made.id, starts_at=start, ends_at=end) for start, end in away)
    commit()
    return made


def session(
    event: Event,
    title: str = "",
    *,
    starts_at: datetime | None = STARTS,
    room: Room | None = None,
    minutes: int = 45,
    speakers: Sequence[Speaker] = (),
    capacity: int | None = None,
    **values: Any,
) -> AgendaSession:
    """A confirmed session with one part, at the event's start unless told otherwise; without `starts_at` in the tray.

    `signs_up=True` gives it a pool with `capacity` places. A session of a break type stands over all rooms.
    """
    n = next(_numbers)
    kind = values.pop("type", None) or _type_of(event)
    if values.get("signs_up"):
        pool = _kept(Pool(capacity=capacity))
        values["pool_id"] = pool.id
    if values.get("status") is SessionStatus.CANCELLED:
        values.setdefault("cancelled_at", AT)
    if values.get("abstract"):
        values.setdefault("abstract_html", to_html(values["abstract"]))
    defaults: dict[str, Any] = {
        "code": f"S{n:05}",
        "title": title or f"Session {n}",
        "type_id": kind.id,
        "created_at": AT,
        "updated_at": AT,
    }
    if isinstance(values.get("track"), Track):
        values["track_id"] = values.pop("track").id
    made = _kept(AgendaSession(event_id=event.id, **{**defaults, **values}))
    slot(made, starts_at=starts_at, room=room, minutes=minutes, all_rooms=kind.is_break)
    for position, each in enumerate(speakers):
        db.session.add(SessionSpeaker(session_id=made.id, speaker_id=each.id, position=position))
    commit()
    return made


def slot(of: AgendaSession, *, starts_at: datetime | None = STARTS, room: Room | None = None, **values: Any) -> SessionSlot:
    """A (further) part of a session."""
    parts = select(func.coalesce(func.max(SessionSlot.part), 0)).where(SessionSlot.session_id == of.id)
    numbers = select(func.coalesce(func.max(SessionSlot.number), 0)).where(SessionSlot.event_id == of.event_id)
    defaults: dict[str, Any] = {
        "guid": str(uuid4()),
        "number": (db.session.scalar(numbers) or 0) + 1,
        "part": (db.session.scalar(parts) or 0) + 1,
        "minutes": 45,
    }
    made = SessionSlot(
        event_id=of.event_id,
        session_id=of.id,
        room_id=room.id if room else None,
        starts_at=starts_at,
        **{**defaults, **values},
    )
    return _kept(made)


def slot_of(of: AgendaSession) -> SessionSlot:
    """The first part of a session."""
    query = select(SessionSlot).where(SessionSlot.session_id == of.id).order_by(SessionSlot.part)
    return db.session.scalars(query.execution_options(populate_existing=True)).first() or slot(of)


def star(registration: Registration, on: AgendaSession) -> SessionStar:
    """A star that somebody registered has set."""
    return _kept(SessionStar(registration_id=registration.id, session_id=on.id, starred_at=AT))


def sign_up(registration: Registration, to: AgendaSession) -> SessionSignUp:
    """A confirmed place in a session that has a pool, put there past the service."""
    assert to.pool_id is not None, "the session has no places"
    pool = db.session.get_one(Pool, to.pool_id)
    pool.taken += 1
    booking = _kept(Booking(state=BookingState.HELD, size=1, queued_at=AT))
    db.session.add(BookingPool(booking_id=booking.id, pool_id=pool.id))
    return _kept(
        SessionSignUp(
            registration_id=registration.id,
            session_id=to.id,
            booking_id=booking.id,
            status=SignUpStatus.CONFIRMED,
            signed_up_at=AT,
            signed_up_by="tests",
        )
    )


def release(event: Event, name: str = "", *, at: datetime = AT, **values: Any) -> AgendaRelease:
    """The draft made public by the service."""
    made = releases.release(event, name or f"Release {next(_numbers)}", by=TESTS, at=at, **values)
    commit()
    return made


def place(of: AgendaSession, *, starts_at: datetime | None, room: Room | None = None, **values: Any) -> SessionSlot:
    """Puts the first part of a session elsewhere in the draft, past the service."""
    part = slot_of(of)
    part.starts_at, part.room_id = starts_at, room.id if room else None
    for name, value in values.items():
        setattr(part, name, value)
    commit()
    return part


def cancel(gone: AgendaSession) -> None:
    """Cancels a session in the draft, past the service."""
    row = db.session.get_one(AgendaSession, gone.id)
    row.status, row.cancelled_at = SessionStatus.CANCELLED, AT
    commit()


def day(hour: int, minute: int = 0, *, plus: int = 0) -> datetime:
    """A moment of the default event's first day (or `plus` days later), by UTC hour: it starts at 7:00 and ends at 15:00."""
    return STARTS.replace(hour=hour, minute=minute) + timedelta(days=plus)


def _type_of(event: Event) -> SessionType:
    found = db.session.scalars(select(SessionType).where(SessionType.event_id == event.id, SessionType.name == "Talk")).first()
    return found or session_type(event, "Talk")


def _kept(row: Row) -> Row:
    db.session.add(row)
    db.session.flush()
    commit()
    return row
