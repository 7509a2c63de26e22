"""Registering people of one company: who may, what each needs, and what becomes of them."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from eventapp.audit.service import Actor
from eventapp.core.db import db, insert_now
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.events import queries as events
from eventapp.events.admission import queries as admission
from eventapp.events.admission.rules import Applicant, Kind, WayIn, anybody, choosable, judge, uses_places_of_company
from eventapp.events.models import AudienceField, Event, Fairness, Mode
from eventapp.events.service import company_pool
from eventapp.partners import queries as partners
from eventapp.partners.models import MembershipState, Organisation, OrganisationStatus, Person
from eventapp.places import service as places
from eventapp.places.models import Booking, BookingState, Pool
from eventapp.places.queries import wanted
from eventapp.registrations import hooks, mails, queries, tallies
from eventapp.registrations.answers import service as answers
from eventapp.registrations.invitations.queries import NOBODY_INVITED, Invited, open_for
from eventapp.registrations.invitations.terms import mark_done, on_invitation
from eventapp.registrations.models import BY_THEMSELVES, Registration, RegistrationStatus, Source
from eventapp.registrations.no_shows import applying as no_shows
from eventapp.registrations.rules import new_code, new_token
from eventapp.registrations.service.attendees import Attendee, ProblemsError, member, problems_of, sole_domains
from eventapp.registrations.service.log import record_act
from eventapp.registrations.service.promoting import confirm_moved
from eventapp.registrations.terms import ORDINARY, Terms

# A company types in whom it registers.
BY_PARTNERS = frozenset({Source.COMPANY, Source.BLOCK})
BY_STAFF = frozenset({Source.ORGANIZER, Source.GUEST, Source.WALK_IN, Source.IMPORT})


def register(
    event: Event,
    company: Organisation,
    attendees: Sequence[Attendee],
    *,
    source: Source,
    by: Actor,
    at: datetime,
    terms: Terms = ORDINARY,
    foreign_confirmed: bool = True,
    joining: MembershipState = MembershipState.ACTIVE,
    summary_to: tuple[str, str] | None = None,
) -> list[Registration]:
    """Registers people of one company: each confirmed, waiting or to be approved, each told by one mail, in one transaction.

    `summary_to` (name, address) gets one mail about all of them. New people become members of the company in the
    state `joining`. Raises RuleError if the event's rules do not let the company in (organizers pass them unless the event
    was cancelled) or it has no places at all, ProblemsError for people who cannot be registered.
    """
    if not attendees:
        raise RuleError(_("Tick at least one colleague, or add a new one."), status=422)
    places.wait_for(event.pool_id)
    events.read_again(event)
    way = admission.way_in(event)
    known = queries.known_people(event.id, company.id, (a.address for a in attendees if a.address))
    required = required_of(event, known, source, at)
    invited = invited_among(event, company, attendees, known, source, at)
    terms, source = on_invitation(event, invited, people_of(attendees, known), terms, source)
    applicant = applicant_of(event, company, source, terms)
    attendees = [with_kind(way, applicant, attendee) for attendee in attendees]
    past = no_shows.NOTHING if applicant.organizer else no_shows.follows(event, company, at)
    approval = let_in(event, way, applicant, attendees, terms, past, at)
    for attendee in attendees:
        check_mode(event, attendee.mode)
    pool_id, capacity = _places_of_company(event, company, terms)
    check_company(company, capacity)
    check_places_less(event, company, way, attendees, terms, past)
    barred = set() if source in BY_THEMSELVES else hooks.barred(k.person.id for k in known.values())
    unfit = Unfit(event, way, applicant, known, terms, required, at)
    if found := problems_of(company, attendees, known, foreign_confirmed, barred, unfit):
        raise ProblemsError(found)
    # By address: two groups with the same new people, for two events, would else wait for each other.
    ordered = sorted(range(len(attendees)), key=lambda n: attendees[n].address)
    sole = sole_domains(company, [a.address for a in attendees], known) if source in BY_PARTNERS else None
    persons = {
        n: member(company, a, known.get(a.address), joining, sole, by, at) for n, a in ((n, attendees[n]) for n in ordered)
    }
    bookings = _book(event, way, company, attendees, approval, pool_id, terms, at)
    if not event.waits and not terms.above and any(b.state is BookingState.WAITING for b in bookings):
        raise RuleError(_("It is full, and there is no waiting list."))
    promoted = places.seat([b for b in bookings if b.state is BookingState.WAITING], above=True)[1] if terms.above else []
    made = [
        _new_registration(event, company, persons[n], booking, attendee, source, by, at, asked)
        for n, (booking, attendee, asked) in enumerate(zip(bookings, attendees, approval, strict=True))
    ]
    for registration in made:
        registration.claim, registration.guest_of_id = terms.claim[:200], terms.guest_of_id
    insert_now(made)
    tallies.added(made)
    if invited:
        mark_done(invited, [(r, a.address) for r, a in zip(made, attendees, strict=True)], source, at)
    for registration in made:
        record_act("registrations.register", registration, by, at, {"status": registration.status, "mode": registration.mode})
    answered = [(registration, attendee.answers) for registration, attendee in zip(made, attendees, strict=True)]
    answers.store_all(event, company, answered, by=by, at=at)
    written = [known[a.address].address if a.address in known else a.address for a in attendees]
    mails.send_status(made, at=at, addresses={r.person_id: address for r, address in zip(made, written, strict=True)})
    if summary_to is not None:
        mails.send_summary(event, company, made, to=summary_to, at=at)
    confirm_moved(promoted, at=at)
    return made


def check_company(company: Organisation, capacity: int | None) -> None:
    """Raises RuleError if the company, with so many places (none: no limit), may not send anybody."""
    if company.status in (OrganisationStatus.ENDED, OrganisationStatus.SUSPENDED):
        raise RuleError(_("%(company)s cannot register people at the moment. Ask the organizer.", company=company.name))
    if capacity == 0:
        raise RuleError(_("%(company)s has no places for this event. Ask the organizer for an exception.", company=company.name))


def check_mode(event: Event, mode: Mode) -> None:
    """Raises RuleError for a mode that the event does not have."""
    if mode not in event.modes:
        raise RuleError(_("This event has no such way to take part."), "mode", 422)


def people_of(attendees: Sequence[Attendee], known: dict[str, queries.Known]) -> list[tuple[int | None, str]]:
    """Id (none: we do not know them) and primary address of each."""
    return [
        (known[a.address].person.id, known[a.address].address) if a.address in known else (None, a.address) for a in attendees
    ]


def invited_among(
    event: Event,
    company: Organisation,
    attendees: Sequence[Attendee],
    known: dict[str, queries.Known],
    source: Source,
    at: datetime,
) -> Invited:
    """The invitations that hold for them. Nobody looks for them where nobody was invited.

    A company uses those of its own people alone: else typing a stranger's address would tell whether they are invited,
    and use their invitation up.
    """
    if not event.invites:
        return NOBODY_INVITED
    people = people_of(attendees, known)
    ids = [id_ for id_, _address in people if id_ is not None]
    typed = [address for _id, address in people if address]
    found = open_for(event.id, at, person_ids=ids, addresses=typed, organisation_id=company.id)
    if source not in BY_PARTNERS:
        return found
    return found.only_of(company.id, {one.person.id for one in known.values() if one.member})


def _places_of_company(event: Event, company: Organisation, terms: Terms) -> tuple[int, int | None]:
    """The pool that stands for the company's places, and its capacity where that may be nothing at all."""
    if terms.own_pools:
        return 0, None
    if terms.company_pool_id is not None:
        return terms.company_pool_id, None
    return company_pool(event, company) if terms.company_quota else (0, None)


