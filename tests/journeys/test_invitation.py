"""Invitation with delegation, in a real browser: invited, opened, passed on to a deputy, who registers."""

import re

import pytest
from flask import Flask
from playwright.sync_api import expect

from eventapp.accounts.models import Role
from eventapp.partners.models import MembershipRole
from tests.journeys.conftest import PASSWORD, Visits, sign_in
from tests.journeys.test_main_job import mails
from tests.support import factories

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def link_to(address: str) -> str:
    """The path of the personal link in the last mail to that address."""
    text = [mail.text for mail in mails() if mail.to_address == address][-1]
    found = re.search(r"/i/[\w-]+", text)
    assert found, text
    return found[0]


def test_an_invitation_is_passed_on_to_a_deputy(app: Flask, visit: Visits) -> None:
    factories.user("olivia@karmin.example", Role.ORGANIZER, name="Olivia", password=PASSWORD)
    company = factories.organisation("Donau Systemhaus GmbH", domain="donau.example")
    petra = factories.user("petra@donau.example", name="Petra Huber", password=PASSWORD)
    factories.person(company, "Petra", "Huber", petra.email, role=MembershipRole.ADMIN, user=petra)
    factories.person(company, "Ada", "Lang", "ada@donau.example")
    factories.person(company, "Ben", "Moser", "ben@donau.example")
    factories.event(title="Partner Summit 2027", slug="summit")

    organizer = visit("Europe/Vienna")
    sign_in(organizer, "olivia@karmin.example")
    organizer.goto("/admin/events/summit/invitations/")
    expect(organizer.get_by_text("Nobody is invited yet")).to_be_visible()
    organizer.locator(".page-head").get_by_role("link", name="Invite").click()
    organizer.get_by_label("People", exact=False).first.fill("Ada Lang <ada@donau.example>")
    organizer.get_by_label("Companies", exact=False).last.fill("Donau Systemhaus GmbH")
    organizer.get_by_role("button", name="Check").click()
    organizer.get_by_label("A few words").fill("We would be glad to see you in Vienna.")
    organizer.get_by_role("button", name="Send 2 invitations").click()
    expect(organizer.get_by_text("The invitations are on their way.")).to_be_visible()

    ada = visit("Europe/London", 360, "dark")
    link = link_to("ada@donau.example")
    with ada.expect_response(lambda answer: answer.url.endswith("/opened")) as opened:
        ada.goto(link)
    assert opened.value.status == 204
    organizer.goto("/admin/events/summit/invitations/?state=opened")
    expect(organizer.locator("tbody")).to_contain_text("Ada Lang")
    expect(ada.get_by_text("for ada@donau.example and for nobody else")).to_be_visible()
    ada.get_by_role("link", name="Somebody else comes").click()
    ada.get_by_label("Given name").fill("Ben")
    ada.get_by_label("Family name").fill("Moser")
    ada.get_by_label("E-mail").fill("ben@donau.example")
    ada.get_by_label("Reason").fill("On leave in May")
    ada.get_by_role("button", name="Pass the invitation on").click()
    expect(ada.get_by_text("passed on to a deputy")).to_be_visible()
    expect(ada.get_by_role("button", name="Register")).to_have_count(0)

    ben = visit("Asia/Dubai")
    ben.goto(link_to("ben@donau.example"))
    ben.get_by_role("button", name="Register").click()
    expect(ben.get_by_label("Given name")).to_have_value("Ben")
    ben.get_by_role("button", name="Register").click()
    expect(ben.get_by_text("your place is confirmed")).to_be_visible()

    admin = visit("Europe/Vienna", 360)
    sign_in(admin, "petra@donau.example")
    admin.goto("/company/invitations/")
    expect(admin.locator("tbody")).to_contain_text("Ben Moser")
    admin.get_by_role("link", name="Answer").click()
    admin.get_by_role("button", name="Register").click()
    admin.get_by_label("Petra Huber").check()
    admin.get_by_role("button", name="Check").click()
    admin.get_by_role("button", name="Register").click()
    expect(admin.get_by_text("Confirmed", exact=True).first).to_be_visible()

    organizer.goto("/admin/events/summit/invitations/?state=done")
    expect(organizer.locator("tbody tr")).to_have_count(2)
    organizer.goto("/admin/events/summit/invitations/?state=delegated")
    expect(organizer.locator("tbody")).to_contain_text("On leave in May")
    expect(organizer.locator("tbody")).to_contain_text("to Ben Moser")
