"""From an opened plan to the signatures of both sides, with a late change that supersedes them; two browsers side by side."""

import hashlib
import re
from typing import Any

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from eventapp.accounts.models import Role, User
from eventapp.core.db import db
from eventapp.partners.models import MembershipRole, Territory
from eventapp.plans.models import MemberFunction, Plan, PlanSignature, PlanStatus, PlanVersion, SignatureState, VersionState
from tests.journeys.conftest import PASSWORD, Visits, sign_in, started
from tests.journeys.test_main_job import mails
from tests.support import factories, plans
from tests.support.factories import AT

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def test_from_an_opened_plan_to_both_signatures(app: Flask, visit: Visits) -> None:
    with time_machine.travel(AT, tick=True):
        journey(visit)


def journey(visit: Visits) -> None:
    owner_a = factories.user("mona@karmin.example", Role.PARTNER_MANAGER, name="Mona Keller", password=PASSWORD)
    owner_b = factories.user("petra@donau.example", name="Petra Huber", password=PASSWORD)
    company = factories.organisation("Donau Systemhaus GmbH", domain="donau.example")
    factories.person(company, "Petra", "Huber", owner_b.email, role=MembershipRole.ADMIN, user=owner_b)
    db.session.add(Territory(user_id=owner_a.id, organisation_id=company.id, granted_at=AT, granted_by="tests"))
    factories.commit()
    mona = visit("Europe/Vienna")
    petra = visit("Europe/Vienna", 360)
    sign_in(mona, "mona@karmin.example")
    sign_in(petra, "petra@donau.example")

    opened = opening(mona)
    petra.goto("/plans/")
    petra.get_by_role("link", name="Together in 2027").click()
    expect(petra).to_have_url(re.compile(re.escape(opened) + "$"))

    made = ready_to_sign(company, owner_a, owner_b)
    path, others = made.path, [one.id for key, one in made.team.items() if key[1] is not MemberFunction.OWNER]
    rollback()
    version = both_ready(mona, petra, path)
    plans.sign_all(made, version, only=others)
    sign(petra, "Petra Huber")
    rollback()

    # The late change: Mona takes it back, writes another weight, and everybody's signature is superseded.
    mona.goto(f"{path}versions/")
    mona.get_by_role("link", name="1.0").click()
    started(mona)
    mona.get_by_role("button", name="Back to change it").click()
    confirm(mona)
    mona.goto(f"{path}sections/objectives")
    mona.get_by_role("link", name="Objective 0").click()
    mona.get_by_label("Weight").fill("30")
    mona.get_by_role("button", name="Save", exact=True).click()
    mona.wait_for_load_state()
    petra.goto(f"{path}versions/")
    expect(petra.get_by_text("Dropped")).to_be_visible()
    states = db.session.scalars(select(PlanSignature.state)).all()
    assert set(states) == {SignatureState.SUPERSEDED}
    assert len(states) == 5
    told = [one for one in mails() if one.kind == "plans.back"]
    assert "petra@donau.example" in {one.to_address for one in told}
    rollback()

    # It cannot be signed while the weights do not add up, nor while the section is not agreed anew.
    expect(petra.get_by_text("105")).to_be_visible()
    assert not petra.get_by_role("button", name="We are ready").is_visible()
    mona.goto(f"{path}sections/objectives")
    mona.get_by_role("link", name="Objective 1").click()
    mona.get_by_label("Weight").fill("20")
    mona.get_by_role("button", name="Save", exact=True).click()
    for page, agreed in ((mona, 1), (petra, 2)):
        page.goto(f"{path}sections/objectives")
        page.get_by_role("button", name="Agree for").click()
        expect(page.get_by_text("agreed by")).to_have_count(agreed)
    version = both_ready(mona, petra, path)
    version_id, content_hash = version.id, version.content_hash
    made.plan = db.session.scalars(select(Plan)).one()
    plans.sign_all(made, version, only=others)
    rollback()
    petra.goto(f"{path}versions/{version_id}")
    expect(petra.locator("#changes")).to_contain_text("30")
    assert petra.evaluate("document.documentElement.scrollWidth") <= 360
    sign(petra, "Petra Huber")
    mona.goto(f"{path}versions/{version_id}")
    sign(mona, "mona keller")
    expect(mona.get_by_text("In force")).to_be_visible()
    rollback()
    assert db.session.scalars(select(Plan.status)).one() is PlanStatus.ACTIVE
    signed = db.session.scalars(select(PlanSignature).where(PlanSignature.state == SignatureState.VALID)).all()
    assert {(one.version_id, one.content_hash) for one in signed} == {(version_id, content_hash)}
    assert len(signed) == 6
    with petra.expect_download() as waiting:
        petra.get_by_role("link", name="Download the content (JSON)").click()
    assert hashlib.sha256(waiting.value.path().read_bytes()).hexdigest() == content_hash
    rollback()


def opening(mona: Page) -> str:
    """Mona opens the plan with the company; gives its path."""
    mona.get_by_role("link", name="Plans", exact=True).click()
    mona.get_by_role("link", name="New plan").first.click()
    mona.get_by_role("link", name="Donau Systemhaus GmbH").click()
    partner = mona.get_by_label("Template").locator("option", has_text="Partner plan").first.get_attribute("value")
    mona.get_by_label("Template").select_option(value=partner)
    mona.get_by_label("Title").fill("Together in 2027")
    mona.get_by_label("Owner").select_option(label="Petra Huber")
    mona.get_by_label("First day").fill("2027-02-01")
    mona.get_by_label("Last day").fill("2028-01-31")
    mona.get_by_role("button", name="Open the plan").click()
    mona.wait_for_load_state()
    expect(mona.get_by_role("heading", name="Together in 2027")).to_be_visible()
    return mona.url.split("//")[1].partition("/")[2]


def ready_to_sign(company: Any, owner_a: User, owner_b: User) -> plans.Made:
    """The same plan with whole teams and agreed sections: the workshop has a journey of its own."""
    plan = db.session.scalars(select(Plan)).one()
    return plans.to_sign(plans.complete(plan, company, owner_a, owner_b))


def both_ready(mona: Page, petra: Page, path: str) -> PlanVersion:
    """Both owners press the button; gives what is frozen then."""
    for page in (mona, petra):
        page.goto(f"{path}versions/")
        page.get_by_role("button", name="We are ready").click()
        page.wait_for_load_state()
    expect(petra.get_by_text("In signature").first).to_be_visible()
    rollback()
    return db.session.scalars(select(PlanVersion).where(PlanVersion.state == VersionState.IN_SIGNATURE)).one()


def sign(page: Page, name: str) -> None:
    """Reads, shows who it is, ticks, types the name and signs."""
    if page.get_by_role("link", name="Sign", exact=True).count() == 0:
        page.reload()
        page.get_by_role("link", name="1.", exact=False).first.click()
    page.get_by_role("link", name="Sign", exact=True).click()
    expect(page.get_by_text("Before you sign")).to_be_visible()
    page.get_by_label("Current password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("I have read").check()
    page.get_by_label("Your name").fill(name)
    page.get_by_role("button", name="Sign", exact=True).click()
    page.wait_for_load_state()
    expect(page.get_by_text("Signed.").first).to_be_visible()


def confirm(page: Page) -> None:
    """Says yes to the page's question; the plan is back in its final review then."""
    page.get_by_role("dialog").get_by_role("button").last.click()
    expect(page.get_by_role("button", name="We are ready")).to_be_visible()


def rollback() -> None:
    """Ends reading, which would keep SQLite's writers waiting, and forgets what was read."""
    db.session.rollback()
    db.session.expire_all()