def applicant_of(event: Event, company: Organisation, source: Source, terms: Terms) -> Applicant:
    """Who asks, as far as the event's rules do."""
    organizer = source in BY_STAFF
    if not event.restricted:
        return anybody(company.id, invited=terms.invited, organizer=organizer)
    found = admission.applicant(company, invited=terms.invited, organizer=organizer)
    return replace(found, invited_as=terms.invited_as)


def with_kind(way: WayIn, applicant: Applicant, attendee: Attendee) -> Attendee:
    """The attendee with the kind that they come as: the chosen one, or the only one. Raises RuleError if none is chosen."""
    if not way.kinds:
        return replace(attendee, kind_id=None) if attendee.kind_id is not None else attendee
    if applicant.invited_as is not None and way.kind(applicant.invited_as) is not None:
        return replace(attendee, kind_id=applicant.invited_as)
    if way.kind(attendee.kind_id) is not None:
        return attendee
    offered = choosable(way, applicant)
    if attendee.kind_id is None and len(offered) == 1:
        return replace(attendee, kind_id=offered[0].id)
    raise RuleError(_("Choose as what they come."), "kind", 422)


def check_places_less(
    event: Event, company: Organisation, way: WayIn, attendees: Sequence[Attendee], terms: Terms, past: no_shows.Follows
) -> None:
    """Raises RuleError if they would need the place that the company has less after no-shows; other places do not count."""
    if terms.company_quota and not terms.own_pools and terms.company_pool_id is None:
        people = sum(uses_places_of_company(way.kind(a.kind_id)) for a in attendees)
        no_shows.check_places(event, company, past, people)


def let_in(
    event: Event,
    way: WayIn,
    applicant: Applicant,
    attendees: Sequence[Attendee],
    terms: Terms,
    past: no_shows.Follows,
    at: datetime,
) -> list[bool]:
    """For each attendee whether an organizer has to approve. Raises RuleError if the rules do not let the company in."""
    verdicts = {
        kind_id: judge(event, way, way.kind(kind_id), applicant, at, terms.waived) for kind_id in {a.kind_id for a in attendees}
    }
    for attendee in attendees:
        for blocker in verdicts[attendee.kind_id].blockers:
            raise RuleError(blocker.message, "kind" if blocker.code == "kind" else None)
    asked = past.approval and terms.approval
    return [asked or verdicts[a.kind_id].approval for a in attendees]


