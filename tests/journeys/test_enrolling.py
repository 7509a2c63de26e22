"""A company admin enrols three colleagues; one lacks a prerequisite and is sent the way to it, in a real browser."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask_security.utils import hash_password
from playwright.sync_api import expect
from sqlalchemy import select

from eventapp.core.db import db
from eventapp.partners.models import Person
from eventapp.training.models import Course, CourseVersion, Enrolment, EnrolmentState, Run
from tests.journeys.conftest import PASSWORD, Visits, sign_in
from tests.journeys.test_main_job import mails
from tests.support import factories, training

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
NOW = datetime(2027, 5, 18, 12, 0, tzinfo=UTC)


def world() -> None:
    """Ada and Cleo hold the basics, Ben does not; both courses are given soon."""
    company = factories.organisation("Donau Systemhaus GmbH", domain="donau.example")
    factories.company_admin(company, "petra@donau.example").password = hash_password(PASSWORD)
    basics = training.course("NET-101", title="Routing basics")
    advanced = training.course("NET-201", title="Routing that holds", needs=[basics.course])
    for given, family in (("Ada", "Lang"), ("Cleo", "Maier")):
        person = factories.person(company, given, family, f"{given.lower()}@donau.example")
        training.certificate(person, basics, completed_on=NOW.date() - timedelta(days=30))
    factories.person(company, "Ben", "Moser", "ben@donau.example")
    for version, days in ((basics, 20), (advanced, 60)):
        starts = NOW + timedelta(days=days)
        training.run(version, starts_at=starts, ends_at=starts + timedelta(hours=3))
    factories.commit()


def enrolled(code: str) -> list[tuple[str, EnrolmentState]]:
    query = (
        select(Person.given_name, Enrolment.state)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .join(Run, Run.id == Enrolment.run_id)
        .join(CourseVersion, CourseVersion.id == Run.version_id)
        .join(Course, Course.id == CourseVersion.course_id)
        .where(Course.code == code)
        .order_by(Person.given_name)
    )
    found = [(name, state) for name, state in db.session.execute(query)]
    db.session.rollback()  # reading holds the file, and the server has to write
    return found


def test_three_colleagues_and_one_prerequisite(app: Flask, visit: Visits) -> None:
    with time_machine.travel(NOW, tick=True):
        world()
        journey(visit)


def journey(visit: Visits) -> None:
    petra = visit("Europe/Vienna", 360)
    sign_in(petra, "petra@donau.example")
    petra.goto("/courses/")
    petra.get_by_role("link", name="Routing that holds").first.click()
    petra.get_by_role("link", name="Enrol").first.click()
    petra.get_by_role("link", name="Register").first.click()

    # Who lacks something cannot be ticked, and it says what it is and when that is given next.
    expect(petra.get_by_role("checkbox", name="Ben Moser")).to_be_disabled()
    form = petra.url
    row = petra.locator(".colleague", has_text="Ben Moser")
    expect(row.get_by_text("needs a certificate that is valid on")).to_be_visible()
    expect(row.get_by_text("Routing basics (NET-101, next on")).to_be_visible()
    petra.get_by_role("checkbox", name="Ada Lang").check()
    petra.get_by_role("checkbox", name="Cleo Maier").check()

    # Typing him as somebody new is no way around.
    first = petra.locator("[data-row]").first
    first.get_by_label("Given name").fill("Ben")
    first.get_by_label("Family name").fill("Moser")
    first.get_by_label("E-mail").fill("ben@donau.example")
    petra.get_by_role("button", name="Check", exact=False).first.click()
    expect(petra.get_by_text("Ben Moser: needs a certificate that is valid on").first).to_be_visible()
    expect(petra.get_by_role("checkbox", name="Ada Lang")).to_be_checked()
    assert enrolled("NET-201") == []
    first = petra.locator("[data-row]").first
    for label in ("Given name", "Family name", "E-mail"):
        first.get_by_label(label).fill("")
    petra.get_by_role("button", name="Check", exact=False).first.click()
    expect(petra.get_by_text("2 people will be registered")).to_be_visible()
    petra.get_by_role("button", name="Register", exact=False).click()
    petra.wait_for_load_state()
    assert enrolled("NET-201") == [("Ada", EnrolmentState.ENROLLED), ("Cleo", EnrolmentState.ENROLLED)]

    # The way out: the course that he lacks, on its next date.
    petra.goto(form)
    petra.get_by_role("link", name="Routing basics (NET-101, next on").click()
    expect(petra.get_by_role("heading", name="Routing basics")).to_be_visible()
    petra.get_by_role("link", name="Enrol").first.click()
    petra.get_by_role("link", name="Register").first.click()
    petra.get_by_role("checkbox", name="Ben Moser").check()
    petra.get_by_role("button", name="Register ticked colleagues at once").click()
    petra.wait_for_load_state()
    assert enrolled("NET-101") == [("Ben", EnrolmentState.ENROLLED)]
    assert {mail.to_address for mail in mails()} >= {f"{name}@donau.example" for name in ("ada", "ben", "cleo")}
