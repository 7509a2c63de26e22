"""Pools under their locks: reading them, taking places, giving them back."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import bindparam, insert, or_, select, update

from eventapp.core.db import db, table, write
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.places.models import Booking, BookingPool, Order, Pool

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


def new_pool(capacity: int | None) -> Pool:
    """A pool of `capacity` places, none for no limit."""
    pool = Pool(capacity=capacity, taken=0, overbooked=0, waiting=0, order=Order.FIRST_COME)
    db.session.add(pool)
    return pool


def insert_pool(capacity: int | None) -> int:
    """The id of a pool like `new_pool`, written at once."""
    pool_id: int = write(_NEW_POOL, {"capacity": capacity}).scalar_one()
    return pool_id


def wait_for(pool_id: int) -> None:
    """Takes the pool's lock without reading the pool. On SQLite whoever writes has it already."""
    if db.engine.dialect.name != "sqlite":
        db.session.execute(_WAIT, {"pool": pool_id})


def lock(pool_ids: Iterable[int]) -> dict[int, Pool]:
    """The pools as they are now, locked until the transaction ends, in id order against deadlocks."""
    return {pool.id: pool for pool in db.session.scalars(_LOCK, {"ids": sorted(set(pool_ids))})}


def has_room(pool: Pool, size: int) -> bool:
    """Whether `size` more places fit into the locked pool."""
    return pool.capacity is None or pool.taken + size <= pool.capacity


def take(taking: Mapping[int, int]) -> None:
    """Adds places to `taken`, guarded. Raises RuleError if a pool has no room after all; then nothing is taken."""
    for size in sorted(set(taking.values())):
        ids = sorted(p for p, n in taking.items() if n == size)
        if write(_TAKE, {"ids": ids, "size": size}).rowcount != len(ids):
            raise RuleError(_("The last place has just gone."))


def give_back(pool: Pool, size: int) -> None:
    """Takes places off the locked pool, an overbooking first."""
    pool.taken -= size
    pool.overbooked = max(0, pool.taken - pool.capacity) if pool.capacity is not None else 0


def reload(pools: Iterable[Pool]) -> None:
    """Forgets counters that an UPDATE has changed behind the objects."""
    for pool in pools:
        db.session.expire(pool, ["taken"])


def pools_of(booking_ids: Iterable[int]) -> dict[int, list[int]]:
    """The pools that each booking needs, by booking id."""
    query = select(BookingPool.booking_id, BookingPool.pool_id).where(BookingPool.booking_id.in_(list(booking_ids)))
    found: dict[int, list[int]] = {}
    for booking_id, pool_id in db.session.execute(query):
        found.setdefault(booking_id, []).append(pool_id)
    return found


def refreshed(booking_ids: Iterable[int]) -> Sequence[Booking]:
    """The bookings as they are now, by id."""
    query = select(Booking).where(Booking.id.in_(list(booking_ids))).order_by(Booking.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def lock_with(bookings: Iterable[Booking]) -> Sequence[Booking]:
    """Locks all pools that the bookings need; returns the bookings as they are now, by id."""
    ids = {booking.id for booking in bookings}
    lock(pool_id for needed in pools_of(ids).values() for pool_id in needed)
    return refreshed(ids)
