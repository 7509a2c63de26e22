"""Reading the draft of an agenda. Whoever organizes the event may see all of it; so the event is what the view has loaded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import joinedload
from werkzeug.datastructures import MultiDict

from eventapp.agenda.models import (
    SESSION_STATUS_LABELS,
    AgendaPicture,
    AgendaSession,
    MaterialMoment,
    Room,
    RoomHours,
    SessionAudience,
    SessionMaterial,
    SessionSlot,
    SessionSpeaker,
    SessionStatus,
    SessionType,
    Speaker,
    SpeakerAway,
    SpeakerTask,
    Track,
)
from eventapp.core.db import UtcDateTime, db
from eventapp.core.errors import NotFoundError
from eventapp.core.i18n import _
from eventapp.core.tables import Column, Filter, Listing, Table
from eventapp.events.models import AudienceField, Event
from eventapp.places.models import Pool


def tracks(event: Event) -> Sequence[Track]:
    """The tracks in their order."""
    return db.session.scalars(select(Track).where(Track.event_id == event.id).order_by(Track.position, Track.id)).all()


def types(event: Event) -> Sequence[SessionType]:
    """The session types in their order."""
    query = select(SessionType).where(SessionType.event_id == event.id).order_by(SessionType.position, SessionType.id)
    return db.session.scalars(query).all()


def rooms(event: Event) -> Sequence[Room]:
    """The rooms in use, in their order."""
    query = select(Room).where(Room.event_id == event.id, ~Room.archived).order_by(Room.position, Room.id)
    return db.session.scalars(query).all()


def hours_of(room: Room) -> Sequence[RoomHours]:
    """When the room can be used; empty: at any time."""
    return db.session.scalars(select(RoomHours).where(RoomHours.room_id == room.id).order_by(RoomHours.starts_at)).all()


def one(model: type[Any], event: Event, id_: int) -> Any:
    """A track, type, room or speaker of that event. Raises NotFoundError, alike for unknown and foreign ones."""
    found = db.session.get(model, id_)
    if found is None or found.event_id != event.id or getattr(found, "archived", False):
        raise NotFoundError(id_)
    return found


def session(event: Event, code: str) -> AgendaSession:
    """A session of that event by its short name, with its type, track and pool. Raises NotFoundError."""
    query = (
        select(AgendaSession)
        .where(AgendaSession.event_id == event.id, AgendaSession.code == code)
        .options(joinedload(AgendaSession.type), joinedload(AgendaSession.track), joinedload(AgendaSession.pool))
    )
    found = db.session.scalar(query)
    if found is None:
        raise NotFoundError(code)
    return found


def slots_of(session: AgendaSession) -> Sequence[SessionSlot]:
    """The parts of a session in their order, with their rooms."""
    query = select(SessionSlot).where(SessionSlot.session_id == session.id).options(joinedload(SessionSlot.room))
    return db.session.scalars(query.order_by(SessionSlot.part, SessionSlot.id)).all()


def speakers_of(session: AgendaSession) -> Sequence[SessionSpeaker]:
    """Who speaks in a session, in order."""
    query = select(SessionSpeaker).where(SessionSpeaker.session_id == session.id).options(joinedload(SessionSpeaker.speaker))
    return db.session.scalars(query.order_by(SessionSpeaker.position, SessionSpeaker.speaker_id)).all()


def speakers(event: Event) -> Sequence[tuple[int, str, str]]:
    """Id, name and company of all speakers, by name: for choices."""
    query = select(Speaker.id, Speaker.name, Speaker.company).where(Speaker.event_id == event.id)
    return [(r[0], r[1], r[2]) for r in db.session.execute(query.order_by(func.lower(Speaker.name), Speaker.id))]


def audience_of(session: AgendaSession) -> Mapping[AudienceField, list[Any]]:
    """Who may come: the values by field; empty: everybody."""
    query = select(SessionAudience.field, SessionAudience.values).where(SessionAudience.session_id == session.id)
    return {row[0]: row[1] for row in db.session.execute(query)}


def materials_of(session: AgendaSession) -> Sequence[SessionMaterial]:
    """The material of a session without the contents of files: before, then after it."""
    query = select(SessionMaterial).where(SessionMaterial.session_id == session.id)
    rows = db.session.scalars(query.order_by(SessionMaterial.position, SessionMaterial.id)).all()
    return sorted(rows, key=lambda row: row.moment is MaterialMoment.AFTER)


def material(session: AgendaSession, material_id: int) -> SessionMaterial:
    """Material of that session. Raises NotFoundError."""
    found = db.session.get(SessionMaterial, material_id)
    if found is None or found.session_id != session.id:
        raise NotFoundError(material_id)
    return found


def sessions_of(speaker: Speaker) -> Sequence[SessionSpeaker]:
    """In which sessions somebody speaks, by title."""
    query = (
        select(SessionSpeaker)
        .join(AgendaSession, AgendaSession.id == SessionSpeaker.session_id)
        .where(SessionSpeaker.speaker_id == speaker.id)
        .options(joinedload(SessionSpeaker.session))
    )
    return db.session.scalars(query.order_by(AgendaSession.title, AgendaSession.id)).all()


def away_of(speaker: Speaker) -> Sequence[SpeakerAway]:
    """When somebody cannot speak, in order."""
    return db.session.scalars(
        select(SpeakerAway).where(SpeakerAway.speaker_id == speaker.id).order_by(SpeakerAway.starts_at)
    ).all()


def tasks_of(speaker: Speaker) -> Sequence[SpeakerTask]:
    """What somebody owes us: open ones first, then by date."""
    rows = db.session.scalars(select(SpeakerTask).where(SpeakerTask.speaker_id == speaker.id)).all()
    return sorted(rows, key=lambda t: (t.done_at is not None, t.due_at is None, t.due_at or t.done_at, t.id))


def task(speaker: Speaker, task_id: int) -> SpeakerTask:
    """A task of that speaker. Raises NotFoundError."""
    found = db.session.get(SpeakerTask, task_id)
    if found is None or found.speaker_id != speaker.id:
        raise NotFoundError(task_id)
    return found


def picture(event: Event, key: str) -> AgendaPicture:
    """A picture by its random name, with its contents. Raises NotFoundError."""
    query = select(AgendaPicture).where(AgendaPicture.event_id == event.id, AgendaPicture.key == key)
    found = db.session.scalar(query)
    if found is None:
        raise NotFoundError(key)
    return found


@dataclass(frozen=True)
class Numbers:
    """How many there are of each, for the head of the agenda's pages."""

    sessions: int
    unplaced: int
    speakers: int
    rooms: int
    types: int


