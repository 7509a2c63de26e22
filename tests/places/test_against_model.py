"""Long random sequences of operations, compared to a plain model."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.places import queries, service
from eventapp.places.models import Booking, BookingState, Order, Pool
from eventapp.places.service import Wish
from tests.places.model import Model, Seat

AT = datetime(2027, 1, 1, tzinfo=UTC)
STEPS = 40
ONE_BY_ONE = {"event": 5, "hall": 2, "online": None, "company": 2, "other": 3}
GROUPS = {"event": 8, "hall": 4, "online": 3, "company": 5, "other": 6}


class Run:
    """The engine and the model side by side. `groups`: also groups, sizes, and everything that goes by the order."""

    def __init__(self, seed: int, groups: bool) -> None:
        self.random = random.Random(seed)
        self.groups = groups
        capacities = GROUPS if groups else ONE_BY_ONE
        pools = {name: service.new_pool(capacity) for name, capacity in capacities.items()}
        db.session.flush()
        self.ids = {name: pool.id for name, pool in pools.items()}
        self.names = {pool_id: name for name, pool_id in self.ids.items()}
        self.model = Model(dict(capacities))
        self.bookings: dict[int, Booking] = {}
        self.now = 0

    def step(self, number: int) -> str:
        self.now = number
        acts = ["book"] * 5 + ["release"] * 3 + ["rebook", "capacity"]
        more = ["offer", "accept", "move", "move", "resize", "order", "rank", "split"]
        act = self.random.choice(acts + more if self.groups else acts)
        if self.bookings or act == "book":
            getattr(self, act)()
        return act

    def some(self) -> list[int]:
        return self.random.sample(sorted(self.bookings), min(len(self.bookings), self.random.randint(1, 3)))

    def one(self) -> int:
        return self.random.choice(sorted(self.bookings))

    def book(self) -> None:
        """A company's call: some alone, some in up to two groups."""
        company = self.random.choice(["company", "other"])
        party, rank = {"company": 1, "other": 2}[company], self.random.choice([0, 0, 1, 2]) if self.groups else 0
        if self.groups and self.random.random() < 0.1:
            party = None
        wishes = []
        for _n in range(self.random.randint(1, 4 if self.groups else 3)):
            shape = [company, "event", *self.random.choice([[], ["hall"], ["online"]])]
            group = self.random.choice([None, 7, 7, 8]) if self.groups else None
            size = self.random.choice([1, 1, 1, 2]) if self.groups else 1
            wishes.append(Wish(tuple(self.ids[name] for name in shape), size, group, party, rank))
        made = service.book(wishes, at=AT + timedelta(minutes=self.now))
        firsts = {w.group: b.id for b, w in reversed(list(zip(made, wishes, strict=True))) if w.group}
        several = {g for g in firsts if sum(w.group == g for w in wishes) > 1}
        seats = []
        for booking, wish in zip(made, wishes, strict=True):
            self.bookings[booking.id] = booking
            group = firsts[wish.group] if wish.group in several else None
            assert booking.group_id == group
            names = [self.names[pool] for pool in wish.pools]
            seats.append(Seat(booking.id, names, self.now, wish.size, group, wish.party, wish.rank))
        self.model.book(seats)

    def release(self) -> None:
        ids = self.some()
        service.release([self.bookings[i] for i in ids])
        self.model.release(ids)

    def rebook(self) -> None:
        chosen, keep = self.one(), self.random.random() < 0.6
        service.rebook(self.bookings[chosen], at=AT + timedelta(minutes=self.now), keep_turn=keep)
        self.model.rebook(chosen, None if keep else self.now)

    def capacity(self) -> None:
        name, capacity = self.random.choice(sorted(self.ids)), self.random.choice([0, 1, 2, 4, 8, None])
        service.set_capacity(self.ids[name], capacity)
        self.model.capacity[name] = capacity
        self.model.settle()

    def order(self) -> None:
        name, order = self.random.choice(sorted(self.ids)), self.random.choice(list(Order))
        service.set_order(self.ids[name], order)
        self.model.order[name] = order.value
        self.model.settle()

    def rank(self) -> None:
        ranks = {i: self.random.randint(0, 3) for i in self.some()}
        service.set_rank(ranks)
        self.model.set_rank(ranks)

    def offer(self) -> None:
        ids = self.some()
        service.offer([self.bookings[i] for i in ids], AT + timedelta(days=1))
        for seat in (self.model.seats[i] for i in ids):
            seat.state = "offered" if seat.state == "held" else seat.state

    def accept(self) -> None:
        ids = self.some()
        service.accept([self.bookings[i] for i in ids])
        for seat in (self.model.seats[i] for i in ids):
            seat.state = "held" if seat.state == "offered" else seat.state

    def move(self) -> None:
        chosen = self.one()
        has = self.model.seats[chosen].pools
        for old, new in (("hall", "online"), ("online", "hall")):
            if old in has:
                assert self.model.move(chosen, old, new) == self.done(
                    service.move, old=self.ids[old], new=self.ids[new], of=chosen
                )
                return

    def resize(self) -> None:
        chosen, size = self.one(), self.random.randint(1, 4)
        assert self.model.resize(chosen, size) == self.done(service.resize, size=size, of=chosen)

    def split(self) -> None:
        chosen = self.one()
        service.split([self.bookings[chosen]])
        self.model.split(chosen)

    def done(self, act, *, of: int, **values: int) -> bool:  # type: ignore[no-untyped-def]
        """Whether the engine did it, or refused."""
        try:
            with db.session.begin_nested():
                act(self.bookings[of], **values)
        except RuleError:
            db.session.expire_all()
            return False
        return True

    def compare(self, where: str) -> None:
        rows = db.session.execute(select(Booking.id, Booking.state))
        assert {booking_id: state.value for booking_id, state in rows} == self.model.states(), where
        for name, pool_id in self.ids.items():
            taken, capacity, overbooked = db.session.execute(
                select(Pool.taken, Pool.capacity, Pool.overbooked).where(Pool.id == pool_id)
            ).one()
            assert taken == self.model.taken(name), where
            assert overbooked == (0 if capacity is None else max(0, taken - capacity)), where
            waiting = self.model.positions(name)
            assert queries.positions(waiting) == {number: n for n, number in enumerate(waiting, 1)}, where
        assert [*queries.miscounts(), *queries.idle(), *queries.astray(), *queries.torn()] == [], where


@pytest.mark.parametrize("groups", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_random_sequences_end_like_the_model(app: Flask, seed: int, groups: bool) -> None:
    run = Run(seed, groups)
    for number in range(1, STEPS + 1):
        act = run.step(number)
        run.compare(f"seed {seed}, step {number}: {act}")
    db.session.commit()
    waiting = [b for b in run.bookings.values() if b.state is BookingState.WAITING]
    assert set(queries.positions(b.id for b in waiting)) == {b.id for b in waiting}
