"""Writing many rows at once, past the ORM, with ids that are known beforehand."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import Table, func, insert, select, text, update

from eventapp.core.db import Base, db
from eventapp.events.models import CompanyQuota, Event, Mode
from eventapp.overview.demo.companies import Company
from eventapp.overview.demo.people import Colleague
from eventapp.overview.demo.seats import Seat
from eventapp.partners.models import (
    Alias,
    EmailDomain,
    Identifier,
    Membership,
    MembershipState,
    Organisation,
    OrganisationKind,
    OrganisationType,
    OrganisationWord,
    PartnerType,
    Person,
    PersonEmail,
    PersonWord,
    Relationship,
    RelationshipKind,
)
from eventapp.partners.rules import company_sort_key, company_words, person_sort_key, person_words
from eventapp.places.models import Booking, BookingPool, BookingState, Pool
from eventapp.registrations.models import Registration, RegistrationStatus, Source, Tally
from eventapp.registrations.rules import new_code, new_token

STATES = {
    RegistrationStatus.CONFIRMED: BookingState.HELD,
    RegistrationStatus.WAITING: BookingState.WAITING,
    RegistrationStatus.CANCELLED: BookingState.RELEASED,
}


def table(model: type[Base]) -> Table:
    """The table of a model."""
    return cast(Table, model.__table__)


def bulk(model: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    """Inserts rows of equal keys."""
    found = list(rows)
    if found:
        db.session.execute(insert(table(model)), found)


def free_ids(model: type[Base]) -> Iterator[int]:
    """Ids of a table from the first free one on. Nobody else may write meanwhile."""
    column = table(model).c.id
    return count((db.session.scalar(select(func.max(column))) or 0) + 1)


def move_sequences(models: Sequence[type[Base]]) -> None:
    """Postgres: lets the next insert go on behind the ids that were given by hand."""
    if db.session.get_bind().dialect.name != "postgresql":
        return
    for model in models:
        name = table(model).name
        db.session.execute(
            text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT COALESCE(MAX(id), 1) FROM {name}))")  # noqa: S608
        )


def write_companies(companies: Sequence[Company], random: Random, at: datetime) -> None:
    """The companies with their identifiers, domains, aliases, types, suppliers and search words."""
    ids = free_ids(Organisation)
    for company in companies:
        company.id = next(ids)
    parents = _parents(companies, random)
    bulk(Organisation, (_company_row(c, parents.get(c.id), at) for c in companies))
    bulk(OrganisationType, ({"organisation_id": c.id, "type": t} for c in companies for t in c.other_types))
    bulk(
        Identifier,
        (
            {"organisation_id": c.id, "scheme": scheme, "value": value, "verified_at": None}
            for c in companies
            for scheme, value in c.identifiers
        ),
    )
    bulk(EmailDomain, ({"domain": d, "organisation_id": c.id} for c in companies for d in c.domains))
    bulk(Alias, ({"organisation_id": c.id, "name": a} for c in companies for a in c.aliases))
    bulk(Relationship, _suppliers(companies, random))
    bulk(OrganisationWord, ({"word": w, "organisation_id": c.id} for c in companies for w in sorted(_company_words(c))))
    move_sequences([Organisation])


def _company_row(company: Company, parent: Company | None, at: datetime) -> dict[str, Any]:
    place = company.place
    return {
        "id": company.id,
        "name": company.full_name,
        "legal_name": company.full_name if company.legal_form else "",
        "sort_key": company_sort_key(company.full_name),
        "kind": OrganisationKind.PARTNER,
        "programme_id": company.programme_id,
        "primary_type": company.type,
        "tier_key": company.tier,
        "country_code": place.code,
        "city": company.city,
        "website": f"https://www.{company.domain}",
        "time_zone": place.zone,
        "language": {"ga": "en", "af": "en"}.get(place.language, place.language),
        "status": company.status,
        "partner_since": company.partner_since,
        "partner_manager": company.manager,
        "parent_id": parent.id if parent else None,
        "parent_name": parent.full_name if parent else "",
        "employees": company.employees,
        "notes": company.notes,
        "created_at": at,
        "updated_at": at,
        "version": 1,
    }


def _company_words(company: Company) -> set[str]:
    numbers = [company.programme_id, *(value for _scheme, value in company.identifiers)]
    return company_words([company.full_name, *company.aliases], company.domains, numbers)


def _parents(companies: Sequence[Company], random: Random) -> dict[int, Company]:
    """Some companies belong to a Premier one; parents are written first."""
    groups = [c for c in companies if c.tier == "premier"][:25]
    children = [c for c in companies if c.tier == "ready" and c.id > groups[-1].id]
    return {child.id: random.choice(groups) for child in random.sample(children, 40)}


def _suppliers(companies: Sequence[Company], random: Random) -> Iterator[dict[str, Any]]:
    """Distributors supply most of those who sell on."""
    distributors = [c for c in companies if c.type is PartnerType.DISTRIBUTOR]
    for company in companies:
        if company.type not in (PartnerType.RESELLER, PartnerType.SOLUTION_PROVIDER) or random.random() < 0.2:
            continue
        near = [d for d in distributors if d.place.code == company.place.code] or distributors
        for distributor in random.sample(near, min(len(near), random.choice((1, 1, 1, 2)))):
            yield {
                "from_id": distributor.id,
                "to_id": company.id,
                "kind": RelationshipKind.SUPPLIES,
                "valid_from": company.partner_since,
                "valid_to": None,
            }


def write_people(companies: Sequence[Company], at: datetime) -> None:
    """The people with their addresses, memberships and search words."""
    ids = free_ids(Person)
    people: list[tuple[Company, Colleague]] = [(c, p) for c in companies for p in c.people]
    for _company, person in people:
        person.id = next(ids)
    bulk(Person, (_person_row(p, at) for _c, p in people))
    bulk(PersonEmail, ({"person_id": p.id, "address": p.address, "is_primary": True} for _c, p in people))
    bulk(
        Membership,
        (
            {
                "person_id": p.id,
                "organisation_id": c.id,
                "role": p.role,
                "job_title": p.title,
                "function": p.function,
                "state": MembershipState.ACTIVE,
                "valid_from": c.partner_since,
                "valid_to": None,
            }
            for c, p in people
        ),
    )
    bulk(
        PersonWord,
        (
            {"word": w, "person_id": p.id}
            for _c, p in people
            for w in sorted(person_words(p.given, p.family, p.badge_name, [p.address]))
        ),
    )
    move_sequences([Person])


def _person_row(person: Colleague, at: datetime) -> dict[str, Any]:
    return {
        "id": person.id,
        "given_name": person.given,
        "family_name": person.family,
        "badge_name": person.badge_name,
        "sort_key": person_sort_key(person.given, person.family),
        "phone": person.phone,
        "language": person.language,
        "time_zone": person.zone,
        "user_id": None,
        "created_at": at,
        "updated_at": at,
        "version": 1,
    }


def write_seats(event: Event, seats: Iterable[Seat], quotas: dict[str, int | None], organizer: tuple[str, int]) -> list[int]:
    """The registrations of an event with bookings, company pools and tallies, as registering one by one would leave them.

    `quotas` gives the places of a company by tier key (`none` for no tier), `organizer` address and id of the login
    that some were registered by. Returns the registrations' ids in the order of `seats` by time.
    """
    ordered = sorted(seats, key=lambda seat: (seat.registered_at, seat.waits_for))
    pools = _company_pools(event, ordered, quotas)
    ids, booking_ids = free_ids(Registration), free_ids(Booking)
    registrations, bookings, needed = [], [], []
    taken: Counter[int] = Counter()
    waiting: Counter[int] = Counter()
    tallies: Counter[tuple[int, Mode, RegistrationStatus]] = Counter()
    for seat in ordered:
        mode_pool, own_pool = event.mode_pool_id(seat.mode), pools[seat.company.id]
        booking = next(booking_ids)
        waits_for = {"company": own_pool, "mode": mode_pool, "event": event.pool_id, "": None}[seat.waits_for]
        bookings.append(
            {"id": booking, "size": 1, "state": STATES[seat.status], "queued_at": seat.registered_at, "waiting_for_id": waits_for}
        )
        needed += [{"booking_id": booking, "pool_id": pool} for pool in (own_pool, event.pool_id, mode_pool)]
        if seat.status is RegistrationStatus.CONFIRMED:
            taken.update((own_pool, event.pool_id, mode_pool))
        if waits_for is not None:
            waiting[waits_for] += 1
        tallies[seat.company.id, seat.mode, seat.status] += 1
        registrations.append(_registration_row(next(ids), event, seat, booking, organizer))
    bulk(Booking, bookings)
    bulk(BookingPool, needed)
    bulk(Registration, registrations)
    bulk(
        Tally,
        (
            {"event_id": event.id, "organisation_id": company, "mode": mode, "status": status, "people": people}
            for (company, mode, status), people in tallies.items()
        ),
    )
    for pool_id in sorted(taken.keys() | waiting.keys()):
        db.session.execute(update(table(Pool)).where(Pool.id == pool_id).values(taken=taken[pool_id], waiting=waiting[pool_id]))
    move_sequences([Pool, Booking, Registration])
    return [row["id"] for row in registrations]


def _company_pools(event: Event, seats: Iterable[Seat], quotas: dict[str, int | None]) -> dict[int, int]:
    """A pool for each company that has registered anybody, by company id."""
    ids = free_ids(Pool)
    companies = {seat.company.id: seat.company for seat in seats}
    pools = {company: next(ids) for company in companies}
    bulk(
        Pool,
        (
            {"id": pool, "capacity": quotas[companies[company].tier or "none"], "taken": 0, "overbooked": 0, "waiting": 0}
            for company, pool in pools.items()
        ),
    )
    bulk(
        CompanyQuota,
        (
            {"event_id": event.id, "organisation_id": company, "pool_id": pool, "exception": False, "reason": ""}
            for company, pool in pools.items()
        ),
    )
    return pools


def _registration_row(registration_id: int, event: Event, seat: Seat, booking: int, organizer: tuple[str, int]) -> dict[str, Any]:
    admin = seat.company.people[0]
    by = {Source.ORGANIZER: organizer[0], Source.PERSON: seat.person.address}.get(seat.source, admin.address)
    return {
        "id": registration_id,
        "event_id": event.id,
        "organisation_id": seat.company.id,
        "person_id": seat.person.id,
        "booking_id": booking,
        "name": seat.person.full_name,
        "mode": seat.mode,
        "status": seat.status,
        "code": new_code(),
        "token": new_token(),
        "uid": str(uuid4()),
        "sequence": 1 if seat.status is RegistrationStatus.CANCELLED else 0,
        "badge_name": seat.person.badge_name,
        "note": seat.note,
        "source": seat.source,
        "registered_at": seat.registered_at,
        "registered_by": by,
        "registered_by_id": organizer[1] if seat.source is Source.ORGANIZER else None,
        "cancelled_at": seat.cancelled_at,
        "cancel_reason": seat.cancel_reason,
        "checked_in_at": seat.checked_in_at,
        "version": 1,
    }


def arrival_window(event: Event) -> datetime:
    """When the doors open: 90 minutes before the event."""
    return event.starts_at - timedelta(minutes=90)
