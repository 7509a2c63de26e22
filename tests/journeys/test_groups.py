"""Circles in a real browser: made, placed, one person moved by keyboard, another dragged, announced, read in the mail and
behind the link."""

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from eventapp.accounts.models import Role
from eventapp.core.db import db
from eventapp.core.jobs import run_job
from eventapp.registrations.models import Registration
from tests.conftest import NOW
from tests.journeys.conftest import PASSWORD, Visits, sign_in, started
from tests.journeys.test_main_job import mails
from tests.support import factories

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def circle(page: Page, number: int) -> Locator:
    """The card of an opened circle."""
    return page.get_by_role("region", name=f"Circle {number}", exact=True)


def test_from_an_empty_hall_to_everybody_knowing_their_circle(app: Flask, visit: Visits) -> None:
    with time_machine.travel(NOW, tick=True):
        journey(app, visit)


def journey(app: Flask, visit: Visits) -> None:
    factories.user("olivia@karmin.example", Role.ORGANIZER, name="Olivia", password=PASSWORD)
    event = factories.event(slug="summit", title="Partner Summit", quotas={"ready": None})
    people = {}
    for n in range(4):
        company = factories.organisation(f"Company {n} GmbH", domain=f"c{n}.example")
        guests = [factories.attendee(given, f"Of{n}", f"{given}@c{n}.example".lower()) for given in ("Ada", "Ben")]
        people.update({r.name: r.id for r in factories.register(event, company, *guests)})
    factories.commit()

    page = visit("Europe/Vienna")
    sign_in(page, "olivia@karmin.example")
    page.goto("/admin/events/summit/groups/")
    page.get_by_role("link", name="New set of groups").click()
    page.get_by_label("Name").fill("Drumming")
    page.get_by_label("Circles").check()
    page.get_by_label("How many groups").fill("2")
    page.get_by_label("People in each").fill("5")
    page.get_by_label("Where").fill("Great hall")
    page.get_by_label("Begins").fill("2027-05-18T20:00")
    page.get_by_role("button", name="Make the groups").click()
    expect(page.get_by_text("8 people have no place yet.")).to_be_visible()

    page.get_by_role("link", name="Place automatically").click()
    expect(page.get_by_text("Every rule holds.")).to_be_visible()
    page.get_by_role("button", name="Place them").click()
    expect(page.get_by_text("8 people were placed.")).to_be_visible()
    for number in (1, 2):
        expect(circle(page, number).get_by_role("checkbox")).to_have_count(4)

    # By keyboard alone: tick somebody, choose the other circle, press the button.
    moved = circle(page, 1).get_by_role("checkbox").first
    name = moved.evaluate("box => box.closest('label').querySelector('bdi').textContent")
    moved.focus()
    page.keyboard.press("Space")
    select = page.get_by_label("Group", exact=True)
    select.focus()
    page.keyboard.type("Circle 2")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 person moved to Circle 2.")).to_be_visible()
    expect(circle(page, 2).get_by_text(name, exact=True)).to_be_visible()
    expect(page.get_by_text("1 pair of one company sits in the same group")).to_be_visible()

    # By dragging: the colleague goes the other way.
    colleague = ("Ben" if name.startswith("Ada") else "Ada") + name[3:]
    started(page)
    circle(page, 2).get_by_role("listitem").filter(has_text=colleague).drag_to(circle(page, 1).get_by_role("heading"))
    expect(page.get_by_text("1 person moved to Circle 1.")).to_be_visible()
    expect(circle(page, 1).get_by_text(colleague, exact=True)).to_be_visible()

    page.get_by_role("link", name="Announce").click()
    expect(page.get_by_text("Their own links are left out here")).to_be_visible()
    page.get_by_role("button", name="Send the mails").click()
    expect(page.get_by_text("8 mails are being written.")).to_be_visible()
    db.session.rollback()
    run_job(app, "groups.tell")
    told = [mail for mail in mails() if mail.kind == "registrations.group_place"]
    assert len(told) == 8
    mine = next(mail for mail in told if mail.to_name == name)
    assert mine.subject == "Drumming: your place is Circle 2"
    assert "When: 18 May 2027, 20:00 Vienna (UTC+2)" in mine.text
    page.reload()
    expect(page.get_by_text("Everybody knows")).to_be_visible()

    db.session.rollback()
    token = db.session.get_one(Registration, people[name]).token
    db.session.rollback()
    guest = visit("Europe/Vienna", 360, "dark", java_script_enabled=False)
    guest.goto(f"/r/{token}")
    expect(guest.get_by_text("Circle 2 · Great hall · 18 May 2027, 20:00 Vienna (UTC+2)")).to_be_visible()

    # Without JavaScript the same page moves people too.
    plain = visit("Europe/Vienna", 360, java_script_enabled=False)
    sign_in(plain, "olivia@karmin.example")
    plain.goto("/admin/events/summit/groups/1")
    circle(plain, 2).get_by_label(name).check()
    plain.get_by_label("Group", exact=True).select_option("Circle 1 (1)")
    plain.get_by_role("button", name="Move there").click()
    expect(plain.get_by_text("1 person moved to Circle 1.")).to_be_visible()