def numbers(event: Event) -> Numbers:
    """Counts what an agenda has, in one query."""

    def count(query: Select[Any]) -> Any:
        return query.scalar_subquery()

    unplaced = select(func.count()).select_from(SessionSlot).join(AgendaSession, AgendaSession.id == SessionSlot.session_id)
    unplaced = unplaced.where(SessionSlot.event_id == event.id, SessionSlot.starts_at.is_(None))
    row = db.session.execute(
        select(
            count(select(func.count()).where(AgendaSession.event_id == event.id)),
            count(unplaced.where(AgendaSession.status != SessionStatus.CANCELLED)),
            count(select(func.count()).where(Speaker.event_id == event.id)),
            count(select(func.count()).where(Room.event_id == event.id, ~Room.archived)),
            count(select(func.count()).where(SessionType.event_id == event.id)),
        )
    ).one()
    return Numbers(*row)


FIRST_START = (
    select(func.min(SessionSlot.starts_at))
    .where(SessionSlot.session_id == AgendaSession.id)
    .correlate(AgendaSession)
    .scalar_subquery()
)


# Behind all that has a time.
LAST = datetime(2300, 1, 1, tzinfo=UTC)


def session_page(event: Event, path: str, args: MultiDict[str, str]) -> Listing:
    """The list of sessions."""
    title = func.lower(AgendaSession.title)
    placed = FIRST_START.is_not(None)
    table = Table(
        path=path,
        columns=[
            Column("title", _("Session"), title),
            Column("when", _("When"), func.coalesce(FIRST_START, literal(LAST, UtcDateTime()))),
            Column("track", _("Track")),
            Column("type", _("Type")),
            Column("speakers", _("Speakers")),
            Column("places", _("Places taken"), numeric=True),
            Column("status", _("Status")),
        ],
        key=AgendaSession.id,
        default="when",
        filters=[
            Filter("track", _("Track"), [(str(t.id), t.name, None) for t in tracks(event)], _ids(AgendaSession.track_id)),
            Filter("type", _("Type"), [(str(t.id), t.name, None) for t in types(event)], _ids(AgendaSession.type_id)),
            Filter(
                "status",
                _("Status"),
                [(s.value, str(label), None) for s, label in SESSION_STATUS_LABELS.items()],
                AgendaSession.status.in_,
            ),
            Filter(
                "placed",
                _("Timetable"),
                [("yes", _("In the timetable"), None), ("no", _("Not yet"), None)],
                lambda chosen: placed.in_([value == "yes" for value in chosen]),
            ),
        ],
        search=lambda text: title.contains(text.lower(), autoescape=True),
        search_label=_("Title"),
    )
    query = (
        select(
            AgendaSession.id,
            AgendaSession.code,
            AgendaSession.title,
            AgendaSession.status,
            AgendaSession.signs_up,
            FIRST_START.label("starts_at"),
            Track.name.label("track"),
            Track.id.label("track_id"),
            SessionType.name.label("type"),
            Pool.taken,
            Pool.capacity,
        )
        .join(SessionType, SessionType.id == AgendaSession.type_id)
        .outerjoin(Track, Track.id == AgendaSession.track_id)
        .outerjoin(Pool, Pool.id == AgendaSession.pool_id)
        .where(AgendaSession.event_id == event.id)
    )
    total = select(func.count()).select_from(AgendaSession).where(AgendaSession.event_id == event.id)
    return table.page(query, args, totals=lambda conditions: [(db.session.scalar(total.where(*conditions)) or 0, _("sessions"))])


