"""Enrolments stand where their registrations stand, whatever has changed those."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from eventapp.core.db import db
from eventapp.registrations import service as registrations
from eventapp.registrations.models import Registration
from eventapp.registrations.waiting import service as waiting
from eventapp.training.models import Enrolment, EnrolmentState
from tests.conftest import NOW
from tests.support import factories, training
from tests.support.browsing import send
from tests.support.pages import PageClient


def states(run_id: int) -> list[EnrolmentState]:
    return list(db.session.scalars(select(Enrolment.state).where(Enrolment.run_id == run_id).order_by(Enrolment.id)))


def test_who_registers_is_enrolled_or_waits(app: Flask) -> None:
    run = training.run(training.course(), capacity=1)
    company = factories.organisation()
    people = [factories.person(company) for _n in range(2)]
    for person in people:
        training.enrol(run, company, person)
    assert states(run.id) == [EnrolmentState.ENROLLED, EnrolmentState.WAITLISTED]


def test_an_event_that_is_no_run_has_no_enrolments(app: Flask) -> None:
    factories.registration(factories.event(), factories.organisation())
    assert db.session.scalars(select(Enrolment)).all() == []


@pytest.mark.parametrize(
    ("hours", "state"), [(24, EnrolmentState.CANCELLED), (23.99, EnrolmentState.LATE_CANCELLED), (48, EnrolmentState.CANCELLED)]
)
def test_a_seat_given_back_in_the_last_day_is_given_back_late(app: Flask, hours: float, state: EnrolmentState) -> None:
    run = training.run(training.course(), capacity=1)
    company = factories.organisation()
    first, second = (training.enrol(run, company, factories.person(company)) for _n in range(2))
    registration = registrations_of(first)
    registrations.cancel([registration], reason="", by=factories.TESTS, at=run.event.starts_at - timedelta(hours=hours))
    factories.commit()
    found = {row.id: row.state for row in db.session.scalars(select(Enrolment))}
    assert found[first.id] is state
    # The next one moves up, or is offered the seat when it is close to the start.
    assert found[second.id] in (EnrolmentState.ENROLLED, EnrolmentState.OFFERED)


@pytest.mark.parametrize(("hours", "late"), [(24.1, False), (23.9, True)])
def test_whoever_cancels_late_is_told_before_and_reads_it_after(client: PageClient, clock: Any, hours: float, late: bool) -> None:
    run = training.run(training.course(title="Edge gateways"))
    company = factories.organisation()
    registration = registrations_of(training.enrol(run, company, factories.person(company)))
    url, starts = f"/r/{registration.token}", run.event.starts_at
    clock.move_to(starts - timedelta(hours=hours))
    assert ("counts as cancelled late" in client.get(f"{url}/cancel").text) is late
    send(client, f"{url}/cancel")
    assert ("Cancelled late" in client.get(url).text) is late


def test_who_only_waits_is_not_told_that_it_is_late(client: PageClient, clock: Any) -> None:
    run = training.run(training.course(), capacity=1)
    company = factories.organisation()
    _first, second = (training.enrol(run, company, factories.person(company)) for _n in range(2))
    token = registrations_of(second).token
    clock.move_to(run.event.starts_at - timedelta(hours=1))
    assert "counts as cancelled late" not in client.get(f"/r/{token}/cancel").text


def test_who_only_waited_is_never_late(app: Flask) -> None:
    run = training.run(training.course(), capacity=1)
    company = factories.organisation()
    _first, second = (training.enrol(run, company, factories.person(company)) for _n in range(2))
    at = run.event.starts_at - timedelta(hours=1)
    registrations.cancel([registrations_of(second)], reason="", by=factories.TESTS, at=at)
    factories.commit()
    assert states(run.id) == [EnrolmentState.ENROLLED, EnrolmentState.CANCELLED]


@pytest.mark.parametrize("declines", [True, False])
def test_who_lets_an_offer_go_is_never_late(app: Flask, declines: bool) -> None:
    run = training.run(training.course(), capacity=1)
    company = factories.organisation()
    first, second = (training.enrol(run, company, factories.person(company)) for _n in range(2))
    at = run.event.starts_at - timedelta(hours=20)
    registrations.cancel([registrations_of(first)], reason="", by=factories.TESTS, at=at)
    factories.commit()
    assert states(run.id) == [EnrolmentState.LATE_CANCELLED, EnrolmentState.OFFERED]
    if declines:
        waiting.turn_down(registrations_of(second), by=factories.TESTS, at=at)
    else:
        waiting.lapse(run.event_id, at=run.event.starts_at - timedelta(hours=1))
    factories.commit()
    assert states(run.id)[1] is EnrolmentState.CANCELLED


def test_another_person_instead_is_another_enrolment(app: Flask) -> None:
    run = training.run(training.course())
    company = factories.organisation(domain="donau.example")
    enrolment = training.enrol(run, company, factories.person(company))
    registrations.substitute(registrations_of(enrolment), "Rosa", "Neu", "rosa@donau.example", by=factories.TESTS, at=NOW)
    factories.commit()
    assert states(run.id) == [EnrolmentState.CANCELLED, EnrolmentState.ENROLLED]


def registrations_of(enrolment: Enrolment) -> Registration:
    whole = [joinedload(getattr(Registration, name)) for name in ("event", "organisation", "person", "booking")]
    return db.session.scalars(select(Registration).where(Registration.id == enrolment.registration_id).options(*whole)).one()
