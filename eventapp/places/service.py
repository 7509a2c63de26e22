"""Taking and giving back places.

All work on a pool happens under its row lock, taken in id order (on SQLite the whole transaction is the lock), and
every taking is a guarded update besides: `taken = taken + n WHERE taken + n <= capacity`. Count-then-insert sold 24
of 5 places here. The CHECK of the table is the last backstop.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, insert, or_, select, update

from eventapp.core.db import db, table, write
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.places.models import Booking, BookingPool, BookingState, Pool


@dataclass(frozen=True)
class Wish:
    """`size` places in each of `pools`; of several full pools the first in this order is named as the reason."""

    pools: tuple[int, ...]
    size: int = 1


_POOLS = table(Pool)
# Pools as they are now: also those that the session knows already are read again.
_LOCK = (
    select(Pool)
    .where(Pool.id.in_(bindparam("ids", expanding=True)))
    .order_by(Pool.id)
    .with_for_update()
    .execution_options(populate_existing=True)
)
_WAIT = select(_POOLS.c.id).where(_POOLS.c.id == bindparam("pool")).with_for_update()
# The guard: the question of `has_room` again, asked by the update itself.
_TAKE = (
    update(_POOLS)
    .where(
        _POOLS.c.id.in_(bindparam("ids", expanding=True)),
        or_(_POOLS.c.capacity.is_(None), _POOLS.c.taken + bindparam("size") <= _POOLS.c.capacity),
    )
    .values(taken=_POOLS.c.taken + bindparam("size"))
)
_NEW_POOL = insert(_POOLS).returning(_POOLS.c.id)
_NEEDS = insert(table(BookingPool))


def new_pool(capacity: int | None) -> Pool:
    """A pool of `capacity` places, none for no limit."""
    pool = Pool(capacity=capacity, taken=0, overbooked=0, waiting=0)
    db.session.add(pool)
    return pool


def insert_pool(capacity: int | None) -> int:
    """The id of a pool like `new_pool`, written at once."""
    pool_id: int = write(_NEW_POOL, {"capacity": capacity}).scalar_one()
    return pool_id


def wait_for(pool_id: int) -> None:
    """Takes the pool's lock without reading the pool. On SQLite the transaction has had it from its beginning."""
    if db.engine.dialect.name != "sqlite":
        db.session.execute(_WAIT, {"pool": pool_id})


def lock(pool_ids: Iterable[int]) -> dict[int, Pool]:
    """The pools as they are now, locked until the transaction ends, in id order against deadlocks."""
    return {pool.id: pool for pool in db.session.scalars(_LOCK, {"ids": sorted(set(pool_ids))})}


def has_room(pool: Pool, size: int) -> bool:
    """Whether `size` more places fit into the locked pool."""
    return pool.capacity is None or pool.taken + size <= pool.capacity


def book(wishes: Sequence[Wish], *, at: datetime) -> list[Booking]:
    """One booking for each wish, in order: held where all its pools have room, else waiting for the first full one.

    Newcomers never overtake: a pool that somebody waits for counts as full. Flushes, so that the bookings have ids.
    """
    if not wishes:
        return []
    pools = lock(pool_id for wish in wishes for pool_id in wish.pools)
    bookings = []
    taking: dict[int, int] = {}
    for wish in wishes:
        full = next((p for p in wish.pools if pools[p].waiting or not has_room(pools[p], wish.size + taking.get(p, 0))), None)
        if full is None:
            for pool_id in wish.pools:
                taking[pool_id] = taking.get(pool_id, 0) + wish.size
        else:
            pools[full].waiting += 1
        state = BookingState.HELD if full is None else BookingState.WAITING
        bookings.append(Booking(size=wish.size, state=state, queued_at=at, waiting_for_id=full))
    take(taking)
    db.session.add_all(bookings)
    db.session.flush()
    needed = [
        {"booking_id": booking.id, "pool_id": pool_id}
        for booking, wish in zip(bookings, wishes, strict=True)
        for pool_id in wish.pools
    ]
    write(_NEEDS, needed)
    _reload({pool_id: pools[pool_id] for pool_id in taking})
    return bookings


