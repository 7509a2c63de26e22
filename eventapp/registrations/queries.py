"""Reading registrations. The first argument of what a page shows is the viewer."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import joinedload

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.events.models import Event
from eventapp.partners.models import Membership, MembershipState, Organisation, Person, PersonEmail
from eventapp.places.models import Booking
from eventapp.places.queries import positions
from eventapp.registrations.models import Registration, RegistrationStatus, Tally

LOADED = (
    joinedload(Registration.event),
    joinedload(Registration.person),
    joinedload(Registration.organisation),
    joinedload(Registration.booking),
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
        .order_by((Registration.status == RegistrationStatus.CANCELLED), Registration.registered_at, Registration.id)
    )
    return db.session.scalars(query).all()


def active_people(event_id: int, person_ids: Iterable[int]) -> set[int]:
    """Which of these people are registered for the event, confirmed or waiting."""
    query = select(Registration.person_id).where(
        Registration.event_id == event_id,
        Registration.person_id.in_(list(person_ids)),
        Registration.status != RegistrationStatus.CANCELLED,
    )
    return set(db.session.scalars(query))


def members(organisation_id: int, person_ids: Iterable[int]) -> set[int]:
    """Which of these people are active members of the company."""
    query = select(Membership.person_id).where(
        Membership.organisation_id == organisation_id,
        Membership.person_id.in_(list(person_ids)),
        Membership.state == MembershipState.ACTIVE,
    )
    return set(db.session.scalars(query))


def active_of(event: Event) -> Select[Registration]:
    """All registrations of an event that are confirmed or waiting."""
    return (
        select(Registration)
        .options(*LOADED)
        .where(Registration.event_id == event.id, Registration.status != RegistrationStatus.CANCELLED)
        .order_by(Registration.id)
    )


def addresses(person_ids: Iterable[int]) -> dict[int, str]:
    """The primary address of each person."""
    query = select(PersonEmail.person_id, PersonEmail.address).where(
        PersonEmail.person_id.in_(list(person_ids)), PersonEmail.is_primary
    )
    return dict(db.session.execute(query).all())


def people_by_address(found: Iterable[str]) -> dict[str, Person]:
    """The people who own these addresses, primary or not."""
    query = select(PersonEmail.address, Person).join(Person, Person.id == PersonEmail.person_id)
    return dict(db.session.execute(query.where(PersonEmail.address.in_(list(found)))).all())


def waiting_positions(registrations: Iterable[Registration]) -> dict[int, int]:
    """For each waiting registration its place in its queue, from 1, by registration id."""
    waiting = {r.booking_id: r.id for r in registrations if r.status is RegistrationStatus.WAITING}
    return {waiting[booking]: place for booking, place in positions(waiting).items()} if waiting else {}


def waiting_reason(event: Event, booking: Booking) -> str:
    """Which limit a booking waits for: `event`, `mode` or `company`; empty when it does not wait."""
    pool_id = booking.waiting_for_id
    if pool_id is None:
        return ""
    if pool_id == event.pool_id:
        return "event"
    return "mode" if pool_id in (event.in_person_pool_id, event.virtual_pool_id) else "company"


def tally(event_id: int, *conditions: ColumnElement[bool]) -> tuple[int, int]:
    """(people, companies) of an event, from the tallies; `conditions` may name columns of Tally and Organisation."""
    query = (
        select(func.coalesce(func.sum(Tally.people), 0), func.count(func.distinct(Tally.organisation_id)))
        .join(Organisation, Organisation.id == Tally.organisation_id)
        .where(Tally.event_id == event_id, Tally.people > 0, *conditions)
    )
    row = db.session.execute(query).one()
    return int(row[0]), int(row[1])


def own_registration(event_id: int, person_id: int) -> Registration | None:
    """The person's registration for the event that is confirmed or waiting."""
    return db.session.scalar(
        select(Registration).where(
            Registration.event_id == event_id,
            Registration.person_id == person_id,
            Registration.status != RegistrationStatus.CANCELLED,
        )
    )


def companies_of(person_id: int) -> list[Organisation]:
    """The companies that the person is an active member of, by name."""
    query = (
        select(Organisation)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.person_id == person_id, Membership.state == MembershipState.ACTIVE)
        .order_by(Organisation.sort_key, Organisation.id)
    )
    return list(db.session.scalars(query))
