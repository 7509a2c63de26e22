"""A day is built, warned about and released; then a session moves, and everybody who relies on it sees that."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from typing import Any

import icalendar
import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from eventapp.accounts.models import Role
from eventapp.agenda.own import service as own
from eventapp.audit.service import NamedActor
from eventapp.core.db import db
from eventapp.core.jobs import run_waiting
from eventapp.mail.message import message_of
from eventapp.mail.models import OutboxMail
from eventapp.registrations import queries
from tests.journeys.conftest import PASSWORD, Visits, sign_in
from tests.journeys.test_pages import Look
from tests.support import agenda, factories
from tests.support.databases import Backend

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

NOW = datetime(2027, 5, 10, 9, 0, tzinfo=UTC)


def test_a_day_is_built_released_and_changed(app: Flask, visit: Visits) -> None:
    with time_machine.travel(NOW, tick=True) as clock:
        journey(app, visit, clock)


def item(page: Page, title: str) -> Locator:
    return page.locator(".tt-item", has=page.get_by_role("link", name=title, exact=True))


def drag(page: Page, title: str, room: str, minute: int) -> None:
    """Takes a session by its upper edge and drops it in the room, so many minutes below the grid's top."""
    source, target = item(page, title), page.locator(f'.tt-list[data-name="{room}"]')
    target.scroll_into_view_if_needed()
    start, end = source.bounding_box(), target.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 20, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(end["x"] + 30, end["y"] + 40, steps=5)
    page.mouse.move(end["x"] + 30, end["y"] + minute * 1.5 + 10, steps=5)
    page.mouse.up()


def said(page: Page) -> Locator:
    return page.locator("[data-say]")


def journey(app: Flask, visit: Visits, clock: time_machine.Traveller) -> None:
    factories.user("olivia@karmin.example", Role.ORGANIZER, name="Olivia", password=PASSWORD)
    day = factories.event(slug="day", title="Partner Day")
    for name in ("Hall", "Attic"):
        agenda.room(day, name, capacity=50)
    petra = agenda.speaker(day, "Petra Huber")
    news = agenda.session(day, "News", starts_at=None, speakers=[petra], signs_up=True, capacity=10)
    agenda.session(day, "Views", starts_at=None, speakers=[petra])
    factories.commit()

    page = visit("Europe/Vienna")
    sign_in(page, "olivia@karmin.example")
    page.goto("/admin/events/day/agenda/timetable")
    drag(page, "News", "Hall", 60)
    expect(said(page)).to_have_text("News: Hall, Tue 18 May 2027, 09:00–09:45")
    drag(page, "Views", "Attic", 75)
    expect(said(page)).to_have_text("Views: Attic, Tue 18 May 2027, 09:15–10:00")
    expect(item(page, "Views").locator(".tt-flag")).to_have_text("Speaker twice")
    expect(page.locator("[data-told]")).to_contain_text("Petra Huber speaks in both at the same time.")
    expect(page.locator("[data-tray-count]")).to_have_text("0")

    # By the keyboard out of the way, once too far and back by undo.
    item(page, "Views").get_by_role("link").focus()
    for _step in range(2):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowUp")
    expect(said(page)).to_have_text("Views: Attic, Tue 18 May 2027, 09:45–10:15")
    expect(page.locator("[data-told]")).to_contain_text("Nothing is wrong here.")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    expect(said(page)).to_have_text("Attic, 09:45–10:15")
    page.keyboard.press("Delete")
    expect(said(page)).to_have_text("Views: in the tray")
    page.get_by_role("button", name="Undo my last step").click()
    expect(page.get_by_text("Undone.")).to_be_visible()
    expect(page.locator('.tt-list[data-name="Attic"]')).to_contain_text("09:45–10:15")

    page.get_by_role("link", name="Release …").click()
    page.get_by_label("Name").fill("Spring")
    page.get_by_role("button", name="Release", exact=True).click()
    expect(page.get_by_text("Released. People see it from now on.")).to_be_visible()

    guest = factories.registration(day, factories.organisation(), "Gast", "Muster", email="gast@firm.example")
    agenda.sign_up(guest, news)
    feed = own.renew_feed(queries.by_token(guest.token), by=NamedActor("guest"), at=NOW)
    factories.commit()
    before = subscribed(page, feed.token)
    assert before["DTSTART"].dt == agenda.day(7)

    # The session moves: nobody sees it until the release, then everybody does.
    page.goto("/admin/events/day/agenda/timetable")
    drag(page, "News", "Attic", 180)
    expect(said(page)).to_have_text("News: Attic, Tue 18 May 2027, 11:00–11:45")
    visitor = visit("Europe/Vienna", 360, "dark")
    visitor.goto("/events/day/agenda")
    expect(visitor.locator(".part", has_text="News")).to_contain_text("09:00–09:45")
    page.get_by_role("link", name="Release …").click()
    expect(page.get_by_text("1 person · 1 calendar update")).to_be_visible()
    page.get_by_label("Note").fill("The hall is too small.")
    page.get_by_role("button", name="Release", exact=True).click()
    expect(page.get_by_text("Released. People see it from now on.")).to_be_visible()
    run_waiting()

    # The public page is kept for a minute.
    clock.shift(timedelta(seconds=61))
    visitor = visit("Europe/Vienna", 360, "dark")
    visitor.goto("/events/day/agenda")
    expect(visitor.locator(".part", has_text="News")).to_contain_text("11:00–11:45")
    expect(visitor.locator(".part", has_text="News")).to_contain_text("Attic")
    visitor.goto("/events/day/agenda/changes")
    line = visitor.locator(".release-lines li")
    for words in ("Moved", "News", "18 May 2027, 11:00, Attic", "18 May 2027, 09:00, Hall"):
        expect(line).to_contain_text(words)
    after = subscribed(page, feed.token)
    assert (after["UID"], after["DTSTART"].dt) == (before["UID"], agenda.day(9))
    assert after["SEQUENCE"] == before["SEQUENCE"] + 1

    db.session.expire_all()
    query = select(OutboxMail).where(OutboxMail.to_address == "gast@firm.example", OutboxMail.kind == "agenda.release")
    mail = db.session.scalars(query).one()
    assert "Tue 18 May, 11:00–11:45, Attic" in mail.text
    assert "The hall is too small." in mail.text
    [method, entry] = calendar_of(mail)
    assert (method, entry["UID"], entry["SEQUENCE"]) == ("REQUEST", after["UID"], after["SEQUENCE"])
    assert entry["DTSTART"].dt == entry["DTEND"].dt - timedelta(minutes=45) == agenda.day(9)


