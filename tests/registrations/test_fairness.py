"""The draw with a published seed, and the round of one place for each company."""

import csv
import hashlib
import io
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.jobs import run_job
from eventapp.events.admission.service import WayDetails, set_way
from eventapp.events.models import Admission, Event, Fairness
from eventapp.partners.models import Organisation
from eventapp.places.queries import miscounts
from eventapp.registrations import queries, service
from eventapp.registrations.fairness.service import due, open_gate
from eventapp.registrations.models import Registration, Source
from eventapp.registrations.tallies import miscounted
from tests.conftest import NOW
from tests.support import factories
from tests.support.browsing import mails
from tests.support.pages import PageClient

DATE = NOW + timedelta(days=10)


def way(fairness: Fairness, at: object = DATE) -> WayDetails:
    return WayDetails(Admission.OPEN, fairness, at, False, None, None, False)  # type: ignore[arg-type] # a date or none


def fair_event(fairness: Fairness, **values: object) -> Event:
    event = factories.event(slug="fair", title="Fair", **values)
    set_way(event, way(fairness), version=event.version, by=factories.TESTS, now=NOW)
    factories.commit()
    return event


def companies(n: int) -> list[Organisation]:
    return [factories.organisation(f"Company {i}", domain=f"c{i}.example") for i in range(n)]


def come(event: Event, company: Organisation, people: int = 1) -> list[Registration]:
    attendees = [factories.attendee() for _n in range(people)]
    return factories.register(event, company, *attendees, source=Source.COMPANY, at=NOW)


def on_the_date(app: Flask, clock: time_machine.Traveller) -> None:
    """The date comes, and with it the worker."""
    db.session.rollback()
    clock.move_to(DATE)
    run_job(app, "registrations.open_gates")


def statuses(event: Event) -> dict[int, str]:
    db.session.rollback()
    db.session.expire_all()
    assert (miscounts(), miscounted()) == ([], [])
    return {r.id: r.status.value for r in db.session.scalars(queries.active_of(event))}


@pytest.fixture(autouse=True)
def _time(clock: time_machine.Traveller) -> None:
    """The events' registration is open."""


class TestDraw:
    def test_nobody_has_a_place_before_and_everybody_a_turn_after(self, app: Flask, clock: time_machine.Traveller) -> None:
        event = fair_event(Fairness.DRAW, capacity=2)
        made = [come(event, c)[0] for c in companies(5)]
        assert set(statuses(event).values()) == {"waiting"}
        assert "You are in the draw on" in mails("registrations.waiting")[0].text
        on_the_date(app, clock)
        after = statuses(event)
        order = sorted(made, key=lambda r: lot(event, r))
        assert [after[r.id] for r in order] == ["confirmed", "confirmed", "waiting", "waiting", "waiting"]
        turns = queries.waiting_standings([db.session.get_one(Registration, r.id) for r in order])
        assert [turns[r.id].position for r in order[2:]] == [1, 2, 3]

    def test_nobody_is_told_a_position_before(self, client: PageClient) -> None:
        event, (company,) = fair_event(Fairness.DRAW, capacity=1), companies(1)
        attendees = [factories.attendee() for _n in range(2)]
        to = ("Petra", "petra@c0.example")
        made = factories.register(event, company, *attendees, source=Source.COMPANY, at=NOW, summary_to=to)
        summary = mails("registrations.summary")[-1]
        assert summary.text.count("in the draw") == 2
        assert "position" not in summary.text + (summary.html or "")
        assert "position" not in client.get(f"/r/{made[0].token}").text
        page = client.sign_in(factories.organizer()).get("/admin/events/fair/waiting/").text
        assert page.count("<bdi>the draw</bdi>") == 2
        assert "1 of 2" not in page

    def test_whoever_comes_after_the_draw_queues_behind(self, app: Flask, clock: time_machine.Traveller) -> None:
        event = fair_event(Fairness.DRAW, capacity=1)
        for company in companies(3):
            come(event, company)
        on_the_date(app, clock)
        event = db.session.get_one(Event, event.id)
        (late,) = factories.register(
            event, factories.organisation("Late"), factories.attendee(), source=Source.COMPANY, at=DATE + timedelta(hours=1)
        )
        assert queries.waiting_standings([late])[late.id].position == 3

    def test_anybody_can_draw_the_lots_again(self, app: Flask, client: PageClient, clock: time_machine.Traveller) -> None:
        event = fair_event(Fairness.DRAW, capacity=2)
        made = [come(event, c)[0] for c in companies(4)]
        seed = event.draw_seed
        before = client.get("/events/fair/draw").text
        assert seed not in before
        assert hashlib.sha256(seed.encode()).hexdigest() in before
        assert client.get("/events/fair/draw.csv").status_code == 404
        on_the_date(app, clock)
        after = client.get("/events/fair/draw").text
        assert seed in after
        rows = list(csv.DictReader(io.StringIO(client.get("/events/fair/draw.csv").text)))
        tickets = {hashlib.sha256(r.code.encode()).hexdigest() for r in made}
        assert {row["ticket"] for row in rows} == tickets
        lots = [hashlib.sha256(f"{seed}:{row['ticket']}".encode()).hexdigest() for row in rows]
        assert lots == sorted(lots) == [row["lot"] for row in rows]
        for one in made:
            assert one.code not in after, "a code opens the door: the list must not tell it"
        page = client.get(f"/r/{made[0].token}").text
        assert "Turn in the draw" in page

    def test_two_workers_draw_once(self, app: Flask, clock: time_machine.Traveller) -> None:
        event = fair_event(Fairness.DRAW, capacity=1)
        for company in companies(3):
            come(event, company)
        clock.move_to(DATE)
        assert due(DATE) == [event.id]
        first = open_gate(event, by=factories.TESTS, at=DATE)
        factories.commit()
        assert len(first) == 1
        assert open_gate(event, by=factories.TESTS, at=DATE) == []
        assert due(DATE) == []

    def test_a_draw_with_nobody_in_it(self, app: Flask, client: PageClient, clock: time_machine.Traveller) -> None:
        fair_event(Fairness.DRAW, capacity=1)
        on_the_date(app, clock)
        assert client.get("/events/fair/draw").status_code == 200

    def test_it_cannot_be_changed_once_it_was_held(self, app: Flask, clock: time_machine.Traveller) -> None:
        event = fair_event(Fairness.DRAW)
        on_the_date(app, clock)
        event = db.session.get_one(Event, event.id, populate_existing=True)
        with pytest.raises(RuleError, match="is over"):
            set_way(event, way(Fairness.DRAW, DATE + timedelta(days=2)), version=event.version, by=factories.TESTS, now=DATE)


