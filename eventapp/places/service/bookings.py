"""What becomes of a booking: made, given back, taken up again, changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, insert, update

from eventapp.core.db import db, insert_now, table, write
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.places.models import TAKING, Booking, BookingPool, BookingState, Order
from eventapp.places.queries import together, waiting_in_group
from eventapp.places.service.pools import give_back, has_room, lock, pools_of, refreshed, reload, take
from eventapp.places.service.promotion import promote, queue_anew

_NEEDS = insert(table(BookingPool))
_UNSYNCHRONISED = {"synchronize_session": False}


@dataclass(frozen=True)
class Wish:
    """`size` places in each of `pools`; of several full pools the first in this order is named as the reason.

    Wishes of one call with the same `group`, a number that only tells them apart, come together or not at all.
    `party` and `rank` are for pools whose waiting list goes by them.
    """

    pools: tuple[int, ...]
    size: int = 1
    group: int | None = None
    party: int | None = None
    rank: int = 0


def book(wishes: Sequence[Wish], *, at: datetime) -> list[Booking]:
    """One booking for each wish, in order: held where all its pools have room, else waiting for the first full one.

    Newcomers never overtake: a pool that somebody waits for counts as full. Only where the pool's own order puts them
    before all who wait, and there is room, do they get it. Flushes, so that the bookings have ids.
    """
    if not wishes:
        return []
    pools = lock(pool_id for wish in wishes for pool_id in wish.pools)
    made: dict[int, Booking] = {}
    taking: dict[int, int] = {}
    units = units_of(wishes)
    for unit in units:
        need = need_of(wishes[n] for n in unit)
        full = next((p for p in need if pools[p].waiting or not has_room(pools[p], need[p] + taking.get(p, 0))), None)
        if full is None:
            for pool_id, size in need.items():
                taking[pool_id] = taking.get(pool_id, 0) + size
        else:
            pools[full].waiting += len(unit)
        state = BookingState.HELD if full is None else BookingState.WAITING
        for n in unit:
            # A group stands in a queue as one, wherever it stands.
            made[n] = _new(wishes[n], wishes[unit[0]], at, state, full)
    bookings = [made[n] for n in range(len(wishes))]
    take(taking)
    insert_now(bookings)
    _bind(bookings, wishes, units)
    reload(pools[pool_id] for pool_id in taking)
    queues = {b.waiting_for_id for b in bookings if b.waiting_for_id is not None}
    if sorted_otherwise := {p for p in queues if pools[p].order is not Order.FIRST_COME}:
        promote(sorted_otherwise, among={booking.id for booking in bookings})
    return bookings


def intend(wishes: Sequence[Wish], *, at: datetime) -> list[Booking]:
    """One booking for each wish that holds nothing and waits for nothing yet, for an application; `rebook` takes it up."""
    units = units_of(wishes)
    first = {n: wishes[unit[0]] for unit in units for n in unit}
    bookings = [_new(wish, first[n], at, BookingState.RELEASED, None) for n, wish in enumerate(wishes)]
    if bookings:
        insert_now(bookings)
        _bind(bookings, wishes, units)
    return bookings


def _new(wish: Wish, first: Wish, at: datetime, state: BookingState, full: int | None) -> Booking:
    return Booking(size=wish.size, state=state, queued_at=at, waiting_for_id=full, party=first.party, rank=first.rank)


def _bind(bookings: Sequence[Booking], wishes: Sequence[Wish], units: Sequence[Sequence[int]]) -> None:
    """Binds bookings that have their ids now to their groups, and to the pools that they need."""
    if groups := [unit for unit in units if len(unit) > 1]:
        for unit in groups:
            for n in unit:
                bookings[n].group_id = bookings[unit[0]].id
        db.session.flush()
    pairs = zip(bookings, wishes, strict=True)
    write(_NEEDS, [{"booking_id": booking.id, "pool_id": pool_id} for booking, wish in pairs for pool_id in wish.pools])


def units_of(wishes: Sequence[Wish]) -> list[list[int]]:
    """The wishes that come together, by their numbers; whoever has no group comes alone."""
    units: dict[tuple[bool, int], list[int]] = {}
    for n, wish in enumerate(wishes):
        units.setdefault((False, n) if wish.group is None else (True, wish.group), []).append(n)
    return list(units.values())


def need_of(wishes: Iterable[Wish]) -> dict[int, int]:
    """How many places of each pool they need together."""
    need: dict[int, int] = {}
    for wish in wishes:
        for pool_id in wish.pools:
            need[pool_id] = need.get(pool_id, 0) + wish.size
    return need


def release(bookings: Sequence[Booking]) -> list[Booking]:
    """Gives the places back, or leaves the queue; the rest of a group goes on. Returns who moves up instead, now held."""
    leaving = {b.id for b in bookings if b.state != BookingState.RELEASED}
    needed = pools_of(leaving)
    pools = lock(pool_id for ids in needed.values() for pool_id in ids)
    current = refreshed(leaving)
    # Whoever waits with a group may wait for a pool that only others of it need.
    if others := {b.waiting_for_id for b in current if b.waiting_for_id is not None} - pools.keys():
        pools |= lock(others)
    freed: set[int] = set()
    groups: set[int] = set()
    for booking in current:
        if booking.state in TAKING:
            for pool_id in needed[booking.id]:
                give_back(pools[pool_id], booking.size)
                freed.add(pool_id)
        elif booking.waiting_for_id is not None:
            pools[booking.waiting_for_id].waiting -= 1
            freed.add(booking.waiting_for_id)
            if booking.group_id is not None:
                groups.add(booking.group_id)
        booking.state, booking.waiting_for_id, booking.offered_until = BookingState.RELEASED, None, None
    db.session.flush()
    return promote(freed | queue_anew(waiting_in_group(group_id) for group_id in sorted(groups)))


def discard(bookings: Sequence[Booking]) -> list[Booking]:
    """Gives the places back and deletes the bookings, to which nothing may refer any more. Returns who moves up instead."""
    moved = release(bookings)
    ids = [booking.id for booking in bookings]
    for booking in bookings:
        db.session.expunge(booking)
    db.session.execute(delete(BookingPool).where(BookingPool.booking_id.in_(ids)), execution_options=_UNSYNCHRONISED)
    db.session.execute(delete(Booking).where(Booking.id.in_(ids)), execution_options=_UNSYNCHRONISED)
    return moved


def rebook(booking: Booking, *, at: datetime, keep_turn: bool) -> list[Booking]:
    """Takes a released booking up again: held if there is room, else waiting; with `keep_turn` at its old turn.

    With its old turn it joins its group, if that still waits; with a new one it comes alone. Returns others who move up.
    """
    needed = sorted(pools_of({booking.id})[booking.id])
    pools = lock(needed)
    db.session.refresh(booking)
    if booking.state is not BookingState.RELEASED:
        return []
    if not keep_turn:
        booking.queued_at, booking.group_id = at, None
    full = next((other.waiting_for_id for other in together(booking) if other.waiting_for_id is not None), None)
    if full is None:
        full = next((p for p in reversed(needed) if pools[p].waiting or not has_room(pools[p], booking.size)), None)
    if full is None:
        booking.state = BookingState.HELD
        db.session.flush()
        take(dict.fromkeys(needed, booking.size))
        reload(pools.values())
        return []
    if full not in pools:
        pools |= lock([full])
    pools[full].waiting += 1
    booking.state, booking.waiting_for_id = BookingState.WAITING, full
    db.session.flush()
    # At its old turn it may be the first of all, before a group that does not fit yet.
    return [moved for moved in promote({full}) if moved is not booking]


def move(booking: Booking, *, old: int, new: int) -> list[Booking]:
    """Exchanges one pool of a booking for another. A booking that holds places keeps its other ones.

    Returns the bookings that move up in the old pool. Raises RuleError if the new one has no room.
    """
    pools = lock({old, new})
    if booking.state in TAKING:
        if pools[new].waiting or not has_room(pools[new], booking.size):
            raise RuleError(_("There is no place left there."))
        take({new: booking.size})
        reload(pools.values())
        give_back(pools[old], booking.size)
    elif booking.waiting_for_id == old:
        raise RuleError(_("Whoever waits cannot change; cancel and register again."))
    row = update(BookingPool).where(BookingPool.booking_id == booking.id, BookingPool.pool_id == old)
    db.session.execute(row.values(pool_id=new))
    db.session.flush()
    return promote({old})


def exchange(bookings: Select[int], *, old: int, new: int) -> None:
    """Lets all these bookings (a query of their ids) need the pool `new` where they needed `old`, room or not.

    Counts nothing: the caller holds the locks, and counts both pools anew (`recount`).
    """
    for column in (BookingPool.pool_id, Booking.waiting_for_id):
        id_ = BookingPool.booking_id if column is BookingPool.pool_id else Booking.id
        statement = update(column.class_).where(column == old, id_.in_(bookings)).values({column: new})
        db.session.execute(statement, execution_options={"synchronize_session": False})


def need(booking: Booking, pool_id: int, *, at: datetime) -> list[Booking]:
    """Lets a booking need one more pool. Returns the bookings that move up instead.

    One that holds places keeps them if the pool has room; else it gives them back and waits, at its old turn.
    """
    pool = lock([pool_id])[pool_id]
    db.session.refresh(booking)
    holds, moved = booking.state in TAKING, list[Booking]()
    stays = holds and not pool.waiting and has_room(pool, booking.size)
    if stays:
        take({pool_id: booking.size})
        reload([pool])
    elif holds:
        moved = release([booking])
    write(_NEEDS, [{"booking_id": booking.id, "pool_id": pool_id}])
    if holds and not stays:
        moved += rebook(booking, at=at, keep_turn=True)
    return moved


def spare(booking: Booking, pool_id: int) -> list[Booking]:
    """Lets a booking do without one of its pools. Returns the bookings that move up, perhaps itself among them."""
    pool = lock([pool_id])[pool_id]
    db.session.execute(delete(BookingPool).where(BookingPool.booking_id == booking.id, BookingPool.pool_id == pool_id))
    if booking.state in TAKING:
        give_back(pool, booking.size)
        db.session.flush()
        return promote({pool_id})
    if booking.waiting_for_id != pool_id:
        return []
    return promote(queue_anew([together(booking)]))


def resize(booking: Booking, size: int) -> list[Booking]:
    """Makes a booking that holds places smaller or larger. Returns who moves up into what it gave back.

    Raises RuleError if it holds none, if `size` is below one, or if a pool has no room for more or somebody waits there.
    """
    pools = lock(pools_of({booking.id})[booking.id])
    db.session.refresh(booking)
    more = size - booking.size
    if booking.state not in TAKING or size < 1:
        raise RuleError(_("There are no such places any more."))
    if more > 0:
        if any(pool.waiting or not has_room(pool, more) for pool in pools.values()):
            raise RuleError(_("There is no place left there."))
        take(dict.fromkeys(pools, more))
        reload(pools.values())
    for pool in pools.values() if more < 0 else ():
        give_back(pool, -more)
    booking.size = size
    db.session.flush()
    return promote(set(pools)) if more < 0 else []
