"""G1: never one place too many. 50 processes at the last place, 20 rounds, on both databases."""

import multiprocessing
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
from eventapp.places.models import Booking, BookingState, Pool
from eventapp.places.queries import miscounts
from eventapp.places.service import bookings, changes, promotion
from eventapp.places.service import pools as locked
from tests.conftest import NOW

PROCESSES = 50
ROUNDS = 20
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
    """The same without the protection: no lock, no guard in the UPDATE, no transaction around it on SQLite, no CHECK."""

    def unlocked(ids: Iterable[int]) -> dict[int, Pool]:
        return {p.id: p for p in db.session.scalars(select(Pool).where(Pool.id.in_(sorted(set(ids)))))}

    for module in (bookings, changes, locked, promotion):
        module.lock = unlocked
    rows = table(Pool)
    blind = update(rows).where(rows.c.id.in_(bindparam("ids", expanding=True)))
    locked._TAKE = blind.values(taken=rows.c.taken + bindparam("size"))
    core_db.begin_statement = lambda: "SELECT 1"
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            db.session.execute(text("PRAGMA ignore_check_constraints=ON"))
    return book_one(app, number, pools)


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
        for started in self.processes:
            started.join(timeout=20)
            if started.is_alive():
                started.kill()

    def rush(self, pools: tuple[int, ...]) -> list[str]:
        """What became of each try."""
        for ours, _theirs in self.lines:
            ours.send(pools)
        return [ours.recv() for ours, _theirs in self.lines]


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
