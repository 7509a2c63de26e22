"""Every kind of row on the pages that all kinds share; what is special about each."""

from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from eventapp.core.db import db
from eventapp.plans import queries
from eventapp.plans.content.editing import LINES
from eventapp.plans.content.lines import KINDS
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.models import PlanEdit, PlanKind, PlanRisk, SectionKind, SectionState, Side, TargetAccount
from eventapp.plans.rules import risk_level
from tests.support import factories, plans
from tests.support.pages import PageClient, fields
from tests.support.plans import START, Made

# What is typed, what is wrong, and what the page then shows.
CASES: dict[str, tuple[dict[str, str], dict[str, str], list[str]]] = {
    "accounts": (
        {
            "customer": "Stadt Linz",
            "expected": "250.000",
            "next_step": "Call the CIO",
            "due_on": "2027-03-01",
            "stage": "qualified",
        },
        {"customer": ""},
        ["Stadt Linz", "Call the CIO · 1 Mar 2027", "Qualified", "€250,000.00", "1 account, expected €250,000.00"],
    ),
    "initiatives": (
        {"name": "Roadshow", "kind": "campaign", "budget": "12000.50", "quarter": "2"},
        {"budget": "-1"},
        ["Roadshow", "Campaign", "Planned", "Q2", "€12,000.50"],
    ),
    "enablement": (
        {"title": "Platform expert", "course_code": "KP-201", "head_count": "6", "due_quarter": "3"},
        {"head_count": "0"},
        ["Platform expert (KP-201)", "Q3", ">6<"],
    ),
    "mdf": (
        {"activity": "Fair in Vienna", "amount": "9000", "vendor_percent": "60", "quarter": "1"},
        {"vendor_percent": "101"},
        ["Fair in Vienna", "60 % by", "Draft", "€9,000.00"],
    ),
    "resources": (
        {"description": "Two architects", "quantity": "1,5", "unit": "FTE", "side": "b"},
        {"quantity": "many"},
        ["Two architects", "1.5 FTE", "All year"],
    ),
    "risks": (
        {"text": "Key person leaves", "probability": "3", "impact": "5", "mitigation": "Train a second one"},
        {"impact": "6"},
        ["Key person leaves", "15, high", "Train a second one"],
    ),
    "swot": (
        {"text": "Three architects know the product", "quadrant": "strength", "side": "b"},
        {"text": " "},
        ["Three architects know the product", "Strengths"],
    ),
    "value": ({"text": "Faster projects", "target": "6 weeks"}, {"text": " "}, ["Faster projects", "6 weeks"]),
    "governance": (
        {"name": "Steering", "layer": "steering", "cadence": "quarterly", "minutes": "90"},
        {"minutes": "1"},
        ["Steering", "Quarterly", ">90<"],
    ),
}


@pytest.fixture
def made(app: Flask) -> Made:
    return plans.plan()


def client_of(app: Flask, made: Made, side: Side = Side.A, function: F = F.OWNER) -> PageClient:
    return PageClient(app, app.response_class, use_cookies=True).sign_in(made.logins[side, function])


def test_every_section_of_rows_has_its_pages(app: Flask) -> None:
    assert KINDS.keys() == LINES.keys() == set(SectionKind) - {SectionKind.TEXT}
    for kind, one in KINDS.items():
        assert one.model is LINES[kind]
        typed = {
            name for _legend, lines in one.form.GROUPS for line in lines for name in ([line] if isinstance(line, str) else line)
        }
        assert typed == set(one.model.fields), kind


@pytest.mark.parametrize("key", CASES)
def test_a_row_is_added_shown_changed_and_removed(app: Flask, made: Made, key: str) -> None:
    good, bad, shown = CASES[key]
    client = client_of(app, made, Side.B)
    section = f"{made.path}sections/{key}"
    page = client.get(f"{section}/add")
    refused = client.post(f"{section}/add", data=fields(page.text) | good | bad)
    assert refused.status_code == 422
    kept = fields(refused.text)
    assert {name: kept[name] for name in good if name not in bad} == {name: v for name, v in good.items() if name not in bad}
    answer = client.post(f"{section}/add", data=kept | good)
    assert answer.status_code == 302, answer.text
    text = client.get(section).text
    for one in shown:
        assert one in text
    (row,) = db.session.scalars(select(KINDS[queries.section(made.plan, key).kind].model)).all()
    again = fields(client.get(f"{section}/{row.id}").text)
    assert client.post(f"{section}/{row.id}", data=again).status_code == 302
    assert db.session.scalar(select(func.count()).select_from(PlanEdit)) == 1, "what is sent as it was changes nothing"
    again = fields(client.get(f"{section}/{row.id}").text)
    changed = again | ({"due_quarter": "4"} if key == "enablement" else {"quarter": "4"} if "quarter" in again else {})
    assert client.post(f"{section}/{row.id}", data=changed).status_code == 302
    removing = fields(client.get(section).text, "/remove")
    assert client.post(f"{section}/{row.id}/remove", data=removing).status_code == 302
    assert queries.section(made.plan, key).state is SectionState.EMPTY


