"""A rule at risk turns compliant by one certificate, and a changed rule is tried out before it is saved, in a real browser."""

from datetime import timedelta

import pytest
from flask import Flask
from flask_security.utils import hash_password
from playwright.sync_api import expect

from eventapp.accounts.models import Role
from eventapp.core.clock import now
from eventapp.training.programme import evaluating
from tests.journeys.conftest import PASSWORD, Visits, sign_in
from tests.support import factories, training

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def world(app: Flask) -> None:
    """An Advanced company with one engineer, whose credential ends within a month, and a colleague who has the course."""
    factories.user("olivia@karmin.example", Role.ORGANIZER, name="Olivia", password=PASSWORD)
    company = factories.organisation("Donau Systemhaus GmbH", domain="donau.example", tier_key="advanced")
    factories.company_admin(company, "petra@donau.example").password = hash_password(PASSWORD)
    engineer, course = (
        training.credential("ENG", name="Certified engineer"),
        training.course("NET-201", title="Routing that holds"),
    )
    training.curriculum(engineer, [course.course])
    training.rule("advanced", [engineer], people=1, name="Technical people")
    ada = factories.person(company, "Ada", "Lang", "ada@donau.example")
    today = now().date()
    since = today - timedelta(days=300)
    training.certificate(ada, engineer, completed_on=since, expires_on=today + timedelta(days=20))
    factories.person(company, "Ben", "Moser", "ben@donau.example")
    evaluating.evaluate(None, at=now())
    factories.commit()


def test_at_risk_turns_compliant_by_one_certificate(app: Flask, visit: Visits) -> None:
    world(app)
    petra = visit("Europe/Vienna", 360)
    sign_in(petra, "petra@donau.example")
    petra.goto("/company/training/programme")
    expect(petra.get_by_text("At risk")).to_be_visible()
    expect(petra.get_by_text("to renew")).to_be_visible()
    expect(petra.get_by_text("Ben Moser")).to_be_visible()

    olivia = visit("Europe/Vienna")
    sign_in(olivia, "olivia@karmin.example")
    olivia.goto("/admin/training/programme/")
    expect(olivia.get_by_role("row", name="Donau Systemhaus GmbH").get_by_text("At risk")).to_be_visible()
    olivia.goto("/admin/training/certificates/new")
    olivia.get_by_label("E-mail of the person").fill("ben@donau.example")
    olivia.get_by_label("Course or credential").select_option(label="Certified engineer (ENG)")
    olivia.get_by_label("Completed on").fill((now().date() - timedelta(days=1)).isoformat())
    olivia.get_by_label("Valid until").fill((now().date() + timedelta(days=700)).isoformat())
    olivia.get_by_label("Reason").fill("Passed at the partner's own academy")
    olivia.get_by_role("button", name="Issue and send").click()
    expect(olivia.get_by_text("Issued, and sent to the person.")).to_be_visible()
    olivia.goto("/admin/training/programme/")
    expect(olivia.get_by_role("row", name="Donau Systemhaus GmbH").get_by_text("Compliant")).to_be_visible()

    petra.reload()
    expect(petra.locator("strong", has_text="2 of 1 person")).to_be_visible()
    expect(petra.get_by_text("At risk")).to_have_count(0)

    olivia.get_by_role("link", name="Rules").click()
    olivia.get_by_role("link", name="Technical people").click()
    olivia.get_by_label("People", exact=True).fill("3")
    olivia.get_by_role("button", name="Try it out").click()
    expect(olivia.get_by_text("Nothing is saved yet.")).to_be_visible()
    expect(olivia.get_by_role("row", name="Donau Systemhaus GmbH").get_by_text("Not compliant, in grace")).to_be_visible()
    petra.reload()
    expect(petra.get_by_text("Compliant")).to_be_visible()
    olivia.get_by_role("button", name="Save").click()
    expect(olivia.get_by_text("Saved. All companies were evaluated.")).to_be_visible()
    petra.reload()
    expect(petra.locator("strong", has_text="2 of 3 people")).to_be_visible()
