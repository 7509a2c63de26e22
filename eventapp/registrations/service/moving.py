"""What organizers decide against the order of the queue: a place by hand, or back to the waiting list."""

from collections.abc import Sequence
from datetime import datetime

from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.events.models import EventStatus
from eventapp.places import service as places
from eventapp.places.models import BookingState
from eventapp.registrations import mails, tallies
from eventapp.registrations.blocks import queries as blocks
from eventapp.registrations.models import Registration, RegistrationStatus
from eventapp.registrations.service.log import record_act
from eventapp.registrations.service.promoting import confirm_moved

WITHOUT_PLACE = frozenset({RegistrationStatus.WAITING, RegistrationStatus.PENDING})


def confirm_by_hand(
    registrations: Sequence[Registration], *, reason: str, by: Actor, at: datetime
) -> tuple[list[Registration], list[Registration]]:
    """Gives those who wait or applied a place, whether there is one or not: a visible overbooking, with its reason.

    Returns those who have one now, and others who moved up meanwhile.
    """
    going = _now(registrations, WITHOUT_PLACE)
    if not going:
        return [], []
    before = [tallies.key_of(r) for r in going]
    promoted = places.seat([r.booking for r in going])
    for registration in going:
        changes: dict[str, object] = {"status": [registration.status, RegistrationStatus.CONFIRMED], "reason": reason}
        registration.status = RegistrationStatus.CONFIRMED
        record_act("registrations.confirm", registration, by, at, changes)
    db.session.flush()
    tallies.moved(going, before)
    mails.send_status(going, at=at)
    return going, confirm_moved(promoted, at=at)


def to_waiting_list(
    registrations: Sequence[Registration], *, reason: str, by: Actor, at: datetime
) -> tuple[list[Registration], list[Registration]]:
    """Takes places away from those who have them and puts them at the end of the queue; the next in it move up.

    Who finds a place free even then, since nobody else waits, keeps it. Returns those who wait now, and those who moved up.
    """
    going = [
        r for r in _now(registrations, {RegistrationStatus.CONFIRMED, RegistrationStatus.OFFERED}) if r.checked_in_at is None
    ]
    going = [r for r in going if not blocks.holds_place_of(r.id)]
    if not going:
        return [], []
    before = [tallies.key_of(r) for r in going]
    promoted = places.release([r.booking for r in going])
    waiting = []
    for registration in going:
        promoted += places.rebook(registration.booking, at=at, keep_turn=False)
        if registration.booking.state is BookingState.WAITING:
            waiting.append(registration)
            changes: dict[str, object] = {"status": [registration.status, RegistrationStatus.WAITING], "reason": reason}
            registration.sequence += registration.status is RegistrationStatus.CONFIRMED
            registration.status = RegistrationStatus.WAITING
            record_act("registrations.to_waiting", registration, by, at, changes)
        else:
            registration.status = RegistrationStatus.CONFIRMED
    db.session.flush()
    tallies.moved(going, before)
    mails.send_status(waiting, at=at)
    ours = {r.booking_id for r in going}
    return waiting, confirm_moved([b for b in promoted if b.id not in ours], at=at)


def _now(
    registrations: Sequence[Registration], statuses: frozenset[RegistrationStatus] | set[RegistrationStatus]
) -> list[Registration]:
    """Those in one of the states, read again under the locks of their events; of a cancelled event nobody."""
    places.lock({r.event.pool_id for r in registrations})
    for registration in registrations:
        db.session.refresh(registration, ["status", "version", "checked_in_at"])
    open_ = [r for r in registrations if r.event.status is not EventStatus.CANCELLED and r.status in statuses]
    return sorted(open_, key=lambda r: (r.registered_at, r.id))
