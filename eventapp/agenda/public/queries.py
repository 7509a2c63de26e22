"""Reading the agenda as it was released: parts of sessions with what stands on them, in few queries."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, or_, select

from eventapp.agenda.models import (
    AgendaPicture,
    AgendaRelease,
    AgendaSession,
    ReleaseChange,
    ReleasedSlot,
    ReleasedSpeaker,
    Room,
    SessionLevel,
    SessionMaterial,
    SessionSignUp,
    SessionSlot,
    SessionType,
    SignUpStatus,
    Speaker,
    Track,
)
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.events.models import EventFormat
from eventapp.places import queries as places
from eventapp.places.models import Pool


class Release(NamedTuple):
    """The version of an agenda that people see."""

    id: int
    number: int
    name: str
    released_at: datetime


class Part(NamedTuple):
    """A part of a session as the release shows it. `number` and `guid` are what other programs know it by."""

    slot_id: int
    session_id: int
    number: int
    guid: str
    part: int
    code: str
    starts_at: datetime
    ends_at: datetime
    sequence: int
    cancelled: bool
    listed: bool
    title: str
    subtitle: str
    label: str
    abstract_html: str
    language: str
    level: SessionLevel
    delivery: EventFormat | None
    all_rooms: bool
    room_id: int | None
    room: str | None
    track_id: int | None
    track: str | None
    colour: str | None
    most_each: int | None
    type_id: int
    type: str
    is_break: bool
    signs_up: bool
    signs_up_until: datetime | None
    pool_id: int | None


class Name(NamedTuple):
    """Somebody who speaks, as the public reads it."""

    session_id: int
    id: int
    guid: str
    code: str
    name: str
    company: str


_PART = (
    select(
        ReleasedSlot.slot_id,
        ReleasedSlot.session_id,
        SessionSlot.number,
        SessionSlot.guid,
        SessionSlot.part,
        AgendaSession.code,
        ReleasedSlot.starts_at,
        ReleasedSlot.ends_at,
        ReleasedSlot.sequence,
        ReleasedSlot.cancelled,
        ReleasedSlot.listed,
        ReleasedSlot.title,
        ReleasedSlot.subtitle,
        ReleasedSlot.label,
        ReleasedSlot.abstract_html,
        ReleasedSlot.language,
        ReleasedSlot.level,
        ReleasedSlot.delivery,
        ReleasedSlot.all_rooms,
        ReleasedSlot.room_id,
        Room.name,
        ReleasedSlot.track_id,
        Track.name,
        Track.colour,
        Track.most_each,
        ReleasedSlot.type_id,
        SessionType.name,
        SessionType.is_break,
        AgendaSession.signs_up,
        AgendaSession.signs_up_until,
        AgendaSession.pool_id,
    )
    .join(SessionSlot, SessionSlot.id == ReleasedSlot.slot_id)
    .join(AgendaSession, AgendaSession.id == ReleasedSlot.session_id)
    .join(SessionType, SessionType.id == ReleasedSlot.type_id)
    .outerjoin(Room, Room.id == ReleasedSlot.room_id)
    .outerjoin(Track, Track.id == ReleasedSlot.track_id)
    .order_by(ReleasedSlot.starts_at, Room.position, Room.name, SessionSlot.number)
)


def latest(event_id: int) -> Release | None:
    """The release that people see; none where nothing was released yet."""
    query = select(AgendaRelease.id, AgendaRelease.number, AgendaRelease.name, AgendaRelease.released_at)
    row = db.session.execute(
        query.where(AgendaRelease.event_id == event_id).order_by(AgendaRelease.number.desc()).limit(1)
    ).first()
    return Release(*row) if row else None


def parts(release: Release, also: Collection[int] = ()) -> list[Part]:
    """The parts of the release by start and room: those in the public agenda, and those of the sessions `also`."""
    query = _PART.where(ReleasedSlot.release_id == release.id)
    return [Part(*row) for row in db.session.execute(_shown(query, also))]


def parts_of_sessions(release: Release, session_ids: Collection[int]) -> list[Part]:
    """The parts of these sessions in the release, whether they are in the public agenda or not: ask before you show them."""
    if not session_ids:
        return []
    query: Select[*tuple[Any, ...]] = _PART.where(ReleasedSlot.release_id == release.id)
    query = query.where(ReleasedSlot.session_id.in_(list(session_ids)))
    return [Part(*row) for row in db.session.execute(query)]


def _shown(query: Select[*tuple[Any, ...]], also: Collection[int]) -> Select[*tuple[Any, ...]]:
    if not also:
        return query.where(ReleasedSlot.listed)
    return query.where(or_(ReleasedSlot.listed, ReleasedSlot.session_id.in_(list(also))))


_NAME = (
    select(ReleasedSpeaker.session_id, Speaker.id, Speaker.guid, Speaker.code, Speaker.name, Speaker.company)
    .join(Speaker, Speaker.id == ReleasedSpeaker.speaker_id)
    .order_by(ReleasedSpeaker.session_id, ReleasedSpeaker.position, Speaker.name)
)


def names(release: Release, session_ids: Collection[int] | None = None) -> dict[int, list[Name]]:
    """Who speaks, by session; of these sessions alone if they are given."""
    query = _NAME.where(ReleasedSpeaker.release_id == release.id)
    if session_ids is not None:
        query = query.where(ReleasedSpeaker.session_id.in_(list(session_ids)))
    found: dict[int, list[Name]] = {}
    for row in db.session.execute(query):
        found.setdefault(row[0], []).append(Name(*row))
    return found


def sessions_of(release: Release, speaker_id: int) -> Sequence[int]:
    """Ids of the sessions in which somebody speaks."""
    query = select(ReleasedSpeaker.session_id).where(
        ReleasedSpeaker.release_id == release.id, ReleasedSpeaker.speaker_id == speaker_id
    )
    return db.session.scalars(query).all()


def rooms(release: Release) -> dict[str, str]:
    """The guids of the rooms in which something listed takes place, by name, in the organizer's order."""
    used = select(ReleasedSlot.room_id).where(ReleasedSlot.release_id == release.id, ReleasedSlot.listed)
    query = select(Room.name, Room.guid).where(Room.id.in_(used)).order_by(Room.position, Room.name)
    return {row[0]: row[1] for row in db.session.execute(query)}


