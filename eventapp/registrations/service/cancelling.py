"""Giving places back, taking that back, and letting the waiting move up."""

from collections.abc import Sequence
from datetime import datetime

from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.events import queries as events
from eventapp.events.models import EventStatus, Fairness
from eventapp.places import service as places
from eventapp.places.models import Booking, BookingState
from eventapp.registrations import hooks, mails, queries, tallies
from eventapp.registrations.answers import service as answers
from eventapp.registrations.models import BY_THEMSELVES, ENDED, Registration, RegistrationStatus, Side
from eventapp.registrations.service.log import record_act
from eventapp.registrations.service.promoting import confirm_moved
from eventapp.registrations.service.registering import check_mode


def cancel(
    registrations: Sequence[Registration],
    *,
    reason: str,
    by: Actor,
    at: datetime,
    side: Side = Side.ORGANIZER,
    tell: bool = True,
    with_guests: bool = True,
) -> list[Registration]:
    """Cancels registrations; those that are cancelled already stay as they are. Returns those who move up instead.

    `side` is who cancels, and who may take it back.
    Who was to come along with somebody stays at home as well, unless not `with_guests`.
    """
    going = [r for r in registrations if r.status not in ENDED]
    if not going:
        return []
    places.lock({r.event.pool_id for r in going})
    going = [r for r in queries.as_now(going) if r.status not in ENDED]
    if with_guests:
        going = queries.with_guests(going)
    before = [tallies.key_of(r) for r in going]
    promoted = places.release([r.booking for r in going])
    for registration in going:
        record_act(
            "registrations.cancel",
            registration,
            by,
            at,
            {"status": [registration.status, RegistrationStatus.CANCELLED], "reason": reason},
        )
        # Who has no place has no calendar entry to take away.
        registration.sequence += registration.status is RegistrationStatus.CONFIRMED
        registration.was_pending = registration.status is RegistrationStatus.PENDING
        registration.was_offered = registration.status is RegistrationStatus.OFFERED
        registration.status = RegistrationStatus.CANCELLED
        registration.cancelled_at, registration.cancel_reason, registration.cancelled_by = at, reason, side
    db.session.flush()
    answers.let_go(going)
    hooks.cleared(r.id for r in going)
    hooks.changed(going, by=by, at=at)
    tallies.moved(going, before)
    if tell:
        mails.send_status(going, at=at)
    return [*confirm_moved(promoted, at=at), *_let_next_first(going, at)]


def _let_next_first(gone: Sequence[Registration], at: datetime) -> list[Registration]:
    """In a round of one place for each company: where a first place has gone, the company's next need not wait any more."""
    moved: list[Booking] = []
    for event in {r.event for r in gone if r.event.fairness is Fairness.ONE_PER_COMPANY}:
        for organisation_id in sorted({r.organisation_id for r in gone if r.event_id == event.id}):
            following = queries.next_of_company(event, organisation_id)
            if following is not None and event.gate_pool_id is not None:
                moved += places.spare(following, event.gate_pool_id)
    return confirm_moved(moved, at=at)


def cancel_all(registrations: Sequence[Registration], *, reason: str, by: Actor, at: datetime) -> None:
    """Cancels all registrations of a cancelled event. Those who wait leave first, so nobody moves up on the way."""
    waiting = [r for r in registrations if r.status is RegistrationStatus.WAITING]
    others = [r for r in registrations if r.status is not RegistrationStatus.WAITING]
    for group in (waiting, others):
        cancel(group, reason=reason, by=by, at=at)


def undo_cancel(registration: Registration, *, by: Actor, at: datetime, side: Side = Side.ORGANIZER) -> None:
    """Takes a cancellation back: confirmed if a place is free, else waiting at the old turn.

    Whoever was only offered a place, and declined or missed it, waits again: a place that is free is offered anew.
    Organizers take back whatever was cancelled, everybody else (`side`) only their own cancelling. Raises RuleError for
    that of others, if the person has been registered anew in the meantime, or the event was cancelled.
    """
    if side is not Side.ORGANIZER and registration.cancelled_by is not side:
        raise RuleError(not_yours(registration.cancelled_by))
    places.lock([registration.event.pool_id])
    events.read_again(registration.event)
    if registration.event.status is EventStatus.CANCELLED:
        raise RuleError(_("This event was cancelled."))
    check_mode(registration.event, registration.mode)
    if queries.active_people(registration.event_id, [registration.person_id]):
        raise RuleError(_("This person is registered again already."))
    if registration.source not in BY_THEMSELVES and hooks.barred([registration.person_id]):
        raise RuleError(_("This registration cannot be taken up again."))
    before, promoted, gone_at = [tallies.key_of(registration)], list[Booking](), registration.cancelled_at
    moves_up = False
    if registration.was_pending:
        registration.status = RegistrationStatus.PENDING
    else:
        promoted = places.rebook(registration.booking, at=at, keep_turn=True)
        held = registration.booking.state is BookingState.HELD
        moves_up = held and registration.was_offered
        registration.status = RegistrationStatus.CONFIRMED if held and not moves_up else RegistrationStatus.WAITING
    registration.cancelled_at, registration.cancel_reason, registration.cancelled_by = None, "", None
    registration.sequence += registration.status is RegistrationStatus.CONFIRMED
    db.session.flush()
    tallies.moved([registration], before)
    answers.take_again(registration, at=at)
    record_act("registrations.undo", registration, by, at, {"status": [RegistrationStatus.CANCELLED, registration.status]})
    if moves_up:
        promoted = [registration.booking, *promoted]
    else:
        mails.send_status([registration], at=at)
    confirm_moved(promoted, at=at)
    # Who was to come along was cancelled with it, and comes along again.
    for guest in queries.guests_of([registration.id], gone_at=gone_at):
        undo_cancel(guest, by=by, at=at)


def not_yours(side: Side | None) -> str:
    """Why others than those who have cancelled cannot take it back."""
    if side is Side.PERSON:
        return _("This person has cancelled themselves, so only they can take it back.")
    if side is Side.COMPANY:
        return _("Your company has cancelled this, so only it can take it back.")
    return _("An organizer has cancelled this, so only an organizer can take it back. Write to the organizer.")
