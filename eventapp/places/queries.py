"""Reading pools: positions in a queue, and the recount that proves the engine right."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Integer, case, func, select
from sqlalchemy.orm import aliased

from eventapp.core.db import db
from eventapp.places.models import Booking, BookingPool, BookingState, Pool


def positions(booking_ids: Iterable[int]) -> dict[int, int]:
    """The place of each waiting booking in the queue of its pool, counted from 1."""
    mine, other = aliased(Booking), aliased(Booking)
    ahead = (
        select(func.count())
        .where(
            other.waiting_for_id == mine.waiting_for_id,
            (other.queued_at < mine.queued_at) | ((other.queued_at == mine.queued_at) & (other.id <= mine.id)),
        )
        .scalar_subquery()
    )
    query = select(mine.id, ahead).where(mine.id.in_(list(booking_ids)), mine.state == BookingState.WAITING)
    return {row[0]: row[1] for row in db.session.execute(query)}


def needed(pool_id: int) -> int:
    """How many places of the pool are held, or wanted by bookings that wait, for whatever they wait."""
    query = (
        select(func.coalesce(func.sum(Booking.size), 0))
        .join(BookingPool, BookingPool.booking_id == Booking.id)
        .where(BookingPool.pool_id == pool_id, Booking.state != BookingState.RELEASED)
    )
    return int(db.session.scalar(query) or 0)


@dataclass(frozen=True)
class Miscount:
    """A pool whose counters differ from its bookings."""

    pool_id: int
    taken: int
    counted: int
    waiting: int
    counted_waiting: int


def miscounts() -> list[Miscount]:
    """Recounts every pool against its bookings; empty when all is right. Two grouped queries, whatever the size."""
    held = func.sum(case((Booking.state == BookingState.HELD, Booking.size), else_=0)).cast(Integer)
    sums = dict(
        db.session.execute(
            select(BookingPool.pool_id, held).join(Booking, Booking.id == BookingPool.booking_id).group_by(BookingPool.pool_id)
        ).all()
    )
    queues = dict(
        db.session.execute(
            select(Booking.waiting_for_id, func.count())
            .where(Booking.state == BookingState.WAITING)
            .group_by(Booking.waiting_for_id)
        ).all()
    )
    rows = db.session.execute(select(Pool.id, Pool.taken, Pool.waiting).order_by(Pool.id))
    wrong = []
    for pool_id, taken, waiting in rows:
        counted, queue = sums.get(pool_id) or 0, queues.get(pool_id) or 0
        if taken != counted or waiting != queue:
            wrong.append(Miscount(pool_id, taken, counted, waiting, queue))
    return wrong
