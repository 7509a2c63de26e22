"""A group of three that comes only together waits, is offered its places by mail, and answers by link, in a real browser."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask_security.utils import hash_password
from playwright.sync_api import expect

from eventapp.accounts.models import Role
from eventapp.core.clock import now
from eventapp.overview.doctor import examine
from tests.journeys.conftest import PASSWORD, Visits, sign_in
from tests.journeys.test_main_job import link_in, mails
from tests.support import factories

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

# Two days before the start: whoever moves up is asked, and has four hours to answer.
NOW = datetime(2027, 5, 16, 7, 0, tzinfo=UTC)
NAMES = ("Ada Lang", "Ben Moser", "Cleo Wolf")


def link_of(address: str) -> str:
    """The way to the secret link of whoever has that address, out of the last mail."""
    return link_in([mail for mail in mails() if mail.to_address == address][-1])


def test_three_wait_together_and_come_together(app: Flask, visit: Visits) -> None:
    with time_machine.travel(NOW, tick=True):
        journey(app, visit)


def journey(app: Flask, visit: Visits) -> None:
    factories.user("olivia@karmin.example", Role.ORGANIZER, name="Olivia", password=PASSWORD)
    company = factories.organisation("Donau Systemhaus GmbH", domain="donau.example")
    account = factories.company_admin(company, "petra@donau.example")
    account.password = hash_password(PASSWORD)
    for name in NAMES:
        given, family = name.split()
        factories.person(company, given, family, f"{given.lower()}@donau.example")
    event = factories.event(slug="summit", title="Partner Summit", capacity=4, quotas={"ready": 9, "none": 9})
    other = factories.organisation("Isar Netze AG", domain="isar.example")
    holders = factories.register(event, other, *(factories.attendee() for _n in range(4)), at=NOW - timedelta(days=9))
    factories.commit()

    admin = visit("Europe/Vienna", 360)
    sign_in(admin, "petra@donau.example")
    admin.goto("/events/summit/register")
    for name in NAMES:
        admin.get_by_label(name).check()
    admin.get_by_role("button", name="Check").click()
    admin.get_by_label("Only all together").check()
    admin.get_by_role("button", name="Register").click()
    expect(admin.get_by_text("on the waiting list").first).to_be_visible()

    # Two places are not enough for three, and nobody else gets them meanwhile.
    organizer = visit("Europe/Vienna")
    sign_in(organizer, "olivia@karmin.example")
    for number, holder in enumerate(holders[:3]):
        link = visit("Europe/Vienna", 360)
        link.goto(f"/r/{holder.token}/cancel")
        link.get_by_role("button", name="Cancel").click()
        expect(link.get_by_text("Undo cancelling").first).to_be_visible()
        organizer.goto("/admin/events/summit/registrations/?status=waiting")
        if number < 2:
            expect(organizer.get_by_text("Ada Lang").first).to_be_visible()
        else:
            expect(organizer.get_by_text("Ada Lang")).to_have_count(0)

    ada = visit("Europe/London", 360)
    ada.goto(link_of("ada@donau.example"))
    expect(ada.get_by_text("It is kept until 16 May 2027, 13:0")).to_be_visible()
    ada.get_by_role("button", name="Accept the place").click()
    expect(ada.get_by_text("your place is confirmed")).to_be_visible()

    ben = visit("Europe/Vienna", 360)
    ben.goto(link_of("ben@donau.example"))
    ben.get_by_role("button", name="No, thank you").click()
    expect(ben.get_by_text("Cancelled").first).to_be_visible()

    organizer.goto("/admin/events/summit/")
    expect(organizer.locator(".fill span")).to_have_text("3 of 4 places taken")
    assert not [found for found in examine(now()) if found.level == "error"]
