"""Signing up to sessions: places taken and given back under the lock of the event's pool, the waiting moving up."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, insert

from eventapp.agenda.models import AgendaFeed, AgendaSession, SessionSignUp, SessionStar, SessionStatus, SignUpStatus
from eventapp.agenda.own import audience, mails, queries, rules
from eventapp.agenda.own import hooks as placing
from eventapp.agenda.own.log import WAITING_LIST, record_act
from eventapp.agenda.own.rules import Facts
from eventapp.agenda.public import queries as public
from eventapp.agenda.public.queries import Part
from eventapp.audit.service import Actor, record
from eventapp.core.db import db, table
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.events import queries as events
from eventapp.events.models import EventFormat, EventStatus, Mode
from eventapp.places import service as places
from eventapp.places.models import Booking, BookingState
from eventapp.registrations import hooks
from eventapp.registrations.models import Registration, RegistrationStatus
from eventapp.registrations.rules import new_token

# How often one may give back a place in the same session and take it again: each time is a mail.
MOST_CHANGES = 8


def set_star(registration: Registration, session_id: int, *, starred: bool, at: datetime) -> None:
    """Sets a star or takes it away; doing so twice is harmless. Raises RuleError for a session that they may not see."""
    key = {"registration_id": registration.id, "session_id": session_id}
    there = db.session.get(SessionStar, (registration.id, session_id))
    if starred and there is None:
        # Two clicks at once: the lock puts them in a row, and the second finds the first one's star.
        places.lock([registration.event.pool_id])
        if db.session.get(SessionStar, (registration.id, session_id), populate_existing=True) is None:
            db.session.execute(insert(table(SessionStar)), {**key, "starred_at": at})
    elif not starred:
        db.session.execute(delete(SessionStar).filter_by(**key))


def sign_up(
    registration: Registration,
    session: AgendaSession,
    *,
    instead: Collection[int] = (),
    by_company: bool = False,
    by_hand: str = "",
    above: bool = False,
    by: Actor,
    at: datetime,
) -> SessionSignUp:
    """Takes a place in the session, or a turn on its waiting list; twice is harmless.

    `instead`: ids of sessions given up in the same step. `by_company`: the company does it, which may not learn what people
    outside it bring. `by_hand` is the reason for which an organizer does it past what
    the session asks, with `above` also above its capacity. Raises RuleError if the rules refuse it.
    """
    event = registration.event
    places.lock([event.pool_id])
    events.read_again(event)
    db.session.refresh(registration, ["status", "mode", "sequence"])
    db.session.refresh(session)
    current = {one.session_id: one for one in queries.of_registrations([registration.id])}
    if session.id in current:
        return current[session.id]
    if not by_hand and queries.changes_of_mind(registration.id, session.id) >= MOST_CHANGES:
        raise RuleError(_("This place was taken and given back too often. Write to the organizers."))
    facts = _facts(registration, session, current)
    refused = rules.blockers(facts, at, instead=instead, by_hand=bool(by_hand))
    if refused or session.pool_id is None:
        raise RuleError(refused[0].message if refused else _("Signing up is over."))
    if not by_hand and (lacks := placing.lacks(registration, session.id, at, by_company=by_company)):
        raise RuleError(f"{registration.name}: {lacks}")
    moved: list[Booking] = []
    for given_up in (current[one] for one in instead if one in current):
        moved += _let_go([given_up], reason=_("for %(title)s", title=session.title)[:300], by=by, at=at, tell=True)
    (booking,) = places.book([places.Wish((session.pool_id,), party=registration.organisation_id)], at=at)
    if above and booking.state is BookingState.WAITING:
        _seated, others = places.seat([booking], above=True)
        moved += others
    made = SessionSignUp(
        registration_id=registration.id,
        session_id=session.id,
        booking_id=booking.id,
        status=_status(booking),
        # Whoever had a place before has an entry in the calendar already, which this one changes.
        sequence=queries.given_back(registration.id).get(session.id, -1) + 1,
        signed_up_at=at,
        signed_up_by=by.actor_name,
        registration=registration,
        session=session,
        booking=booking,
    )
    db.session.add(made)
    db.session.flush()
    placing.placed([made])
    record_act("own_agenda.sign_up", made, by, at, {"status": [None, made.status], **({"reason": by_hand} if by_hand else {})})
    if made.status is SignUpStatus.CONFIRMED:
        mails.send([made], "confirmed", at=at)
    confirm_moved(moved, at=at)
    return made


def _status(booking: Booking) -> SignUpStatus:
    return SignUpStatus.CONFIRMED if booking.state is BookingState.HELD else SignUpStatus.WAITING


def _facts(registration: Registration, session: AgendaSession, current: Collection[int]) -> Facts:
    event = registration.event
    release = public.latest(event.id)
    parts = public.parts_of_sessions(release, {session.id, *current}) if release is not None else []
    by_session: dict[int, list[Part]] = {}
    for part in parts:
        by_session.setdefault(part.session_id, []).append(part)
    doors = audience.doors(release.id) if release is not None else []
    return Facts(
        confirmed=registration.status is RegistrationStatus.CONFIRMED,
        invited=session.id not in audience.closed_to(registration, [door for door in doors if door.session_id == session.id]),
        virtual=registration.mode is Mode.VIRTUAL,
        parts=by_session.pop(session.id, []) if session.status is not SessionStatus.CANCELLED else [],
        others=by_session,
        event_over=event.status is EventStatus.CANCELLED,
    )


def give_back(sign_ups: Sequence[SessionSignUp], *, reason: str = "", by: Actor, at: datetime, tell: bool = True) -> None:
    """Gives places back, or leaves waiting lists; who waits moves up. Those given back already stay as they are.

    With `tell` those who had a place get a mail that takes it out of their calendar.
    """
    if not sign_ups:
        return
    places.lock({one.registration.event.pool_id for one in sign_ups})
    for one in sign_ups:
        db.session.refresh(one, ["status", "version", "sequence"])
    confirm_moved(_let_go(sign_ups, reason=reason, by=by, at=at, tell=tell), at=at)


def _let_go(sign_ups: Sequence[SessionSignUp], *, reason: str, by: Actor, at: datetime, tell: bool) -> list[Booking]:
    going = [one for one in sign_ups if one.status is not SignUpStatus.CANCELLED]
    moved = places.release([one.booking for one in going])
    had = [one for one in going if one.status is SignUpStatus.CONFIRMED]
    for one in going:
        changes: dict[str, object] = {"status": [one.status, SignUpStatus.CANCELLED], **({"reason": reason} if reason else {})}
        record_act("own_agenda.give_back", one, by, at, changes)
        # What goes with the session itself is counted by the release that cancels it.
        one.sequence += tell and one.status is SignUpStatus.CONFIRMED
        one.status, one.cancelled_at = SignUpStatus.CANCELLED, at
    db.session.flush()
    placing.placed(going)
    if tell:
        mails.send(had, "given_back", at=at)
    return moved


def confirm_moved(bookings: Sequence[Booking], *, at: datetime) -> list[SessionSignUp]:
    """Gives those whose bookings have moved up their place, and tells them. The caller holds the locks.

    Whatever frees or adds places of a session calls this with what the engine returns.
    """
    ids = [booking.id for booking in bookings if booking.state is BookingState.HELD]
    moved = [one for one in queries.of_bookings(ids) if one.status is SignUpStatus.WAITING] if ids else []
    for one in moved:
        one.status, one.sequence = SignUpStatus.CONFIRMED, one.sequence + 1
        record_act("own_agenda.promote", one, WAITING_LIST, at, {"status": [SignUpStatus.WAITING, SignUpStatus.CONFIRMED]})
    if moved:
        db.session.flush()
        placing.placed(moved)
        mails.send(moved, "promoted", at=at)
    return moved


def change_capacity(session: AgendaSession, capacity: int | None, *, at: datetime) -> list[SessionSignUp]:
    """Changes how many places the session has; none: any number. Raised, the waiting move up: returns them.

    Below what is taken it stands as a visible overbooking. The caller writes the log.
    """
    assert session.pool_id is not None, "a session that one signs up to has a pool"
    places.lock([events.event_by_id(session.event_id).pool_id])
    return confirm_moved(places.set_capacity(session.pool_id, capacity), at=at)


def free_sessions(session_ids: Collection[int], *, reason: str, by: Actor, at: datetime, tell: bool = True) -> int:
    """Gives all places and turns in these sessions back, since they do not take place; returns how many there were."""
    found = queries.of_sessions(session_ids)
    give_back(found, reason=reason, by=by, at=at, tell=tell)
    return len(found)


def follow(registrations: Sequence[Registration], _person: bool, by: Actor, at: datetime) -> None:
    """Frees the session places of people who have no place at the event any more, or are not in the room any more.

    Whoever's event or registration was cancelled has a mail that says so, and is not told of each session.
    """
    lost = {r.id for r in registrations if r.status is not RegistrationStatus.CONFIRMED}
    remote = {r.id for r in registrations if r.mode is Mode.VIRTUAL} - lost
    found = queries.of_registrations(lost | remote)
    going = [one for one in found if one.registration_id in lost or one.session.delivery is EventFormat.IN_PERSON]
    ended = {r.id for r in registrations if r.status is RegistrationStatus.CANCELLED}
    over = [one for one in going if one.registration_id in ended or one.registration.event.status is EventStatus.CANCELLED]
    give_back(over, by=by, at=at, tell=False)
    give_back([one for one in going if one not in over], by=by, at=at)


def leave(registration: Registration, by: Actor, at: datetime) -> None:
    """Frees the session places of somebody in whose stead another comes, who begins without their stars and calendar.

    That they do not come any more is told in one mail, not again for each session.
    """
    give_back(queries.of_registrations([registration.id]), by=by, at=at, tell=False)
    db.session.execute(delete(SessionStar).where(SessionStar.registration_id == registration.id))
    db.session.execute(delete(AgendaFeed).where(AgendaFeed.registration_id == registration.id))


def renew_feed(registration: Registration, *, by: Actor, at: datetime) -> AgendaFeed:
    """A secret address for somebody's private calendar; one that there was before leads nowhere from now on."""
    places.lock([registration.event.pool_id])
    feed = db.session.get(AgendaFeed, registration.id, populate_existing=True)
    if feed is None:
        feed = AgendaFeed(registration_id=registration.id)
        db.session.add(feed)
    feed.token, feed.created_at = new_token(), at
    db.session.flush()
    record(
        "own_agenda.feed",
        by=by,
        at=at,
        object_type="registration",
        object_id=registration.id,
        object_name=registration.name,
        event_id=registration.event_id,
        organisation_id=registration.organisation_id,
        person_id=registration.person_id,
    )
    return feed


hooks.CHANGED.append(follow)
hooks.LEAVING.append(leave)
