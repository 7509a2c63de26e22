"""Reading registrations. The first argument of what a page shows is the viewer."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.events.models import CompanyQuota, Event, Fairness
from eventapp.partners.models import (
    CALLED_FAMILY,
    CALLED_GIVEN,
    JobFunction,
    Membership,
    MembershipState,
    Organisation,
    Person,
    PersonEmail,
)
from eventapp.places.models import Booking, BookingPool, Pool
from eventapp.places.queries import Standing, standings
from eventapp.registrations import tallies
from eventapp.registrations.models import ENDED, ENDED_AS_WRITTEN, Registration, RegistrationStatus, Source, Tally

LOADED = (
    joinedload(Registration.event),
    joinedload(Registration.person),
    joinedload(Registration.organisation),
    joinedload(Registration.booking),
    joinedload(Registration.kind),
)


def by_token(token: str) -> Registration:
    """The registration behind a secret link, with event, person, company and booking. Raises NotFoundError."""
    found = db.session.scalar(select(Registration).options(*LOADED).where(Registration.token == token))
    if found is None:
        raise NotFoundError
    return found


def registration(viewer: Viewer, event: Event, registration_id: int) -> Registration:
    """A registration of that event for an organizer, or for who registers that company's people."""
    query = select(Registration).options(*LOADED).where(Registration.id == registration_id, Registration.event_id == event.id)
    if not viewer.is_organizer:
        query = query.where(Registration.organisation_id.in_(viewer.company_ids))
    found = db.session.scalar(query)
    if found is None:
        raise NotFoundError(registration_id)
    return found


def chosen(viewer: Viewer, event: Event, ids: Iterable[int]) -> Sequence[Registration]:
    """Registrations of that event by id, in the order they came in; ids that are not there are left out."""
    query = select(Registration).options(*LOADED).where(Registration.event_id == event.id, Registration.id.in_(list(ids)))
    if not viewer.is_organizer:
        query = query.where(Registration.organisation_id.in_(viewer.company_ids))
    return db.session.scalars(query.order_by(Registration.registered_at, Registration.id)).all()


def of_bookings(booking_ids: Iterable[int]) -> Sequence[Registration]:
    """The registrations behind bookings, in the order they came in."""
    query = select(Registration).options(*LOADED).where(Registration.booking_id.in_(list(booking_ids)))
    return db.session.scalars(query.order_by(Registration.registered_at, Registration.id)).all()


def of_company(event_id: int, organisation_id: int) -> Sequence[Registration]:
    """A company's registrations for an event, cancelled ones last."""
    query = (
        select(Registration)
        .options(*LOADED)
        .where(Registration.event_id == event_id, Registration.organisation_id == organisation_id)
        .order_by(Registration.status.in_(ENDED), Registration.registered_at, Registration.id)
    )
    return db.session.scalars(query).all()


def active_people(event_id: int, person_ids: Iterable[int]) -> set[int]:
    """Which of these people are registered for the event, confirmed or waiting."""
    query = select(Registration.person_id).where(
        Registration.event_id == event_id,
        Registration.person_id.in_(list(person_ids)),
        Registration.status.not_in(ENDED),
    )
    return set(db.session.scalars(query))


def has_first_place(event_id: int, organisation_id: int, gate_pool_id: int) -> bool:
    """Whether the company has a registration already that does not stand behind the gate."""
    behind = select(BookingPool.booking_id).where(BookingPool.pool_id == gate_pool_id)
    query = select(Registration.id).where(
        Registration.event_id == event_id,
        Registration.organisation_id == organisation_id,
        Registration.status.not_in(ENDED),
        Registration.booking_id.not_in(behind),
    )
    return db.session.scalar(query.limit(1)) is not None


def next_of_company(event: Event, organisation_id: int) -> Booking | None:
    """In the first round: the booking of the company that comes next, if none of its people has a first place."""
    if event.gate_pool_id is None or has_first_place(event.id, organisation_id, event.gate_pool_id):
        return None
    query = (
        select(Booking)
        .join(Registration, Registration.booking_id == Booking.id)
        .where(
            Registration.event_id == event.id,
            Registration.organisation_id == organisation_id,
            Booking.waiting_for_id == event.gate_pool_id,
        )
        .order_by(Booking.queued_at, Booking.id)
    )
    return db.session.scalar(query.limit(1))


def active_of(event: Event) -> Select[Registration]:
    """All registrations of an event that are confirmed or waiting."""
    return (
        select(Registration)
        .options(*LOADED)
        .where(Registration.event_id == event.id, Registration.status.not_in(ENDED))
        .order_by(Registration.id)
    )


