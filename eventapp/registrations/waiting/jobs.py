"""What the worker does about offers by itself: those whose deadline is over lapse."""

from sqlalchemy import select

from eventapp.core.clock import now
from eventapp.core.db import db, reading, rollback, transaction
from eventapp.core.jobs import job
from eventapp.places.models import Booking
from eventapp.registrations.models import Registration
from eventapp.registrations.waiting import service


@job("registrations.lapse_offers", every_minute=True)
def lapse_offers() -> None:
    """Each event is a transaction of its own, so that nobody waits long for the lock of one."""
    with reading():
        query = select(Registration.event_id).join(Booking, Booking.id == Registration.booking_id)
        events = sorted(set(db.session.scalars(query.where(Booking.offered_until <= now()))))
        rollback()
    for event_id in events:
        with transaction():
            service.lapse(event_id, at=now())
