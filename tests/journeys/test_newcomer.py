"""A newcomer's way in, in a real browser: of a company that we know, and of one that we do not."""

import re

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from eventapp.accounts.models import Role
from eventapp.core.db import db, reading
from eventapp.partners.models import Membership, MembershipRole, MembershipState, Organisation, Person
from eventapp.registrations.models import Registration
from tests.journeys.conftest import PASSWORD, Visits, sign_in
from tests.support import browsing, factories

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def link_to(address: str) -> str:
    """The path of the link in the mail that proves an address."""
    with reading():
        (mail,) = browsing.mails("accounts.sign_up", to=address)
        found = re.search(r"/register-account/[\w.-]+", mail.text)
        db.session.rollback()  # an open transaction here would keep the server from writing
    assert found, mail.text
    return found[0]


def register_account(page: Page, address: str, name: str) -> None:
    """From the start page to the proven address."""
    page.goto("/")
    page.get_by_role("link", name="Register Account").click()
    page.get_by_label("E-mail").fill(address)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Register Account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("We have sent you a mail")
    page.goto(link_to(address))
    page.get_by_role("button", name="Confirm and log in").click()


def roles_at(company_id: int) -> dict[str, str]:
    """Who belongs to the company, and as what."""
    with reading():
        db.session.rollback()
        query = select(Person.family_name, Membership.role).join(Membership, Membership.person_id == Person.id)
        active = query.where(Membership.organisation_id == company_id, Membership.state == MembershipState.ACTIVE)
        found = {name: role.value for name, role in db.session.execute(active)}
        db.session.rollback()
    return found


def test_a_newcomer_of_a_known_company_ends_as_its_admin(app: Flask, visit: Visits) -> None:
    company = factories.organisation("Donau Systemhaus GmbH", domain="donau.example")
    petra = factories.user("petra@donau.example", name="Petra Huber", password=PASSWORD)
    factories.person(company, "Petra", "Huber", "petra@donau.example", role=MembershipRole.ADMIN, user=petra)
    factories.person(company, "Lukas", "Maier", "lukas@donau.example", user=factories.user("lukas@donau.example"))
    factories.person(company, "Jana", "Kolar", "jana@donau.example")
    factories.event(slug="summit", title="Summit")
    company_id = company.id
    db.session.rollback()
    nina = visit()
    register_account(nina, "nina@donau.example", "Nina Novak")
    expect(nina.get_by_role("main")).to_contain_text("You need not wait to register for an event")
    assert "Novak" not in roles_at(company_id)

    admin = visit()
    sign_in(admin, "petra@donau.example")
    admin.goto("/company/requests")
    admin.get_by_role("button", name="Let in as admin Nina Novak").click()
    expect(admin.get_by_text("Nina Novak belongs to your company now")).to_be_visible()

    nina.goto("/company/")
    nina.get_by_role("link", name="Register colleagues").first.click()
    nina.get_by_label("Lukas Maier").check()
    nina.get_by_label("Jana Kolar").check()
    nina.get_by_role("button", name="Check").click()
    nina.get_by_role("button", name=re.compile("^Register")).click()
    expect(nina.get_by_role("main")).to_contain_text("Jana Kolar")
    with reading():
        db.session.rollback()
        assert sorted(db.session.scalars(select(Registration.name))) == ["Jana Kolar", "Lukas Maier"]
        db.session.rollback()

    nina.goto("/company/admins")
    nina.get_by_label("Colleague").select_option(label="Lukas Maier (lukas@donau.example)")
    nina.get_by_role("button", name="Hand over and step down").click()
    expect(nina.get_by_role("main")).to_contain_text("Lukas Maier")
    assert roles_at(company_id) == {"Huber": "admin", "Novak": "member", "Maier": "admin", "Kolar": "member"}


def test_a_stranger_s_company_goes_through_the_queue(app: Flask, visit: Visits) -> None:
    factories.user("olivia@karmin.example", Role.ORGANIZER, name="Olivia", password=PASSWORD)
    db.session.rollback()
    xenia = visit()
    register_account(xenia, "xenia@neuland.example", "Xenia Neu")
    expect(xenia.get_by_role("main")).to_contain_text("Your address does not tell us which company you work for")
    xenia.get_by_role("link", name="My company is not listed").click()
    xenia.get_by_label("Name").fill("Neuland Netze AG")
    xenia.get_by_label("Country").select_option(label="Germany")
    xenia.get_by_role("button", name="Send").click()
    expect(xenia.get_by_role("main")).to_contain_text("You told us about this company")

    olivia = visit()
    sign_in(olivia, "olivia@karmin.example")
    olivia.goto("/admin/queue/")
    expect(olivia.locator("#queue-item")).to_contain_text("Neuland Netze AG")
    olivia.get_by_role("link", name="Add the company").click()
    olivia.get_by_label("Main type").select_option("reseller")
    olivia.get_by_role("main").get_by_role("button", name=re.compile("Add")).click()
    expect(olivia.get_by_role("main")).to_contain_text("Nothing waits")

    xenia.goto("/company/")
    expect(xenia.get_by_role("heading", level=1)).to_have_text("Our company")
    with reading():
        db.session.rollback()
        company = db.session.scalars(select(Organisation).where(Organisation.name == "Neuland Netze AG")).one()
        db.session.rollback()
    assert "Neu" in roles_at(company.id)
