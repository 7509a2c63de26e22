"""Making, changing and copying runs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Role
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.times import to_local
from eventapp.events.models import EventFormat, EventKind, EventPart, EventStatus
from eventapp.events.parts import PartDetails
from eventapp.training import queries
from eventapp.training.models import Run, RunStatus, VersionStatus
from eventapp.training.rules import run_status
from eventapp.training.runs import service
from eventapp.training.runs.details import RunDetails
from tests.conftest import NOW
from tests.support import factories, training
from tests.support.factories import TESTS, commit
from tests.support.pages import PageClient, fields

FIRST = datetime(2027, 3, 22, 8, tzinfo=UTC)  # Vienna: the Monday before clocks go forward, 09:00


def slot(day: int, hours: int = 4, label: str = "", number: int | None = None) -> PartDetails:
    start = FIRST + timedelta(days=day)
    return PartDetails(start, start + timedelta(hours=hours), label, number)


def details(*slots: PartDetails, **values: Any) -> RunDetails:
    defaults: dict[str, Any] = {"time_zone": "Europe/Vienna", "format": EventFormat.VIRTUAL, "capacity": 12}
    return RunDetails(slots=slots or (slot(0),), **{**defaults, **values})


def made(*slots: PartDetails, **values: Any) -> Run:
    found = service.create(training.course("OPS-101"), details(*slots, **values), by=TESTS, now=NOW)
    commit()
    return found


def parts(run: Run) -> list[tuple[int, datetime, bool]]:
    query = select(EventPart).filter_by(event_id=run.event_id).order_by(EventPart.number)
    return [(part.number, part.starts_at, part.cancelled) for part in db.session.scalars(query)]


def test_a_run_is_an_event_whose_freed_seats_are_offered_close_to_the_start(app: Flask) -> None:
    run = made()
    event = run.event
    assert (event.kind, event.status, event.slug) == (EventKind.RUN, EventStatus.DRAFT, "ops-101-2027-03-22")
    assert (event.offer_within_hours, event.short_offer_hours) == (24, 2)
    assert (event.starts_at, event.ends_at, event.pool.capacity) == (FIRST, FIRST + timedelta(hours=4), 12)
    assert parts(run) == []


def test_several_slots_are_parts_of_the_event(app: Flask) -> None:
    run = made(slot(1), slot(0), slot(2))
    assert [number for number, *_rest in parts(run)] == [1, 2, 3]
    assert (run.event.starts_at, run.event.ends_at) == (FIRST, FIRST + timedelta(days=2, hours=4))
    assert [s.starts_at for s in queries.slots_of([run])[run.id]] == [FIRST + timedelta(days=n) for n in range(3)]


def test_two_runs_on_one_day_have_addresses_of_their_own(app: Flask) -> None:
    version = training.course("OPS-101")
    runs = [service.create(version, details(), by=TESTS, now=NOW) for _n in range(3)]
    assert [run.event.slug for run in runs] == ["ops-101-2027-03-22", "ops-101-2027-03-22-2", "ops-101-2027-03-22-3"]


@pytest.mark.parametrize(
    "slots",
    [[slot(0), slot(0)], [slot(0, hours=30), slot(1)], [PartDetails(FIRST, FIRST)], [slot(n, 1) for n in range(31)]],
    ids=["same", "overlapping", "no time", "too many"],
)
def test_slots_that_cannot_be_are_refused(app: Flask, slots: list[PartDetails]) -> None:
    with pytest.raises(RuleError):
        service.create(training.course(), details(*slots), by=TESTS, now=NOW)


def test_only_the_current_version_has_new_runs(app: Flask) -> None:
    version = training.course(status=VersionStatus.DRAFT)
    with pytest.raises(RuleError, match="current version"):
        service.create(version, details(), by=TESTS, now=NOW)


def test_only_trainers_give_runs(app: Flask) -> None:
    nobody, trainer = factories.user(), factories.user(None, Role.TRAINER)
    run = made(trainer_ids=(trainer.id,))
    with pytest.raises(RuleError, match="trainers"):
        service.set_trainers(run, [nobody.id])
    assert list(service.trainer_ids(run)) == [trainer.id]


def test_what_a_published_run_loses_stays_as_cancelled_for_calendars(app: Flask) -> None:
    run = made(slot(0), slot(1), slot(2))
    service.open_up(run, by=TESTS, now=NOW)
    commit()
    wanted = details(slot(0, number=1), slot(3), slot(2, number=3))
    service.change(run, wanted, version=run.event.version, by=TESTS, now=NOW)
    commit()
    days = [(n, (at - FIRST).days, gone) for n, at, gone in parts(run)]
    assert days == [(1, 0, False), (2, 1, True), (3, 2, False), (4, 3, False)]
    assert run.event.ends_at == FIRST + timedelta(days=3, hours=4)


def test_a_draft_loses_its_parts(app: Flask) -> None:
    run = made(slot(0), slot(1))
    service.change(run, details(slot(0, number=1)), version=run.event.version, by=TESTS, now=NOW)
    assert [number for number, *_rest in parts(run)] == [1]


def test_somebody_elses_change_is_not_overwritten(app: Flask) -> None:
    run = made()
    seen = run.event.version
    service.change(run, details(capacity=5), version=seen, by=TESTS, now=NOW + timedelta(minutes=1))
    commit()
    with pytest.raises(StaleError):
        service.change(run, details(capacity=6), version=seen, by=TESTS, now=NOW)


def test_more_seats_let_people_move_up(app: Flask) -> None:
    run = made(capacity=1)
    service.open_up(run, by=TESTS, now=NOW)
    commit()
    company = factories.organisation()
    enrolled = [training.enrol(run, company, factories.person(company)) for _n in range(3)]
    assert service.change(run, details(capacity=3), version=run.event.version, by=TESTS, now=NOW) == 2
    commit()
    assert {one.state.value for one in enrolled} == {"enrolled"}


def test_a_copy_keeps_its_hour_when_clocks_change(app: Flask) -> None:
    run = made(slot(0), slot(1), cancel_until=FIRST - timedelta(days=1))
    copies = service.copy(run, FIRST + timedelta(days=7, hours=-1), every_days=7, times=3, by=TESTS, now=NOW)
    local = [to_local(one.event.starts_at, "Europe/Vienna") for one in copies]
    assert [f"{at:%d %b %H:%M}" for at in local] == ["29 Mar 09:00", "05 Apr 09:00", "12 Apr 09:00"]
    second = copies[1]
    assert [n for n, *_rest in parts(second)] == [1, 2]
    assert f"{to_local(second.event.cancel_until, 'Europe/Vienna'):%d %b %H:%M}" == "04 Apr 09:00"


def test_the_events_own_page_cannot_part_the_run_from_its_slots(client: PageClient) -> None:
    run = made(slot(0), slot(1))
    client.sign_in(factories.user(None, Role.ORGANIZER))
    page = f"/admin/events/{run.event.slug}/edit"
    sent = fields(client.get(page).get_data(as_text=True)) | {"ends_at": "2027-04-30T10:00"}
    answer = client.post(page, data=sent)
    assert answer.status_code == 409
    assert "several parts" in answer.get_data(as_text=True)


def test_the_status_of_a_run_is_told_by_event_and_time(app: Flask) -> None:
    run = made()
    slots = queries.slots_of([run])[run.id]
    assert run_status(run.event.status, slots, NOW) is RunStatus.DRAFT
