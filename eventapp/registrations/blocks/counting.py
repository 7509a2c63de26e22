"""The recount that proves blocks right, for the doctor."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, case, func, or_, select

from eventapp.core.db import db
from eventapp.events.models import AdmissionKind, Event, Mode
from eventapp.places.models import Booking, BookingPool, BookingState, Pool
from eventapp.registrations.blocks.models import BlockClaim, BlockShare, SeatBlock
from eventapp.registrations.models import ENDED, Registration


@dataclass(frozen=True)
class Miscounted:
    """A block whose places do not add up."""

    block_id: int
    size: int
    held: int
    shared: int
    released: bool


def miscounted() -> list[Miscounted]:
    """Blocks whose booking or shares do not hold exactly their size, or that hold places after their release."""
    shares = (
        select(
            BlockShare.block_id,
            func.sum(Pool.capacity).label("places"),
            func.sum(Pool.taken).label("taken"),
        )
        .join(Pool, Pool.id == BlockShare.pool_id)
        .group_by(BlockShare.block_id)
        .subquery()
    )
    held_places = case((Booking.state == BookingState.HELD, Booking.size), else_=0)
    query = (
        select(SeatBlock.id, SeatBlock.size, held_places, shares.c.places, shares.c.taken, SeatBlock.released_at)
        .join(Booking, Booking.id == SeatBlock.booking_id)
        .outerjoin(shares, shares.c.block_id == SeatBlock.id)
        .order_by(SeatBlock.id)
    )
    found = []
    for block_id, size, booked, places, taken, released_at in db.session.execute(query):
        released = released_at is not None
        right = (booked, taken) == (0, 0) if released else (booked, places) == (size, size)
        if not right:
            found.append(Miscounted(block_id, size, int(booked), int((taken if released else places) or 0), released))
    return found


def stray_claims() -> Sequence[int]:
    """Ids of registrations whose place is counted elsewhere than in their share, or after the release in the event."""
    mode_pool = case((Registration.mode == Mode.IN_PERSON, Event.in_person_pool_id), else_=Event.virtual_pool_id)
    released = SeatBlock.released_at.is_not(None)
    of_event = or_(
        BookingPool.pool_id == Event.pool_id, BookingPool.pool_id == mode_pool, BookingPool.pool_id == AdmissionKind.pool_id
    )
    fits = or_(and_(~released, BookingPool.pool_id == BlockShare.pool_id), and_(released, of_event))
    wanted = case((~released, 1), (AdmissionKind.id.is_(None), 2), else_=3)
    fitting = func.coalesce(func.sum(case((fits, 1), else_=0)), 0)
    query = (
        select(Registration.id)
        .join(BlockClaim, BlockClaim.registration_id == Registration.id)
        .join(BlockShare, BlockShare.id == BlockClaim.share_id)
        .join(SeatBlock, SeatBlock.id == BlockShare.block_id)
        .join(Event, Event.id == Registration.event_id)
        .outerjoin(AdmissionKind, AdmissionKind.id == Registration.kind_id)
        .outerjoin(BookingPool, BookingPool.booking_id == Registration.booking_id)
        .where(Registration.status.not_in(ENDED))
        .group_by(Registration.id, SeatBlock.id, AdmissionKind.id)
        .having(or_(func.count(BookingPool.pool_id) != wanted, fitting != wanted))
        .order_by(Registration.id)
    )
    return db.session.scalars(query).all()
