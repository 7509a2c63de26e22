"""Bringing somebody along, and leaving them at home. Under the lock of the event's pool."""

from datetime import datetime

from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _, ngettext
from eventapp.events import queries as events
from eventapp.places import service as places
from eventapp.registrations import queries
from eventapp.registrations.models import Registration, RegistrationStatus, Side, Source
from eventapp.registrations.service import Attendee, cancel, register
from eventapp.registrations.terms import Terms


def bring(host: Registration, given_name: str, family_name: str, *, by: Actor, at: datetime) -> Registration:
    """Registers somebody who comes along, in the same mode and as the same kind; they may have to wait for a place.

    They take places of the event and none of the company. Raises RuleError beyond what the event allows each, and while
    the host has no place.
    """
    places.lock([host.event.pool_id])
    events.read_again(host.event)
    db.session.refresh(host, ["status", "version", "mode", "kind_id", "guest_of_id"])
    if host.guest_of_id is not None or host.event.plus_ones == 0:
        raise RuleError(_("Nobody can be brought along here."))
    if host.status is not RegistrationStatus.CONFIRMED:
        raise RuleError(_("Your own place has to be confirmed first."))
    if len(queries.guests_of([host.id])) >= host.event.plus_ones:
        message = ngettext("You may bring %(num)s person.", "You may bring %(num)s people.", host.event.plus_ones)
        raise RuleError(message)
    attendee = Attendee(given_name, family_name, "", host.mode, "family_name", kind_id=host.kind_id)
    terms = Terms(company_quota=False, audience=False, window=False, approval=False, claim=host.claim, guest_of_id=host.id)
    (made,) = register(host.event, host.organisation, [attendee], source=Source.GUEST, by=by, at=at, terms=terms)
    return made


def leave_out(host: Registration, guest: Registration, *, by: Actor, at: datetime) -> None:
    """Cancels the place of somebody who was to come along."""
    if guest.guest_of_id == host.id:
        cancel([guest], reason="", by=by, at=at, side=Side.PERSON)
