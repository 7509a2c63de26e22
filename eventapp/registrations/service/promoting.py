"""What becomes of those who move up from a waiting list: confirmed, or offered the place for some hours."""

from collections.abc import Sequence
from datetime import datetime

from eventapp.core.db import db
from eventapp.places import service as places
from eventapp.places.models import Booking, BookingState
from eventapp.registrations import hooks, mails, queries, tallies
from eventapp.registrations.answers import service as answers
from eventapp.registrations.models import Registration, RegistrationStatus
from eventapp.registrations.service.log import PROMOTION, record_act
from eventapp.registrations.waiting.rules import offer_until, times_of

# What somebody who moves up is told.
MESSAGES = {RegistrationStatus.CONFIRMED: "promoted", RegistrationStatus.OFFERED: "offered"}


def confirm_moved(bookings: Sequence[Booking], *, at: datetime, outright: bool = False, tell: bool = True) -> list[Registration]:
    """Confirms the registrations whose bookings have moved up, or offers them the place unless `outright`; tells them.

    The caller is in the transaction, and under the locks, in which they moved up.
    """
    moved = list(queries.of_bookings(b.id for b in bookings if b.state is BookingState.HELD)) if bookings else []
    moved = [r for r in moved if r.status is RegistrationStatus.WAITING]
    before = [tallies.key_of(r) for r in moved]
    for registration in moved:
        event = registration.event
        # Whoever lacks something is asked, and cannot accept before they have it.
        complete = registration.missing_answers == 0 and not hooks.lacks(registration, at)
        until = None if outright else offer_until(times_of(event), event.starts_at, complete=complete, at=at)
        registration.sequence += 1
        if until is None:
            registration.status = RegistrationStatus.CONFIRMED
            record_act("registrations.promote", registration, PROMOTION, at, {"status": ["waiting", "confirmed"]})
        else:
            places.offer([registration.booking], until)
            registration.status = RegistrationStatus.OFFERED
            changes: dict[str, object] = {"status": ["waiting", "offered"], "offered_until": until.isoformat()}
            record_act("registrations.offer", registration, PROMOTION, at, changes)
    if moved:
        db.session.flush()
        tallies.moved(moved, before)
        answers.recount(moved, at=at)
        for status, kind in (MESSAGES if tell else {}).items():
            mails.send_status([r for r in moved if r.status is status], at=at, kind=kind)
    return moved