class TestRound:
    def test_each_company_gets_one_place_first(self, app: Flask, clock: time_machine.Traveller) -> None:
        event = fair_event(Fairness.ONE_PER_COMPANY, capacity=4)
        first, second, third = companies(3)
        a, b = come(event, first, 3), come(event, second, 2)
        now_ = statuses(event)
        assert [now_[r.id] for r in a] == ["confirmed", "waiting", "waiting"]
        assert [now_[r.id] for r in b] == ["confirmed", "waiting"]
        c = come(event, third)
        assert statuses(event)[c[0].id] == "confirmed"
        on_the_date(app, clock)
        after = statuses(event)
        assert [after[r.id] for r in [*a, *b, *c]] == ["confirmed", "confirmed", "waiting", "confirmed", "waiting", "confirmed"]

    def test_when_the_first_place_is_given_back_the_next_of_the_company_has_it(self, app: Flask) -> None:
        event = fair_event(Fairness.ONE_PER_COMPANY, capacity=10)
        (company,) = companies(1)
        first, second, third = come(event, company, 3)
        service.cancel([load(first)], reason="", by=factories.TESTS, at=NOW)
        factories.commit()
        after = statuses(event)
        assert (after[second.id], after[third.id]) == ("confirmed", "waiting")

    def test_going_back_to_first_come_lets_everybody_in(self, app: Flask) -> None:
        event = fair_event(Fairness.ONE_PER_COMPANY, capacity=2)
        (company,) = companies(1)
        made = come(event, company, 3)
        moved = set_way(event, way(Fairness.FIRST_COME, None), version=event.version, by=factories.TESTS, now=NOW)
        service.confirm_moved(moved, at=NOW)
        factories.commit()
        after = statuses(event)
        assert [after[r.id] for r in made] == ["confirmed", "confirmed", "waiting"]


def test_a_date_that_has_passed_is_refused(app: Flask) -> None:
    event = factories.event()
    with pytest.raises(RuleError, match="date to come"):
        set_way(event, way(Fairness.DRAW, NOW), version=event.version, by=factories.TESTS, now=NOW)


def lot(event: Event, registration: Registration) -> str:
    ticket = hashlib.sha256(registration.code.encode()).hexdigest()
    return hashlib.sha256(f"{event.draw_seed}:{ticket}".encode()).hexdigest()


def load(one: Registration) -> Registration:
    (found,) = queries.of_bookings([one.booking_id])
    return found
