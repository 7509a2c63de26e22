"""Reading what somebody can join: the event, and the sessions of its latest release."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, and_, false, or_, select

from eventapp.agenda.joining.models import OPENS_MINUTES, Joining
from eventapp.agenda.joining.rules import Part, State, Stream, Verdict, judge, provider
from eventapp.agenda.models import AgendaRelease, AgendaSession, ReleasedSlot, Room, SessionSignUp, SessionType, SignUpStatus
from eventapp.agenda.own import audience
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.events.models import Event, EventFormat
from eventapp.registrations import join_links
from eventapp.registrations.models import Registration
from eventapp.registrations.queries import LOADED


class Entrance(NamedTuple):
    """Where a link leads: whose it is, what it joins, and the event's settings."""

    registration: Registration
    stream: Stream
    settings: Joining

    def verdict(self, at: datetime) -> Verdict:
        """What becomes of whoever follows it at that moment."""
        return verdict_of(self.stream, self.registration, self.settings, at)


class Way(NamedTuple):
    """How somebody can follow a session: where it is in the house (empty: nowhere), and the token of the link (none: not)."""

    stream: Stream
    verdict: Verdict
    room: str
    token: str | None


def verdict_of(stream: Stream, registration: Registration, settings: Joining, at: datetime) -> Verdict:
    """What becomes of that person with that stream at that moment."""
    minutes, in_person = settings.opens_minutes, settings.in_person_may_follow
    return judge(stream, registration, opens_minutes=minutes, in_person=in_person, at=at)


def settings_of(event_id: int) -> Joining:
    """How the event is joined; the defaults while nobody has said anything, which are then in no table."""
    usual = {"opens_minutes": OPENS_MINUTES, "in_person_may_follow": False, "test_url": "", "recording_url": "", "version": 0}
    return db.session.get(Joining, event_id) or Joining(event_id=event_id, **usual)


def entrance(token: str, *, locked: bool = False) -> Entrance:
    """Where the link leads. Raises NotFoundError, alike for what never was one and for one whose place was handed on.

    `locked`: nobody takes the place away until the transaction ends.
    """
    said = join_links.read(token)
    if said is None:
        raise NotFoundError
    query = select(Registration).options(*LOADED).where(Registration.uid == said.uid)
    if locked:
        query = query.with_for_update(of=Registration).execution_options(populate_existing=True)
    registration = db.session.scalar(query)
    if registration is None or not join_links.proves(said, registration):
        raise NotFoundError
    settings = settings_of(registration.event_id)
    if not said.session:
        return Entrance(registration, whole(registration.event, settings), settings)
    if locked:
        _lock_place(registration, said.session)
    found = streams(registration, AgendaSession.code == said.session)
    if not found:
        raise NotFoundError
    return Entrance(registration, found[0], settings)


def _lock_place(registration: Registration, code: str) -> None:
    session = select(AgendaSession.id).where(AgendaSession.event_id == registration.event_id, AgendaSession.code == code)
    query = select(SessionSignUp.id).where(
        SessionSignUp.registration_id == registration.id, SessionSignUp.session_id.in_(session)
    )
    db.session.execute(query.with_for_update()).all()


def whole(event: Event, settings: Joining) -> Stream:
    """The event as a whole, as something to be joined: in each of its parts, and not between them."""
    return Stream(
        event=event,
        parts=[Part(starts_at, ends_at, url=event.join_url) for starts_at, ends_at, _label in event.times],
        title=event.title,
        recording_url=settings.recording_url,
        recording_until=settings.recording_until,
    )


def streams(registration: Registration, *conditions: Any) -> list[Stream]:
    """The sessions of the event's latest release as this person may follow them, by time.

    One query, and three more where one is not for everybody.
    """
    found = db.session.execute(_released(registration).where(*conditions)).all()
    hidden = [row for row in found if not row.listed and not row.signs_up]
    closed = audience.closed_to(registration, audience.doors(hidden[0].release_id)) if hidden else frozenset()
    by_session = groupby(sorted(found, key=lambda row: row.session_id), key=lambda row: row.session_id)
    made = [_stream(registration.event, list(rows), closed) for _id, rows in by_session]
    return sorted(made, key=lambda stream: (stream.starts_at, stream.title, stream.code))