def _ids(column: Any) -> Any:
    return lambda chosen: column.in_([int(value) for value in chosen])


def names_of_speakers(session_ids: Sequence[int]) -> Mapping[int, str]:
    """The names of those who speak, joined by commas, by session."""
    query = (
        select(SessionSpeaker.session_id, Speaker.name)
        .join(Speaker, Speaker.id == SessionSpeaker.speaker_id)
        .where(SessionSpeaker.session_id.in_(session_ids))
        .order_by(SessionSpeaker.session_id, SessionSpeaker.position)
    )
    found: dict[int, list[str]] = {}
    for session_id, name in db.session.execute(query):
        found.setdefault(session_id, []).append(name)
    return {session_id: ", ".join(names) for session_id, names in found.items()}


def speaker_page(event: Event, path: str, args: MultiDict[str, str]) -> Listing:
    """The list of speakers, with how much they still owe us."""
    name = func.lower(Speaker.name)
    owed = (
        select(func.count())
        .where(SpeakerTask.speaker_id == Speaker.id, SpeakerTask.done_at.is_(None))
        .correlate(Speaker)
        .scalar_subquery()
    )
    speaks = select(func.count()).where(SessionSpeaker.speaker_id == Speaker.id).correlate(Speaker).scalar_subquery()
    table = Table(
        path=path,
        columns=[
            Column("name", _("Speaker"), name),
            Column("company", _("Company"), func.lower(Speaker.company)),
            Column("sessions", _("Sessions"), speaks, numeric=True),
            Column("owed", _("Still owes"), owed, numeric=True),
            Column("picture", _("Picture")),
        ],
        key=Speaker.id,
        default="name",
        filters=[
            Filter(
                "owes",
                _("Tasks"),
                [("yes", _("Owes something"), None), ("no", _("Owes nothing"), None)],
                lambda chosen: (owed > 0).in_([value == "yes" for value in chosen]),
            ),
        ],
        search=lambda text: (
            name.contains(text.lower(), autoescape=True) | func.lower(Speaker.company).contains(text.lower(), autoescape=True)
        ),
        search_label=_("Name or company"),
    )
    query = select(
        Speaker.id, Speaker.name, Speaker.company, Speaker.picture_id, owed.label("owed"), speaks.label("sessions")
    ).where(Speaker.event_id == event.id)
    total = select(func.count()).select_from(Speaker).where(Speaker.event_id == event.id)
    return table.page(query, args, totals=lambda conditions: [(db.session.scalar(total.where(*conditions)) or 0, _("speakers"))])
