"""From the directory to a meeting and the other's address, with two browsers side by side; the one who is asked has a phone."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import expect

from eventapp.accounts.models import Role, User
from eventapp.community.directory.service import ListingDetails
from eventapp.community.models import ProposedBy
from eventapp.partners.models import MembershipRole
from tests.conftest import NOW
from tests.journeys.conftest import PASSWORD, Visits, sign_in
from tests.journeys.test_pages import Look
from tests.support import community, factories
from tests.support.databases import Backend

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
MORNING = datetime(2027, 5, 3, 7, 0, tzinfo=UTC)


def admin(company: str, given: str, family: str, email: str, since: Any = None) -> User:
    """A company with an admin who can sign in."""
    user = factories.user(email, name=f"{given} {family}", password=PASSWORD)
    made = factories.organisation(company, partner_since=since)
    factories.person(made, given, family, email, role=MembershipRole.ADMIN, user=user)
    return user


def test_from_the_directory_to_a_yes(app: Flask, visit: Visits) -> None:
    with time_machine.travel(MORNING, tick=True):
        journey(visit)


def journey(visit: Visits) -> None:
    admin("Donau Systemhaus GmbH", "Petra", "Huber", "petra@donau.example")
    admin("Isar Netze AG", "Xaver", "Moser", "xaver@isar.example")
    phone = visit("Europe/Vienna", 360, "dark")
    sign_in(phone, "xaver@isar.example")
    phone.goto("/community/")
    expect(phone.get_by_text("Nobody stands in the directory yet")).to_be_visible()
    phone.get_by_role("link", name="Put me in").first.click()
    phone.get_by_label("In one line").fill("Clusters in shops")
    phone.get_by_label("Storage").check()
    phone.get_by_role("button", name="Put me in").click()
    expect(phone.get_by_role("alert").get_by_text("Without your consent you are not shown.")).to_be_visible()
    phone.get_by_label("I agree").check()
    phone.get_by_role("button", name="Put me in").click()
    expect(phone.get_by_text("You stand in the directory.")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360

    petra = visit("Europe/Vienna")
    sign_in(petra, "petra@donau.example")
    petra.get_by_role("link", name="Community", exact=True).click()
    petra.get_by_role("link", name="Xaver Moser").click()
    expect(petra.get_by_text("Clusters in shops")).to_be_visible()
    petra.get_by_role("link", name="Ask for a meeting").click()
    petra.get_by_label("What it is about").fill("Updates at night")
    petra.get_by_label("What you want to say").fill("How do you do it?")
    expect(petra.get_by_label("Time zone")).to_have_value("Europe/Vienna")
    petra.get_by_label("Time", exact=False).nth(1).fill("2027-05-10T10:00")
    petra.get_by_role("button", name="Ask", exact=True).click()
    expect(petra.get_by_text("Asked. You get a mail when there is an answer.")).to_be_visible()
    assert "xaver@isar.example" not in petra.content()

    phone.goto("/company/")
    phone.get_by_role("link", name="Look at it").click()
    phone.get_by_role("link", name="Updates at night").click()
    expect(phone.get_by_text("How do you do it?")).to_be_visible()
    assert "petra@donau.example" not in phone.content()
    phone.get_by_role("link", name="Answer", exact=True).click()
    phone.get_by_label("Yes, let us meet").check()
    expect(phone.get_by_label("10 May 2027, 10:00 Vienna (UTC+2)")).to_be_checked()
    phone.get_by_label("A word to them").fill("Gladly.")
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_role("link", name="petra@donau.example")).to_be_visible()

    petra.reload()
    expect(petra.get_by_role("link", name="xaver@isar.example")).to_be_visible()
    expect(petra.get_by_text("Gladly.")).to_be_visible()
    with petra.expect_download() as download:
        petra.get_by_role("link", name="Into my calendar").click()
    assert download.value.suggested_filename == "meeting.ics"

    phone.goto("/community/me")
    phone.get_by_role("button", name="Take me out").click()
    phone.get_by_role("button", name="Yes, go on").click()
    expect(phone.get_by_text("You do not stand in the directory any more")).to_be_visible()
    petra.goto("/community/")
    expect(petra.get_by_text("Nobody stands in the directory yet")).to_be_visible()


def test_pages_hold_on_every_screen(app: Flask, visit: Visits, backend: Backend) -> None:
    """Axe in both themes and at both widths, and nothing scrolls sideways."""
    with time_machine.travel(NOW, tick=True):
        neu = admin("Neu GmbH mit einem sehr langen Namen & Söhne", "Nina", "Neu", "nina@neu.example", community.NEW)
        alt = admin("Alt AG", "Anton", "Alt", "anton@alt.example", community.OLD)
        third = admin("Dritte AG", "Dora", "Dritt", "dora@dritte.example", community.OLD)
        details = ListingDetails("Edge", "Clusters in shops.", "Storage", "A shop", ("de", "en"), (1, 2, 3), ("CZ", "PL"))
        listing = community.list_company(alt, details)
        community.list_person(neu, details)
        meeting = community.ask(neu, listing)
        met = community.ask(alt, community.list_person(neu, details))
        community.offer(alt, 2)
        community.offer(third)
        pair = community.pair(neu, alt, ProposedBy.NEWCOMER)
        newcomer_id = pair.newcomer_id
        page = visit()
        sign_in(page, "nina@neu.example")
        here = "/community/"
        paths = [here, f"{here}{listing.id}", f"{here}me", f"{here}company", f"{here}first-steps", f"{here}buddies", "/company/"]
        paths += [f"{here}buddies/{pair.id}/end", f"{here}meetings/", f"{here}meetings/{meeting.id}"]
        paths += [f"{here}meetings/{met.id}/answer", f"{here}meetings/blocked"]
        Look(thorough=backend.name == "sqlite").at(page, paths)
        other = visit()
        sign_in(other, "dora@dritte.example")
        Look(thorough=backend.name == "sqlite").at(other, [f"{here}{listing.id}/ask", f"{here}buddies", f"{here}buddies/offer"])
        factories.user("orga@karmin.example", Role.ORGANIZER, name="Olivia", password=PASSWORD)
        vendor = visit()
        sign_in(vendor, "orga@karmin.example")
        base = "/admin/community/"
        paths = [f"{base}newcomers/", f"{base}newcomers/{newcomer_id}", f"{base}newcomers/{newcomer_id}/end"]
        paths += [f"{base}first-steps/", f"{base}first-steps/1", f"{base}interests/", f"{base}interests/1"]
        Look(thorough=backend.name == "sqlite").at(vendor, paths)
