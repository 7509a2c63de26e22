"""Places that are held only until somebody accepts them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.places.models import Booking, BookingState
from eventapp.places.service.pools import lock_with


def offer(bookings: Sequence[Booking], until: datetime) -> None:
    """Lets bookings that have just moved up hold their places only until a moment, by which somebody must accept."""
    for booking in bookings:
        if booking.state is BookingState.HELD:
            booking.state, booking.offered_until = BookingState.OFFERED, until
    db.session.flush()


def accept(bookings: Sequence[Booking]) -> list[Booking]:
    """Makes offers places that are kept. Returns those that were offers until now; a lapsed one stays as it is.

    What the clock says of the deadline is for the caller, who releases what is over.
    """
    accepted = [b for b in lock_with(bookings) if b.state is BookingState.OFFERED]
    for booking in accepted:
        booking.state, booking.offered_until = BookingState.HELD, None
    db.session.flush()
    return accepted


def lapsed(now: datetime) -> list[Booking]:
    """The offers whose deadline is over, the oldest first. Nothing is locked: ask again under the lock."""
    query = select(Booking).where(Booking.offered_until <= now).order_by(Booking.offered_until, Booking.id)
    return list(db.session.scalars(query))
