"""Long random sequences of operations, compared to a model of a few lines."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.places import queries, service
from eventapp.places.models import Booking, BookingState, Pool
from eventapp.places.service import Wish
from tests.places.model import Model

AT = datetime(2027, 1, 1, tzinfo=UTC)
STEPS = 60
SHAPES = (["company", "event"], ["other", "event"], ["company", "event", "hall"], ["other", "event", "online"])


class Run:
    """The engine and the model side by side."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        capacities = {"event": 5, "company": 2, "other": 3, "hall": 2, "online": None}
        self.pools = {name: service.new_pool(capacity) for name, capacity in capacities.items()}
        db.session.flush()
        self.ids = {name: pool.id for name, pool in self.pools.items()}
        self.model = Model(dict(capacities))
        self.bookings: dict[int, Booking] = {}

    def step(self, number: int) -> str:
        act = self.random.choices(["book", "release", "rebook", "capacity"], [5, 3, 1, 1])[0]
        if act == "book":
            shapes = [self.random.choice(SHAPES) for _n in range(self.random.randint(1, 3))]
            wishes = [Wish(tuple(self.ids[name] for name in shape)) for shape in shapes]
            for shape, booking in zip(shapes, service.book(wishes, at=AT + timedelta(minutes=number)), strict=True):
                self.bookings[booking.id] = booking
                self.model.book(booking.id, shape, number)
        elif act == "release" and self.bookings:
            ids = self.random.sample(sorted(self.bookings), min(len(self.bookings), self.random.randint(1, 3)))
            service.release([self.bookings[i] for i in ids])
            self.model.release(ids)
        elif act == "rebook" and self.bookings:
            chosen = self.random.choice(sorted(self.bookings))
            service.rebook(self.bookings[chosen], at=AT, keep_turn=True)
            self.model.rebook(chosen)
        elif act == "capacity":
            name, capacity = self.random.choice(sorted(self.ids)), self.random.choice([0, 1, 2, 4, 8, None])
            service.set_capacity(self.ids[name], capacity)
            self.model.set_capacity(name, capacity)
        return act

    def states(self) -> dict[int, str]:
        rows = db.session.execute(select(Booking.id, Booking.state))
        return {booking_id: state.value for booking_id, state in rows}


@pytest.mark.parametrize("seed", range(10))
def test_random_sequences_end_like_the_model(app: Flask, seed: int) -> None:
    run = Run(seed)
    for number in range(STEPS):
        act = run.step(number)
        assert run.states() == run.model.states(), f"seed {seed}, step {number}: {act}"
        for name, pool_id in run.ids.items():
            assert db.session.scalar(select(Pool.taken).where(Pool.id == pool_id)) == run.model.taken(name)
    db.session.commit()
    assert queries.miscounts() == []
    waiting = [b for b in run.bookings.values() if b.state is BookingState.WAITING]
    assert set(queries.positions(b.id for b in waiting)) == {b.id for b in waiting}


@pytest.mark.parametrize("seed", range(6))
def test_groups_and_moves_keep_the_counters_right(app: Flask, seed: int) -> None:
    """Groups have no simple model; what must hold all the same: counters, capacities, and nobody waits beside an empty pool."""
    chance = random.Random(1000 + seed)
    ids = [_pool(capacity) for capacity in (6, 3, 4)]
    bookings: list[Booking] = []
    for number in range(STEPS):
        act = chance.choice(["book", "book", "release", "move", "rebook", "capacity"])
        if act == "book":
            needed = chance.sample(ids, chance.randint(1, 3))
            bookings += service.book([Wish(tuple(needed), chance.randint(1, 3))], at=AT + timedelta(minutes=number))
        elif act == "capacity":
            service.set_capacity(chance.choice(ids), chance.choice([2, 3, 6, 9]))
        elif bookings and act == "release":
            service.release([chance.choice(bookings)])
        elif bookings and act == "rebook":
            service.rebook(chance.choice(bookings), at=AT, keep_turn=chance.random() < 0.5)
        elif bookings:
            booking = chance.choice(bookings)
            has = set(db.session.execute(_pools_of(booking)).scalars())
            free = [i for i in ids if i not in has]
            if free:
                try:
                    with db.session.begin_nested():
                        service.move(booking, old=min(has), new=free[0])
                except RuleError:
                    db.session.expire_all()
        db.session.flush()
        assert queries.miscounts() == [], f"seed {seed}, step {number}: {act}"
        for pool in service.lock(ids).values():
            assert pool.capacity is not None
            assert pool.taken <= pool.capacity + pool.overbooked
            assert pool.overbooked == max(0, pool.taken - pool.capacity)
            assert not (pool.waiting and pool.taken == 0 and pool.capacity >= 3 and _fits_alone(pool)), "a queue at an empty pool"


def _pool(capacity: int) -> int:
    made = service.new_pool(capacity)
    db.session.flush()
    return made.id


def _pools_of(booking: Booking):  # type: ignore[no-untyped-def] # a Select of ids
    from eventapp.places.models import BookingPool

    return select(BookingPool.pool_id).where(BookingPool.booking_id == booking.id)


def _fits_alone(pool: Pool) -> bool:
    """Whether the first in the queue needs this pool only."""
    first = db.session.scalar(
        select(Booking).where(Booking.waiting_for_id == pool.id).order_by(Booking.queued_at, Booking.id).limit(1)
    )
    return first is not None and len(db.session.execute(_pools_of(first)).all()) == 1
