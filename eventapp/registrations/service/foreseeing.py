"""What would become of people if they were registered now: for the pages before. The lock decides, later."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from eventapp.core.errors import RuleError
from eventapp.events import queries as events
from eventapp.events.admission import queries as admission
from eventapp.events.admission.rules import Applicant, WayIn
from eventapp.events.models import Event, Mode
from eventapp.partners.models import Organisation
from eventapp.places import service as places
from eventapp.registrations import hooks, queries
from eventapp.registrations.invitations.terms import on_invitation
from eventapp.registrations.models import Source
from eventapp.registrations.no_shows import applying as no_shows
from eventapp.registrations.rules import Problem
from eventapp.registrations.service.attendees import Attendee, ProblemsError, problems_of
from eventapp.registrations.service.registering import (
    Unfit,
    applicant_of,
    check_company,
    check_places_less,
    invited_among,
    let_in,
    people_of,
    required_of,
    wishes_of,
    with_kind,
)
from eventapp.registrations.terms import ORDINARY, Terms

# Stands for the pool of a company that has registered nobody yet.
UNMADE = 0


@dataclass(frozen=True)
class Foreseen:
    """What would become of somebody: they wait for one of `queries.waiting_reason`, or nothing; `asks` an organizer first.

    `other` is the other way to take part, if that has a place for them; `known` whether they are one of the company's own.
    """

    attendee: Attendee
    waits_for: str = ""
    asks: bool = False
    other: Mode | None = None
    known: bool = False


@dataclass(frozen=True)
class _Judged:
    """What the rules say of people who were not registered yet: as what they come, and who has to be approved."""

    way: WayIn
    known: dict[str, queries.Known]
    terms: Terms
    applicant: Applicant
    attendees: list[Attendee]
    approval: list[bool]
    past: no_shows.Follows


def _judged(
    event: Event,
    company: Organisation,
    attendees: Sequence[Attendee],
    at: datetime,
    terms: Terms,
    source: Source = Source.COMPANY,
    way: WayIn | None = None,
) -> _Judged:
    """Raises RuleError as `register` would."""
    way = way or admission.way_in(event)
    known = {}
    if source is not Source.PERSON or event.invites:
        known = queries.known_people(event.id, company.id, (a.address for a in attendees if a.address))
    invited = invited_among(event, company, attendees, known, source, at)
    terms, source = on_invitation(event, invited, people_of(attendees, known), terms, source)
    applicant = applicant_of(event, company, source, terms)
    coming = [with_kind(way, applicant, attendee) for attendee in attendees]
    past = no_shows.follows(event, company, at)
    approval = let_in(event, way, applicant, coming, terms, past, at)
    return _Judged(way, known, terms, applicant, coming, approval, past)


def foresee(
    event: Event, company: Organisation, attendees: Sequence[Attendee], *, at: datetime, terms: Terms = ORDINARY
) -> list[Problem]:
    """The warnings against registering these people now, for the page that is checked before confirming.

    Raises RuleError and ProblemsError as `register` would.
    """
    they = _judged(event, company, attendees, at, terms)
    if they.terms.company_quota and not they.terms.own_pools and they.terms.company_pool_id is None:
        check_company(company, events.places_of_company(event, company)[0])
    check_places_less(event, company, they.way, they.attendees, they.terms, they.past)
    barred = hooks.barred(k.person.id for k in they.known.values())
    required = required_of(event, they.known, Source.COMPANY, at)
    unfit = Unfit(event, they.way, they.applicant, they.known, they.terms, required, at)
    found = problems_of(company, they.attendees, they.known, False, barred, unfit)
    if hard := [problem for problem in found if not problem.warning]:
        raise ProblemsError(hard)
    return found


def forecast(
    event: Event,
    company: Organisation,
    attendees: Sequence[Attendee],
    *,
    at: datetime,
    source: Source = Source.COMPANY,
    terms: Terms = ORDINARY,
    way: WayIn | None = None,
    apart: bool = False,
) -> list[Foreseen]:
    """What would become of each now, in their order; `apart` each as if they came alone. None where a rule refuses them.

    `way` is what the event asks, from whoever has read that already.
    """
    try:
        they = _judged(event, company, attendees, at, terms, source, way)
    except RuleError:
        return []
    way, terms, coming, asking = they.way, they.terms, they.attendees, they.approval
    rooms, company_pool_id = _places_of_company(event, company, terms)
    wishes = wishes_of(event, way, company, coming, company_pool_id, terms)
    switched = wishes_of(
        event, way, company, [replace(a, mode=other_mode(event, a.mode)) for a in coming], company_pool_id, terms
    )
    rooms |= places.rooms_of({p for wish in [*wishes, *switched] for p in wish.pools} - rooms.keys())
    seated = [n for n in range(len(wishes)) if not asking[n]]
    if apart:
        full = {n: places.foretell([wishes[n]], _copied(rooms))[0] for n in seated}
    else:
        full = dict(zip(seated, places.foretell([wishes[n] for n in seated], rooms), strict=True))
    found = []
    for n, attendee in enumerate(coming):
        pool_id, kind = full.get(n), way.kind(attendee.kind_id)
        waits_for = queries.reason_of(event, pool_id, kind.pool_id if kind is not None else None, named=bool(terms.own_pools))
        elsewhere = waits_for == "mode" and places.foretell([switched[n]], _copied(rooms))[0] is None
        other = other_mode(event, attendee.mode) if elsewhere else None
        own = attendee.address in they.known and they.known[attendee.address].member
        found.append(Foreseen(attendee, waits_for, asking[n], other, own))
    return found


def other_mode(event: Event, mode: Mode) -> Mode:
    """The other way to take part; the same where there is only one."""
    return next((m for m in event.modes if m is not mode), mode)


def _places_of_company(event: Event, company: Organisation, terms: Terms) -> tuple[dict[int, places.Room], int]:
    """What the company has left, by the id of its pool, and that id; nothing and no id where its places do not count."""
    if terms.own_pools or not (terms.company_quota or terms.company_pool_id is not None):
        return {}, UNMADE
    if terms.company_pool_id is not None:
        return {}, terms.company_pool_id
    found = events.company_places(event, company)
    if found.pool_id is not None:
        return {}, found.pool_id
    return {UNMADE: places.Room(found.capacity)}, UNMADE


def _copied(rooms: dict[int, places.Room]) -> dict[int, places.Room]:
    return {pool_id: replace(room) for pool_id, room in rooms.items()}