def _released(registration: Registration) -> Select[*tuple[Any, ...]]:
    latest = (
        select(AgendaRelease.id)
        .where(AgendaRelease.event_id == registration.event_id)
        .order_by(AgendaRelease.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    has_place = and_(
        SessionSignUp.session_id == ReleasedSlot.session_id,
        SessionSignUp.registration_id == registration.id,
        SessionSignUp.status == SignUpStatus.CONFIRMED,
    )
    return (
        select(
            ReleasedSlot.release_id,
            ReleasedSlot.session_id,
            ReleasedSlot.starts_at,
            ReleasedSlot.ends_at,
            ReleasedSlot.cancelled,
            ReleasedSlot.listed,
            ReleasedSlot.delivery,
            ReleasedSlot.title,
            AgendaSession.code,
            AgendaSession.signs_up,
            AgendaSession.join_url,
            AgendaSession.recording_url,
            AgendaSession.recording_until,
            Room.name.label("room"),
            Room.is_virtual,
            Room.join_url.label("room_url"),
            SessionSignUp.id.label("place"),
        )
        .join(AgendaSession, AgendaSession.id == ReleasedSlot.session_id)
        .join(SessionType, and_(SessionType.id == ReleasedSlot.type_id, SessionType.is_break == false()))
        .outerjoin(Room, Room.id == ReleasedSlot.room_id)
        .outerjoin(SessionSignUp, has_place)
        .where(ReleasedSlot.release_id == latest)
        .order_by(ReleasedSlot.starts_at, ReleasedSlot.slot_id)
    )


def _stream(event: Event, rows: Sequence[Row[Any]], closed: Collection[int]) -> Stream:
    """A session from its parts: without those that are cancelled, unless all of it is."""
    taking_place = [row for row in rows if not row.cancelled] or rows
    first = taking_place[0]
    return Stream(
        event=event,
        parts=[_part(event, row) for row in taking_place],
        session_id=first.session_id,
        code=first.code,
        title=first.title,
        delivery=first.delivery,
        cancelled=all(row.cancelled for row in rows),
        mine=first.place is not None if first.signs_up else first.session_id not in closed,
        recording_url=first.recording_url,
        recording_until=first.recording_until,
    )


def _part(event: Event, row: Row[Any]) -> Part:
    url = provider(row.join_url, row.room_url or "", event.join_url)
    return Part(row.starts_at, row.ends_at, "" if row.is_virtual else row.room or "", url)


def ways(registration: Registration, session_ids: Iterable[int], at: datetime) -> dict[int, Way]:
    """How this person can follow these sessions, by id: the room for who comes in person, the link for who may join.

    Two queries.
    """
    settings = settings_of(registration.event_id)
    found = streams(registration, ReleasedSlot.session_id.in_(list(session_ids)))
    return {stream.session_id: way_of(stream, registration, settings, at) for stream in found if stream.session_id is not None}


def joinable(registration: Registration, settings: Joining, at: datetime) -> list[Way]:
    """The sessions that this person may follow on video now or later, by time; those without an address are left out."""
    here = or_(ReleasedSlot.delivery.is_(None), ReleasedSlot.delivery != EventFormat.IN_PERSON)
    with_address = or_(AgendaSession.join_url != "", Room.join_url != "")
    found = streams(registration, here, ReleasedSlot.ends_at > at, with_address, ReleasedSlot.cancelled == false())
    made = [way_of(stream, registration, settings, at) for stream in found]
    return [way for way in made if way.token is not None]


def way_of(stream: Stream, registration: Registration, settings: Joining, at: datetime) -> Way:
    """How this person can follow it."""
    verdict = verdict_of(stream, registration, settings, at)
    may_join = verdict.state in (State.EARLY, State.OPEN, State.NO_LINK, State.OVER)
    comes = registration.mode.value == "in_person" and stream.in_room
    token = join_links.join_token(registration, stream.code) if may_join else None
    return Way(stream, verdict, verdict.part.room if comes else "", token)
