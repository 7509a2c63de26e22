"""What a browser does by itself: it brings back what was typed, and no list scrolls where there is nothing to scroll to."""

import pytest
from flask import Flask
from playwright.sync_api import expect

from eventapp.accounts.models import Role
from eventapp.partners.models import MembershipRole
from tests.journeys.conftest import PASSWORD, Visits, sign_in
from tests.support import factories

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


def test_new_colleagues_are_still_there_after_going_back(app: Flask, visit: Visits) -> None:
    factories.event(slug="summit")
    company = factories.organisation("Donau Systemhaus GmbH", domain="donau.example")
    petra = factories.user("petra@donau.example", name="Petra Huber", password=PASSWORD)
    factories.person(company, "Petra", "Huber", petra.email, role=MembershipRole.ADMIN, user=petra)
    page = visit()
    sign_in(page, petra.email)
    page.goto("/events/summit/register")
    page.get_by_label("Given name").first.fill("Zoë")
    page.get_by_label("Family name").first.fill("Neumann")
    page.get_by_label("E-mail").first.fill("zoe@donau.example")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("heading", name="Check and register", level=1)).to_be_visible()
    page.go_back()
    expect(page.get_by_label("Given name").first).to_have_value("Zoë")
    expect(page.get_by_label("Family name").first).to_have_value("Neumann")
    expect(page.get_by_label("E-mail").first).to_have_value("zoe@donau.example")


def test_no_list_scrolls_up_and_down_in_itself(app: Flask, visit: Visits) -> None:
    event = factories.event(slug="summit")
    company = factories.organisation("Donau Systemhaus GmbH", domain="donau.example")
    for n in range(4):
        factories.registration(event, company, f"P{n}", "Person")
    factories.user("olga@karmin.example", Role.ORGANIZER, password=PASSWORD)
    page = visit()
    sign_in(page, "olga@karmin.example")
    for path in ("/admin/events/summit/registrations/", "/admin/companies/", "/admin/mail/"):
        page.goto(path)
        box = page.locator(".table-wrap").first
        assert box.evaluate("box => box.scrollHeight - box.clientHeight") == 0, path
