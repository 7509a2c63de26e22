"""Reading the draft as lines, and the releases."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from eventapp.agenda.models import (
    AgendaRelease,
    AgendaSession,
    ReleasedSlot,
    ReleasedSpeaker,
    SessionSlot,
    SessionSpeaker,
    SessionStatus,
    SpeakerAnswer,
)
from eventapp.agenda.releases.difference import Line, Plan, plan
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError

_WORDS = ("title", "subtitle", "abstract_html", "language", "level", "track_id", "type_id", "delivery")
_DRAFT = (
    select(
        SessionSlot.id,
        SessionSlot.session_id,
        SessionSlot.room_id,
        SessionSlot.all_rooms,
        SessionSlot.starts_at,
        SessionSlot.minutes,
        SessionSlot.sequence,
        SessionSlot.label,
        AgendaSession.listed,
        *(getattr(AgendaSession, name) for name in _WORDS),
    )
    .join(AgendaSession, AgendaSession.id == SessionSlot.session_id)
    .where(SessionSlot.starts_at.is_not(None), AgendaSession.status == SessionStatus.CONFIRMED)
)
_RELEASED = select(*(getattr(ReleasedSlot, name) for name in Line.__slots__ if name != "speakers"))


def draft(event_id: int) -> list[Line]:
    """What a release of the draft would show: confirmed sessions in the timetable. Two queries."""
    rows = db.session.execute(_DRAFT.where(SessionSlot.event_id == event_id)).all()
    parts = (
        select(SessionSpeaker.session_id, SessionSpeaker.speaker_id)
        .join(AgendaSession, AgendaSession.id == SessionSpeaker.session_id)
        .where(AgendaSession.event_id == event_id, SessionSpeaker.answer != SpeakerAnswer.DECLINED)
        .order_by(SessionSpeaker.session_id, SessionSpeaker.position, SessionSpeaker.speaker_id)
    )
    speakers = _speakers(db.session.execute(parts))
    return [_line(row, speakers) for row in rows]


def released(release: AgendaRelease | None) -> list[Line]:
    """The lines of a release, cancelled ones too; of none for none. Two queries."""
    if release is None:
        return []
    rows = db.session.execute(_RELEASED.where(ReleasedSlot.release_id == release.id)).all()
    parts = (
        select(ReleasedSpeaker.session_id, ReleasedSpeaker.speaker_id)
        .where(ReleasedSpeaker.release_id == release.id)
        .order_by(ReleasedSpeaker.session_id, ReleasedSpeaker.position, ReleasedSpeaker.speaker_id)
    )
    speakers = _speakers(db.session.execute(parts))
    return [Line(**row._mapping, speakers=speakers.get(row.session_id, ())) for row in rows]


def next_plan(event_id: int) -> tuple[AgendaRelease | None, Plan]:
    """The latest release, and what the next one would do. Five queries."""
    last = latest(event_id)
    return last, plan(released(last), draft(event_id))


def latest(event_id: int) -> AgendaRelease | None:
    """The release that people see; none before the first."""
    query = select(AgendaRelease).where(AgendaRelease.event_id == event_id).order_by(AgendaRelease.number.desc())
    return db.session.scalar(query.limit(1))


def releases(event_id: int) -> Sequence[AgendaRelease]:
    """All releases of an event, the latest first."""
    query = select(AgendaRelease).where(AgendaRelease.event_id == event_id).order_by(AgendaRelease.number.desc())
    return db.session.scalars(query).all()


def release_of(event_id: int, number: int) -> AgendaRelease:
    """The release of that number. Raises NotFoundError."""
    query = select(AgendaRelease).where(AgendaRelease.event_id == event_id, AgendaRelease.number == number)
    found = db.session.scalar(query)
    if found is None:
        raise NotFoundError(number)
    return found


def _speakers(rows: Iterable[Any]) -> dict[int, tuple[int, ...]]:
    found: dict[int, list[int]] = defaultdict(list)
    for session_id, speaker_id in rows:
        found[session_id].append(speaker_id)
    return {session_id: tuple(ids) for session_id, ids in found.items()}


def _line(row: Any, speakers: dict[int, tuple[int, ...]]) -> Line:
    starts_at: datetime = row.starts_at
    return Line(
        slot_id=row.id,
        session_id=row.session_id,
        room_id=row.room_id,
        all_rooms=row.all_rooms,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=row.minutes),
        sequence=row.sequence,
        cancelled=False,
        listed=row.listed,
        label=row.label,
        **{name: getattr(row, name) for name in _WORDS},
        speakers=speakers.get(row.session_id, ()),
    )
