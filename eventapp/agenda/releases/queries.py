"""Reading the draft as lines, and the releases."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import case, func, select

from eventapp.agenda.models import (
    AgendaRelease,
    AgendaSession,
    ReleaseChange,
    ReleasedSlot,
    ReleasedSpeaker,
    Room,
    SessionSlot,
    SessionSpeaker,
    SessionStatus,
    SpeakerAnswer,
)
from eventapp.agenda.releases.difference import Change, Line, Plan, compare, plan
from eventapp.agenda.releases.models import ReleaseNotice
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError

MOST_PUBLIC_LINES = 400
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
    return last, plan_after(event_id, last)


def plan_after(event_id: int, last: AgendaRelease | None) -> Plan:
    """What the release after the `last` one would do. Four queries."""
    return plan(released(last), draft(event_id))


def changes_of(release: AgendaRelease, since: AgendaRelease | None = None) -> list[Change]:
    """The difference of a release to an earlier one, by itself the one before, with the sequences that it gave."""
    lines = released(release)
    given = {line.slot_id: line for line in lines}
    found = compare(released(since or before(release)), lines)
    return [replace(change, new=given.get(change.new.slot_id, change.new)) for change in found]


def room_names(event_id: int) -> dict[int, str]:
    """What the event's rooms are called today, by id."""
    return dict(db.session.execute(select(Room.id, Room.name).where(Room.event_id == event_id)).all())


def latest(event_id: int) -> AgendaRelease | None:
    """The release that people see; none before the first."""
    query = select(AgendaRelease).where(AgendaRelease.event_id == event_id).order_by(AgendaRelease.number.desc())
    return db.session.scalar(query.limit(1))


def before(release: AgendaRelease) -> AgendaRelease | None:
    """The release before that one; none before the first."""
    query = select(AgendaRelease).where(AgendaRelease.event_id == release.event_id, AgendaRelease.number < release.number)
    return db.session.scalar(query.order_by(AgendaRelease.number.desc()).limit(1))


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


def numbered(releases: Iterable[AgendaRelease], number: int) -> AgendaRelease:
    """The one of that number. Raises NotFoundError."""
    for release in releases:
        if release.number == number:
            return release
    raise NotFoundError(number)


def notices(release: AgendaRelease) -> tuple[int, int]:
    """How many people are told of a release, and how many of them have not been yet."""
    left = func.coalesce(func.sum(case((ReleaseNotice.done_at.is_(None), 1), else_=0)), 0)
    query = select(func.count(), left).where(ReleaseNotice.release_id == release.id)
    row = db.session.execute(query).one()
    return int(row[0]), int(row[1])


def waiting_notices(event_id: int) -> int:
    """How many people are still to be told of releases of the event."""
    query = select(func.count()).select_from(ReleaseNotice).join(AgendaRelease, AgendaRelease.id == ReleaseNotice.release_id)
    return db.session.scalar(query.where(AgendaRelease.event_id == event_id, ReleaseNotice.done_at.is_(None))) or 0


class Version(NamedTuple):
    """A release in the public list of changes; of the first one only how many parts it had, else what changed."""

    release: AgendaRelease
    sessions: int
    changes: list[ReleaseChange]


def changelog(event_id: int) -> list[Version]:
    """The releases with what they changed of what is public, the newest first; the oldest beyond the limit have no lines."""
    found = releases(event_id)
    of_first = (
        select(func.count())
        .select_from(ReleaseChange)
        .join(AgendaRelease)
        .where(AgendaRelease.event_id == event_id, AgendaRelease.number == 1, ReleaseChange.listed)
    )
    query = (
        select(ReleaseChange)
        .join(AgendaRelease, AgendaRelease.id == ReleaseChange.release_id)
        .where(AgendaRelease.event_id == event_id, AgendaRelease.number > 1, ReleaseChange.listed)
        .order_by(AgendaRelease.number.desc(), ReleaseChange.id)
        .limit(MOST_PUBLIC_LINES)
    )
    by_release: dict[int, list[ReleaseChange]] = defaultdict(list)
    for change in db.session.scalars(query):
        by_release[change.release_id].append(change)
    first = (db.session.scalar(of_first) or 0) if found else 0
    return [Version(one, first if one.number == 1 else 0, by_release.get(one.id, [])) for one in found]


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
