"""Registering, cancelling, undoing, handing on. Everything in the caller's transaction, under the lock of the event's pool."""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.email import domain_of
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.events import queries as events
from eventapp.events.models import Event, EventStatus, Mode
from eventapp.events.rules import registration_blockers
from eventapp.events.service import company_pool
from eventapp.partners import queries as partners
from eventapp.partners import service as people
from eventapp.partners.models import MatchedBy, MembershipState, Organisation, OrganisationStatus, Person
from eventapp.places import service as places
from eventapp.places.models import Booking, BookingState
from eventapp.registrations import hooks, mails, queries, tallies
from eventapp.registrations.models import Registration, RegistrationStatus, Source
from eventapp.registrations.rules import Candidate, Problem, is_typed, new_code, new_token, problems


@dataclass(frozen=True)
class Attendee:
    """Somebody to be registered. `field` is where the form shows what is wrong with them."""

    given_name: str
    family_name: str
    address: str
    mode: Mode
    field: str = ""
    badge_name: str = ""
    note: str = ""


class ProblemsError(RuleError):
    """Several people of one form cannot be registered as they stand; each problem belongs to a field."""

    def __init__(self, found: list[Problem]) -> None:
        super().__init__(found[0].message, found[0].field)
        self.problems = found


def register(
    event: Event,
    company: Organisation,
    attendees: Sequence[Attendee],
    *,
    source: Source,
    by: Actor,
    at: datetime,
    foreign_confirmed: bool = True,
    joining: MembershipState = MembershipState.ACTIVE,
    summary_to: tuple[str, str] | None = None,
) -> list[Registration]:
    """Registers people of one company: each confirmed or waiting, each told by one mail, in one transaction.

    `summary_to` (name, address) gets one mail about all of them. New people become members of the company in the
    state `joining`. Raises RuleError if registration is not open (organizers may unless the event was cancelled) or the
    company has no places at all, ProblemsError for people who cannot be registered.
    """
    if not attendees:
        raise RuleError(_("Tick at least one colleague, or add a new one."), status=422)
    places.wait_for(event.pool_id)
    events.read_again(event)
    for blocker in registration_blockers(event, at):
        if source is not Source.ORGANIZER or event.status is EventStatus.CANCELLED:
            raise RuleError(blocker.message)
    for attendee in attendees:
        _check_mode(event, attendee.mode)
    pool_id, capacity = company_pool(event, company)
    check_company(company, capacity)
    known = queries.known_people(event.id, company.id, (a.address for a in attendees))
    barred = set() if source is Source.PERSON else hooks.barred(k.person.id for k in known.values())
    if found := _problems(company, attendees, known, foreign_confirmed, barred):
        raise ProblemsError(found)
    # By address: two groups with the same new people, for two events, would else wait for each other.
    ordered = sorted(attendees, key=lambda a: a.address)
    persons = {a.address: _member(company, a, known.get(a.address), joining, by, at) for a in ordered}
    wishes = [places.Wish((pool_id, event.pool_id, event.mode_pool_id(a.mode))) for a in attendees]
    bookings = places.book(wishes, at=at)
    made = [
        _new_registration(event, company, persons[attendee.address], booking, attendee, source, by, at)
        for booking, attendee in zip(bookings, attendees, strict=True)
    ]
    db.session.add_all(made)
    db.session.flush()
    tallies.count(Counter(tallies.key_of(r) for r in made))
    for registration in made:
        _record("registrations.register", registration, by, at, {"status": registration.status, "mode": registration.mode})
    mails.send_status(made, at=at, addresses={p.id: known[a].address if a in known else a for a, p in persons.items()})
    if summary_to is not None:
        mails.send_summary(event, company, made, to=summary_to, at=at)
    return made


