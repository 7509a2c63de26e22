"""Sessions of the draft, their parts and who may sign up. Everything in the caller's transaction."""

import secrets
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, func, select

from eventapp.agenda.models import (
    AgendaSession,
    ReleaseChange,
    ReleasedSlot,
    SessionAudience,
    SessionLevel,
    SessionSlot,
    SessionSpeaker,
    SessionStatus,
    SpeakerAnswer,
)
from eventapp.agenda.own import service as own
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.core.markdown import to_html
from eventapp.events.models import AudienceField, Event, EventFormat
from eventapp.places import service as places

CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
MOST_PARTS = 6


@dataclass(frozen=True)
class SessionDetails:
    """A session as an organizer fills it in. Times in UTC; `capacity` counts places to sign up to, none: no limit."""

    title: str
    type_id: int
    subtitle: str = ""
    abstract: str = ""
    language: str = "en"
    level: SessionLevel = SessionLevel.ANY
    track_id: int | None = None
    status: SessionStatus = SessionStatus.CONFIRMED
    delivery: EventFormat | None = None
    listed: bool = True
    signs_up: bool = False
    capacity: int | None = None
    signs_up_until: datetime | None = None
    join_url: str = ""
    recording_url: str = ""
    recording_until: datetime | None = None
    notes: str = ""


def create_session(
    event: Event,
    details: SessionDetails,
    minutes: int | Sequence[int],
    *,
    by: Actor,
    at: datetime,
    numbers: Iterable[int] = (),
    guids: Iterable[str] = (),
) -> AgendaSession:
    """A new session with one part for each of `minutes`, none of them in the timetable yet.

    `numbers` and `guids` are those of a file that it comes from; without them it gets new ones.
    """
    places.lock([event.pool_id])
    session = AgendaSession(event_id=event.id, code=new_code(), created_at=at, updated_at=at)
    _fill(session, details)
    if details.signs_up:
        session.pool_id = places.insert_pool(details.capacity)
    db.session.add(session)
    db.session.flush()
    given, known = iter(numbers), iter(guids)
    last = _last_number(event)
    for part, length in enumerate([minutes] if isinstance(minutes, int) else minutes, 1):
        number = next(given, None) or last + part
        guid = next(known, None) or str(uuid.uuid4())
        db.session.add(SessionSlot(event_id=event.id, session_id=session.id, number=number, guid=guid, part=part, minutes=length))
    db.session.flush()
    _record("agenda.create_session", session, by, at)
    return session


def change_session(session: AgendaSession, details: SessionDetails, *, version: int, by: Actor, at: datetime) -> None:
    """Changes a session. If it has more places now, those who wait for one move up and are told.

    Raises StaleError if somebody saved since `version`, RuleError for giving up the sign-up while people have places.
    """
    if session.version != version:
        raise StaleError(_("Somebody else has changed this session since you opened it. Compare, then save again."))
    event = db.session.get_one(Event, session.event_id)
    places.lock([event.pool_id])
    changes = _changes(session, details)
    if details.signs_up and session.pool_id is None:
        session.pool_id = places.insert_pool(details.capacity)
    elif session.pool_id is not None:
        pool = places.lock([session.pool_id])[session.pool_id]
        if not details.signs_up and (pool.taken or pool.waiting):
            raise RuleError(_("People have signed up. Give their places back first, or leave it on."), "signs_up")
        if details.signs_up and pool.capacity != details.capacity:
            changes["capacity"] = [pool.capacity, details.capacity]
            own.confirm_moved(places.set_capacity(session.pool_id, details.capacity), at=at)
    _fill(session, details)
    session.updated_at = at
    db.session.flush()
    if changes:
        _record("agenda.change_session", session, by, at, changes)


def cancel_session(session: AgendaSession, reason: str, *, by: Actor, at: datetime) -> None:
    """Cancels a session in the draft; the next release says so. Raises RuleError if it is cancelled already."""
    if session.status is SessionStatus.CANCELLED:
        raise RuleError(_("This session is cancelled already."))
    session.status, session.cancelled_at, session.cancel_reason, session.updated_at = SessionStatus.CANCELLED, at, reason, at
    _record("agenda.cancel_session", session, by, at, {"reason": reason} if reason else {})


def restore_session(session: AgendaSession, *, by: Actor, at: datetime) -> None:
    """Takes the cancelling of a session back. Raises RuleError if it is not cancelled."""
    if session.status is not SessionStatus.CANCELLED:
        raise RuleError(_("This session is not cancelled."))
    session.status, session.cancelled_at, session.cancel_reason = SessionStatus.CONFIRMED, None, ""
    session.updated_at = at
    _record("agenda.restore_session", session, by, at)


def delete_session(session: AgendaSession, *, by: Actor, at: datetime) -> None:
    """Deletes a session that no release has shown. Raises RuleError for one that people know: that is cancelled instead."""
    if was_released(session):
        raise RuleError(_("A release has shown this session. Cancel it: whoever wanted to come is told."))
    _record("agenda.delete_session", session, by, at)
    db.session.execute(delete(SessionSlot).where(SessionSlot.session_id == session.id))
    db.session.delete(session)
    db.session.flush()


def was_released(session: AgendaSession) -> bool:
    """Whether a release has shown the session."""
    return bool(db.session.scalar(select(exists().where(ReleasedSlot.session_id == session.id))))


