"""The editor of the timetable with 70 and 600 sessions, its warnings, and a release in which all 600 have moved."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from bench import data
from bench.agenda import BENCH, SHAPES, fill
from bench.figures import Figure
from bench.measures import Bench, _child
from eventapp import create_app
from eventapp.agenda.models import SessionSlot
from eventapp.agenda.releases import service
from eventapp.agenda.releases.telling import Group
from eventapp.agenda.timetable import queries
from eventapp.agenda.timetable.rules import check
from eventapp.core.db import db, reading, rollback, transaction
from eventapp.events.models import Event


def timetable(bench: Bench) -> Iterator[Figure]:
    """How the grid of a day answers, how long warnings take, and how long a release takes."""
    database = bench.engine.new("timetable")
    data.generate(database, companies=20, people=100, registrations=100)
    fill(database)
    for slug, (sessions, rooms, days) in SHAPES:
        path = f"/admin/events/{slug}/agenda/timetable"
        shown = _child(database.environ(), "pages", data.ORGANIZER, path)
        note = f"a day of {days} with {rooms} rooms, median of 30, server side"
        yield Figure(f"editor, {sessions} sessions", bench.kind, shown[path], "ms", note=note)
    app = create_app(database.settings())
    slug, (sessions, _rooms, _days) = SHAPES[-1]
    with app.app_context():
        took = _warnings(slug, bench.sizes.rounds)
        yield Figure(f"warnings of {sessions} sessions", bench.kind, took * 1000, "ms", at_most=50, note="facts in memory")
        seconds = _release(slug)
        note = "every session moved: difference, rows, sequences, log"
        yield Figure(f"release of {sessions} sessions", bench.kind, seconds, "s", at_most=2, note=note)
        db.session.remove()


def _event(slug: str) -> Event:
    return db.session.scalars(select(Event).where(Event.slug == slug)).one()


def _warnings(slug: str, rounds: int) -> float:
    with reading():
        facts = queries.draft(_event(slug)).facts
        took = [_timed(lambda: check(facts)) for _round in range(max(3, rounds))]
        rollback()
    return min(took)


def _release(slug: str) -> float:
    """Moves everything by a quarter of an hour and releases it; how long that takes."""
    with transaction():
        event = _event(slug)
        for slot in db.session.scalars(select(SessionSlot).where(SessionSlot.event_id == event.id)):
            slot.starts_at = slot.starts_at + timedelta(minutes=15) if slot.starts_at else None
    db.session.expire_all()
    return _timed(lambda: _carry_out(slug))


def _carry_out(slug: str) -> None:
    with transaction():
        service.release(_event(slug), "Everything moved", tell=tuple(Group), by=BENCH, at=datetime.now(UTC))


def _timed(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
