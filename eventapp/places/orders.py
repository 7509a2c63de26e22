"""In which order those who wait for a pool move up, in SQL for whole queues and in Python for two bookings.

A key is the lead, which depends on the pool's order, and the turn. Within a round of a round robin the lead is what the
party has taken already, so each place that it gets puts it behind those with fewer.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Subquery, func, select

from eventapp.core.db import db
from eventapp.places.models import TAKING, Booking, BookingPool, Order, Pool

# The bookings of a group stand together, at the turn of its first.
UNIT = func.coalesce(Booking.group_id, Booking.id)
TURN: tuple[ColumnElement[Any], ...] = (Booking.queued_at.expression, UNIT, Booking.id.expression)
# Whose booking it is; all those of nobody are of one party.
PARTY = func.coalesce(Booking.party, 0)

Key = tuple[int, datetime, int, int]


def taken_by_party(pool_ids: list[int]) -> Subquery:
    """For each pool and party the places that it holds there."""
    return (
        select(BookingPool.pool_id, PARTY.label("party"), func.sum(Booking.size).label("places"))
        .join(Booking, Booking.id == BookingPool.booking_id)
        .where(BookingPool.pool_id.in_(pool_ids), Booking.state.in_(TAKING))
        .group_by(BookingPool.pool_id, PARTY)
        .subquery()
    )


def first_in(pool: Pool) -> Booking | None:
    """Who is first in the queue of the pool; none where nobody waits. A look at the front of an index, except round robin."""
    query = select(Booking).where(Booking.waiting_for_id == pool.id).limit(1).execution_options(populate_existing=True)
    if pool.order is Order.BY_RANK:
        return db.session.scalar(query.order_by(Booking.rank, *TURN))
    if pool.order is Order.ROUND_ROBIN:
        taken = taken_by_party([pool.id])
        query = query.outerjoin(taken, taken.c.party == PARTY)
        return db.session.scalar(query.order_by(func.coalesce(taken.c.places, 0), *TURN))
    return db.session.scalar(query.order_by(*TURN))


def comes_before(pool: Pool, first: Booking, second: Booking) -> bool:
    """Whether the first of two bookings would stand before the second in the queue of the pool."""
    return key(pool, first) < key(pool, second)


def key(pool: Pool, booking: Booking) -> Key:
    """What sorts a booking among those who wait for the pool."""
    return (_lead(pool, booking), *booking.turn)


def _lead(pool: Pool, booking: Booking) -> int:
    if pool.order is Order.BY_RANK:
        return booking.rank
    if pool.order is Order.ROUND_ROBIN:
        taken = taken_by_party([pool.id])
        return db.session.scalar(select(taken.c.places).where(taken.c.party == (booking.party or 0))) or 0
    return 0
