"""A quarterly review with two browsers side by side, the partner's a phone; a spreadsheet confirms its score."""

import csv
import io
import re
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import icalendar
import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Page, expect

from eventapp.accounts.models import Role
from eventapp.core.db import db
from eventapp.partners.models import MembershipRole
from eventapp.plans.changes import service as changes
from eventapp.plans.completing import service as completing
from eventapp.plans.following import service as following
from eventapp.plans.models import Direction, LessonKind, ObjectiveUnit, RollUp, Side
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.reviews.jobs import look_after_reviews
from tests.journeys.conftest import PASSWORD, Visits, sign_in
from tests.journeys.test_main_job import mails
from tests.journeys.test_pages import Look
from tests.plans.test_completing import next_details
from tests.support import factories, plans, reviews
from tests.support.databases import Backend
from tests.support.plans import Made

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
# The second quarter of plans for tests is over since the end of July.
NOW = datetime(2027, 8, 4, 7, 0, tzinfo=UTC)
# What both sides want in a quarter, and what came of the second one: the first reached its target.
AIMS: tuple[tuple[str, int, str, str, dict[str, Any]], ...] = (
    ("Revenue in the public sector", 40, "400000", "352000.50", {}),
    ("New customers", 30, "6", "7", {"unit": ObjectiveUnit.COUNT}),
    (
        "Days until a quote leaves",
        30,
        "4",
        "4.50",
        {"unit": ObjectiveUnit.SCORE, "direction": Direction.MINIMIZE, "roll_up": RollUp.LEVEL},
    ),
)


def two_teams() -> Made:
    """A plan in force between Karmin and Donau, with the first quarter's values confirmed."""
    mona = factories.user("mona@karmin.example", Role.PARTNER_MANAGER, name="Mona Keller", password=PASSWORD)
    petra = factories.user("petra@donau.example", name="Petra Huber", password=PASSWORD)
    company = factories.organisation("Donau Systemhaus GmbH", domain="donau.example")
    factories.person(company, "Petra", "Huber", petra.email, role=MembershipRole.ADMIN, user=petra)
    made = plans.plan(company, owner_a=mona, owner_b=petra)
    rows = []
    for statement, weight, target, _reached, more in AIMS:
        wanted = Decimal(target)
        level = more.get("roll_up") is RollUp.LEVEL
        quarters = {"annual": wanted if level else 4 * wanted, **{f"q{n}": wanted for n in range(1, 5)}}
        rows.append(plans.objective(made, statement, weight=weight, **quarters, **more))
    reviews.sign(made)
    for row, (_statement, _weight, target, _reached, _more) in zip(rows, AIMS, strict=True):
        reviews.reached(made, row, target, 1)
    db.session.rollback()
    return made


def save(page: Page, name: str = "Save") -> None:
    """Sends the page's form."""
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_load_state()


def come_back(page: Page, email: str) -> None:
    """Days later: signs in again if the session is over."""
    page.goto("/plans/")
    if "/login" in page.url:
        sign_in(page, email)


def enter(page: Page, base: str, statement: str, value: str) -> None:
    """Enters what was reached in the second quarter."""
    page.goto(f"{base}actuals/")
    page.locator("#quarter-2").get_by_role("link", name=re.compile(f"^(Enter|Change) {statement}$")).click()
    page.get_by_label("Reached").fill(value)
    save(page)


def confirm(page: Page, base: str, statement: str) -> None:
    """Confirms for the own side what the other entered."""
    page.goto(f"{base}actuals/")
    save_button = page.locator("#quarter-2").get_by_role("button", name=f"Confirm {statement}")
    save_button.click()
    page.wait_for_load_state()


def file_of(page: Page, base: str) -> str:
    """The file of objectives by quarter, as a spreadsheet opens it."""
    page.goto(f"{base}actuals/")
    page.locator("details.filter summary", has_text="Export").click()
    button = page.get_by_role("button", name=re.compile(r"^CSV, plain.*: Objectives by quarter$", re.IGNORECASE))
    with page.expect_download() as download:
        button.click()
    return Path(download.value.path()).read_text()


