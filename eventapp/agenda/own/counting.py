"""The recount of places in sessions: sign-ups against their bookings. The pools themselves are recounted with all others."""

from collections.abc import Iterator

from sqlalchemy import String, and_, case, or_, select, type_coerce

from eventapp.agenda.models import SessionSignUp, SignUpStatus
from eventapp.core.db import db
from eventapp.places.models import TAKING, Booking, BookingState
from eventapp.registrations.models import Registration, RegistrationStatus


def differing() -> Iterator[tuple[int, int]]:
    """Sign-ups (id, session id) whose state is not that of their booking, or that somebody without a place at the event holds."""
    expected = case(
        (Booking.state.in_(TAKING), SignUpStatus.CONFIRMED.value),
        (Booking.state == BookingState.WAITING, SignUpStatus.WAITING.value),
        else_=SignUpStatus.CANCELLED.value,
    )
    status = type_coerce(SessionSignUp.status, String())
    without = and_(SessionSignUp.status != SignUpStatus.CANCELLED, Registration.status != RegistrationStatus.CONFIRMED)
    query = (
        select(SessionSignUp.id, SessionSignUp.session_id)
        .join(Booking, Booking.id == SessionSignUp.booking_id)
        .join(Registration, Registration.id == SessionSignUp.registration_id)
        .where(or_(status != expected, without))
        .order_by(SessionSignUp.id)
    )
    yield from ((row[0], row[1]) for row in db.session.execute(query))