def pictures(session_ids: Collection[int]) -> dict[int, str]:
    """The keys of the pictures of these sessions."""
    query = (
        select(AgendaSession.id, AgendaPicture.key)
        .join(AgendaPicture, AgendaPicture.id == AgendaSession.picture_id)
        .where(AgendaSession.id.in_(list(session_ids)))
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


class Session(NamedTuple):
    """What the page of a session needs beyond its parts: what stands today, not by a release."""

    id: int
    recording_url: str
    recording_until: datetime | None
    cancel_reason: str
    picture: str | None
    places: int | None
    taken: int | None

    @property
    def left(self) -> int | None:
        """Places left, never below zero; none where there is no limit, or where nobody signs up."""
        return None if self.places is None else max(0, self.places - (self.taken or 0))


def session(event_id: int, code: str) -> Session:
    """The session of that code. Whether the visitor may see it is said by `parts`. Raises NotFoundError."""
    query = (
        select(
            AgendaSession.id,
            AgendaSession.recording_url,
            AgendaSession.recording_until,
            AgendaSession.cancel_reason,
            AgendaPicture.key,
            Pool.capacity,
            Pool.taken,
        )
        .outerjoin(AgendaPicture, AgendaPicture.id == AgendaSession.picture_id)
        .outerjoin(Pool, Pool.id == AgendaSession.pool_id)
        .where(AgendaSession.event_id == event_id, AgendaSession.code == code)
    )
    row = db.session.execute(query).first()
    if row is None:
        raise NotFoundError(code)
    return Session(*row)


def materials(session_id: int, *, registered: bool, over: bool) -> Sequence[SessionMaterial]:
    """What belongs to a session, in order: what is for registered people only to them, what comes after only from its end on."""
    query = select(SessionMaterial).where(SessionMaterial.session_id == session_id)
    if not registered:
        query = query.where(SessionMaterial.is_public)
    if not over:
        query = query.where(SessionMaterial.moment == "before")
    return db.session.scalars(query.order_by(SessionMaterial.position, SessionMaterial.id)).all()


class Person(NamedTuple):
    """A speaker's page."""

    id: int
    code: str
    name: str
    company: str
    job_title: str
    biography_html: str
    picture: str | None


def speakers(event_id: int, *, code: str = "", ids: Collection[int] = ()) -> list[Person]:
    """The speaker of that code, or those of these ids, by name."""
    query = (
        select(
            Speaker.id,
            Speaker.code,
            Speaker.name,
            Speaker.company,
            Speaker.job_title,
            Speaker.biography_html,
            AgendaPicture.key,
        )
        .outerjoin(AgendaPicture, AgendaPicture.id == Speaker.picture_id)
        .where(Speaker.event_id == event_id, Speaker.code == code if code else Speaker.id.in_(list(ids)))
        .order_by(Speaker.name)
    )
    return [Person(*row) for row in db.session.execute(query)]


def picture(event_id: int, key: str) -> AgendaPicture:
    """A picture of the event's agenda that stands on something people see. Raises NotFoundError."""
    found = db.session.scalar(select(AgendaPicture).where(AgendaPicture.event_id == event_id, AgendaPicture.key == key))
    if found is None:
        raise NotFoundError(key)
    return found


def start_before(release: Release, part: Part) -> datetime | None:
    """When a part would have started by the release before; none if the latest has not moved it to another time."""
    query = select(ReleaseChange.old_starts_at).where(
        ReleaseChange.release_id == release.id,
        ReleaseChange.slot_id == part.slot_id,
        ReleaseChange.old_starts_at != ReleaseChange.starts_at,
    )
    return db.session.scalar(query)


def turn(registration_id: int, session_id: int) -> int | None:
    """The position of somebody on a session's waiting list, counted from 1; none for who does not wait."""
    query = select(SessionSignUp.booking_id).where(
        SessionSignUp.registration_id == registration_id,
        SessionSignUp.session_id == session_id,
        SessionSignUp.status == SignUpStatus.WAITING,
    )
    booking_id = db.session.scalar(query)
    return places.positions([booking_id]).get(booking_id) if booking_id is not None else None
