"""A company's own pages in a real browser: axe, 320 px, the keyboard, and the way from one admin to the next."""

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import expect
from sqlalchemy import select

from eventapp.core.db import db
from eventapp.partners.models import Membership, MembershipRole, Organisation, Person
from tests.journeys.conftest import PASSWORD, Visits, sign_in
from tests.journeys.test_pages import Look, look  # noqa: F401 - a fixture
from tests.support import factories

PETRA = "petra.huber@donau.example"
LUKAS = "lukas.maier@donau.example"
PATHS = [
    "/company/",
    "/company/people/",
    "/company/people/?q=nobody-of-this-name",
    "/company/people/former",
    "/company/people/add",
    "/company/people/{ada}",
    "/company/people/{ada}/end",
    "/company/admins",
    "/company/registrations/",
    "/company/requests/",
    "/company/requests/{asks}/decline",
    "/company/profile",
    "/company/profile/edit",
    "/company/log",
    "/events/summit/registrations/{registration}/substitute",
]


@pytest.fixture
def ids(app: Flask, clock: time_machine.Traveller) -> dict[str, int]:
    """Two companies of one admin; in the first a colleague with a login, one without, one who asks, and registrations."""
    company = factories.organisation("Donau Systemhaus für Plattformen und Betrieb GmbH & Co. KG", domain="donau.example")
    petra = factories.user(PETRA, name="Petra Huber", password=PASSWORD)
    factories.person(company, "Petra", "Huber", PETRA, role=MembershipRole.ADMIN, user=petra)
    factories.second_seat(petra, factories.organisation("Enns Software GmbH"))
    lukas = factories.user(LUKAS, name="Lukas Maier", password=PASSWORD)
    factories.person(company, "Lukas", "Maier", LUKAS, user=lukas)
    ada = factories.person(company, "Ada", "von Hohenzollern-Sigmaringen-Wallenstein", "ada@donau.example")
    asks = factories.person(None, "Rosa", "Ruf", "rosa@elsewhere.example")
    values = {"state": "requested", "matched_by": "search", "requested_at": factories.AT, "request_note": "New in sales"}
    request = Membership(person_id=asks.id, organisation_id=company.id, **values)
    gone = Membership(person_id=factories.person(None).id, organisation_id=company.id, state="ended", job_title="Sales")
    db.session.add_all([request, gone])
    factories.commit()
    event = factories.event(title="Summit", slug="summit", quotas={"ready": 1})
    one, _waiting = factories.register(
        event, company, factories.attendee("Ada", "Lang", "ada@donau.example"), factories.attendee(email="carl@donau.example")
    )
    return {"ada": membership_of(company, ada), "asks": request.id, "registration": one.id}


def membership_of(company: Organisation, person: Person) -> int:
    query = select(Membership.id).where(Membership.person_id == person.id, Membership.organisation_id == company.id)
    return db.session.scalars(query).one()


def test_all_pages(visit: Visits, ids: dict[str, int], look: Look) -> None:  # noqa: F811
    db.session.rollback()
    page = visit()
    sign_in(page, PETRA)
    look.at(page, [path.format(**ids) for path in PATHS])
    page.goto("/company/")
    page.locator(".acting-button").press("Enter")
    look.here(page, "the choice of the company")


def test_choosing_the_company_by_keyboard(visit: Visits, ids: dict[str, int]) -> None:
    db.session.rollback()
    page = visit(width=360)
    sign_in(page, PETRA)
    page.goto("/company/people/")
    button = page.locator(".acting-button")
    expect(button).to_contain_text("Donau Systemhaus")
    button.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".acting-button")).to_contain_text("Enns Software GmbH")
    expect(page.get_by_role("heading", level=1)).to_have_text("People")
    expect(page.get_by_text("You act for Enns Software GmbH now.")).to_be_visible()


def test_an_admin_lets_somebody_in_and_hands_over(visit: Visits, ids: dict[str, int]) -> None:
    db.session.rollback()
    page = visit()
    sign_in(page, PETRA)
    page.goto("/company/")
    page.get_by_role("link", name="Decide").click()
    page.get_by_role("button", name="Let in Rosa Ruf", exact=True).click()
    expect(page.get_by_text("Rosa Ruf belongs to your company now")).to_be_visible()
    page.goto("/company/admins")
    page.get_by_label("Colleague").select_option(label=f"Lukas Maier ({LUKAS})")
    page.get_by_role("button", name="Hand over and step down").click()
    expect(page.get_by_text("Lukas Maier is admin now in your place. You are a member.")).to_be_visible()
    expect(page.get_by_role("link", name="Register colleagues")).to_have_count(0)
    next_one = visit()
    sign_in(next_one, LUKAS)
    next_one.goto("/company/")
    next_one.get_by_role("link", name="Our people at Summit").click()
    expect(next_one.get_by_role("heading", level=1)).to_have_text("Our people")