def add_part(session: AgendaSession, minutes: int, *, by: Actor, at: datetime) -> SessionSlot:
    """A further part of a session, to be placed by itself. Raises RuleError beyond MOST_PARTS."""
    event = db.session.get_one(Event, session.event_id)
    places.lock([event.pool_id])
    last = db.session.scalar(select(func.max(SessionSlot.part)).where(SessionSlot.session_id == session.id)) or 0
    if last >= MOST_PARTS:
        raise RuleError(_("A session has at most %(n)s parts.", n=MOST_PARTS))
    slot = SessionSlot(
        event_id=event.id,
        session_id=session.id,
        number=_last_number(event) + 1,
        guid=str(uuid.uuid4()),
        part=last + 1,
        minutes=minutes,
    )
    db.session.add(slot)
    session.updated_at = at
    db.session.flush()
    _record("agenda.change_session", session, by, at, {"parts": [last, last + 1]})
    return slot


def change_part(session: AgendaSession, slot: SessionSlot, label: str, minutes: int, *, by: Actor, at: datetime) -> None:
    """Names a part, and says how many minutes it takes."""
    changes = {n: [getattr(slot, n), v] for n, v in (("label", label), ("minutes", minutes)) if getattr(slot, n) != v}
    slot.label, slot.minutes, session.updated_at = label, minutes, at
    if changes:
        _record("agenda.change_session", session, by, at, changes)


def remove_part(session: AgendaSession, slot: SessionSlot, *, by: Actor, at: datetime) -> None:
    """Takes the part away. Raises RuleError for the only one, and for one that a release has shown."""
    parts = db.session.scalar(select(func.count()).where(SessionSlot.session_id == session.id)) or 0
    if parts < 2:
        raise RuleError(_("A session has at least one part."))
    shown = exists().where(ReleasedSlot.slot_id == slot.id) | exists().where(ReleaseChange.slot_id == slot.id)
    if db.session.scalar(select(shown)):
        raise RuleError(_("A release has shown this part. Take it out of the timetable instead: the next release says so."))
    db.session.delete(slot)
    session.updated_at = at
    db.session.flush()
    _record("agenda.change_session", session, by, at, {"parts": [parts, parts - 1]})


def set_audience(session: AgendaSession, rules: Mapping[AudienceField, Sequence[Any]], *, by: Actor, at: datetime) -> None:
    """Says who may come: one of the values in each field that is named. An empty mapping: everybody."""
    query = select(SessionAudience.field, SessionAudience.values).where(SessionAudience.session_id == session.id)
    before = {field.value: values for field, values in db.session.execute(query)}
    after = {field.value: list(values) for field, values in rules.items() if values}
    if before == after:
        return
    db.session.execute(delete(SessionAudience).where(SessionAudience.session_id == session.id))
    db.session.add_all(SessionAudience(session_id=session.id, field=AudienceField(f), values=v) for f, v in after.items())
    session.updated_at = at
    db.session.flush()
    _record("agenda.change_session", session, by, at, {"audience": [before, after]})


def set_speakers(
    session: AgendaSession,
    speaker_ids: Sequence[int],
    *,
    by: Actor,
    at: datetime,
    answer: SpeakerAnswer = SpeakerAnswer.CONFIRMED,
) -> None:
    """Who speaks, in this order. Whoever spoke before keeps their answer; new ones get `answer`."""
    rows = {r.speaker_id: r for r in db.session.scalars(select(SessionSpeaker).where(SessionSpeaker.session_id == session.id))}
    before = sorted(rows, key=lambda id_: rows[id_].position)
    if before == list(speaker_ids):
        return
    for speaker_id in set(rows) - set(speaker_ids):
        db.session.delete(rows[speaker_id])
    for position, speaker_id in enumerate(speaker_ids, 1):
        row = rows.get(speaker_id) or SessionSpeaker(session_id=session.id, speaker_id=speaker_id, answer=answer)
        row.position = position
        db.session.add(row)
    session.updated_at = at
    db.session.flush()
    _record("agenda.change_session", session, by, at, {"speakers": [len(before), len(speaker_ids)]})


def new_code() -> str:
    """The short name of a session or speaker in addresses: six characters without look-alikes, 30 random bits."""
    return "".join(secrets.choice(CODE_ALPHABET) for _n in range(6))


def _fill(session: AgendaSession, details: SessionDetails) -> None:
    for name, value in vars(details).items():
        if name != "capacity":
            setattr(session, name, value)
    session.abstract_html = to_html(details.abstract)


def _changes(session: AgendaSession, details: SessionDetails) -> dict[str, Any]:
    names = [name for name in vars(details) if name != "capacity"]
    return {n: [getattr(session, n), getattr(details, n)] for n in names if getattr(session, n) != getattr(details, n)}


def _last_number(event: Event) -> int:
    return db.session.scalar(select(func.max(SessionSlot.number)).where(SessionSlot.event_id == event.id)) or 0


def _record(action: str, session: AgendaSession, by: Actor, at: datetime, changes: Mapping[str, Any] | None = None) -> None:
    record(
        action,
        by=by,
        at=at,
        object_type="session",
        object_id=session.id,
        object_name=session.title,
        event_id=session.event_id,
        changes=changes,
    )
