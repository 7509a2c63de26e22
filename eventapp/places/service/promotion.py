"""Who moves up when places are free."""

from collections.abc import Iterable, Mapping, Sequence

from eventapp.core.db import db
from eventapp.places.models import Booking, BookingState, Order, Pool
from eventapp.places.orders import comes_before, first_in
from eventapp.places.queries import together, wanted
from eventapp.places.service.pools import has_room, lock, reload, take


def promote(pool_ids: Iterable[int], *, among: set[int] | None = None) -> list[Booking]:
    """Lets the waiting move up while the pools have room, each queue in its order, groups only whole.

    Of several queues the one whose first has the oldest turn goes on. Returns the bookings that hold places now. `among`:
    only bookings with these ids, for newcomers whom the order of a queue may have put at its front.
    """
    moved: list[Booking] = []
    open_ids = set(pool_ids)
    tried: set[tuple[int, int]] = set()
    while open_ids:
        pools = lock(open_ids)
        open_ids = {p for p, pool in pools.items() if pool.waiting and has_room(pool, 1)}
        first = _first([pools[p] for p in sorted(open_ids)])
        if first is None or first.waiting_for_id is None:
            break
        waited_for = first.waiting_for_id
        if among is not None and first.id not in among:
            open_ids.discard(waited_for)
            continue
        unit = together(first)
        if not unit:
            open_ids.discard(waited_for)  # rows that contradict each other, as doctor reports them, must not go on for ever
            continue
        need = wanted(unit)
        pools |= lock(need)
        full = _full(pools, first, need)
        if full == waited_for or (full is not None and (first.id, full) in tried):
            open_ids.discard(waited_for)  # a group that does not fit yet holds back those behind it
            continue
        pools[waited_for].waiting -= len(unit)
        if full is None:
            _hold(unit, need)
            reload(pools[p] for p in need)
            moved += unit
            # What a party has taken decides who is next there.
            open_ids |= {p for p in need if pools[p].order is Order.ROUND_ROBIN}
            tried.clear()
        else:
            tried.add((first.id, full))  # orders that contradict each other must not send anybody round and round
            _wait(unit, pools[full])
    return moved


def queue_anew(units: Iterable[Sequence[Booking]]) -> set[int]:
    """Looks at what is left of groups: who waits for a pool that only those needed who left, waits for an own one now.

    Returns these pools, in which somebody may move up.
    """
    opened: set[int] = set()
    for unit in units:
        waited_for = unit[0].waiting_for_id if unit else None
        need = wanted(unit)
        if waited_for is None or waited_for in need:
            continue
        pools = lock({waited_for, *need})
        pools[waited_for].waiting -= len(unit)
        opened |= {waited_for, min(need)}
        _wait(unit, pools[min(need)])
    return opened


def _first(pools: Sequence[Pool]) -> Booking | None:
    heads = [first for pool in pools if (first := first_in(pool)) is not None]
    return min(heads, key=lambda booking: booking.turn, default=None)


def _full(pools: dict[int, Pool], first: Booking, need: Mapping[int, int]) -> int | None:
    """The pool that the unit of `first` must still wait for, rather the one of its queue; none when all have room for it."""
    waited_for = first.waiting_for_id
    for pool_id in sorted(need, key=lambda p: (p != waited_for, p)):
        if not has_room(pools[pool_id], need[pool_id]) or (pool_id != waited_for and _overtakes(first, pools[pool_id])):
            return pool_id
    return None


def _overtakes(booking: Booking, pool: Pool) -> bool:
    """Whether somebody who comes before it, like a group that does not fit yet, waits for that other pool."""
    first = first_in(pool) if pool.waiting else None
    return first is not None and comes_before(pool, first, booking)


def _hold(unit: Sequence[Booking], need: Mapping[int, int]) -> None:
    for booking in unit:
        booking.state, booking.waiting_for_id = BookingState.HELD, None
    db.session.flush()
    take(need)


def _wait(unit: Sequence[Booking], pool: Pool) -> None:
    for booking in unit:
        booking.waiting_for_id = pool.id
    pool.waiting += len(unit)
    db.session.flush()
