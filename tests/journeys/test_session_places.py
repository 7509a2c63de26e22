"""Signing up to a full session and getting in from the waiting list, on a phone, in a real browser."""

from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from icalendar import Calendar
from playwright.sync_api import expect

from tests.journeys.conftest import Visits
from tests.journeys.test_main_job import mails
from tests.support import agenda, factories

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
NOW = datetime(2027, 5, 3, 7, 0, tzinfo=UTC)


def test_in_from_the_waiting_list(app: Flask, visit: Visits) -> None:
    with time_machine.travel(NOW, tick=True):
        journey(app, visit)


def journey(app: Flask, visit: Visits) -> None:
    event = factories.event(slug="summit", title="Partner Summit")
    company = factories.organisation("Donau Systemhaus GmbH", domain="donau.example")
    links = []
    for given in ("Ada", "Ben"):
        made = factories.registration(event, company, given, "Lang", email=f"{given.lower()}@donau.example", at=NOW)
        links.append(f"/r/{made.token}")
    room = agenda.room(event, "Wienzeile Lab")
    agenda.session(event, "Hands-on: first cluster", room=room, signs_up=True, capacity=1, code="LAB")
    agenda.session(event, "Opening", starts_at=agenda.day(9), code="OPEN")
    agenda.release(event, at=NOW)

    # Without a registration one sees the agenda, and where places are asked for.
    anybody = visit("Europe/Dublin", 360)
    anybody.goto("/events/summit/")
    anybody.get_by_role("link", name="Agenda", exact=True).click()
    expect(anybody.get_by_role("heading", name="Agenda", level=1)).to_be_visible()
    anybody.get_by_placeholder("Search title, speaker, company").fill("cluster")
    expect(anybody.get_by_text("Opening")).to_have_count(0)
    anybody.get_by_role("link", name="Hands-on: first cluster").click()
    expect(anybody.get_by_text("1 place left")).to_be_visible()

    ada = visit("Europe/Vienna", 360)
    ada.goto(links[0])
    ada.get_by_role("link", name="Choose sessions").click()
    ada.get_by_role("link", name="Hands-on: first cluster").click()
    ada.get_by_role("button", name="Sign up").click()
    expect(ada.get_by_text("You have a place").first).to_be_visible()

    ben = visit("Europe/Vienna", 360)
    ben.goto(f"{links[1]}/agenda")
    star = ben.get_by_role("button", name="Star: Opening")
    star.click()
    expect(ben.get_by_role("button", name="Star: Opening")).to_have_attribute("aria-pressed", "true")
    ben.goto(f"{links[1]}/agenda/LAB")
    ben.get_by_role("button", name="Join the waiting list").click()
    expect(ben.get_by_text("Waiting list, place 1").first).to_be_visible()

    # Ada gives hers back; Ben gets in, and his mail brings the entry for the calendar.
    ada.reload()
    ada.get_by_role("button", name="Give my place back").click()
    expect(ada.get_by_text("Given back.")).to_be_visible()
    ben.reload()
    expect(ben.get_by_text("You have a place").first).to_be_visible()
    told = [mail for mail in mails() if mail.kind == "agenda.promoted"]
    assert [mail.to_address for mail in told] == ["ben@donau.example"]
    (entry,) = Calendar.from_ical(told[0].calendar).walk("VEVENT")
    assert str(entry["SUMMARY"]) == "Hands-on: first cluster"

    # His own calendar program gets an address that holds both.
    ben.goto(f"{links[1]}/agenda")
    ben.get_by_role("button", name="Get the address").click()
    address = ben.get_by_label("Or copy this address").input_value()
    feed = ben.request.get(address[address.index("/calendar/") :])
    found = {str(one["SUMMARY"]): str(one["UID"]) for one in Calendar.from_ical(feed.text()).walk("VEVENT")}
    assert set(found) == {"Hands-on: first cluster", "Opening"}
    assert found["Hands-on: first cluster"] == str(entry["UID"])