def sheet_of(page: Page) -> str:
    """The numbers of a review as somebody would copy them into a spreadsheet: a line for each objective."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["objective", "weight", "target", "reached", "attainment"])
    for row in page.locator("#numbers tbody tr").all():
        cells = [cell.inner_text().split("\n")[0] for cell in row.locator("th, td").all()]
        writer.writerow([cells[0], *(re.sub(r"[^0-9.]", "", cell) for cell in cells[1:5])])
    return out.getvalue()


def score_of_file(text: str, quarter: int) -> Decimal:
    """The score of a quarter, from the file alone."""
    points, weights = Decimal(0), Decimal(0)
    for line in csv.DictReader(io.StringIO(text)):
        if line["quarter"] != str(quarter):
            continue
        target, reached = Decimal(line["target"]), Decimal(line["actual"])
        ratio = target / reached if line["direction"] == "minimize" else reached / target
        points += Decimal(line["weight"]) * min(ratio * 100, Decimal(120)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        weights += Decimal(line["weight"])
    return (points / weights).quantize(Decimal("0.01"), ROUND_HALF_UP)


def score_of(sheet: str) -> Decimal:
    """SUMPRODUCT of weights and attainments over the sum of weights, with attainments by target and value, not as shown."""
    points, weights = Decimal(0), Decimal(0)
    for line in csv.DictReader(io.StringIO(sheet)):
        target, reached = Decimal(line["target"]), Decimal(line["reached"])
        ratio = target / reached if line["objective"].startswith("Days") else reached / target
        attainment = min(ratio * 100, Decimal(120)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert attainment == Decimal(line["attainment"])
        points += Decimal(line["weight"]) * attainment
        weights += Decimal(line["weight"])
    return (points / weights).quantize(Decimal("0.01"), ROUND_HALF_UP)


def shown_score(page: Page) -> Decimal:
    """The score as the page says it."""
    tile = page.locator("#numbers .stat", has_text="Score of the quarter").locator(".stat-number")
    return Decimal(tile.inner_text())


def test_a_review_whose_score_a_spreadsheet_confirms(app: Flask, visit: Visits) -> None:
    with time_machine.travel(NOW, tick=True) as clock:
        journey(two_teams().path, visit, clock)


def journey(base: str, visit: Visits, clock: Any) -> None:
    mona = visit("Europe/Vienna")
    phone = visit("Europe/Vienna", 360)
    sign_in(mona, "mona@karmin.example")
    sign_in(phone, "petra@donau.example")

    # Each side enters, the other confirms.
    for n, (statement, _weight, _target, reached, _more) in enumerate(AIMS):
        first, second = (mona, phone) if n % 2 else (phone, mona)
        enter(first, base, statement, reached)
        confirm(second, base, statement)

    from_file = score_of_file(file_of(mona, base), 2)

    # Mona plans the review; both teams have it in their calendars, and the mail says nothing of the plan.
    mona.goto(f"{base}reviews/")
    mona.get_by_role("link", name="Plan it Q2 FY2027").click()
    mona.get_by_label("Begins").fill("2027-08-12T10:00")
    mona.get_by_label("Place").fill("Karmin, room Danube")
    save(mona)
    review = mona.url
    invitation = next(
        mail for mail in mails() if mail.kind == "plans.review_planned" and mail.to_address == "petra@donau.example"
    )
    [entry] = icalendar.Calendar.from_ical(invitation.calendar or "").walk("VEVENT")
    assert entry["DTSTART"].dt == datetime(2027, 8, 12, 8, 0, tzinfo=UTC)
    assert "Danube" not in f"{invitation.text}{invitation.calendar}"

    # Until the numbers freeze they follow what is entered; after it they do not.
    phone.goto(review)
    expect(phone.get_by_text("They freeze on 7 Aug 2027.")).to_be_visible()
    clock.move_to(datetime(2027, 8, 6, 22, 0, tzinfo=UTC))
    look_after_reviews()
    db.session.rollback()
    come_back(mona, "mona@karmin.example")
    come_back(phone, "petra@donau.example")
    mona.goto(review)
    expect(mona.get_by_text("Numbers frozen", exact=True)).to_be_visible()
    sheet, score = sheet_of(mona), shown_score(mona)
    assert score == score_of(sheet) == from_file == Decimal("96.87")
    assert len(sheet.splitlines()) == 4
    expect(mona.locator("#numbers .stat", has_text="How the plan stands")).to_contain_text("On track")
    expect(mona.locator("#numbers tbody tr").nth(0)).to_contain_text("€752,000.50 of €800,000.00")
    enter(phone, base, "New customers", "1")
    confirm(mona, base, "New customers")
    phone.goto(review)
    assert (sheet_of(phone), shown_score(phone)) == (sheet, score)

    # They meet, write down what they promise, and both accept.
    clock.move_to(datetime(2027, 8, 12, 9, 30, tzinfo=UTC))
    come_back(mona, "mona@karmin.example")
    come_back(phone, "petra@donau.example")
    for page, accountable, text in ((mona, "Mona Keller", "Name a reference customer"), (phone, "Petra Huber", "Train ten")):
        page.goto(review)
        page.get_by_role("link", name="Write down a commitment").click()
        page.get_by_label("What is to be done").fill(text)
        page.get_by_label("Accountable").select_option(label=accountable)
        page.get_by_label("Until").fill("2027-09-30")
        save(page)
    mona.goto(review)
    mona.get_by_role("link", name="Write the minutes").click()
    mona.get_by_label("Minutes").fill("Revenue lags, **customers** are ahead.")
    mona.get_by_label("Next review").fill("2027-11-11")
    save(mona)
    phone.goto(review)
    expect(phone.locator("#minutes strong")).to_have_text("customers")
    expect(phone.locator("#commitments")).to_contain_text("Name a reference customer")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    save(phone, "Accept for our side")
    expect(phone.locator("#acceptance")).to_contain_text("waits for Mona Keller")
    mona.goto(review)
    save(mona, "Accept for our side")
    expect(mona.locator("#accepted")).to_contain_text("accepted by Petra Huber")
    with mona.expect_download() as download:
        mona.get_by_role("link", name="One page as PDF").click()
    assert download.value.suggested_filename == f"{base.split('/')[2]}_review_Q2.pdf"

    # The next one begins with what was promised.
    mona.goto(f"{base}reviews/")
    mona.get_by_role("link", name="Plan it Q3 FY2027").click()
    save(mona)
    expect(mona.locator("#before")).to_contain_text("Promised in Q2 FY2027")
    expect(mona.locator("#before")).to_contain_text("Train ten")


def test_pages_hold_on_every_screen(app: Flask, visit: Visits, backend: Backend) -> None:
    """Axe in both themes and at both widths, and nothing scrolls sideways."""
    with time_machine.travel(NOW, tick=True):
        made = two_teams()
        how: dict[str, Any] = {"by": factories.TESTS, "at": NOW}
        one = reviews.frozen(made, reviews.planned(made, 2, at=NOW, planned_at=NOW.replace(day=20)), NOW)
        reviews.held(made, one, at=NOW.replace(day=20), held_on=NOW.date())
        second = reviews.planned(made, 3, at=NOW, planned_at=NOW.replace(month=11))
        asked = {"standing": plans.standing(made, Side.B, F.SALES), **how}
        request = changes.propose(made.plan, ["objectives"], "Ten more", "The market grows", **asked)
        completing.add_lesson(made.plan, LessonKind.TRY, "Ask customers first", **asked)
        new = following.follow(made.plan, next_details(), founder=plans.as_candidate(made.owner_a), **how)
        factories.commit()
        page = visit()
        sign_in(page, "mona@karmin.example")
        base = made.path
        paths = [f"{base}reviews/", f"{base}reviews/new"]
        paths += [f"{base}reviews/{one.id}{name}" for name in ("", "/minutes", "/commitments/add")]
        paths += [f"{base}reviews/{second.id}{name}" for name in ("", "/edit")]
        paths += [f"{base}{name}" for name in ("changes/", "changes/new", f"changes/{request.id}", "lessons/", "lessons/add")]
        paths += [f"/plans/{new.code}/last-year", f"/plans/{new.code}/next"]
        db.session.rollback()
        Look(thorough=backend.name == "sqlite").at(page, paths)
