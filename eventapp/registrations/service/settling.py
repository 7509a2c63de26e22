"""Once it is confirmed where somebody belongs, what they registered for before becomes their company's."""

from datetime import datetime

from sqlalchemy import select

from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.events import queries as events
from eventapp.events.models import Event
from eventapp.events.service import company_pool
from eventapp.partners.models import Organisation, Person
from eventapp.partners.service.hooks import ON_JOINED
from eventapp.places import service as places
from eventapp.places.models import BookingState
from eventapp.registrations import mails, queries, tallies
from eventapp.registrations.models import ENDED, Registration, RegistrationStatus
from eventapp.registrations.service.log import record_act
from eventapp.registrations.service.promoting import confirm_moved

_STATUS = {
    BookingState.HELD: RegistrationStatus.CONFIRMED,
    BookingState.OFFERED: RegistrationStatus.OFFERED,
    BookingState.WAITING: RegistrationStatus.WAITING,
}


def settle(person: Person, company: Organisation, by: Actor, at: datetime) -> None:
    """Moves what the person has registered for before to the company, for events that are not over, and tells them.

    The company's places count from now on: if all are taken, the person waits for one, at the turn of the registration.
    """
    if company.unconfirmed:
        return
    ids = _waiting_ids(person.id, at)
    if not ids:
        return
    # The events' pools first, in one go: whoever registers does the same.
    places.lock(
        db.session.scalars(
            select(Event.pool_id).where(Event.id.in_(select(Registration.event_id).where(Registration.id.in_(ids))))
        )
    )
    query = select(Registration).options(*queries.LOADED).where(Registration.id.in_(ids), Registration.claim != "")
    found = db.session.scalars(query.order_by(Registration.event_id).execution_options(populate_existing=True)).all()
    for registration in found:
        _settle(registration, company, by, at)


def _waiting_ids(person_id: int, at: datetime) -> list[int]:
    query = (
        select(Registration.id)
        .join(Event, Event.id == Registration.event_id)
        .where(Registration.person_id == person_id, Registration.claim != "", Event.ends_at > at)
    )
    return list(db.session.scalars(query))


def _settle(registration: Registration, company: Organisation, by: Actor, at: datetime) -> None:
    before, claim = [tallies.key_of(registration)], registration.claim
    events.read_again(registration.event)
    promoted = []
    if registration.kind is None or registration.kind.counts_on_company:
        pool_id, _capacity = company_pool(registration.event, company)
        promoted = places.need(registration.booking, pool_id, at=at)
    is_over, was_confirmed = registration.status in ENDED, registration.status is RegistrationStatus.CONFIRMED
    registration.status = _STATUS.get(registration.booking.state, registration.status)
    # In the calendar the company does not stand; who has to wait for a place of it is no longer in there.
    registration.sequence += was_confirmed and registration.status is not RegistrationStatus.CONFIRMED
    # Whoever comes along belongs where their host does, and takes no place of the company.
    guests = [guest for guest in queries.all_guests_of(registration) if guest.claim]
    before += [tallies.key_of(guest) for guest in guests]
    for one in (registration, *guests):
        one.organisation, one.organisation_id, one.claim = company, company.id, ""
        one.booking.party = company.id
    db.session.flush()
    tallies.moved([registration, *guests], before)
    for one in (registration, *guests):
        record_act("registrations.settle", one, by, at, {"company": [claim, company.name], "status": one.status})
    if not is_over:
        mails.send_status([registration], at=at)
    confirm_moved(promoted, at=at)


ON_JOINED.append(settle)
