"""A decision from the problem to "what changed through you", with two browsers side by side; the partner's is a phone."""

from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Page, expect

from eventapp.accounts.models import Role
from eventapp.decisions.ideas import service as ideas
from eventapp.decisions.ideas.models import IdeaKind
from eventapp.partners.models import MembershipRole
from tests.journeys.conftest import PASSWORD, Visits, sign_in
from tests.journeys.test_main_job import mails
from tests.journeys.test_pages import Look
from tests.support import decisions, factories
from tests.support.databases import Backend

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
NOW = datetime(2027, 5, 3, 7, 0, tzinfo=UTC)


def test_from_the_problem_to_what_changed(app: Flask, visit: Visits) -> None:
    with time_machine.travel(NOW, tick=True):
        journey(visit)


def save(page: Page, name: str = "Save") -> None:
    """Sends the page's form."""
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_load_state()


def journey(visit: Visits) -> None:
    factories.user("mona@karmin.example", Role.PARTNER_MANAGER, name="Mona Keller", password=PASSWORD)
    petra = factories.user("petra@donau.example", name="Petra Huber", password=PASSWORD)
    company = factories.organisation("Donau Systemhaus GmbH", domain="donau.example")
    factories.person(company, "Petra", "Huber", petra.email, role=MembershipRole.ADMIN, user=petra)
    mona = visit("Europe/Vienna")
    sign_in(mona, "mona@karmin.example")
    mona.get_by_role("link", name="Decisions", exact=True).click()
    mona.get_by_role("link", name="Open a decision").first.click()
    mona.get_by_label("Title").fill("Two price lists a year")
    mona.get_by_label("The problem").fill("Quotes become wrong while customers think about them.")
    mona.get_by_label("Belongs to").select_option("co_creation")
    save(mona)
    decision = mona.url
    expect(mona.get_by_text("Name the decider: one person, or a body.")).to_be_visible()

    mona.locator("#facts").get_by_role("link", name="Change").click()
    mona.get_by_label("Who is affected").fill("Everybody who quotes")
    mona.get_by_label("Feedback is taken until").fill("2027-06-01")
    save(mona)
    mona.locator("#people").get_by_role("link", name="Change").click()
    mona.get_by_label("Body that decides").fill("Steering committee")
    save(mona)
    mona.goto(decision)
    mona.locator("#openness").get_by_role("link", name="Change").click()
    mona.get_by_label("All partners").check()
    mona.get_by_label("Why not everybody").fill("Prices")
    save(mona)
    step(mona, "Plan and research")
    for title in ("Two a year", "Four a year"):
        mona.get_by_role("link", name="Add an option").click()
        mona.get_by_label("Option", exact=True).fill(title)
        save(mona)
    mona.get_by_role("link", name="Criteria", exact=True).click()
    mona.get_by_role("textbox", name="Criterion").fill("Quotes that hold")
    mona.get_by_label("Weight").fill("100")
    save(mona, "Add")
    mona.goto(decision)
    step(mona, "Design and test")

    phone = visit("Europe/Vienna", 360)
    sign_in(phone, "petra@donau.example")
    phone.goto("/decisions/")
    phone.get_by_role("link", name="Two price lists a year").click()
    phone.get_by_role("link", name="Give feedback").first.click()
    phone.get_by_label("Your feedback").fill("Announce changes sixty days before.")
    save(phone)
    expect(phone.get_by_text("The owner answers each piece of feedback.")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360

    mona.goto(decision)
    expect(mona.get_by_text("Feedback that nobody has answered: 1.")).to_be_visible()
    mona.get_by_role("link", name="Add what could go wrong").click()
    mona.get_by_label("It has failed. What went wrong?").fill("A currency fell in between.")
    save(mona)
    mona.locator("#outcome").get_by_role("link", name="Write it down").click()
    mona.get_by_label("Option chosen").select_option(label="Two a year")
    mona.get_by_label("What is decided").fill("Lists change twice a year.")
    mona.get_by_label("Why", exact=True).fill("Quotes hold.")
    mona.get_by_label("Looked at again on").fill("2028-01-10")
    save(mona)
    mona.locator("#feedback").get_by_role("link", name="Answer").click()
    mona.get_by_label("Adopted", exact=True).check()
    mona.locator("#reply").fill("Sixty days it is.")
    save(mona)
    mona.locator("#facts").get_by_role("link", name="Change").click()
    mona.get_by_label("Feedback is taken until").fill("2027-01-19")
    save(mona)
    step(mona, "Decided")
    step(mona, "Launched")

    phone.goto(decision)
    expect(phone.locator("#changed")).to_contain_text("Sixty days it is.")
    launch = [mail for mail in mails() if mail.kind == "decision.launched" and mail.to_address == "petra@donau.example"]
    assert len(launch) == 1
    assert "What changed through you" in launch[0].text
    assert "Sixty days it is." in launch[0].text
    expect(phone.get_by_role("link", name="Ask to reopen")).to_be_visible()


def step(page: Page, name: str) -> None:
    """Takes the decision to its next phase."""
    page.locator("#next").get_by_role("link", name=name, exact=True).click()
    save(page, "Take this step")
    expect(page.locator("[aria-current=step]")).to_contain_text(name)


def test_pages_hold_on_every_screen(app: Flask, visit: Visits, backend: Backend) -> None:
    """Axe in both themes and at both widths, and nothing scrolls sideways."""
    with time_machine.travel(decisions.NOW, tick=True):
        mona = factories.user("mona@karmin.example", Role.PARTNER_MANAGER, name="Mona Keller", password=PASSWORD)
        partner = factories.company_admin(factories.organisation("Donau Systemhaus GmbH mit sehr langem Namen & Söhne"))
        made = decisions.weighed(decisions.decision(mona), mona)
        decisions.answer(made, decisions.feedback(made, partner), mona)
        decisions.ready(made, mona)
        details = ideas.IdeaDetails(IdeaKind.NEED, "A file that our system reads", "We type four hundred prices.")
        wish = ideas.post(details, viewer=decisions.viewer(partner), at=decisions.NOW)
        ideas.contribute(wish, "Our layout", viewer=decisions.viewer(partner), at=decisions.NOW)
        factories.commit()
        page = visit()
        sign_in(page, mona.email)
        here = f"/decisions/{made.id}"
        paths = ["/decisions/", "/decisions/archive", "/decisions/new", "/decisions/practice", here, f"{here}/summary"]
        paths += [f"{here}/{name}" for name in ("facts", "openness", "people", "criteria", "scores", "step/decided", "outcome")]
        paths += ["/ideas/", "/ideas/new", f"/ideas/{wish.id}", f"/ideas/{wish.id}/answer"]
        Look(thorough=backend.name == "sqlite").at(page, paths)
