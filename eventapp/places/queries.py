"""Reading pools: positions in a queue, and the recount that proves the engine right."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Integer, and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from eventapp.core.db import db
from eventapp.places.models import TAKING, Booking, BookingPool, BookingState, Order, Pool
from eventapp.places.orders import PARTY, TURN, UNIT, first_in, taken_by_party


@dataclass(frozen=True)
class Standing:
    """Where a booking stands in the queue of a pool: `position` of `of`, counted from 1."""

    pool_id: int
    position: int
    of: int
    order: Order


def positions(booking_ids: Iterable[int]) -> dict[int, int]:
    """The place of each waiting booking in the queue of its pool, counted from 1."""
    return {booking_id: standing.position for booking_id, standing in standings(booking_ids).items()}


def standings(booking_ids: Iterable[int]) -> dict[int, Standing]:
    """Where each waiting booking stands. One query; a second one if a pool of theirs is in a round robin."""
    mine, other = aliased(Booking), aliased(Booking)
    unit, others = func.coalesce(mine.group_id, mine.id), func.coalesce(other.group_id, other.id)
    same_unit = and_(others == unit, other.id <= mine.id)
    not_later = or_(other.queued_at < mine.queued_at, and_(other.queued_at == mine.queued_at, or_(others < unit, same_unit)))
    by_rank = or_(other.rank < mine.rank, and_(other.rank == mine.rank, not_later))
    ahead = (
        select(func.count())
        .where(other.waiting_for_id == mine.waiting_for_id, case((Pool.order == Order.BY_RANK, by_rank), else_=not_later))
        .correlate(mine, Pool)
        .scalar_subquery()
    )
    # The round robin is not counted here: where one stands in it depends on everybody before.
    position = case((Pool.order == Order.ROUND_ROBIN, 0), else_=ahead)
    query = (
        select(mine.id, Pool.id, position, Pool.waiting, Pool.order)
        .join(Pool, Pool.id == mine.waiting_for_id)
        .where(mine.id.in_(list(booking_ids)))
    )
    found = {row[0]: Standing(*row[1:]) for row in db.session.execute(query)}
    round_robin = {standing.pool_id for standing in found.values() if standing.order is Order.ROUND_ROBIN}
    if round_robin:
        places = _round_robin(sorted(round_robin))
        for booking_id, standing in found.items():
            if standing.order is Order.ROUND_ROBIN:
                found[booking_id] = Standing(standing.pool_id, places[booking_id], standing.of, standing.order)
    return found


def _round_robin(pool_ids: list[int]) -> dict[int, int]:
    """The position of everybody in the queues of these pools, if the parties get their places in turns.

    A party's next place counts on those that it has taken and on those that it waits for before.
    """
    taken = taken_by_party(pool_ids)
    own = (Booking.waiting_for_id, PARTY)
    up_to = func.sum(Booking.size).over(partition_by=own, order_by=(Booking.queued_at, UNIT))
    whole = func.sum(Booking.size).over(partition_by=(*own, Booking.queued_at, UNIT))
    lead = func.coalesce(taken.c.places, 0) + up_to - whole
    queue = (
        select(Booking.id, Booking.waiting_for_id, lead.label("lead"), Booking.queued_at, UNIT.label("unit"))
        .outerjoin(taken, and_(taken.c.pool_id == Booking.waiting_for_id, taken.c.party == PARTY))
        .where(Booking.waiting_for_id.in_(pool_ids))
        .subquery()
    )
    turn = (queue.c.lead, queue.c.queued_at, queue.c.unit, queue.c.id)
    number = func.row_number().over(partition_by=queue.c.waiting_for_id, order_by=turn)
    return {row[0]: row[1] for row in db.session.execute(select(queue.c.id, number))}


def needed(pool_id: int) -> int:
    """How many places of the pool are held, or wanted by bookings that wait, for whatever they wait."""
    query = (
        select(func.coalesce(func.sum(Booking.size), 0))
        .join(BookingPool, BookingPool.booking_id == Booking.id)
        .where(BookingPool.pool_id == pool_id, Booking.state != BookingState.RELEASED)
    )
    return int(db.session.scalar(query) or 0)


def together(booking: Booking) -> list[Booking]:
    """The bookings that wait together with this one, itself among them, in their order; only itself without a group."""
    return [booking] if booking.group_id is None else waiting_in_group(booking.group_id)


def waiting_in_group(group_id: int) -> list[Booking]:
    """The bookings of a group that wait, in their order."""
    query = select(Booking).where(Booking.group_id == group_id, Booking.state == BookingState.WAITING).order_by(*TURN)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def wanted(bookings: Iterable[Booking]) -> dict[int, int]:
    """How many places of each pool the bookings need, by pool id."""
    query = (
        select(BookingPool.pool_id, func.sum(Booking.size).cast(Integer))
        .join(Booking, Booking.id == BookingPool.booking_id)
        .where(BookingPool.booking_id.in_([booking.id for booking in bookings]))
        .group_by(BookingPool.pool_id)
        .order_by(BookingPool.pool_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


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
    held = func.sum(case((Booking.state.in_(TAKING), Booking.size), else_=0)).cast(Integer)
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


def idle() -> Iterator[tuple[Pool, Booking, int]]:
    """Pools with room for whoever is first in their queue, with that booking and the places that it and its group need.

    Whoever does not fit yet rightly holds up the others. A few queries for each pool with both a queue and room.
    """
    room = or_(Pool.capacity.is_(None), Pool.taken < Pool.capacity)
    for pool in db.session.scalars(select(Pool).where(Pool.waiting > 0, room).order_by(Pool.id)).all():
        first = first_in(pool)
        if first is not None:
            size = wanted(together(first)).get(pool.id, 0)
            if pool.capacity is None or pool.taken + size <= pool.capacity:
                yield pool, first, size


def astray() -> Iterator[tuple[int, int]]:
    """Bookings (id, pool id) that wait for a pool that neither they nor anybody of their group needs."""
    member = aliased(Booking)
    needs = select(BookingPool.pool_id).where(BookingPool.pool_id == Booking.waiting_for_id)
    own = exists(needs.where(BookingPool.booking_id == Booking.id))
    of_group = exists(
        needs.join(member, member.id == BookingPool.booking_id).where(
            member.group_id == Booking.group_id, member.state == BookingState.WAITING
        )
    )
    query = select(Booking.id, Booking.waiting_for_id).where(Booking.waiting_for_id.is_not(None), ~own, ~of_group)
    yield from ((row[0], row[1] or 0) for row in db.session.execute(query.order_by(Booking.id)))


def torn() -> Iterator[int]:
    """Groups whose waiting bookings do not wait for the same pool, by the group's id."""
    query = (
        select(Booking.group_id)
        .where(Booking.group_id.is_not(None), Booking.state == BookingState.WAITING)
        .group_by(Booking.group_id)
        .having(func.min(Booking.waiting_for_id) != func.max(Booking.waiting_for_id))
    )
    yield from (group_id for group_id in db.session.scalars(query.order_by(Booking.group_id)) if group_id is not None)