def addresses(person_ids: Iterable[int]) -> dict[int, str]:
    """The primary address of each person."""
    query = select(PersonEmail.person_id, PersonEmail.address).where(
        PersonEmail.person_id.in_(list(person_ids)), PersonEmail.is_primary
    )
    return dict(db.session.execute(query).all())


class Host(NamedTuple):
    """Who brings somebody along."""

    name: str
    address: str


def hosts_of(registrations: Iterable[Registration]) -> dict[int, Host]:
    """For those who come along with somebody: with whom, by registration id. No query where nobody does."""
    hosts = {r.id: r.guest_of_id for r in registrations if r.guest_of_id is not None}
    if not hosts:
        return {}
    query = (
        select(Registration.id, Registration.name, PersonEmail.address)
        .join(PersonEmail, and_(PersonEmail.person_id == Registration.person_id, PersonEmail.is_primary))
        .where(Registration.id.in_(set(hosts.values())))
    )
    found = {id_: Host(name, address) for id_, name, address in db.session.execute(query)}
    return {guest: found[host] for guest, host in hosts.items() if host in found}


def guests_of(host_ids: Iterable[int], *, gone_at: datetime | None = None) -> Sequence[Registration]:
    """Who comes along with these registrations; or, with `gone_at`, who was cancelled at that moment."""
    query = select(Registration).options(*LOADED).where(Registration.guest_of_id.in_(list(host_ids)))
    if gone_at is None:
        query = query.where(Registration.status.not_in(ENDED))
    else:
        query = query.where(Registration.status == RegistrationStatus.CANCELLED, Registration.cancelled_at == gone_at)
    return db.session.scalars(query.order_by(Registration.id)).all()


