"""G1: never one place too many. 50 processes at the last place, 20 rounds, on both databases."""

import multiprocessing
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import bindparam, func, select, text, update

from eventapp.core import db as core_db
from eventapp.core.db import db, table, transaction
from eventapp.core.errors import RuleError
from eventapp.places import service
from eventapp.places.models import TAKING, Booking, BookingPool, BookingState, Order, Pool
from eventapp.places.queries import astray, idle, miscounts, torn
from eventapp.places.service import bookings, changes, promotion
from eventapp.places.service import pools as locked
from tests.conftest import NOW

PROCESSES = 50
ROUNDS = 20
PATIENCE = 60  # seconds for all tries of a round together
Act = Callable[[Flask, int, tuple[int, ...]], str]


def book_one(app: Flask, number: int, pools: tuple[int, ...]) -> str:
    """One process's try: held, waiting, or refused. Every other process names the pools in the opposite order."""
    wanted = pools if number % 2 else pools[::-1]
    with app.app_context():
        try:
            with transaction():
                booking = service.book([service.Wish(wanted)], at=NOW + timedelta(seconds=number))[0]
                state = booking.state.value
        except RuleError:
            state = "refused"
        db.session.remove()
    return state


def unguarded(app: Flask, number: int, pools: tuple[int, ...]) -> str:
    """The same without the protection."""
    unprotect(app)
    return book_one(app, number, pools)


def unprotect(app: Flask) -> None:
    """No lock, no guard in the UPDATE, no transaction around it on SQLite, no CHECK."""

    def unlocked(ids: Iterable[int]) -> dict[int, Pool]:
        return {p.id: p for p in db.session.scalars(select(Pool).where(Pool.id.in_(sorted(set(ids)))))}

    for module in (service, bookings, changes, locked, promotion):
        module.lock = unlocked
    rows = table(Pool)
    blind = update(rows).where(rows.c.id.in_(bindparam("ids", expanding=True)))
    locked._TAKE = blind.values(taken=rows.c.taken + bindparam("size"))
    core_db.begin_statement = lambda: "SELECT 1"
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            db.session.execute(text("PRAGMA ignore_check_constraints=ON"))


def anything(app: Flask, number: int, pools: tuple[int, ...]) -> str:
    """What may happen at once to the same three pools: groups and single people come, others go, blocks change their
    size, capacities go up and down, offers are made, accepted and lapse, and schedulers promote."""
    event, company, hall = pools
    act = ACTS[number % len(ACTS)]
    with app.app_context():
        try:
            with transaction():
                service.lock([event])  # what all bookings of an event share, as its callers do
                act(number, event, company, hall)
                # Another one's eyes: whoever is next in the queues would be let in, if there was room.
                service.promote(pools)
            outcome = "done"
        except RuleError:
            outcome = "refused"
        finally:
            db.session.remove()
    return outcome


def anything_unprotected(app: Flask, number: int, pools: tuple[int, ...]) -> str:
    """The same without the protection."""
    unprotect(app)
    return anything(app, number, pools)


def some(number: int, pool: int, *states: BookingState) -> list[Booking]:
    """A booking of the pool in one of the states; which one depends on the number."""
    needing = select(BookingPool.booking_id).where(BookingPool.pool_id == pool)
    found = db.session.scalars(
        select(Booking).where(Booking.id.in_(needing), Booking.state.in_(states)).order_by(Booking.id)
    ).all()
    return [found[number % len(found)]] if found else []


def group_comes(number: int, *pools: int) -> None:
    wish = service.Wish((pools[1], pools[0], pools[2]), group=1, party=number % 3, rank=number % 2)
    service.book([wish] * 2, at=NOW + timedelta(seconds=number))


def single_comes(number: int, *pools: int) -> None:
    service.book([service.Wish(pools, party=number % 3)], at=NOW + timedelta(seconds=number))


def block_comes(number: int, *pools: int) -> None:
    service.book([service.Wish(pools[:1], 3, party=9)], at=NOW + timedelta(seconds=number))


def somebody_goes(number: int, *pools: int) -> None:
    moved = service.release(some(number, pools[0], *TAKING, BookingState.WAITING))
    service.offer(moved[::2], NOW + timedelta(hours=number % 3))


def block_changes(number: int, *pools: int) -> None:
    for booking in some(number, pools[0], *TAKING):
        service.resize(booking, 1 + number % 4)


def capacity_changes(number: int, *pools: int) -> None:
    service.set_capacity(pools[number % 3], (2, 4, 7, None)[number % 4])


def order_changes(number: int, *pools: int) -> None:
    service.set_order(pools[number % 3], list(Order)[number % 3])


def offer_is_answered(number: int, *pools: int) -> None:
    service.accept(some(number, pools[0], BookingState.OFFERED))


def offers_lapse(number: int, *pools: int) -> None:
    service.release([b for b in service.lapsed(NOW + timedelta(hours=1)) if b.state is BookingState.OFFERED])


ACTS = (
    group_comes, single_comes, somebody_goes, capacity_changes, single_comes, offer_is_answered, block_comes, group_comes,
    block_changes, somebody_goes, order_changes, offers_lapse, somebody_goes,
)  # fmt: skip


def answer_or_lapse(app: Flask, number: int, pools: tuple[int, ...]) -> str:
    """One offer whose deadline is over by now: half of them say yes at the last moment, half are schedulers."""
    with app.app_context():
        try:
            with transaction():
                service.lock(pools)
                if number % 2:
                    accepted = service.accept(some(0, pools[0], BookingState.OFFERED))
                    outcome = f"accepted {len(accepted)}"
                else:
                    over = [b for b in service.lapsed(NOW) if b.state is BookingState.OFFERED]
                    outcome = f"lapsed {len(over)}, moved up {len(service.release(over))}"
        finally:
            db.session.remove()
    return outcome