def required_of(event: Event, known: dict[str, queries.Known], source: Source, at: datetime) -> hooks.Required | None:
    """What they lack of what the event asks of people themselves. A company is told it of its own people alone."""
    told = [one for one in known.values() if one.member or source not in BY_PARTNERS]
    return hooks.required(event, {one.person.id for one in told}, at)


class Unfit:
    """Tells which rule about people somebody does not meet: what they bring themselves, what they do in the company."""

    def __init__(
        self,
        event: Event,
        way: WayIn,
        applicant: Applicant,
        known: dict[str, queries.Known],
        terms: Terms,
        required: hooks.Required | None,
        at: datetime,
    ) -> None:
        self.facts = (event, way, applicant, known, terms, at)
        self.required = required
        self.asks = any(rule.field is AudienceField.FUNCTION for rule in way.rules)

    def __call__(self, attendee: Attendee) -> str:
        if self.required is not None and (lacks := self._lacks(attendee)):
            return lacks
        if not self.asks:
            return ""
        event, way, applicant, known, terms, at = self.facts
        found = known.get(attendee.address)
        function = found.function if found is not None and found.member else None
        person = replace(applicant, person=True, function=function.value if function else "")
        verdict = judge(event, way, way.kind(attendee.kind_id), person, at, terms.waived)
        return next((b.message for b in verdict.blockers if b.code == AudienceField.FUNCTION), "")

    def _lacks(self, attendee: Attendee) -> str:
        assert self.required is not None
        found = self.facts[3].get(attendee.address)
        if found is None or found.person.id not in self.required.asked:
            return self.required.stranger
        return self.required.lacking.get(found.person.id, "")


def _book(
    event: Event,
    way: WayIn,
    company: Organisation,
    attendees: Sequence[Attendee],
    approval: Sequence[bool],
    company_pool_id: int,
    terms: Terms,
    at: datetime,
) -> list[Booking]:
    """A booking for each: held or waiting, or for an application one that holds nothing before the organizer's yes."""
    wishes = wishes_of(event, way, company, attendees, company_pool_id, terms)
    booked = places.book([w for w, asked in zip(wishes, approval, strict=True) if not asked], at=at)
    if terms.together:
        _check_group(booked)
    held = iter(booked)
    applied = iter(places.intend([w for w, asked in zip(wishes, approval, strict=True) if asked], at=at))
    return [next(applied if asked else held) for asked in approval]


def wishes_of(
    event: Event, way: WayIn, company: Organisation, attendees: Sequence[Attendee], company_pool_id: int, terms: Terms
) -> list[places.Wish]:
    """The places that each of them needs."""
    gates = _gates(event, company, len(attendees), terms)
    rank = partners.rank_of(company) if event.by_tier else 0
    return [
        places.Wish(
            pools_of(event, way.kind(a.kind_id), a.mode, company_pool_id, gate, terms),
            group=1 if terms.together else None,
            party=company.id,
            rank=rank,
        )
        for a, gate in zip(attendees, gates, strict=True)
    ]


def _check_group(bookings: Sequence[Booking]) -> None:
    """Raises RuleError if a group that only comes together is larger than what there is; a closed gate has no places yet."""
    for pool_id, people in wanted(bookings).items():
        capacity = db.session.get_one(Pool, pool_id).capacity
        if capacity and people > capacity:
            message = _("There are only %(n)s places, so %(m)s people cannot come only together.", n=capacity, m=people)
            raise RuleError(message, "together", 409)


def pools_of(event: Event, kind: Kind | None, mode: Mode, company_pool_id: int, gate: bool, terms: Terms) -> tuple[int, ...]:
    """The pools that a place needs, in the order in which a full one is named as the reason."""
    if terms.own_pools:
        return terms.own_pools
    found = [event.gate_pool_id] if gate and event.gate_pool_id is not None else []
    if terms.company_pool_id is not None or (terms.company_quota and uses_places_of_company(kind)):
        found.append(company_pool_id)
    if kind is not None:
        found.append(kind.pool_id)
    return (*found, event.pool_id, event.mode_pool_id(mode))


def _gates(event: Event, company: Organisation, people: int, terms: Terms) -> list[bool]:
    """Who waits behind the gate: in a draw everybody, in a round of one place for each company all but its first."""
    if event.gate_pool_id is None or terms.own_pools or event.fairness is Fairness.FIRST_COME:
        return [False] * people
    if event.fairness is Fairness.DRAW:
        return [True] * people
    first = not queries.has_first_place(event.id, company.id, event.gate_pool_id)
    return [not (first and n == 0) for n in range(people)]


def _new_registration(
    event: Event,
    company: Organisation,
    person: Person,
    booking: Booking,
    attendee: Attendee,
    source: Source,
    by: Actor,
    at: datetime,
    applies: bool,
) -> Registration:
    held = RegistrationStatus.CONFIRMED if booking.state is BookingState.HELD else RegistrationStatus.WAITING
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
        status=RegistrationStatus.PENDING if applies else held,
        kind_id=attendee.kind_id,
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