def all_guests_of(host: Registration) -> Sequence[Registration]:
    """Who comes along with somebody, or was to."""
    query = select(Registration).options(*LOADED).where(Registration.guest_of_id == host.id).order_by(Registration.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def as_now(registrations: Sequence[Registration]) -> Sequence[Registration]:
    """The registrations, read again once the lock of their events is held: what has waited for it may have changed them."""
    read = select(Registration).options(*LOADED).where(Registration.id.in_([r.id for r in registrations]))
    db.session.scalars(read.execution_options(populate_existing=True)).all()
    return registrations


def with_guests(registrations: Iterable[Registration]) -> list[Registration]:
    """These registrations, and behind them who comes along with one of them and is not among them."""
    hosts = list(registrations)
    there = {r.id for r in hosts}
    return [*hosts, *(guest for guest in guests_of(there) if guest.id not in there)]


def host_name() -> ColumnElement[str]:
    """With whom a registration comes along, as a column of a query over registrations; empty for whoever comes alone."""
    host = aliased(Registration)
    query = select(host.name).where(host.id == Registration.guest_of_id).correlate(Registration)
    return func.coalesce(query.scalar_subquery(), "")


def has_guests(event: Event) -> bool:
    """Whether anybody comes along with somebody."""
    # By the index of those who do: they are few, and the event's people many. The sum keeps SQLite from their index.
    query = select(Registration.id).where(Registration.guest_of_id > 0, Registration.event_id + 0 == event.id)
    return db.session.scalar(query.limit(1)) is not None


def guests_beside(event: Event, chosen: Select[int]) -> int:
    """How many come along with the chosen registrations, by a query of their ids, and are not among them."""
    query = select(func.count()).where(
        Registration.event_id == event.id,
        Registration.guest_of_id.in_(chosen),
        Registration.id.not_in(chosen),
        Registration.status.not_in(ENDED),
    )
    return db.session.scalar(query.select_from(Registration)) or 0


class Known(NamedTuple):
    """Who has the address `asked`; `address` is the primary one.

    `member` of one company, where they do `function` and are `called` so; `registered` for one event.
    """

    asked: str
    person: Person
    address: str
    member: bool
    registered: bool
    function: JobFunction | None
    called: str


_ASKED, _PRIMARY = aliased(PersonEmail), aliased(PersonEmail)
_KNOWN = (
    select(
        _ASKED.address,
        Person,
        _PRIMARY.address,
        Membership.id.is_not(None),
        Registration.id.is_not(None),
        Membership.function,
        func.trim(CALLED_GIVEN + " " + CALLED_FAMILY),
    )
    .join(Person, Person.id == _ASKED.person_id)
    .join(_PRIMARY, and_(_PRIMARY.person_id == Person.id, _PRIMARY.is_primary))
    .outerjoin(
        Membership,
        and_(
            Membership.person_id == Person.id,
            Membership.organisation_id == bindparam("company"),
            Membership.state == MembershipState.ACTIVE,
        ),
    )
    .outerjoin(
        Registration,
        and_(
            Registration.person_id == Person.id,
            Registration.event_id == bindparam("event"),
            Registration.status.not_in(ENDED_AS_WRITTEN),
        ),
    )
    .where(_ASKED.address.in_(bindparam("addresses", expanding=True)))
)


def known_people(event_id: int, organisation_id: int, found: Iterable[str]) -> dict[str, Known]:
    """The people who own these addresses, primary or not: whether they are active members, and registered already."""
    values = {"event": event_id, "company": organisation_id, "addresses": list(found)}
    return {row[0]: Known(*row) for row in db.session.execute(_KNOWN, values)}


# A company of the person with a pool of its own for the event that is full, or that somebody waits for.
_COMPANY_FULL = exists(
    select(Membership.id)
    .join(CompanyQuota, CompanyQuota.organisation_id == Membership.organisation_id)
    .join(Pool, Pool.id == CompanyQuota.pool_id)
    .where(
        Membership.person_id == Person.id,
        Membership.state == MembershipState.ACTIVE,
        CompanyQuota.event_id == bindparam("event"),
        or_(Pool.waiting > 0, Pool.taken >= Pool.capacity),
    )
)
_APPLICANT = (
    select(Person, Registration.token, _COMPANY_FULL)
    .join(PersonEmail, PersonEmail.person_id == Person.id)
    .outerjoin(
        Registration,
        and_(
            Registration.person_id == Person.id,
            Registration.event_id == bindparam("event"),
            Registration.status.not_in(ENDED_AS_WRITTEN),
        ),
    )
    .where(PersonEmail.address == bindparam("address"))
)


def applicant(event_id: int, address: str) -> tuple[Person | None, str | None, bool]:
    """Who has this address, the token of their registration for the event that is confirmed or waiting, and whether the
    places of one of their companies are taken."""
    row = db.session.execute(_APPLICANT, {"event": event_id, "address": address}).first()
    return (row[0], row[1], row[2]) if row else (None, None, False)


def waiting_standings(registrations: Iterable[Registration]) -> dict[int, Standing]:
    """For each waiting registration where it stands in its queue, by registration id."""
    waiting = {r.booking_id: r.id for r in registrations if r.status is RegistrationStatus.WAITING}
    return {waiting[booking]: standing for booking, standing in standings(waiting).items()} if waiting else {}


def waiting_reason(registration: Registration) -> str:
    """Which limit it waits for: `event`, `mode`, `kind`, `draw`, `round`, `block` or `company`; empty when it does not wait."""
    pool_id = registration.booking.waiting_for_id
    if pool_id is None:
        return ""
    kind_pool_id = registration.kind.pool_id if registration.kind is not None else None
    # Whoever was named for a place of a block never needs one of the company.
    return reason_of(registration.event, pool_id, kind_pool_id, named=registration.source is Source.BLOCK)


def reason_of(event: Event, pool_id: int | None, kind_pool_id: int | None, *, named: bool) -> str:
    """Which limit a full pool is to somebody of a kind, as `waiting_reason`; `named` for the place of a block."""
    if pool_id is None:
        return ""
    if pool_id == event.pool_id:
        return "event"
    if pool_id in (event.in_person_pool_id, event.virtual_pool_id):
        return "mode"
    if pool_id == event.gate_pool_id:
        return "draw" if event.fairness is Fairness.DRAW else "round"
    if pool_id == kind_pool_id:
        return "kind"
    return "block" if named else "company"


def tally(event_id: int, *conditions: ColumnElement[bool]) -> tuple[int, int]:
    """(people, companies) of an event, from the tallies; `conditions` may name columns of Tally and Organisation."""
    query = (
        select(func.coalesce(func.sum(Tally.people), 0), tallies.companies(Tally.organisation_id))
        .join(Organisation, Organisation.id == Tally.organisation_id)
        .where(Tally.event_id == event_id, Tally.people > 0, *conditions)
    )
    row = db.session.execute(query).one()
    return int(row[0]), int(row[1])


_COMPANIES = (
    select(Organisation)
    .join(Membership, Membership.organisation_id == Organisation.id)
    .where(Membership.person_id == bindparam("person"), Membership.state == MembershipState.ACTIVE)
    .order_by(Organisation.sort_key, Organisation.id)
)


def companies_of(person_id: int) -> list[Organisation]:
    """The companies that the person is an active member of, by name."""
    return list(db.session.scalars(_COMPANIES, {"person": person_id}))