def foresee(event: Event, company: Organisation, attendees: Sequence[Attendee], *, at: datetime) -> list[Problem]:
    """The warnings against registering these people now, for the page that is checked before confirming.

    Raises RuleError and ProblemsError as `register` would.
    """
    for blocker in registration_blockers(event, at):
        raise RuleError(blocker.message)
    check_company(company, events.places_of_company(event, company)[0])
    known = queries.known_people(event.id, company.id, (a.address for a in attendees))
    barred = hooks.barred(k.person.id for k in known.values())
    found = _problems(company, attendees, known, False, barred)
    if hard := [problem for problem in found if not problem.warning]:
        raise ProblemsError(hard)
    return found


def check_company(company: Organisation, capacity: int | None) -> None:
    """Raises RuleError if the company, with so many places (none: no limit), may not send anybody."""
    if company.status in (OrganisationStatus.ENDED, OrganisationStatus.SUSPENDED):
        raise RuleError(_("%(company)s cannot register people at the moment. Ask the organizer.", company=company.name))
    if capacity == 0:
        raise RuleError(_("%(company)s has no places for this event. Ask the organizer for an exception.", company=company.name))


def cancel(
    registrations: Sequence[Registration], *, reason: str, by: Actor, at: datetime, tell: bool = True
) -> list[Registration]:
    """Cancels registrations; those that are cancelled already stay as they are. Returns those who move up instead."""
    going = [r for r in registrations if r.status is not RegistrationStatus.CANCELLED]
    if not going:
        return []
    places.lock({r.event.pool_id for r in going})
    before = [tallies.key_of(r) for r in going]
    promoted = places.release([r.booking for r in going])
    for registration in going:
        _record(
            "registrations.cancel",
            registration,
            by,
            at,
            {"status": [registration.status, RegistrationStatus.CANCELLED], "reason": reason},
        )
        registration.status = RegistrationStatus.CANCELLED
        registration.cancelled_at, registration.cancel_reason = at, reason
        registration.sequence += 1
    db.session.flush()
    hooks.cleared(r.id for r in going)
    tallies.moved(going, before)
    if tell:
        mails.send_status(going, at=at)
    return confirm_moved(promoted, at=at)


def cancel_all(registrations: Sequence[Registration], *, reason: str, by: Actor, at: datetime) -> None:
    """Cancels all registrations of a cancelled event. Those who wait leave first, so nobody moves up on the way."""
    waiting = [r for r in registrations if r.status is RegistrationStatus.WAITING]
    confirmed = [r for r in registrations if r.status is RegistrationStatus.CONFIRMED]
    for group in (waiting, confirmed):
        cancel(group, reason=reason, by=by, at=at)


def confirm_moved(bookings: Sequence[Booking], *, at: datetime) -> list[Registration]:
    """Confirms the registrations whose bookings have moved up, and tells them."""
    moved = list(queries.of_bookings(b.id for b in bookings if b.state is BookingState.HELD)) if bookings else []
    before = [tallies.key_of(r) for r in moved]
    for registration in moved:
        registration.status = RegistrationStatus.CONFIRMED
        registration.sequence += 1
        _record("registrations.promote", registration, PROMOTION, at, {"status": ["waiting", "confirmed"]})
    if moved:
        db.session.flush()
        tallies.moved(moved, before)
        mails.send_status(moved, at=at)
    return moved


def undo_cancel(registration: Registration, *, by: Actor, at: datetime) -> None:
    """Takes a cancellation back: confirmed if a place is free, else waiting at the old turn.

    Raises RuleError if the person has been registered anew in the meantime, or the event was cancelled.
    """
    places.lock([registration.event.pool_id])
    events.read_again(registration.event)
    if registration.event.status is EventStatus.CANCELLED:
        raise RuleError(_("This event was cancelled."))
    _check_mode(registration.event, registration.mode)
    if queries.active_people(registration.event_id, [registration.person_id]):
        raise RuleError(_("This person is registered again already."))
    if registration.source is not Source.PERSON and hooks.barred([registration.person_id]):
        raise RuleError(_("This registration cannot be taken up again."))
    before = [tallies.key_of(registration)]
    places.rebook(registration.booking, at=at, keep_turn=True)
    held = registration.booking.state is BookingState.HELD
    registration.status = RegistrationStatus.CONFIRMED if held else RegistrationStatus.WAITING
    registration.cancelled_at, registration.cancel_reason = None, ""
    registration.sequence += 1
    db.session.flush()
    tallies.moved([registration], before)
    _record("registrations.undo", registration, by, at, {"status": [RegistrationStatus.CANCELLED, registration.status]})
    mails.send_status([registration], at=at)


