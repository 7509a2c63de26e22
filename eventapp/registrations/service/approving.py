"""The organizer's yes and no to applications."""

from collections.abc import Sequence
from datetime import datetime

from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.places import service as places
from eventapp.places.models import Booking, BookingState
from eventapp.registrations import hooks, mails, queries, tallies
from eventapp.registrations.answers import service as answers
from eventapp.registrations.models import Registration, RegistrationStatus
from eventapp.registrations.service.log import record_act
from eventapp.registrations.service.promoting import confirm_moved

# What a yes can have made of an application.
APPROVED = frozenset({RegistrationStatus.CONFIRMED, RegistrationStatus.OFFERED, RegistrationStatus.WAITING})


def approve(registrations: Sequence[Registration], *, by: Actor, at: datetime) -> list[Registration]:
    """Says yes: confirmed where there is room, else waiting at the turn of the application. Returns those decided now.

    What is no application any more stays as it is, so that two organizers may say it at once.
    """
    deciding = _pending(registrations)
    before, promoted = [tallies.key_of(r) for r in deciding], list[Booking]()
    for registration in sorted(deciding, key=lambda r: (r.registered_at, r.id)):
        promoted += places.rebook(registration.booking, at=at, keep_turn=True)
        held = registration.booking.state is BookingState.HELD
        registration.status = RegistrationStatus.CONFIRMED if held else RegistrationStatus.WAITING
        record_act("registrations.approve", registration, by, at, {"status": [RegistrationStatus.PENDING, registration.status]})
    _finish(deciding, before, at, confirmed="approved")
    confirm_moved(promoted, at=at)
    return deciding


def decline(registrations: Sequence[Registration], *, reason: str, by: Actor, at: datetime) -> list[Registration]:
    """Says no, with a reason that stands in the mail. Returns those decided now."""
    deciding = _pending(registrations)
    before = [tallies.key_of(r) for r in deciding]
    for registration in deciding:
        registration.status = RegistrationStatus.DECLINED
        registration.cancelled_at, registration.cancel_reason = at, reason
        changes: dict[str, object] = {"status": [RegistrationStatus.PENDING, RegistrationStatus.DECLINED], "reason": reason}
        record_act("registrations.decline", registration, by, at, changes)
    answers.let_go(deciding)
    hooks.cleared(r.id for r in deciding)
    _finish(deciding, before, at)
    return deciding


def reconsider(registration: Registration, *, by: Actor, at: datetime) -> None:
    """Takes a no back: the application waits for a decision again. Raises RuleError if the person has registered anew."""
    places.lock([registration.event.pool_id])
    db.session.refresh(registration, ["status", "mode", "version"])
    if registration.status is not RegistrationStatus.DECLINED:
        raise RuleError(_("This application is not declined."))
    if queries.active_people(registration.event_id, [registration.person_id]):
        raise RuleError(_("This person is registered again already."))
    before = [tallies.key_of(registration)]
    registration.status = RegistrationStatus.PENDING
    registration.cancelled_at, registration.cancel_reason = None, ""
    record_act("registrations.reconsider", registration, by, at, {"status": [RegistrationStatus.DECLINED, registration.status]})
    answers.take_again(registration, at=at)
    _finish([registration], before, at)


def reopen(registrations: Sequence[Registration], *, by: Actor, at: datetime) -> tuple[list[Registration], list[Registration]]:
    """Takes a yes back, or a place given by hand: applications that hold nothing and wait for a decision again.

    Who has come, or brings somebody along by now, stays as they are. Returns those who are applications again, and who
    moved up into their places.
    """
    places.lock({r.event.pool_id for r in registrations})
    for registration in registrations:
        db.session.refresh(registration, ["status", "mode", "version", "sequence", "checked_in_at"])
    hosts = {guest.guest_of_id for guest in queries.guests_of(r.id for r in registrations)}
    going = [
        r for r in registrations if r.status in APPROVED and r.checked_in_at is None and r.id not in hosts and not r.guest_of_id
    ]
    before, promoted = [tallies.key_of(r) for r in going], places.release([r.booking for r in going])
    for registration in going:
        changes: dict[str, object] = {"status": [registration.status, RegistrationStatus.PENDING]}
        registration.sequence += registration.status is RegistrationStatus.CONFIRMED
        registration.status = RegistrationStatus.PENDING
        record_act("registrations.reopen", registration, by, at, changes)
    db.session.flush()
    hooks.changed(going, by=by, at=at)
    _finish(going, before, at)
    return going, confirm_moved(promoted, at=at)


def _pending(registrations: Sequence[Registration]) -> list[Registration]:
    """Those that are still applications, read again under the locks of their events."""
    places.lock({r.event.pool_id for r in registrations})
    for registration in registrations:
        db.session.refresh(registration, ["status", "mode", "version"])
    return [r for r in registrations if r.status is RegistrationStatus.PENDING]


def _finish(decided: list[Registration], before: list[tallies.Key], at: datetime, *, confirmed: str = "") -> None:
    """Counts and tells; those who have a place now by the message `confirmed`, if one is named."""
    if not decided:
        return
    db.session.flush()
    tallies.moved(decided, before)
    answers.recount(decided, at=at)
    having = [r for r in decided if confirmed and r.status is RegistrationStatus.CONFIRMED]
    if having:
        mails.send_status(having, at=at, kind=confirmed)
    if others := [r for r in decided if r not in having]:
        mails.send_status(others, at=at)