@pytest.mark.parametrize("due_on", ["9999-12-31", "0001-01-01"])
def test_a_day_that_nobody_means(app: Flask, made: Made, due_on: str) -> None:
    client = client_of(app, made)
    section = f"{made.path}sections/accounts"
    form = fields(client.get(f"{section}/add").text)
    answer = client.post(f"{section}/add", data=form | {"customer": "Kept", "due_on": due_on})
    assert answer.status_code == 422
    assert "Enter a year between 1990 and 2200." in answer.text
    assert client.get(section).status_code == 200


@pytest.mark.parametrize("key", CASES)
def test_a_body_without_fields_is_refused(app: Flask, made: Made, key: str) -> None:
    client = client_of(app, made)
    token = fields(client.get(f"{made.path}sections/{key}/add").text)
    bare = {name: token[name] for name in ("csrf_token", "once_key")}
    assert client.post(f"{made.path}sections/{key}/add", data=bare).status_code in (409, 422)


class TestConfidentialAccounts:
    """Read by its owners, the plan's owners and the sponsors; everybody else learns that there is one."""

    def test_who_reads_it(self, app: Flask, made: Made) -> None:
        mine = made.team[Side.A, F.SALES].id
        section = queries.section(made.plan, "accounts")
        values = {"plan_id": made.plan.id, "section_id": section.id, "confidential": True, "next_step": "Told"}
        row = TargetAccount(customer="Secret Bank", owner_a_id=mine, **values)
        db.session.add(row)
        factories.commit()
        for (side, function), reads in {
            (Side.A, F.OWNER): True,
            (Side.B, F.OWNER): True,
            (Side.B, F.EXEC_SPONSOR): True,
            (Side.A, F.SALES): True,
            (Side.B, F.SALES): False,
        }.items():
            client = client_of(app, made, side, function)
            page = client.get(f"{made.path}sections/accounts").text
            assert ("Secret Bank" in page) is reads, (side, function)
            assert ("Confidential account" in page) is not reads
        assert client.get(f"{made.path}sections/accounts/{row.id}").status_code == 404
        token = fields(client.get(f"{made.path}sections/accounts/add").text)
        gone = client.post(f"{made.path}sections/accounts/{row.id}/remove", data=token | {"version": "1"})
        assert gone.status_code == 404


def test_events_of_the_period_are_offered(app: Flask, made: Made) -> None:
    inside = factories.event(title="Inside the year")
    factories.event(title="A draft of it", published=False)
    page = client_of(app, made).get(f"{made.path}sections/initiatives/add").text
    assert inside.starts_at.date() > START
    assert "Inside the year" in page
    assert "A draft of it" not in page


def test_the_form_of_an_objective_says_what_is_needed_later(app: Flask) -> None:
    made = plans.plan()
    client = PageClient(app, app.response_class, use_cookies=True).sign_in(made.owner_a)
    page = client.get(f"{made.path}sections/objectives/add").text
    assert page.count("(needed before the final review)") == 3, "the target and both owners"
    band = page.index("Only where it shall stay between two values")
    assert page.index('name="owner_b_id"') < band < page.index('name="band_low"')
    assert page.index('name="annual"') < page.index('name="spread"') < page.index('name="q1"')


def test_the_shares_of_an_alliance_stand_in_the_table(app: Flask) -> None:
    for kind, shown in ((PlanKind.ALLIANCE, True), (PlanKind.PARTNER, False)):
        made = plans.plan(kind=kind)
        plans.objective(made, share_a=60)
        client = PageClient(app, app.response_class, use_cookies=True).sign_in(made.owner_a)
        page = client.get(f"{made.path}sections/objectives").text
        assert ("Shares" in page, "60 : 40" in page) == (shown, shown)


def test_an_alliance_has_workstreams_and_shares(app: Flask) -> None:
    made = plans.plan(kind=PlanKind.ALLIANCE)
    client = client_of(app, made, Side.B)
    path = f"{made.path}sections/workstreams/add"
    data = fields(client.get(path).text) | {"name": "Offers on the other's cloud", "kind": "workstream"}
    data |= {f"owner_{side}_id": str(made.team[side, F.SALES].id) for side in Side}
    assert client.post(path, data=data).status_code == 302
    assert "Offers on the other" in client.get(f"{made.path}sections/workstreams").text
    assert 'name="share_a"' in client.get(f"{made.path}sections/objectives/add").text
    plain: Any = plans.plan()
    assert 'name="share_a"' not in client_of(app, plain).get(f"{plain.path}sections/objectives/add").text


def test_risks_weigh() -> None:
    assert [risk_level(*one) for one in ((3, 5), (5, 3), (2, 7), (2, 4), (7, 1))] == ["red", "red", "amber", "amber", "green"]


def test_what_is_missing_writes_amounts_as_the_table_and_risks_have_their_colour(app: Flask) -> None:
    made = plans.plan()
    plans.objective(made, annual=Decimal("1000000.50"))
    risks = plans.section(made, "risks")
    here = {"plan_id": made.plan.id, "section_id": risks.id, "position": 1}
    db.session.add(PlanRisk(text="Told", probability=4, impact=4, owner_id=made.team[Side.B, F.OWNER].id, **here))
    factories.commit()
    client = client_of(app, made)
    page = client.get(f"{made.path}sections/objectives").text
    assert "The quarters add up to €400.00, the year is €1,000,000.50." in page
    assert "1000000.50" not in page
    assert '<span class="status tone-bad">' in client.get(f"{made.path}sections/risks").text.split("<table")[1]