def process(app: Flask, number: int, act: Act, orders: Connection, gate: Any) -> None:
    """Waits for the pools of a round, then for all the others, then tries."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose(close=False)
    while (pools := orders.recv()) is not None:
        gate.wait(timeout=60)
        try:
            orders.send(act(app, number, pools))
        except Exception as error:
            orders.send(f"{type(error).__name__}: {error}")


class Crowd:
    """Processes that all try at once, round after round."""

    def __init__(self, app: Flask, act: Act, size: int = PROCESSES) -> None:
        context = multiprocessing.get_context("fork")
        db.session.remove()
        db.engine.dispose()
        self.gate = context.Barrier(size)
        self.lines = [context.Pipe() for _n in range(size)]
        self.processes = [
            context.Process(target=process, args=(app, n, act, theirs, self.gate), daemon=True)
            for n, (_ours, theirs) in enumerate(self.lines)
        ]
        for started in self.processes:
            started.start()

    def __enter__(self) -> "Crowd":
        return self

    def __exit__(self, *_error: object) -> None:
        for ours, _theirs in self.lines:
            ours.send(None)
        until = time.monotonic() + 20
        for started in self.processes:
            started.join(timeout=max(0, until - time.monotonic()))
            if started.is_alive():
                started.kill()

    def rush(self, pools: tuple[int, ...]) -> list[str]:
        """What became of each try; "no answer" where one has not come to its end in time."""
        for ours, _theirs in self.lines:
            ours.send(pools)
        until = time.monotonic() + PATIENCE
        return [ours.recv() if ours.poll(max(0, until - time.monotonic())) else "no answer" for ours, _theirs in self.lines]


def pools_of(*capacities: int | None) -> tuple[int, ...]:
    """Pools with these capacities, committed."""
    with transaction():
        made = [service.new_pool(capacity) for capacity in capacities]
        db.session.flush()
        ids = tuple(pool.id for pool in made)
    db.session.remove()
    return ids


def held(pool_ids: tuple[int, ...]) -> int:
    """How many bookings really hold a place, counted in the rows."""
    count = db.session.scalar(select(func.count()).where(Booking.state == BookingState.HELD))
    db.session.remove()
    return int(count or 0)


# The last place, under one limit, two in opposite order, and three at once: event, company and mode.
KINDS = [(1,), (1, None), (1, 1), (1, 1, 1), (3, 1, None)]


@pytest.mark.timeout(180)
def test_fifty_processes_share_one_last_place(app: Flask) -> None:
    with Crowd(app, book_one) as crowd:
        for number in range(ROUNDS):
            before = held(())
            ids = pools_of(*KINDS[number % len(KINDS)])
            outcome = crowd.rush(ids)
            assert sorted(set(outcome)) == ["held", "waiting"], set(outcome)
            assert outcome.count("held") == 1, (number, outcome)
            assert held(ids) - before == 1
    assert miscounts() == []
    db.session.remove()


def damage() -> list[object]:
    """What the engine's own examination finds."""
    found = [*miscounts(), *idle(), *astray(), *torn()]
    query = select(Pool.id).where(Pool.capacity.is_not(None), Pool.taken > Pool.capacity + Pool.overbooked)
    found += db.session.scalars(query).all()
    db.session.remove()
    return found


@pytest.mark.timeout(240)
def test_whatever_happens_at_once_everything_is_counted_right(app: Flask) -> None:
    with Crowd(app, anything, 26) as crowd:
        for number in range(ROUNDS // 2):
            ids = pools_of(6, 5, 4)
            for _turn in range(3):
                outcome = crowd.rush(ids)
                assert set(outcome) <= {"done", "refused"}, (number, set(outcome))
                assert damage() == [], number


@pytest.mark.timeout(240)
def test_without_the_guard_it_is_counted_wrong(app: Flask) -> None:
    """The negative control of the test above."""
    if db.engine.dialect.name == "postgresql":
        for name in ("taken_within_capacity", "taken_not_negative", "waiting_not_negative"):
            db.session.execute(text(f"ALTER TABLE pool DROP CONSTRAINT ck_pool_{name}"))
        db.session.commit()
    with Crowd(app, anything_unprotected, 26) as crowd:
        for _number in range(ROUNDS):
            crowd.rush(pools_of(6, 5, 4))
            if damage():
                return
    pytest.fail("nothing was counted wrong without the protection: the guarantee proves nothing")


@pytest.mark.timeout(180)
def test_an_offer_is_accepted_or_lapses_and_never_both(app: Flask) -> None:
    with Crowd(app, answer_or_lapse, 16) as crowd:
        for number in range(ROUNDS // 2):
            ids = pools_of(1)
            with transaction():
                first, _next = service.book([service.Wish(ids)] * 2, at=NOW)
                service.offer([first], NOW)
            db.session.remove()
            outcome = [o for o in crowd.rush(ids) if o not in ("accepted 0", "lapsed 0, moved up 0")]
            assert outcome in (["accepted 1"], ["lapsed 1, moved up 1"]), (number, outcome)
            assert damage() == []


@pytest.mark.timeout(180)
def test_without_the_guard_it_is_sold_more_than_once(app: Flask) -> None:
    """The negative control: the test above can fail."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("ALTER TABLE pool DROP CONSTRAINT ck_pool_taken_within_capacity"))
        db.session.commit()
    oversold = 0
    with Crowd(app, unguarded, 20) as crowd:
        for _number in range(ROUNDS):
            outcome = crowd.rush(pools_of(1))
            oversold += outcome.count("held") > 1
            if oversold:
                break
    assert oversold, "nothing was oversold without the protection: the guarantee proves nothing"
