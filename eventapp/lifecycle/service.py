"""Acts on an event that reach its registrations: each one transaction, with what it will do in numbers first."""

from datetime import datetime

from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.core.i18n import _
from eventapp.events import service as events
from eventapp.events.models import Event, EventStatus
from eventapp.events.service import EventDetails
from eventapp.partners.models import Organisation
from eventapp.places import service as places
from eventapp.registrations import queries
from eventapp.registrations import service as registrations
from eventapp.registrations.blocks import releasing
from eventapp.registrations.invitations import calling_off
from eventapp.registrations.messages import service as messages
from eventapp.registrations.models import RegistrationStatus, Tally


def change_event(event: Event, details: EventDetails, *, version: int, by: Actor, now: datetime) -> int:
    """Changes an event; whoever fits now moves up, and all are told of another name, time or place.

    Returns how many moved up. Raises as `events.change` does.
    """
    before = messages.told_of(event)
    moved = events.change(event, details, version=version, by=by, now=now)
    messages.tell_of_change(event, before, at=now)
    return len(registrations.confirm_moved(moved, at=now))


def set_exception(event: Event, company: Organisation, capacity: int | None, reason: str, *, by: Actor, now: datetime) -> int:
    """Gives one company its own number of places; its waiting people move up. Returns how many did."""
    moved = events.set_exception(event, company, capacity, reason, by=by, now=now)
    return len(registrations.confirm_moved(moved, at=now))


def remove_exception(event: Event, company: Organisation, *, by: Actor, now: datetime) -> int:
    """Puts a company back to its tier's quota. Returns how many moved up."""
    moved = events.remove_exception(event, company, by=by, now=now)
    return len(registrations.confirm_moved(moved, at=now))


def follow_tier(event_id: int, organisation_id: int, *, by: Actor, now: datetime) -> int:
    """Gives a company the places of its tier as it is now. Returns how many of its people moved up."""
    event, company = db.session.get_one(Event, event_id), db.session.get_one(Organisation, organisation_id)
    moved = events.follow_tier(event, company, by=by, now=now)
    return len(registrations.confirm_moved(moved, at=now))


def cancel_preview(event: Event, now: datetime) -> list[tuple[str, int]]:
    """What cancelling will do, in numbers."""
    confirmed, companies = queries.tally(event.id, Tally.status == RegistrationStatus.CONFIRMED)
    waiting, _companies = queries.tally(event.id, Tally.status == RegistrationStatus.WAITING)
    found = [(_("People with a place"), confirmed), (_("Their companies"), companies), (_("People waiting"), waiting)]
    invited = calling_off.unanswered(event, now)
    return [*found, (_("Invitations without an answer"), invited)] if invited else found


def cancel_event(event: Event, reason: str, *, by: Actor, now: datetime) -> int:
    """Cancels the event and every registration; nobody moves up. Returns how many of the registered are told.

    The worker tells whoever was invited and has not answered.
    """
    places.lock([event.pool_id])  # whoever is registering at this moment is in before, or finds the event cancelled
    events.change_status(event, EventStatus.CANCELLED, by=by, now=now)
    event.cancelled_reason = reason
    db.session.flush()
    active = db.session.scalars(queries.active_of(event)).all()
    registrations.cancel_all(active, reason=reason, by=by, at=now)
    releasing.end_all(event, at=now)
    calling_off.begin(event)
    return len(active)
