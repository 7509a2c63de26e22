"""An application with a second stage, and a hybrid event in which people change their mind, in a real browser."""

import pytest
from flask import Flask
from flask_security.utils import hash_password
from playwright.sync_api import expect

from eventapp.accounts.models import Role
from eventapp.core.clock import now
from eventapp.events.models import EventFormat
from eventapp.overview.doctor import examine
from eventapp.questions.models import Stage
from tests.journeys.conftest import PASSWORD, Visits, sign_in
from tests.journeys.test_main_job import link_in, mails
from tests.support import factories, forms

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def people(app: Flask) -> None:
    """An organizer, and a company with an admin and a colleague."""
    factories.user("olivia@karmin.example", Role.ORGANIZER, name="Olivia", password=PASSWORD)
    company = factories.organisation("Donau Systemhaus GmbH", domain="donau.example")
    account = factories.company_admin(company, "petra@donau.example")
    account.password = hash_password(PASSWORD)
    factories.person(company, "Ada", "Lang", "ada@donau.example")
    factories.person(company, "Ben", "Moser", "ben@donau.example")
    factories.commit()


def link_of(address: str) -> str:
    """The way to the secret link of whoever has that address, out of the last mail."""
    return link_in([mail for mail in mails() if mail.to_address == address][-1])


def test_an_application_with_a_second_stage(app: Flask, visit: Visits) -> None:
    people(app)
    event = factories.event(slug="council", title="Partner Council", capacity=5)
    forms.question(event, forms.section(event, "Why you"), "What do you want to bring in?", required=True)
    forms.question(event, forms.section(event, "For the day", Stage.B), "When do you arrive?", required=True)
    factories.commit()

    organizer = visit("Europe/Vienna")
    sign_in(organizer, "olivia@karmin.example")
    organizer.goto("/admin/events/council/admission/way")
    organizer.get_by_label("With approval: an organizer says yes or no to each").check()
    organizer.get_by_label("Look again at an approved registration when it is edited").check()
    organizer.get_by_role("button", name="Save").click()
    expect(organizer.get_by_text("With approval", exact=True)).to_be_visible()

    admin = visit("Europe/Vienna", 360)
    sign_in(admin, "petra@donau.example")
    admin.goto("/events/council/")
    admin.get_by_role("link", name="Apply").click()
    admin.get_by_label("Ada Lang").check()
    admin.get_by_role("button", name="Check").click()
    admin.get_by_role("button", name="Register").click()
    expect(admin.get_by_text("To approve").first).to_be_visible()

    ada = visit("Europe/Vienna", 360)
    ada.goto(link_of("ada@donau.example"))
    expect(ada.get_by_text("We have your application. An organizer decides on it.")).to_be_visible()
    ada.get_by_role("link", name="Complete your details").click()
    expect(ada.get_by_label("When do you arrive?")).to_have_count(0)
    ada.get_by_label("What do you want to bring in?").fill("Numbers from forty projects")
    ada.get_by_role("button", name="Save").click()

    organizer.goto("/admin/events/council/registrations/?status=pending")
    organizer.get_by_role("link", name="Ada Lang").first.click()
    expect(organizer.get_by_text("Numbers from forty projects").first).to_be_visible()
    organizer.get_by_role("button", name="Approve").click()
    expect(organizer.get_by_text("Approved. A mail is on its way.")).to_be_visible()

    ada.goto(link_of("ada@donau.example"))
    expect(ada.get_by_text("your place is confirmed")).to_be_visible()
    ada.get_by_role("link", name="Complete your details").click()
    ada.get_by_label("When do you arrive?").fill("Monday evening")
    ada.get_by_role("button", name="Save").click()
    expect(ada.get_by_text("Complete your details")).to_have_count(0)
    organizer.reload()
    expect(organizer.get_by_text("Edited since approved")).to_have_count(0)

    ada.get_by_role("link", name="Correct name or answers").click()
    ada.get_by_label("What do you want to bring in?").fill("Numbers from fifty projects")
    ada.get_by_role("button", name="Save").click()
    organizer.reload()
    expect(organizer.get_by_text("Edited since approved")).to_be_visible()
    organizer.get_by_role("button", name="The edit is right").click()
    expect(organizer.get_by_text("The edit stands.")).to_be_visible()
    expect(organizer.get_by_text("Edited since approved")).to_have_count(0)
    assert not [found for found in examine(now(), strict=True) if found.level == "error"]


def test_changing_between_the_room_and_the_screen(app: Flask, visit: Visits) -> None:
    people(app)
    factories.event(
        slug="mixed", title="Mixed Day", format=EventFormat.HYBRID, capacity_in_person=1, capacity_virtual=5,
        join_url="https://meet.example/room", quotas={"ready": 5, "none": 5},
    )  # fmt: skip
    admin = visit("Europe/Vienna")
    sign_in(admin, "petra@donau.example")
    admin.goto("/events/mixed/register")
    admin.get_by_label("Ada Lang").check()
    admin.get_by_label("Ben Moser").check()
    admin.get_by_role("button", name="Check").click()
    admin.get_by_role("button", name="Register").click()
    expect(admin.get_by_text("for a place in the room, position 1")).to_be_visible()

    ada = visit("Europe/London", 360)
    ada.goto(link_of("ada@donau.example"))
    ada.get_by_role("link", name="Take part on video instead").click()
    ada.get_by_role("button", name="Take part on video").click()
    expect(ada.get_by_text("Changed. A mail with the new details is on its way.")).to_be_visible()
    expect(ada.get_by_role("link", name="Join on video")).to_be_visible()

    ben = visit("Europe/Vienna", 360)
    ben.goto(link_of("ben@donau.example"))
    expect(ben.get_by_text("your place is confirmed")).to_be_visible()

    ada.get_by_role("link", name="Come in person instead").click()
    ada.get_by_role("button", name="Come in person").click()
    expect(ada.get_by_text("There is no place left there.").first).to_be_visible()