def substitute(registration: Registration, given_name: str, family_name: str, address: str, *, by: Actor, at: datetime) -> None:
    """Hands the place on to somebody of the same company. The row stays; code, secret and calendar entry are new.

    Badge name and note are not copied: they were the other person's. Raises RuleError if that person is registered
    already or of another company.
    """
    if registration.status is RegistrationStatus.CANCELLED:
        raise RuleError(_("A cancelled registration cannot be handed on."))
    if registration.checked_in_at is not None:
        raise RuleError(_("This person has checked in already."))
    company = registration.organisation
    places.lock([registration.event.pool_id])
    known = queries.known_people(registration.event_id, company.id, [address]).get(address)
    if not known.member if known else is_foreign(company, address):
        raise RuleError(_("Enter the address of a colleague at %(company)s.", company=company.name), "address", 422)
    if known and known.registered:
        raise RuleError(_("%(name)s is registered for this event already.", name=known.person.full_name), "address", 409)
    if known and hooks.barred([known.person.id]):
        raise RuleError(_("%(address)s cannot be registered here. Ask the organizer.", address=address), "address", 409)
    attendee = Attendee(given_name, family_name, address, registration.mode, "address")
    person = _member(company, attendee, known, MembershipState.ACTIVE, by, at)
    former = registration.name
    mails.send_handed_on(registration, at=at)
    registration.person_id, registration.person = person.id, person
    registration.name = person.full_name[:200]
    registration.code, registration.token, registration.uid = new_code(), new_token(), str(uuid.uuid4())
    registration.sequence = 0
    registration.badge_name = registration.note = ""
    db.session.flush()
    hooks.cleared([registration.id])
    _record("registrations.substitute", registration, by, at, {"person": [former, registration.name]})
    mails.send_status([registration], at=at)


def correct(
    registration: Registration,
    *,
    given_name: str,
    family_name: str,
    badge_name: str,
    note: str,
    shown: bool,
    by: Actor,
    at: datetime,
) -> None:
    """Corrects the person's own name and answers. A company that has typed another name sees the new one only if `shown`."""
    person = registration.person
    name = f"{given_name} {family_name}".strip()[:200] if shown or not is_typed(registration) else registration.name
    changes = {
        "name": [registration.name, name],
        "badge_name": [registration.badge_name, badge_name],
        "note": [registration.note, note],
    }
    people.change_person(person, given_name=given_name, family_name=family_name, by=by, at=at)
    registration.name, registration.badge_name, registration.note = name, badge_name, note
    db.session.flush()
    _record("registrations.correct", registration, by, at, {k: v for k, v in changes.items() if v[0] != v[1]})


def change_mode(registration: Registration, mode: Mode, *, by: Actor, at: datetime) -> None:
    """Lets somebody take part the other way, if there is a place. Whoever waited for the old way moves up."""
    event = registration.event
    if mode is registration.mode:
        return
    places.lock([event.pool_id])
    events.read_again(event)
    _check_mode(event, mode)
    before = [tallies.key_of(registration)]
    old_mode, registration.mode = registration.mode, mode
    # A cancelled one as well: undoing it must find the place of the new mode.
    promoted = places.move(registration.booking, old=event.mode_pool_id(old_mode), new=event.mode_pool_id(mode))
    registration.sequence += 1
    db.session.flush()
    tallies.moved([registration], before)
    if mode is Mode.VIRTUAL:
        hooks.cleared([registration.id])
    _record("registrations.mode", registration, by, at, {"mode": [old_mode, mode]})
    if registration.status is not RegistrationStatus.CANCELLED:
        mails.send_status([registration], at=at)
    confirm_moved(promoted, at=at)


