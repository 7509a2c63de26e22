"""Answers to offers, offers that lapse, and groups that come one by one. All under the lock of the event's pool."""

from datetime import datetime

from sqlalchemy import select

from eventapp.audit.service import Actor, NamedActor
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.events import queries as events
from eventapp.events.models import Event
from eventapp.places import service as places
from eventapp.places.models import Booking
from eventapp.places.queries import waiting_in_group
from eventapp.registrations import hooks, mails, queries, tallies
from eventapp.registrations.models import Registration, RegistrationStatus, Side
from eventapp.registrations.service.log import record_act
from eventapp.registrations.service.promoting import confirm_moved
from eventapp.registrations.waiting.rules import may_answer

DEADLINE = NamedActor("deadline of the offer")


def accept(registration: Registration, *, by: Actor, at: datetime) -> None:
    """Takes an offered place. Raises RuleError if it is no offer any more, or its deadline is over."""
    _lock(registration)
    if registration.status is not RegistrationStatus.OFFERED or not may_answer(registration.booking.offered_until, at):
        raise RuleError(_not_open(registration))
    if lacks := hooks.lacks(registration, at):
        raise RuleError(f"{registration.name}: {lacks}")
    places.accept([registration.booking])
    before = [tallies.key_of(registration)]
    registration.status = RegistrationStatus.CONFIRMED
    registration.sequence += 1
    db.session.flush()
    tallies.moved([registration], before)
    record_act("registrations.accept", registration, by, at, {"status": ["offered", "confirmed"]})
    mails.send_status([registration], at=at)


def turn_down(registration: Registration, *, by: Actor, at: datetime, side: Side = Side.ORGANIZER) -> list[Registration]:
    """Gives an offered place to the next one. Returns who moves up. Raises RuleError if it is no offer any more."""
    _lock(registration)
    if registration.status is not RegistrationStatus.OFFERED:
        raise RuleError(_not_open(registration))
    return _end(registration, "registrations.turn_down", _("The offer was declined."), by, at, side)


def lapse(event_id: int, *, at: datetime) -> int:
    """Lets the offers of an event go whose deadline is over; the places go to the next ones. Returns how many.

    Only who is still offered under the lock goes, so that two schedulers and a late yes are counted once.
    """
    event = db.session.get_one(Event, event_id)
    places.lock([event.pool_id])
    query = (
        select(Registration)
        .options(*queries.LOADED)
        .join(Booking, Booking.id == Registration.booking_id)
        .where(Registration.event_id == event_id, Booking.offered_until <= at)
        .order_by(Booking.offered_until, Booking.id)
    )
    over = db.session.scalars(query.execution_options(populate_existing=True)).all()
    for registration in over:
        _end(registration, "registrations.lapse", _("The offer was not accepted in time."), DEADLINE, at, Side.PERSON)
    return len(over)


def come_singly(registration: Registration, *, by: Actor, at: datetime) -> list[Registration]:
    """Lets the group with which somebody waits come one by one, as many as fit. Returns who moves up at once."""
    _lock(registration)
    if registration.booking.group_id is None or registration.status is not RegistrationStatus.WAITING:
        raise RuleError(_("This person does not wait with a group."))
    group = waiting_in_group(registration.booking.group_id)
    record_act("registrations.split", registration, by, at, {"people": len(group)})
    return confirm_moved(places.split(group), at=at)


def _lock(registration: Registration) -> None:
    places.lock([registration.event.pool_id])
    events.read_again(registration.event)
    db.session.refresh(registration, ["status", "mode", "version", "sequence"])
    db.session.refresh(registration.booking)


def _not_open(registration: Registration) -> str:
    if registration.status is RegistrationStatus.CONFIRMED:
        return _("This place is confirmed already.")
    return _("This offer is over. The place has gone to whoever waited next.")


def _end(registration: Registration, action: str, reason: str, by: Actor, at: datetime, side: Side) -> list[Registration]:
    promoted = places.release([registration.booking])
    before = [tallies.key_of(registration)]
    registration.status = RegistrationStatus.CANCELLED
    registration.was_pending, registration.was_offered = False, True
    registration.cancelled_at, registration.cancel_reason, registration.cancelled_by = at, reason, side
    registration.sequence += 1
    db.session.flush()
    hooks.cleared([registration.id])
    tallies.moved([registration], before)
    record_act(action, registration, by, at, {"status": ["offered", "cancelled"]})
    mails.send_status([registration], at=at)
    return confirm_moved(promoted, at=at)