def subscribed(page: Page, token: str) -> Any:
    """The one entry of a private calendar."""
    answer = page.request.get(f"/calendar/{token}.ics")
    assert answer.ok
    [entry] = icalendar.Calendar.from_ical(answer.text()).walk("VEVENT")
    return entry


def calendar_of(mail: OutboxMail) -> tuple[str, Any]:
    """The calendar file that came with a mail: its method and its entry."""
    message = message_from_bytes(message_of(mail, "events@karmin.example", "Events").as_bytes())
    [file] = [part for part in message.walk() if part.get_filename() == "event.ics"]
    read = icalendar.Calendar.from_ical(file.get_payload(decode=True))
    [entry] = read.walk("VEVENT")
    return str(read["METHOD"]), entry


def test_the_pages_hold_in_both_themes_and_widths(backend: Backend, app: Flask, visit: Visits) -> None:
    factories.user("olivia@karmin.example", Role.ORGANIZER, name="Olivia", password=PASSWORD)
    day = factories.event(slug="day", title="Partner Day")
    rooms = [agenda.room(day, f"Room {n} with a name that goes on for quite a while", capacity=5) for n in range(7)]
    petra = agenda.speaker(day, "Maximiliane-Charlotte Wolfeschlegelsteinhausenbergerdorff")
    tracks = [agenda.track(day, f"Track {n}", colour=colour) for n, colour in enumerate(("#2463b5", "#b3212d"))]
    for n in range(20):
        start = agenda.day(7 + n % 6, 15 * (n % 3))
        agenda.session(
            day, f"Session {n} of some length", room=rooms[n % 7], starts_at=start, speakers=[petra], track=tracks[n % 2]
        )
    agenda.session(day, "Lunch", type=agenda.session_type(day, is_break=True), starts_at=agenda.day(10))
    later = agenda.session(day, "Later", starts_at=None)
    agenda.release(day, "Spring", note="The first one.")
    agenda.place(later, starts_at=agenda.day(9), room=rooms[0])
    agenda.release(day, "Summer")
    agenda.place(later, starts_at=agenda.day(11), room=rooms[0], minutes=15)
    base = "/admin/events/day/agenda"
    page = visit("Europe/Vienna")
    sign_in(page, "olivia@karmin.example")
    Look(thorough=backend.name == "sqlite").at(
        page,
        [
            f"{base}/timetable",
            f"{base}/timetable/{agenda.slot_of(later).id}",
            f"{base}/timetable/warnings",
            f"{base}/releases",
            f"{base}/releases/new",
            f"{base}/releases/2",
            f"{base}/releases/1/restore",
            "/events/day/agenda/changes",
        ],
    )