def intend(wishes: Sequence[Wish], *, at: datetime) -> list[Booking]:
    """One booking for each wish that holds nothing and waits for nothing yet, for an application; `rebook` takes it up."""
    bookings = [Booking(size=wish.size, state=BookingState.RELEASED, queued_at=at, waiting_for_id=None) for wish in wishes]
    if bookings:
        db.session.add_all(bookings)
        db.session.flush()
        pairs = zip(bookings, wishes, strict=True)
        write(_NEEDS, [{"booking_id": booking.id, "pool_id": pool_id} for booking, wish in pairs for pool_id in wish.pools])
    return bookings


def take(taking: dict[int, int]) -> None:
    """Adds places to `taken`, guarded. Raises RuleError if a pool has no room after all; then nothing is taken."""
    for size in sorted(set(taking.values())):
        ids = sorted(p for p, n in taking.items() if n == size)
        if write(_TAKE, {"ids": ids, "size": size}).rowcount != len(ids):
            raise RuleError(_("The last place has just gone."))


def release(bookings: Sequence[Booking]) -> list[Booking]:
    """Gives the places back, or leaves the queue. Returns the bookings that move up in their stead, now held."""
    leaving = {b.id for b in bookings if b.state != BookingState.RELEASED}
    needed = _pools_of(leaving)
    pools = lock(pool_id for ids in needed.values() for pool_id in ids)
    current = {b.id: b for b in _refreshed(leaving)}
    freed: set[int] = set()
    for booking in current.values():
        if booking.state == BookingState.HELD:
            for pool_id in needed[booking.id]:
                _give_back(pools[pool_id], booking.size)
                freed.add(pool_id)
        elif booking.state == BookingState.WAITING and booking.waiting_for_id is not None:
            pools[booking.waiting_for_id].waiting -= 1
            freed.add(booking.waiting_for_id)
        booking.state, booking.waiting_for_id = BookingState.RELEASED, None
    db.session.flush()
    return promote(freed)


def rebook(booking: Booking, *, at: datetime, keep_turn: bool) -> None:
    """Takes a released booking up again: held if there is room, else waiting; with `keep_turn` at its old turn."""
    needed = sorted(_pools_of({booking.id})[booking.id])
    pools = lock(needed)
    if booking.state is not BookingState.RELEASED:
        return
    full = next((p for p in reversed(needed) if pools[p].waiting or not has_room(pools[p], booking.size)), None)
    if not keep_turn:
        booking.queued_at = at
    if full is None:
        booking.state, booking.waiting_for_id = BookingState.HELD, None
        db.session.flush()
        take(dict.fromkeys(needed, booking.size))
        _reload(pools)
    else:
        pools[full].waiting += 1
        booking.state, booking.waiting_for_id = BookingState.WAITING, full
        db.session.flush()


def move(booking: Booking, *, old: int, new: int) -> list[Booking]:
    """Exchanges one pool of a booking for another. A held booking keeps its other places.

    Returns the bookings that move up in the old pool. Raises RuleError if the new one has no room.
    """
    pools = lock({old, new})
    if booking.state is BookingState.HELD:
        if pools[new].waiting or not has_room(pools[new], booking.size):
            raise RuleError(_("There is no place left there."))
        take({new: booking.size})
        _reload(pools)
        _give_back(pools[old], booking.size)
    elif booking.waiting_for_id == old:
        raise RuleError(_("Whoever waits cannot change; cancel and register again."))
    row = update(BookingPool).where(BookingPool.booking_id == booking.id, BookingPool.pool_id == old)
    db.session.execute(row.values(pool_id=new))
    db.session.flush()
    return promote({old})


