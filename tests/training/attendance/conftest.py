"""The run whose report of a meeting tool stands in tests/data, with the forty people who are enrolled in it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from eventapp.accounts.models import Role, User
from eventapp.core.db import db, transaction
from eventapp.partners.imports import service as imports
from eventapp.training import queries
from eventapp.training.attendance.reports import service
from eventapp.training.models import AttendanceState, Enrolment, Run
from tests.support import factories, training
from tests.support.factories import TESTS

DATA = Path(__file__).parents[2] / "data"
REPORT = (DATA / "teams-attendance.csv").read_bytes()
EXPECTED: dict[str, Any] = json.loads((DATA / "expected.json").read_text(encoding="utf-8"))["attendance"]
STARTS = datetime(2027, 4, 13, 8, 0, tzinfo=UTC)
ENDS = datetime(2027, 4, 13, 10, 0, tzinfo=UTC)
AFTER = datetime(2027, 4, 13, 12, 0, tzinfo=UTC)


@dataclass
class World:
    """The run, its trainer, and the enrolments by address."""

    run: Run
    trainer: User
    enrolments: dict[str, int]

    def of(self, address: str) -> Enrolment:
        return db.session.get_one(Enrolment, self.enrolments[address])

    def states(self) -> dict[str, int]:
        found = [self.of(address).attendance for address in self.enrolments]
        return {state.value: found.count(state) for state in AttendanceState if found.count(state)}


@pytest.fixture
def vps(app: Flask) -> World:
    return berlin(EXPECTED["people"])


@pytest.fixture
def small(app: Flask) -> World:
    """The same run with four people, for tests of single lines."""
    names = ("Ada Lang", "Ben Weiß", "Zoë van 't Hof", "Marta Quist")
    return berlin([{"name": name, "email": f"{name[:3].lower()}@donau.example"} for name in names])


def berlin(people: list[dict[str, Any]], **values: Any) -> World:
    version = training.course("VPS-101", title="Presenting on video")
    trainer = factories.user("jo@karmin.example", Role.TRAINER, name="Jo Trainer")
    slots = values.pop("slots", [(STARTS, ENDS)])
    run = training.run(version, slots=slots, trainers=[trainer], time_zone="Europe/Berlin", slug="vps-april", **values)
    company = factories.organisation("Donau Systemhaus GmbH", domain="donau.example")
    enrolments = {}
    for person in people:
        given, _space, family = person["name"].partition(" ")
        made = factories.person(company, given, family, person["email"])
        enrolments[person["email"]] = training.enrol(run, company, made).id
    db.session.expire_all()
    return World(run_now(run.id), trainer, enrolments)


def run_now(run_id: int) -> Run:
    return db.session.scalars(queries.runs().where(Run.id == run_id)).one()


def take_in(world: World, content: bytes = REPORT, at: datetime = AFTER, name: str = "teams.csv") -> dict[str, Any]:
    """Imports a report and gives what it found."""
    with transaction():
        batch = service.begin(run_now(world.run.id), name, content, by=TESTS, at=at)
        found = imports.apply(batch.id, by=TESTS, at=at)
        world.batch_id = batch.id
    db.session.expire_all()
    world.run = run_now(world.run.id)
    return found


def table(*rows: str, head: str = "Name\tJoin Time\tLeave Time\tEmail\tRole") -> bytes:
    """A report with these lines, cells split by TAB, its times in UTC."""
    return "\r\n".join(["1. Summary", "Time zone\tUTC", "", "3. In-Meeting Activities", head, *rows, ""]).encode()


Act = Callable[..., Any]
