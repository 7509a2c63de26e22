"""A distributor with a block of 20 places allotted to six resellers, through deadline and release, in a real browser."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Page, expect

from eventapp.accounts.models import Role
from eventapp.core.db import db
from eventapp.core.jobs import run_job
from eventapp.events.models import Event
from eventapp.overview.doctor import examine
from eventapp.partners.models import MembershipRole, Organisation, Relationship
from tests.journeys.conftest import PASSWORD, Visits, sign_in
from tests.journeys.test_main_job import mails
from tests.support import factories

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

RESELLERS = ("Ahorn IT GmbH", "Birke Systeme KG", "Buche Netz AG", "Eiche Data OG", "Erle Cloud e.U.", "Föhre EDV GmbH")
NOW = datetime(2027, 1, 20, 9, 0, tzinfo=UTC)


def admin_of(company: Organisation, address: str, name: str) -> None:
    """An admin of the company who signs in with the tests' password."""
    account = factories.user(address, name=name, password=PASSWORD)
    given, family = name.split()
    factories.person(company, given, family, address, role=MembershipRole.ADMIN, user=account)


def open_again(page: Page, email: str, path: str) -> None:
    """Opens a page weeks later, when the session has ended."""
    page.context.clear_cookies()
    sign_in(page, email)
    page.goto(path)


def work(app: Flask) -> None:
    """The worker's minute."""
    db.session.rollback()
    run_job(app, "registrations.blocks")
    db.session.rollback()


def test_from_the_block_to_its_release(app: Flask, visit: Visits) -> None:
    with time_machine.travel(NOW, tick=True) as clock:
        journey(app, visit, clock)


def journey(app: Flask, visit: Visits, clock: time_machine.Traveller) -> None:
    factories.user("olivia@karmin.example", Role.ORGANIZER, name="Olivia", password=PASSWORD)
    factories.event(slug="summit", title="Partner Summit", capacity=22, quotas={"ready": 1, "none": 0})
    alpen = factories.organisation("Alpen Distribution GmbH", domain="alpen.example", tier_key=None)
    admin_of(alpen, "anton@alpen.example", "Anton Gruber")
    resellers = [factories.organisation(name, domain=f"r{n}.example") for n, name in enumerate(RESELLERS)]
    for n, reseller in enumerate(resellers):
        db.session.add(Relationship(from_id=alpen.id, to_id=reseller.id, kind="supplies"))
        for colleague in range(3):
            factories.person(reseller, f"Kim{colleague}", f"Tree{n}", f"kim{colleague}@r{n}.example")
    admin_of(resellers[0], "petra@r0.example", "Petra Ahorn")
    factories.commit()

    organizer = visit("Europe/Vienna")
    sign_in(organizer, "olivia@karmin.example")
    organizer.goto("/admin/events/summit/blocks/")
    organizer.get_by_label("Company", exact=True).fill("Alpen Distribution GmbH")
    organizer.get_by_label("Places", exact=True).fill("20")
    organizer.get_by_label("Names until").fill("2027-03-01T18:00")
    organizer.get_by_label("Unnamed places fall back on").fill("2027-03-03T18:00")
    organizer.get_by_role("button", name="Set aside").click()
    expect(organizer.get_by_text("Set aside. The company's admins see the places")).to_be_visible()

    distributor = visit("Europe/Vienna", 360)
    sign_in(distributor, "anton@alpen.example")
    distributor.goto("/company/")
    distributor.get_by_role("link", name="Partner Summit").first.click()
    for name in RESELLERS:
        distributor.get_by_label("Reseller", exact=True).select_option(name)
        distributor.get_by_label("Places", exact=True).fill("3")
        distributor.get_by_role("button", name="Allot", exact=True).click()
        expect(distributor.get_by_text("Allotted.")).to_be_visible()
    expect(distributor.locator(".places-meter > span", has_text="0 of 3 named")).to_have_count(6)
    expect(distributor.get_by_text("2 places are left to allot.")).to_be_visible()
    distributor.get_by_role("link", name="Name your people").click()
    distributor.get_by_label("Anton Gruber").check()
    distributor.get_by_role("button", name="Check").click()
    distributor.get_by_role("button", name="Register").click()
    expect(distributor.get_by_text("Own seat block")).to_be_visible()

    reseller = visit("Europe/Vienna", 360, "dark")
    sign_in(reseller, "petra@r0.example")
    reseller.goto("/company/blocks/")
    expect(reseller.get_by_text("From Alpen Distribution GmbH")).to_be_visible()
    expect(reseller.get_by_text("of 20")).to_have_count(0)
    reseller.get_by_role("link", name="Name people").click()
    for name in ("Kim0 Tree0", "Kim1 Tree0"):
        reseller.get_by_label(name).check()
    reseller.get_by_role("button", name="Check").click()
    reseller.get_by_role("button", name="Register").click()
    expect(reseller.get_by_text("Confirmed", exact=True)).to_have_count(2)
    expect(reseller.get_by_text("0 of 1 company places taken.")).to_be_visible()

    # The event's other two places go, and somebody waits for what may fall back.
    event = db.session.scalars(db.select(Event)).one()
    others = [factories.registration(event, factories.organisation(), at=NOW) for _n in range(3)]
    assert [one.status.value for one in others] == ["confirmed", "confirmed", "waiting"]
    db.session.rollback()

    clock.move_to(datetime(2027, 2, 22, 17, 1, tzinfo=UTC))
    work(app)
    reminded = [m for m in mails() if m.kind == "registrations.block_notice"]
    assert sorted(m.to_address for m in reminded) == ["anton@alpen.example", "petra@r0.example"]
    assert all(m.subject == "7 days left to name people for Partner Summit" for m in reminded)

    clock.move_to(datetime(2027, 3, 1, 17, 1, tzinfo=UTC))
    open_again(reseller, "petra@r0.example", "/company/blocks/")
    expect(reseller.get_by_text("Names closed")).to_be_visible()
    expect(reseller.get_by_role("link", name="Name people")).to_have_count(0)
    open_again(distributor, "anton@alpen.example", "/company/blocks/1")
    expect(distributor.get_by_text("These places could be named until 1 Mar 2027, 18:00 Vienna (UTC+1).")).to_be_visible()

    clock.move_to(datetime(2027, 3, 3, 17, 1, tzinfo=UTC))
    work(app)
    open_again(distributor, "anton@alpen.example", "/company/blocks/1")
    expect(distributor.get_by_text("17 places without a name have fallen back to the event.")).to_be_visible()
    expect(distributor.get_by_text("Kim0 Tree0")).to_be_visible()
    open_again(organizer, "olivia@karmin.example", "/admin/events/summit/registrations/?status=confirmed")
    expect(organizer.locator(".list-totals")).to_have_text("6 people · 5 companies")
    organizer.goto("/admin/events/summit/")
    expect(organizer.locator(".fill span")).to_have_text("6 of 22 places taken")
    assert {m.to_address for m in mails() if m.kind == "registrations.block_released"} == {
        "anton@alpen.example",
        "petra@r0.example",
    }
    assert not [found for found in examine(NOW + timedelta(days=60)) if found.level == "error"]