def set_capacity(pool_id: int, capacity: int | None) -> list[Booking]:
    """Changes a capacity. Below what is taken it stands as a visible overbooking; raised, the waiting move up."""
    pool = lock([pool_id])[pool_id]
    pool.capacity = capacity
    pool.overbooked = max(0, pool.taken - capacity) if capacity is not None else 0
    db.session.flush()
    return promote({pool_id})


def promote(pool_ids: set[int]) -> list[Booking]:
    """Lets the waiting move up, oldest first, while the pools have room. Returns the bookings that hold places now."""
    moved: list[Booking] = []
    open_ids = set(pool_ids)
    while open_ids:
        pools = lock(open_ids)
        open_ids = {p for p, pool in pools.items() if pool.waiting and has_room(pool, 1)}
        booking = _first_waiting(open_ids) if open_ids else None
        if booking is None or booking.waiting_for_id is None:
            break
        waited_for = booking.waiting_for_id
        needed = sorted(_pools_of({booking.id})[booking.id])
        pools |= lock(needed)
        full = next((p for p in needed if not has_room(pools[p], booking.size) or _overtakes(booking, pools[p])), None)
        if full == waited_for:
            open_ids.discard(waited_for)  # a group that does not fit yet holds back those behind it
            continue
        pools[waited_for].waiting -= 1
        if full is None:
            booking.state, booking.waiting_for_id = BookingState.HELD, None
            db.session.flush()
            take(dict.fromkeys(needed, booking.size))
            moved.append(booking)
        else:
            pools[full].waiting += 1
            booking.waiting_for_id = full
            db.session.flush()
    return moved


def recount(pool_ids: Iterable[int]) -> None:
    """Sets the counters of pools by their bookings, after bookings were moved between them."""
    for pool in lock(pool_ids).values():
        needing = select(BookingPool.booking_id).where(BookingPool.pool_id == pool.id)
        held = select(func.coalesce(func.sum(Booking.size), 0)).where(Booking.id.in_(needing), Booking.state == BookingState.HELD)
        waiting = select(func.count()).where(Booking.waiting_for_id == pool.id)
        pool.taken, pool.waiting = db.session.scalar(held) or 0, db.session.scalar(waiting) or 0
        pool.overbooked = max(0, pool.taken - pool.capacity) if pool.capacity is not None else 0
    db.session.flush()


def _reload(pools: dict[int, Pool]) -> None:
    """Forgets counters that an UPDATE has changed behind the objects."""
    for pool in pools.values():
        db.session.expire(pool, ["taken"])


def _give_back(pool: Pool, size: int) -> None:
    pool.taken -= size
    pool.overbooked = max(0, pool.taken - pool.capacity) if pool.capacity is not None else 0


def _pools_of(booking_ids: set[int]) -> dict[int, list[int]]:
    rows = db.session.execute(select(BookingPool.booking_id, BookingPool.pool_id).where(BookingPool.booking_id.in_(booking_ids)))
    found: dict[int, list[int]] = {}
    for booking_id, pool_id in rows:
        found.setdefault(booking_id, []).append(pool_id)
    return found


def _refreshed(booking_ids: set[int]) -> Sequence[Booking]:
    query = select(Booking).where(Booking.id.in_(booking_ids)).order_by(Booking.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def _overtakes(booking: Booking, pool: Pool) -> bool:
    """Whether somebody with an older turn, like a group that does not fit yet, waits for that other pool."""
    if not pool.waiting or pool.id == booking.waiting_for_id:
        return False
    first = _first_waiting({pool.id})
    return first is not None and (first.queued_at, first.id) < (booking.queued_at, booking.id)


def _first_waiting(pool_ids: set[int]) -> Booking | None:
    query = select(Booking).where(Booking.waiting_for_id.in_(pool_ids)).order_by(Booking.queued_at, Booking.id).limit(1)
    return db.session.scalar(query.execution_options(populate_existing=True))
