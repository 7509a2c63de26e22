"""Changes of a pool or its queue by which others move up."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import func, select

from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.places.models import TAKING, Booking, BookingPool, BookingState, Order
from eventapp.places.queries import waiting_in_group, wanted
from eventapp.places.service.pools import give_back, has_room, lock, lock_with, refreshed, reload, take
from eventapp.places.service.promotion import promote, queue_anew


def set_capacity(pool_id: int, capacity: int | None) -> list[Booking]:
    """Changes a capacity. Below what is taken it stands as a visible overbooking; raised, the waiting move up."""
    pool = lock([pool_id])[pool_id]
    pool.capacity = capacity
    pool.overbooked = max(0, pool.taken - capacity) if capacity is not None else 0
    db.session.flush()
    return promote({pool_id})


def set_order(pool_id: int, order: Order) -> list[Booking]:
    """Changes in which order the waiting list moves up. Returns who does at once: another one may be first now, and fit."""
    lock([pool_id])[pool_id].order = order
    db.session.flush()
    return promote({pool_id})


def set_rank(ranks: Mapping[int, int]) -> list[Booking]:
    """Gives bookings their ranks, by booking id, as after a draw; a group stands at the best of its members'.

    Returns who moves up at once.
    """
    bookings = lock_with(refreshed(ranks))
    best: dict[int, int] = {}
    for booking in bookings:
        if booking.group_id is not None:
            best[booking.group_id] = min(ranks[booking.id], best.get(booking.group_id, ranks[booking.id]))
    for booking in bookings:
        booking.rank = ranks[booking.id] if booking.group_id is None else best[booking.group_id]
    db.session.flush()
    return promote({b.waiting_for_id for b in bookings if b.waiting_for_id is not None})


def split(bookings: Sequence[Booking]) -> list[Booking]:
    """Lets the waiting bookings of groups come one by one, at the group's turn. Returns who moves up at once."""
    waiting = [b for b in lock_with(bookings) if b.state is BookingState.WAITING and b.group_id is not None]
    groups = {b.group_id for b in waiting if b.group_id is not None}
    for booking in waiting:
        booking.group_id = None
    db.session.flush()
    opened = queue_anew([*([b] for b in waiting), *(waiting_in_group(group_id) for group_id in sorted(groups))])
    return promote(opened | {b.waiting_for_id for b in waiting if b.waiting_for_id is not None})


def seat(bookings: Iterable[Booking], *, above: bool) -> tuple[list[Booking], list[Booking]]:
    """Gives bookings their places out of turn, by somebody's decision; who waits with a group brings it along.

    `above`: also where there is no room, as a visible overbooking that stops new bookings; else that raises RuleError.
    Those that hold places already stay as they are. Returns who holds places only now, and others who move up since
    these are no longer in their way.
    """
    asked = [b for b in lock_with(bookings) if b.state not in TAKING]
    groups = {b.group_id for b in asked if b.waiting_for_id is not None and b.group_id is not None}
    unit = {b.id: b for b in [*asked, *(b for group_id in sorted(groups) for b in waiting_in_group(group_id))]}
    going = list(unit.values())
    need, queues = wanted(going), [b.waiting_for_id for b in going if b.waiting_for_id is not None]
    pools = lock({*queues, *need})
    full = {p for p, size in need.items() if not has_room(pools[p], size)}
    if full and not above:
        raise RuleError(_("There is no place left there."))
    for pool_id in queues:
        pools[pool_id].waiting -= 1
    for booking in going:
        booking.state, booking.waiting_for_id = BookingState.HELD, None
    for pool_id in full:
        give_back(pools[pool_id], -need[pool_id])
    db.session.flush()
    take({p: size for p, size in need.items() if p not in full})
    reload(pools.values())
    return going, promote({*queues, *(p for p in need if pools[p].order is Order.ROUND_ROBIN)})


def recount(pool_ids: Iterable[int], capacities: Mapping[int, int | None] | None = None) -> None:
    """Sets the counters of pools by their bookings, after bookings were moved between them; and new capacities with it.

    Nobody moves up: that is for the caller, once all is in its place.
    """
    capacities = capacities or {}
    for pool in lock(pool_ids).values():
        needing = select(BookingPool.booking_id).where(BookingPool.pool_id == pool.id)
        held = select(func.coalesce(func.sum(Booking.size), 0)).where(Booking.id.in_(needing), Booking.state.in_(TAKING))
        waiting = select(func.count()).where(Booking.waiting_for_id == pool.id)
        taken, queue = db.session.scalar(held) or 0, db.session.scalar(waiting) or 0
        pool.taken, pool.waiting, pool.capacity = taken, queue, capacities.get(pool.id, pool.capacity)
        pool.overbooked = max(0, pool.taken - pool.capacity) if pool.capacity is not None else 0
    db.session.flush()
