"""The parts of a run reach calendars, mails, the way in, the pages, and move with the event."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select

from eventapp.agenda.joining import queries as joining
from eventapp.agenda.joining.rules import State, part_at
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.events.models import Event, EventFormat, EventPart
from eventapp.lifecycle.converting import service as converting
from eventapp.lifecycle.converting import undoing
from eventapp.lifecycle.converting.models import ConversionKind
from eventapp.lifecycle.converting.rules import Plan
from eventapp.registrations import queries as registrations
from eventapp.registrations import service as registering
from eventapp.registrations.calendars import calendar_entries
from eventapp.registrations.models import Registration
from eventapp.training.models import Enrolment, Run
from eventapp.training.runs import service
from tests.conftest import NOW
from tests.support import factories, training
from tests.support.browsing import mails
from tests.support.factories import STARTS, TESTS, commit
from tests.support.pages import PageClient, fields

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def run(app: Flask) -> Run:
    slots = [(STARTS + n * DAY, STARTS + n * DAY + 2 * HOUR) for n in range(3)]
    return training.run(training.course("OPS-101"), slots=slots, slug="ops-101")


def enrolled(run: Run) -> Registration:
    company = factories.organisation()
    enrolment = training.enrol(run, company, factories.person(company))
    token = db.session.scalar(select(Registration.token).where(Registration.id == enrolment.registration_id))
    return registrations.by_token(token or "")


def entries(text: str) -> list[Any]:
    files = re.findall(r"BEGIN:VCALENDAR.*?END:VCALENDAR\r?\n", text, re.DOTALL)
    return [entry for file in files for entry in Calendar.from_ical(file).walk("VEVENT")]


def starts(event_id: int) -> list[datetime]:
    db.session.expire_all()
    return list(db.session.scalars(select(EventPart.starts_at).filter_by(event_id=event_id).order_by(EventPart.number)))


def test_the_mail_has_an_entry_for_each_part(run: Run) -> None:
    enrolled(run)
    (mail,) = [one for one in mails() if one.kind == "registrations.confirmed"]
    found = entries(mail.calendar or "")
    assert [one["DTSTART"].dt for one in found] == [STARTS + n * DAY for n in range(3)]
    assert len({str(one["UID"]) for one in found}) == 3
    assert mail.text.count(":00–") >= 3


def test_a_part_that_goes_is_cancelled_in_calendars_and_the_others_stay(run: Run) -> None:
    registration = enrolled(run)
    before = {one.uid: one.start for one in calendar_entries(registration, "x@y.example", at=NOW)}
    details = service.details_of(run)
    left = service.RunDetails(**{**vars(details), "slots": details.slots[:2]})
    service.change(run, left, version=run.event.version, by=TESTS, now=NOW)
    commit()
    db.session.expire_all()
    after = calendar_entries(registrations.by_token(registration.token), "x@y.example", at=NOW)
    assert {one.uid: one.start for one in after} == before
    assert [one.cancelled for one in after] == [False, False, True]
    assert {one.sequence for one in after} == {1}
    assert db.session.get_one(Event, run.event_id).ends_at == STARTS + DAY + 2 * HOUR


def test_each_part_can_be_joined_and_not_what_lies_between(run: Run) -> None:
    registration = enrolled(run)
    settings = joining.settings_of(run.event_id)
    stream = joining.whole(registration.event, settings)
    for at, state, part in (
        (STARTS + HOUR, State.OPEN, 0),
        (STARTS + 5 * HOUR, State.EARLY, 1),
        (STARTS + DAY - timedelta(minutes=1), State.OPEN, 1),
        (STARTS + 2 * DAY + 2 * HOUR, State.OVER, 2),
    ):
        assert joining.verdict_of(stream, registration, settings, at).state is state, at
        assert part_at(stream, at) == stream.parts[part]


def test_the_pages_name_all_parts(client: PageClient, run: Run) -> None:
    registration = enrolled(run)
    db.session.execute(db.update(EventPart).where(EventPart.number == 2).values(label="<Practice>"))
    commit()
    for path in ("/events/ops-101/", f"/r/{registration.token}"):
        text = client.get(path).get_data(as_text=True)
        assert text.count('class="when"') == 3, path
        assert "&lt;Practice&gt;" in text
    assert '"subEvent"' in client.get("/events/ops-101/").get_data(as_text=True)
    file = client.get(f"/r/{registration.token}/event.ics").get_data(as_text=True)
    assert len(entries(file)) == 3
    assert "METHOD:PUBLISH" in file


def test_another_date_takes_the_parts_along_and_its_undo_brings_them_back(run: Run) -> None:
    enrolled(run)
    event = db.session.get_one(Event, run.event_id)
    was = starts(event.id)
    plan = Plan(ConversionKind.DATE, starts_at=STARTS + 30 * DAY)
    made, _told = converting.convert(event, plan, by=TESTS, at=NOW)
    commit()
    assert starts(event.id) == [at + 30 * DAY for at in was]
    assert event.ends_at == STARTS + 32 * DAY + 2 * HOUR
    undoing.undo(made, event, by=TESTS, at=NOW + HOUR)
    commit()
    assert starts(event.id) == was


def test_a_new_end_says_nothing_of_the_parts(run: Run) -> None:
    plan = Plan(ConversionKind.DATE, starts_at=STARTS + 30 * DAY, ends_at=STARTS + 31 * DAY)
    with pytest.raises(RuleError, match="several parts"):
        converting.convert(db.session.get_one(Event, run.event_id), plan, by=TESTS, at=NOW)


def test_a_course_that_goes_on_video_keeps_its_enrolments(app: Flask) -> None:
    run = training.run(training.course("OPS-101"), format=EventFormat.IN_PERSON, venue="Hall", capacity=2)
    company = factories.organisation()
    for _n in range(3):
        training.enrol(run, company, factories.person(company))
    before = [(one.id, one.state) for one in db.session.scalars(select(Enrolment).order_by(Enrolment.id))]
    event = db.session.get_one(Event, run.event_id)
    converting.convert(event, Plan(ConversionKind.VIRTUAL, capacity=2, join_url="https://meet.example/x"), by=TESTS, at=NOW)
    commit()
    db.session.expire_all()
    assert [(one.id, one.state) for one in db.session.scalars(select(Enrolment).order_by(Enrolment.id))] == before


def test_without_a_waiting_list_whoever_finds_it_full_is_refused(app: Flask) -> None:
    run = training.run(training.course("OPS-101"), capacity=1)
    run.event.waits = False
    commit()
    company = factories.organisation()
    training.enrol(run, company, factories.person(company))
    with pytest.raises(RuleError, match="no waiting list"):
        training.enrol(run, company, factories.person(company))


def test_after_the_date_people_write_instead_of_cancelling(client: PageClient, run: Run, clock: Any) -> None:
    registration = enrolled(run)
    db.session.execute(db.update(Event).where(Event.id == run.event_id).values(cancel_until=NOW + HOUR))
    commit()
    assert "Cancel my place" in client.get(f"/r/{registration.token}").get_data(as_text=True)
    clock.shift(2 * HOUR)
    assert "could cancel by themselves until" in client.get(f"/r/{registration.token}").get_data(as_text=True)

    page = f"/r/{registration.token}/cancel"
    client.post(page, data=fields(client.get(page).get_data(as_text=True)))
    assert registrations.by_token(registration.token).status.value == "confirmed"


def test_runs_stand_in_no_list_of_events(client: PageClient, run: Run) -> None:
    factories.event(title="An ordinary event")
    text = client.get("/").get_data(as_text=True)
    assert "An ordinary event" in text
    assert "ops-101" not in text


def test_a_seat_freed_exactly_a_day_before_is_given_at_once(app: Flask) -> None:
    for hours, status in ((24, "confirmed"), (23, "offered")):
        run = training.run(training.course(), capacity=1)
        run.event.offer_within_hours, run.event.short_offer_hours = 24, 2
        commit()
        company = factories.organisation()
        first, second = (training.enrol(run, company, factories.person(company)) for _n in range(2))
        tokens = {
            one.id: db.session.scalar(select(Registration.token).where(Registration.id == one.registration_id)) or ""
            for one in (first, second)
        }
        at = run.event.starts_at - hours * HOUR
        registering.cancel([registrations.by_token(tokens[first.id])], reason="", by=TESTS, at=at)
        commit()
        moved = registrations.by_token(tokens[second.id])
        assert moved.status.value == status
        if status == "offered":
            assert moved.booking.offered_until == at + 2 * HOUR
