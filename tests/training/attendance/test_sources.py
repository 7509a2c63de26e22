"""Join links, the door and the worker: what comes in without anybody on the pages of the run."""

from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from eventapp.agenda.joining.models import Arrival
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db, transaction
from eventapp.core.jobs import JOBS, SWEEPS
from eventapp.registrations.models import Registration
from eventapp.training.attendance import counting, evidence
from eventapp.training.attendance.rules import Doubt
from eventapp.training.models import AttendanceInterval, AttendanceState, IntervalSource
from tests.training.attendance.conftest import ENDS, STARTS, World, run_now, table, take_in

WHOLE = "4/13/2027 8:00:00 AM\t4/13/2027 10:00:00 AM"


@pytest.fixture
def at(clock: Any) -> Any:
    """Turns the clock, and lets the worker count."""

    def turned(moment: Any) -> None:
        clock.move_to(moment)
        db.session.rollback()
        JOBS["attendance.count"]()
        db.session.expire_all()

    return turned


def registration(world: World, address: str) -> Registration:
    return db.session.get_one(Registration, world.of(address).registration_id)


def click(world: World, address: str, minutes: int) -> None:
    at = STARTS + timedelta(minutes=minutes)
    with transaction():
        db.session.add(Arrival(registration_id=registration(world, address).id, first_at=at, last_at=at))


def test_the_worker_counts_every_minute(app: Flask) -> None:
    assert "attendance.count" in SWEEPS


def test_a_click_counts_to_the_end_until_a_report_knows_better(small: World, at: Any) -> None:
    click(small, "ada@donau.example", 12)
    at(STARTS + timedelta(minutes=20))
    ada = small.of("ada@donau.example")
    assert (ada.attended, ada.attendance) == (108 * 60, AttendanceState.ATTENDED)
    (line,) = db.session.scalars(select(AttendanceInterval)).all()
    assert (line.source, line.left_at) == (IntervalSource.JOIN, None), "open-ended, and shown so"
    assert small.of("ben@donau.example").attendance is None
    take_in(small, table(f"Ben Weiß\t{WHOLE}\t\tAttendee"), at=STARTS + timedelta(minutes=130))
    assert small.of("ada@donau.example").attended == 0
    found = evidence.gather(run_now(small.run.id))
    doubts = {person.name: [doubt for _slot, doubt in found.doubts(person)] for person in found.people}
    assert doubts["Ada Lang"] == [Doubt.CLICKED]
    assert doubts["Ben Weiß"] == []
    assert small.states() == {"attended": 1, "no_show": 3}


def test_it_counts_while_somebody_else_writes(app: Flask, small: World, at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between what is due was read and the counting: SQLite would refuse to go on from what was read then."""
    click(small, "ada@donau.example", 12)
    asked = counting.due

    def write() -> None:
        with app.app_context(), transaction():
            db.session.execute(text("UPDATE user_account SET name = name || '.'"))

    def due(moment: Any) -> Any:
        found = asked(moment)
        elsewhere = Thread(target=write)
        elsewhere.start()
        elsewhere.join()
        return found

    monkeypatch.setattr(counting, "due", due)
    at(STARTS + timedelta(minutes=20))
    assert small.of("ada@donau.example").attended == 108 * 60


def test_a_click_long_before_is_none(small: World, at: Any) -> None:
    click(small, "ada@donau.example", -121)
    at(ENDS)
    assert small.states() == {"no_show": 4}


def test_who_comes_through_the_door_was_there_from_then_on(small: World, at: Any) -> None:
    with transaction():
        registration(small, "ada@donau.example").checked_in_at = STARTS - timedelta(minutes=30)
        registration(small, "ben@donau.example").checked_in_at = STARTS + timedelta(minutes=60)
    at(ENDS + timedelta(minutes=1))
    assert (small.of("ada@donau.example").attended, small.of("ben@donau.example").attended) == (7200, 3600)
    assert small.states() == {"attended": 1, "partial": 1, "no_show": 2}
    with transaction():
        registration(small, "ada@donau.example").checked_in_at = None
    at(ENDS + timedelta(minutes=2))
    assert small.of("ada@donau.example").attendance is AttendanceState.NO_SHOW, "the door was undone"


def test_counting_again_writes_nothing_and_says_nothing(small: World, at: Any) -> None:
    at(ENDS)
    versions = [small.of(address).version for address in small.enrolments]
    entries = len(db.session.scalars(select(AuditEntry)).all())
    at(ENDS + timedelta(minutes=1))
    assert [small.of(address).version for address in small.enrolments] == versions
    assert len(db.session.scalars(select(AuditEntry)).all()) == entries


def test_the_worker_leaves_final_and_old_runs_alone(small: World, at: Any) -> None:
    at(ENDS + timedelta(days=2))
    assert small.states() == {}
    with transaction():
        run_now(small.run.id).done_at = ENDS
    at(ENDS + timedelta(minutes=1))
    assert small.states() == {}
