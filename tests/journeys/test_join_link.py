"""Somebody waits for a session on video, joins by the link of a mail, and loses the place, in a real browser."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Page, Request, expect

from eventapp.accounts.models import Role
from eventapp.agenda.models import SessionSignUp
from eventapp.core.db import db, reading
from eventapp.events.models import EventFormat, Mode
from eventapp.registrations.join_links import join_token
from eventapp.registrations.messages.schedule import send_due
from tests.journeys.conftest import PASSWORD, Visits, sign_in
from tests.journeys.test_main_job import mails
from tests.support import agenda, factories
from tests.support.factories import STARTS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PROVIDER = "https://meet.example/room-7?pwd=secret"
# A proxy that does not answer: so the provider is out of reach at once, whatever the machine's network does.
NOWHERE = {"server": "http://127.0.0.1:9", "bypass": "127.0.0.1"}
# The door opens ten minutes before the start: a few seconds after the page is opened.
NOW = STARTS - timedelta(minutes=10, seconds=6)


def test_join_by_link_then_lose_the_place(app: Flask, visit: Visits) -> None:
    with time_machine.travel(STARTS - timedelta(minutes=58), tick=True) as clock:
        journey(app, visit, clock)


def join(page: Page) -> Request:
    """Presses the button in another tab; gives back what the browser asks of the provider, which is out of reach here."""
    tab = page.context.new_page()
    blocked: list[str] = []
    tab.on("console", lambda message: blocked.append(message.text) if "Content Security Policy" in message.text else None)
    tab.goto(page.url)
    with tab.expect_event("requestfailed", lambda request: request.url.startswith("https://meet.example/")) as asked:
        tab.get_by_role("button", name="Join now").click(no_wait_after=True)
    assert blocked == [], "the policy of the page must let its form end at the provider"
    found: Request = asked.value
    tab.close()
    return found


def journey(app: Flask, visit: Visits, clock: time_machine.Traveller) -> None:
    factories.user("olivia@karmin.example", Role.ORGANIZER, name="Olivia", password=PASSWORD)
    company = factories.organisation("Donau Systemhaus GmbH", domain="donau.example")
    event = factories.event(slug="summit", title="Partner Summit", format=EventFormat.HYBRID, join_url=PROVIDER)
    room = agenda.room(event, "Online 1", is_virtual=True, join_url=PROVIDER)
    lab = agenda.session(event, "Hands-on lab", room=room, signs_up=True, capacity=5)
    agenda.release(event)
    vera = factories.registration(event, company, "Vera", "Moser", mode=Mode.VIRTUAL, email="vera@donau.example")
    place = agenda.sign_up(vera, lab)
    token, code, place_id = vera.token, lab.code, place.id
    of_event, of_session = join_token(vera), join_token(vera, lab.code)
    send_due(STARTS - timedelta(minutes=58))
    (mail,) = [mail for mail in mails() if mail.kind == "registrations.before_1h"]
    assert f"/join/{of_event}" in mail.text
    assert "meet.example" not in mail.text + mail.html

    # From the own page to the session, and a few seconds too early.
    clock.move_to(NOW)
    page = visit("Europe/London", 360, proxy=NOWHERE)
    page.goto(f"/r/{token}")
    page.get_by_role("link", name="Join Hands-on lab").click()
    expect(page.get_by_text("The way in opens at 18 May 2027, 07:50 London (UTC+1).")).to_be_visible()
    expect(page.locator("[data-countdown]")).to_contain_text("s")
    assert "meet.example" not in page.content()
    # The page looks again by itself.
    expect(page.get_by_role("button", name="Join now")).to_be_visible(timeout=20_000)
    asked = join(page)
    assert asked.url == PROVIDER
    assert asked.redirected_from is not None
    assert "referer" not in asked.headers

    organizer = visit("Europe/Vienna")
    sign_in(organizer, "olivia@karmin.example")
    organizer.goto("/admin/events/summit/agenda/video/")
    organizer.get_by_role("link", name="1 Hands-on lab").click()
    expect(organizer.get_by_role("link", name="Vera Moser")).to_be_visible()

    # Given back at the own page: the link that worked a moment ago leads nowhere.
    page.goto(f"/r/{token}/agenda/{code}")
    page.get_by_role("button", name="Give my place back").click()
    page.wait_for_load_state()
    with reading():
        db.session.rollback()
        assert db.session.get_one(SessionSignUp, place_id, populate_existing=True).status.value == "cancelled"
        db.session.rollback()  # an open transaction here would keep the server from writing
    page.goto(f"/join/{of_session}")
    expect(page.get_by_text("You have no place in this session")).to_be_visible()
    expect(page.get_by_role("button", name="Join now")).to_have_count(0)

    # The event's own still does, until the whole place is cancelled.
    page.goto(f"/join/{of_event}")
    assert join(page).url == PROVIDER
    page.goto(f"/r/{token}/cancel")
    page.get_by_role("button", name="Cancel").click()
    page.wait_for_load_state()
    page.goto(f"/join/{of_event}")
    expect(page.get_by_text("You have no place at this event any more")).to_be_visible()
