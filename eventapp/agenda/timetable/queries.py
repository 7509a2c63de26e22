"""Reading the draft of an event: every part with its session, and the facts that warnings depend on. Six queries."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, select

from eventapp.accounts.models import User
from eventapp.agenda.models import (
    AgendaSession,
    Room,
    RoomHours,
    SessionAudience,
    SessionSlot,
    SessionSpeaker,
    SessionStatus,
    SessionType,
    Speaker,
    SpeakerAnswer,
    SpeakerAway,
    Track,
)
from eventapp.agenda.timetable.models import DraftStep
from eventapp.agenda.timetable.rules import Facts, Part, Place, Span
from eventapp.agenda.timetable.service import Placing
from eventapp.core.db import db
from eventapp.events.models import Event
from eventapp.places.models import Pool

STEPS_SHOWN = 12


class Row(NamedTuple):
    """A part of a session with what the editor shows of it."""

    id: int
    session_id: int
    code: str
    title: str
    label: str
    part: int
    starts_at: datetime | None
    minutes: int
    room_id: int | None
    all_rooms: bool
    status: SessionStatus
    type_name: str
    is_break: bool
    track_id: int | None
    track_name: str | None
    signs_up: bool
    capacity: int | None
    taken: int | None

    @property
    def placing(self) -> Placing:
        """Where it is."""
        return Placing(self.starts_at, self.room_id, self.all_rooms, self.minutes)

    @property
    def ends_at(self) -> datetime | None:
        """When it ends; none while it is in the tray."""
        return self.starts_at + timedelta(minutes=self.minutes) if self.starts_at else None


class Draft(NamedTuple):
    """All that the editor shows of an event, rooms in their order (archived ones only while something is in them)."""

    rows: list[Row]
    rooms: list[Room]
    facts: Facts


_ROWS: Select[*tuple[Any, ...]] = (
    select(
        SessionSlot.id,
        SessionSlot.session_id,
        AgendaSession.code,
        AgendaSession.title,
        SessionSlot.label,
        SessionSlot.part,
        SessionSlot.starts_at,
        SessionSlot.minutes,
        SessionSlot.room_id,
        SessionSlot.all_rooms,
        AgendaSession.status,
        SessionType.name,
        SessionType.is_break,
        AgendaSession.track_id,
        Track.name,
        AgendaSession.signs_up,
        Pool.capacity,
        Pool.taken,
    )
    .join(AgendaSession, AgendaSession.id == SessionSlot.session_id)
    .join(SessionType, SessionType.id == AgendaSession.type_id)
    .outerjoin(Track, Track.id == AgendaSession.track_id)
    .outerjoin(Pool, Pool.id == AgendaSession.pool_id)
    .where(AgendaSession.status != SessionStatus.CANCELLED)
    .order_by(SessionSlot.starts_at, AgendaSession.title, SessionSlot.part, SessionSlot.id)
)


def draft(event: Event) -> Draft:
    """The draft of an event as it is now."""
    rows = [Row(*row) for row in db.session.execute(_ROWS.where(SessionSlot.event_id == event.id))]
    used = {row.room_id for row in rows}
    rooms = db.session.scalars(select(Room).where(Room.event_id == event.id).order_by(Room.position, Room.name, Room.id)).all()
    return Draft(rows, [room for room in rooms if not room.archived or room.id in used], _facts(event, rows, rooms))


def _facts(event: Event, rows: Sequence[Row], rooms: Sequence[Room]) -> Facts:
    hours: dict[int, list[Span]] = defaultdict(list)
    of_rooms = select(RoomHours.room_id, RoomHours.starts_at, RoomHours.ends_at).join(Room).where(Room.event_id == event.id)
    for room_id, start, end in db.session.execute(of_rooms):
        hours[room_id].append((start, end))
    speakers, names = _speakers(event)
    away: dict[int, list[Span]] = defaultdict(list)
    gone = select(SpeakerAway.speaker_id, SpeakerAway.starts_at, SpeakerAway.ends_at)
    for speaker_id, start, end in db.session.execute(gone.join(Speaker).where(Speaker.event_id == event.id)):
        away[speaker_id].append((start, end))
    audiences = _audiences(event)
    parts = [
        Part(
            id=row.id,
            session_id=row.session_id,
            title=row.title,
            starts_at=row.starts_at,
            ends_at=row.starts_at + timedelta(minutes=row.minutes),
            room_id=row.room_id,
            all_rooms=row.all_rooms,
            is_break=row.is_break,
            speakers=tuple(speakers.get(row.session_id, ())),
            track_id=row.track_id,
            audience=audiences.get(row.session_id, frozenset()),
            signs_up=row.signs_up,
            places=row.capacity,
            taken=row.taken or 0,
        )
        for row in rows
        if row.starts_at is not None
    ]
    places = {room.id: Place(room.id, room.name, room.capacity, room.changeover, tuple(hours.get(room.id, ()))) for room in rooms}
    return Facts(event.starts_at, event.ends_at, parts, places, names, away)


def _speakers(event: Event) -> tuple[dict[int, list[int]], dict[int, str]]:
    query = (
        select(SessionSpeaker.session_id, Speaker.id, Speaker.name)
        .join(Speaker, Speaker.id == SessionSpeaker.speaker_id)
        .where(Speaker.event_id == event.id, SessionSpeaker.answer != SpeakerAnswer.DECLINED)
        .order_by(SessionSpeaker.session_id, SessionSpeaker.position)
    )
    by_session: dict[int, list[int]] = defaultdict(list)
    names: dict[int, str] = {}
    for session_id, speaker_id, name in db.session.execute(query):
        by_session[session_id].append(speaker_id)
        names[speaker_id] = name
    return by_session, names


def _audiences(event: Event) -> dict[int, frozenset[tuple[str, tuple[str, ...]]]]:
    """For whom each session is, as a value that two sessions for the same people share."""
    query = select(SessionAudience.session_id, SessionAudience.field, SessionAudience.values).join(AgendaSession)
    found: dict[int, set[tuple[str, tuple[str, ...]]]] = defaultdict(set)
    for session_id, field, values in db.session.execute(query.where(AgendaSession.event_id == event.id)):
        found[session_id].add((field, tuple(sorted(map(str, values)))))
    return {session_id: frozenset(rules) for session_id, rules in found.items()}


class Step(NamedTuple):
    """A step as the editor lists it."""

    step: DraftStep
    made_by: str


def last_steps(event: Event) -> list[Step]:
    """The last steps, the newest first, with who made them (empty: a login that is gone)."""
    query = (
        select(DraftStep, User.name, User.email)
        .outerjoin(User, User.id == DraftStep.made_by_id)
        .where(DraftStep.event_id == event.id)
        .order_by(DraftStep.id.desc())
        .limit(STEPS_SHOWN)
    )
    return [Step(row[0], row[1] or row[2] or "") for row in db.session.execute(query)]
