"""The main job, end to end, in a real browser: list → event → registering → mails → changes → export."""

import csv
import io
import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from eventapp.accounts.models import Role
from eventapp.core.db import db, reading
from eventapp.mail.models import OutboxMail
from eventapp.overview.doctor import examine
from eventapp.partners.models import Membership, MembershipRole, Person, PersonEmail
from tests.journeys.conftest import PASSWORD, Visits, sign_in
from tests.support import factories

PARTNERS = """Account Name;Programme ID;Partner Type;Tier;Country;City;Email Domains;Status
Donau Systemhaus GmbH;KP-182660;Solution Provider;Advanced;Österreich;Wien;donau-systemhaus.example;Active
Accra Cloud Partners Ltd;KP-750575;Cloud Provider;Ready;GH;Accra;accra-cloud.example;Active
Nowhere Ltd;KP-000001;Reseller;Ready;Atlantis;;;Active
"""
PEOPLE = """Given Name,Family Name,Email,Function,Phone,Programme ID,Org Admin
Petra,Huber,petra.huber@donau-systemhaus.example,Sales,+43 1 5550101,KP-182660,yes
Lukas,Maier,lukas.maier@donau-systemhaus.example,Technical,0043 664 5550102,KP-182660,no
Jana,Nováková,jana.novakova@donau-systemhaus.example,Presales,,KP-182660,no
Ömer,Yıldız,oemer.yildiz@donau-systemhaus.example,Technical,,KP-182660,no
"""

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def import_file(page: Page, kind: str, name: str, text: str) -> None:
    """Takes a file through the wizard: file, columns, check, apply."""
    page.goto("/admin/imports/new")
    page.get_by_role("radio", name=kind, exact=True).check()
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "text/csv", "buffer": text.encode()})
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Check the rows").click()
    page.get_by_role("button", name="Apply the import").click()
    expect(page.get_by_text("Applied", exact=True).first).to_be_visible()


def give_login(address: str) -> None:
    """The login of somebody from the list, as the vendor makes it."""
    account = factories.user(address, name="Petra Huber", password=PASSWORD)
    person = db.session.scalars(select(Person).join(PersonEmail).where(PersonEmail.address == address)).one()
    person.user_id = account.id
    membership = db.session.scalars(select(Membership).where(Membership.person_id == person.id)).one()
    assert membership.role is MembershipRole.ADMIN
    db.session.commit()


def mails() -> list[OutboxMail]:
    with reading():
        db.session.rollback()
        found = list(db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)))
        db.session.expunge_all()
        db.session.rollback()  # an open transaction here would keep the server from writing
    return found


def link_in(mail: OutboxMail) -> str:
    """The path of the secret link in a mail."""
    found = re.search(r"/r/[\w-]+", mail.text)
    assert found, mail.text
    return found[0]


def test_from_the_list_to_the_export(app: Flask, visit: Visits) -> None:
    factories.user("olivia@karmin.example", Role.ORGANIZER, name="Olivia", password=PASSWORD)
    organizer = visit("Europe/Vienna")
    sign_in(organizer, "olivia@karmin.example")
    import_file(organizer, "Companies", "partners.csv", PARTNERS)
    expect(organizer.get_by_text("Nowhere Ltd").first).to_be_visible()
    import_file(organizer, "People of companies", "people.csv", PEOPLE)

    organizer.goto("/admin/events/new")
    organizer.get_by_label("Title").fill("Partner Summit 2027")
    organizer.get_by_label("In person", exact=True).check()
    organizer.get_by_label("Venue").fill("Redoute am Burgring")
    organizer.get_by_label("City").fill("Wien")
    organizer.get_by_label("Starts").fill("2027-05-18T09:00")
    organizer.get_by_label("Ends").fill("2027-05-20T16:00")
    organizer.get_by_label("Advanced").fill("3")
    organizer.get_by_role("button", name="Save as draft").click()
    organizer.get_by_role("button", name="Publish").click()
    expect(organizer.get_by_text("Registration open").first).to_be_visible()

    give_login("petra.huber@donau-systemhaus.example")
    company = visit("Europe/London", 360)
    sign_in(company, "petra.huber@donau-systemhaus.example")
    company.goto("/events/partner-summit-2027/")
    company.get_by_role("link", name="Register", exact=True).click()
    for name in ("Lukas Maier", "Jana Nováková", "Ömer Yıldız"):
        company.get_by_label(name).check()
    company.get_by_label("Given name").first.fill("Marek")
    company.get_by_label("Family name").first.fill("Kovář")
    company.get_by_label("E-mail").first.fill("marek.kovar@donau-systemhaus.example")
    company.get_by_role("button", name="Check").click()
    company.get_by_role("button", name="Register").click()
    expect(company.get_by_text("Confirmed", exact=True)).to_have_count(3)
    expect(company.get_by_text("for a company place, position 1")).to_be_visible()

    sent = mails()
    people = {m.to_address: m for m in sent if m.kind in ("registrations.confirmed", "registrations.waiting")}
    assert sorted(m.kind for m in sent if m.about.startswith("event:")) == [
        "registrations.confirmed",
        "registrations.confirmed",
        "registrations.confirmed",
        "registrations.summary",
        "registrations.waiting",
    ]

    attendee = visit("Asia/Dubai", 360, "dark")
    attendee.goto(link_in(people["lukas.maier@donau-systemhaus.example"]))
    expect(attendee.get_by_text("your time, Dubai")).to_be_visible()
    code = attendee.locator(".ticket-code").inner_text()
    attendee.get_by_role("link", name="Somebody else comes").click()
    attendee.get_by_label("Given name").fill("Petra")
    attendee.get_by_label("Family name").fill("Huber")
    attendee.get_by_label("E-mail").fill("petra.huber@donau-systemhaus.example")
    attendee.get_by_role("button", name="Hand the place on").click()
    expect(attendee.get_by_text("Handed on.")).to_be_visible()
    old = attendee.goto(link_in(people["lukas.maier@donau-systemhaus.example"]))
    assert old is not None
    assert old.status == 404, "the old link must be dead"

    attendee.goto(link_in(people["jana.novakova@donau-systemhaus.example"]))
    attendee.get_by_role("link", name="Cancel my place").click()
    attendee.get_by_role("button", name="Yes, cancel it").click()
    expect(attendee.get_by_text("This registration was cancelled.")).to_be_visible()
    waiting = next(m for m in people.values() if m.kind == "registrations.waiting")
    attendee.goto(link_in(waiting))
    expect(attendee.get_by_text("your place is confirmed")).to_be_visible()
    assert [m.kind for m in mails() if m.to_address == waiting.to_address][-1] == "registrations.promoted"

    organizer.goto("/admin/events/partner-summit-2027/registrations/?status=confirmed")
    expect(organizer.locator(".list-totals")).to_have_text("3 people · 1 company")
    shown = {row.inner_text().splitlines()[0].strip() for row in organizer.locator("tbody th[scope=row]").all()}
    organizer.get_by_text("Export").click()
    with organizer.expect_download() as download:
        organizer.get_by_role("button", name="CSV for Excel, semicolons").click()
    text = download.value.path().read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert {f"{row['given_name']} {row['family_name']}" for row in rows} == shown == {"Petra Huber", "Ömer Yıldız", "Marek Kovář"}
    assert code not in text, "the code of who was substituted is void"
    assert download.value.suggested_filename.startswith("partner-summit-2027_attendees_")
    assert not [found for found in examine(datetime.now(UTC)) if found.level != "ok"]
