"""What would become of bookings if they were made now. A look without a lock: whoever books decides."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm.util import identity_key

from eventapp.core.db import db
from eventapp.places.models import Pool
from eventapp.places.service.bookings import Wish, need_of, units_of


@dataclass
class Room:
    """What a pool has left at this moment, none for no limit; `queued` whether somebody waits for it."""

    left: int | None
    queued: bool = False

    def fits(self, size: int) -> bool:
        """Whether a newcomer gets so many."""
        return not self.queued and (self.left is None or size <= self.left)


def rooms_of(pool_ids: Iterable[int]) -> dict[int, Room]:
    """What these pools have left. Pools that are loaded already are not read again, the others at once."""
    ids = set(pool_ids)
    pools = [pool for pool_id in ids if (pool := db.session.identity_map.get(identity_key(Pool, pool_id))) is not None]
    if missing := ids - {pool.id for pool in pools}:
        pools += db.session.scalars(select(Pool).where(Pool.id.in_(missing))).all()
    return {p.id: Room(None if p.capacity is None else p.capacity - p.taken, p.waiting > 0) for p in pools}


def foretell(wishes: Sequence[Wish], rooms: Mapping[int, Room]) -> list[int | None]:
    """For each wish the pool that it would wait for, none if it would be held. `rooms` lose what is taken and gain queues."""
    found: dict[int, int | None] = {}
    for unit in units_of(wishes):
        need = need_of(wishes[n] for n in unit)
        full = next((pool_id for pool_id, size in need.items() if not rooms[pool_id].fits(size)), None)
        for pool_id, size in need.items() if full is None else ():
            room = rooms[pool_id]
            room.left = None if room.left is None else room.left - size
        if full is not None:
            rooms[full].queued = True
        found |= dict.fromkeys(unit, full)
    return [found[n] for n in range(len(wishes))]