def _check_mode(event: Event, mode: Mode) -> None:
    if mode not in event.modes:
        raise RuleError(_("This event has no such way to take part."), "mode", 422)


def is_foreign(company: Organisation, address: str) -> bool:
    """Whether an address is of none of the company's domains; a company without domains has no foreign ones."""
    domains = partners.domains_of(company.id)
    return bool(domains) and domain_of(address) not in domains


class _Promotion:
    actor_id = None
    actor_name = "waiting list"


PROMOTION = _Promotion()


def _problems(
    company: Organisation,
    attendees: Sequence[Attendee],
    known: dict[str, queries.Known],
    foreign_confirmed: bool,
    barred: set[int],
) -> list[Problem]:
    """What stands against each. Nothing that is known of people outside the company may show in it."""
    own = {address for address, found in known.items() if found.member}
    domains = partners.domains_of(company.id) if any(a.address not in own for a in attendees) else []
    candidates = []
    for a in attendees:
        name = known[a.address].person.full_name if a.address in own else f"{a.given_name} {a.family_name}".strip()
        candidates.append(
            Candidate(
                field=a.field,
                address=a.address,
                name=name or a.address,
                registered=a.address in known and known[a.address].registered,
                own=a.address in own,
                foreign_domain=bool(domains) and domain_of(a.address) not in domains and a.address not in own,
                barred=a.address in known and known[a.address].person.id in barred,
            )
        )
    return problems(candidates, foreign_confirmed=foreign_confirmed)


def _member(
    company: Organisation,
    attendee: Attendee,
    known: queries.Known | None,
    joining: MembershipState,
    by: Actor,
    at: datetime,
) -> Person:
    """The person, known or new. Somebody known who is no colleague only asks to become one: nobody joins by being typed."""
    if known is not None and known.member:
        return known.person
    state = joining if known is None else MembershipState.REQUESTED
    # With a link to the own address one speaks for oneself; everybody else was typed in by the company.
    asked_by = MatchedBy.DOMAIN if joining is MembershipState.REQUESTED else MatchedBy.COMPANY
    return people.add_person(
        company, attendee.given_name, attendee.family_name, attendee.address, state=state, matched_by=asked_by, by=by, at=at
    )


def _new_registration(
    event: Event,
    company: Organisation,
    person: Person,
    booking: Booking,
    attendee: Attendee,
    source: Source,
    by: Actor,
    at: datetime,
) -> Registration:
    held = booking.state is BookingState.HELD
    return Registration(
        event=event,
        event_id=event.id,
        organisation=company,
        organisation_id=company.id,
        person=person,
        person_id=person.id,
        booking=booking,
        booking_id=booking.id,
        name=(f"{attendee.given_name} {attendee.family_name}".strip() or person.full_name)[:200],
        mode=attendee.mode,
        status=RegistrationStatus.CONFIRMED if held else RegistrationStatus.WAITING,
        code=new_code(),
        token=new_token(),
        uid=str(uuid.uuid4()),
        sequence=0,
        badge_name=attendee.badge_name,
        note=attendee.note,
        source=source,
        registered_at=at,
        registered_by=by.actor_name,
        registered_by_id=by.actor_id,
    )


def _record(action: str, registration: Registration, by: Actor, at: datetime, changes: dict[str, object]) -> None:
    record(
        action,
        by=by,
        at=at,
        object_type="registration",
        object_id=registration.id,
        # As the company typed it: the log that it reads must not tell it a stranger's own name.
        object_name=registration.name,
        event_id=registration.event_id,
        organisation_id=registration.organisation_id,
        person_id=registration.person_id,
        changes=changes,
    )
