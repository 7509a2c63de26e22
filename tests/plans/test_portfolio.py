"""All plans that somebody reads, added up: the numbers, where they lead, who sees them."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, true

from eventapp.accounts.models import Role
from eventapp.core.db import db
from eventapp.lifecycle import erasing
from eventapp.plans.models import (
    ActionStatus,
    Actual,
    Amendment,
    Direction,
    ObjectiveCategory,
    ObjectiveUnit,
    Plan,
    PlanAction,
    PlanDelegation,
    PlanKind,
    PlanSignature,
    PlanStatus,
    PlanVersion,
    Review,
    ReviewState,
    RollUp,
    Side,
    SignatureState,
    VersionState,
)
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.portfolio import due
from eventapp.plans.signing import queries as signing
from eventapp.plans.signing import service as amending
from tests.conftest import NOW
from tests.support import factories, plans
from tests.support.factories import AT, TESTS
from tests.support.pages import PageClient
from tests.support.plans import Made

PATH = "/plans/portfolio"
# The day of the tests lies in the first quarter of such plans.
RUNS = {"period_start": date(2027, 1, 1), "period_end": date(2027, 12, 31)}


def signed_in(app: Flask, user: Any) -> PageClient:
    return PageClient(app, app.response_class, use_cookies=True).sign_in(user)


@pytest.fixture
def manager(app: Flask) -> Any:
    return factories.user("manager@vendor.example", Role.PARTNER_MANAGER)


@pytest.fixture
def auditor(app: Flask) -> Any:
    return factories.user("auditor@vendor.example", Role.AUDITOR)


def in_force(manager: Any, *, country: str = "AT", tier: str | None = None, reached: str | None = "100", **values: Any) -> Made:
    """A plan in force with an objective of 400 a year, of which in its first quarter so much was reached and confirmed."""
    company = factories.organisation(country_code=country, tier_key=tier)
    made = plans.plan(company, owner_a=manager, whole_teams=False, **{**RUNS, **values})
    row = plans.objective(made)
    made.plan.status = PlanStatus.ACTIVE
    if reached is not None:
        actual(made, row.id, 1, reached)
    factories.commit()
    return made


def actual(made: Made, objective_id: int, quarter: int, value: str, *, confirmed: bool = True) -> Actual:
    members = {"entered_by_id": made.team[Side.A, F.OWNER].id, "entered_at": NOW}
    if confirmed:
        members |= {"confirmed_by_id": made.team[Side.B, F.OWNER].id, "confirmed_at": NOW}
    row = Actual(plan_id=made.plan.id, objective_id=objective_id, quarter=quarter, value=Decimal(value), **members)
    db.session.add(row)
    return row


def action(made: Made, number: int, days_late: int, status: ActionStatus = ActionStatus.OPEN) -> None:
    ended = NOW if status is ActionStatus.DONE else None
    values = {"number": number, "text": "Call", "accountable_id": made.team[Side.B, F.OWNER].id, "status": status}
    due_on = NOW.date() - timedelta(days=days_late)
    db.session.add(PlanAction(plan_id=made.plan.id, due_on=due_on, created_at=AT, ended_at=ended, **values))


def review(made: Made, quarter: int, days_ago: int, state: ReviewState = ReviewState.PLANNED) -> None:
    values: dict[str, Any] = {"planned_at": NOW - timedelta(days=days_ago), "time_zone": "UTC", "state": state}
    if state is ReviewState.ACCEPTED:
        values |= {"frozen_at": AT, "held_on": AT.date(), "accept_by": NOW, "accepted_a_at": NOW, "accepted_b_at": NOW}
    db.session.add(Review(plan_id=made.plan.id, quarter=quarter, **values))


def cells_of(page: str, heading: str) -> dict[str, list[str]]:
    """The rows of the table below a heading: first cell → the further ones as text."""
    part = page[page.index(f'id="{heading}-title"') :]
    part = part[: part.index("</table>")]
    rows = re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', part, re.S)
    return {text(head): [text(cell) for cell in re.findall(r"<td.*?>(.*?)</td>", rest, re.S)] for head, rest in rows}


def text(html: str) -> str:
    without = re.sub(r'<span class="visually-hidden">.*?</span>', "", html)
    return re.sub(r"<[^>]*>", "", without).strip()


def links(page: str) -> Iterator[tuple[str, str]]:
    """Numbers of the tables of plans that lead somewhere, with where."""
    for url, number in re.findall(r'<td class="num"><a href="([^"]*)">([\d,]+)<span', page):
        yield url.replace("&amp;", "&"), number


def listed(client: PageClient, url: str) -> int:
    """How many plans the list behind an address counts."""
    found = re.search(r"<b>([\d,]+)</b> plans?", client.get(url).text)
    assert found, url
    return int(found[1].replace(",", ""))


class TestNumbers:
    """By state, country, tier and colour, and what is due."""

    def test_the_page_adds_up(self, app: Flask, manager: Any, clock: Any) -> None:
        green = in_force(manager, country="AT", tier="premier", reached="100")
        in_force(manager, country="AT", reached="85")
        in_force(manager, country="DE", tier="premier", reached="10")
        grey = in_force(manager, country="DE", reached=None)
        draft = plans.plan(factories.organisation(country_code="FR", tier_key=None), owner_a=manager, whole_teams=False, **RUNS)
        for number, (days, status) in enumerate([(1, "open"), (9, "blocked"), (1, "done"), (0, "open"), (-5, "open")]):
            action(green, number + 1, days, ActionStatus(status)) if status != "blocked" else action(green, number + 1, days)
        action(draft, 1, 3)
        review(green, 1, 1)
        review(green, 2, -20)
        review(grey, 1, 1, ReviewState.ACCEPTED)
        review(grey, 2, 1)
        db.session.flush()
        db.session.scalars(select(Review).where(Review.quarter == 2, Review.plan_id == grey.plan.id)).one().withdrawn_at = NOW
        factories.commit()
        client = signed_in(app, manager)
        page = client.get(PATH).text
        countries = cells_of(page, "by-country")
        # Plans, in force, on track, at risk, behind, no numbers, signatures, reviews, actions.
        assert countries["Austria"] == ["2", "2", "1", "1", "0", "0", "0", "1", "2"]
        assert countries["Germany"] == ["2", "2", "0", "0", "1", "1", "0", "0", "0"]
        assert countries["France"] == ["1", "0", "0", "0", "0", "0", "0", "0", "1"]
        tiers = cells_of(page, "by-tier")
        assert tiers["Premier"] == ["2", "2", "1", "0", "1", "0", "0", "1", "2"]
        assert tiers["No tier"] == ["3", "2", "0", "1", "0", "1", "0", "0", "1"]
        assert "1 of 5" in text(page)  # draft
        assert "In 1 of them too much is not confirmed" in page

    def test_each_number_leads_to_its_plans(self, app: Flask, manager: Any, clock: Any) -> None:
        for country, tier, reached in (("AT", "premier", "100"), ("AT", None, "85"), ("DE", "ready", "10"), ("DE", None, None)):
            in_force(manager, country=country, tier=tier, reached=reached)
        plans.plan(factories.organisation(country_code="FR", tier_key=None), owner_a=manager, whole_teams=False, **RUNS)
        client = signed_in(app, manager)
        for address in (PATH, f"{PATH}?quarter=before", f"{PATH}?country=AT&country=DE&status=active"):
            found = list(links(client.get(address).text))
            assert len(found) > 8
            for url, number in found:
                assert listed(client, url) == int(number), (address, url)

    def test_the_quarter_before_is_shown_while_nothing_is_confirmed_of_this_one(
        self, app: Flask, manager: Any, clock: Any
    ) -> None:
        made = in_force(manager, reached="100")
        client = signed_in(app, manager)
        this = 'aria-current="page">Quarter under way'
        assert this in client.get(PATH).text, "the first quarter has its numbers"
        clock.move_to(NOW + timedelta(days=90))
        client = signed_in(app, manager)
        page = client.get(PATH).text
        assert 'aria-current="page">Quarter before' in page
        for url, number in links(page):
            assert listed(client, url) == int(number), url
        assert listed(client, "/plans/?rag=green") == 1
        assert listed(client, "/plans/?rag=green&quarter=now") == 0
        assert this in client.get(f"{PATH}?quarter=now").text
        objective = db.session.scalars(select(Actual.objective_id)).one()
        actual(made, objective, 2, "100")
        factories.commit()
        assert this in client.get(PATH).text

    def test_the_list_says_how_plans_stand_and_what_is_due(
        self, app: Flask, manager: Any, clock: Any, count_queries: Any
    ) -> None:
        made = in_force(manager, reached="100")
        action(made, 1, 3)
        action(made, 2, 4)
        review(made, 1, 1)
        factories.commit()
        client = signed_in(app, manager)
        page = client.get("/plans/").text
        for words in ("On track", "2 actions", "1 review", "<b>1</b> plan", "<b>1</b> company"):
            assert words in page
        with count_queries() as one:
            client.get("/plans/")
        for _n in range(2):
            in_force(manager, reached="10")
        with count_queries() as three:
            assert "<b>3</b> plans" in client.get("/plans/").text
        assert len(three) == len(one) <= 12, three.statements

    def test_signatures_missing(self, app: Flask, manager: Any, clock: Any) -> None:
        made = plans.to_sign(plans.plan(owner_a=manager))
        sponsor, sales = made.team[Side.B, F.EXEC_SPONSOR], made.team[Side.B, F.SALES]
        given = {"sponsor_id": sponsor.id, "delegate_id": sales.id, "text": "On leave", "given_at": AT}
        db.session.add(PlanDelegation(plan_id=made.plan.id, **given))
        third = plans.Candidate("Max Markt", person_id=factories.person(made.company, "Max", "Markt").id)
        plans.teams.join(made.plan, third, F.MARKETING, signatory=True, by=TESTS, at=AT)
        version = plans.in_signature(made)
        client = signed_in(app, manager)
        for but in (5, 2):
            signed_already = {one.member_id for one in signing.signatures(made.plan)}
            wanted = [one for one in signing.required(made.plan, version) if one.member.id not in signed_already]
            assert counted() == {made.plan.id: len(wanted)}
            plans.sign_all(made, version, but=but)
        missing = len(signing.required(made.plan, version)) - len(signing.signatures(made.plan))
        assert counted() == {made.plan.id: missing}
        assert f'<span class="stat-number">{missing}</span>' in client.get(PATH).text
        assert listed(client, "/plans/?due=signatures") == 1
        person_id = made.team[Side.B, F.OWNER].person_id
        assert person_id is not None
        erasing.erase(person_id, by=TESTS, now=NOW)
        factories.commit()
        assert counted() == {made.plan.id: missing}, "who is gone has not signed"

    def test_signatures_of_an_amendment_and_of_none(self, app: Flask, manager: Any, clock: Any) -> None:
        made = plans.to_sign(plans.plan(owner_a=manager))
        version = plans.in_signature(made)
        plans.sign_all(made, version)
        assert counted() == {}
        made.plan.amendment = Amendment.FINAL_REVIEW
        factories.commit()
        second = plans.in_signature(made)
        assert counted() == {made.plan.id: 6}
        assert db.session.get_one(PlanVersion, second.id).state is VersionState.IN_SIGNATURE
        states = set(db.session.scalars(select(PlanSignature.state)))
        assert states == {SignatureState.VALID}, "those of the version in force count for that one alone"

    def test_what_is_over_is_not_due(self, app: Flask, manager: Any, clock: Any) -> None:
        made = in_force(manager)
        action(made, 1, 5)
        review(made, 1, 5)
        made.plan.status = PlanStatus.COMPLETED
        factories.commit()
        page = signed_in(app, manager).get(PATH).text
        assert cells_of(page, "by-country")["Austria"] == ["1", "0", "0", "0", "0", "0", "0", "0", "0"]


def counted() -> dict[int, int]:
    return {row.plan_id: row.number for row in db.session.execute(due.signatures(true()))}


class TestSums:
    """Targets and what was confirmed, by category and currency."""

    def test_currencies_are_never_mixed(self, app: Flask, manager: Any, clock: Any) -> None:
        in_force(manager, country="AT", reached="90")
        in_force(manager, country="DE", reached="50")
        in_force(manager, country="DE", reached="1000", currency="GBP")
        page = signed_in(app, manager).get(PATH).text
        table = page[page.index('id="sums-title"') : page.index('id="category"')]
        rows = [[text(cell) for cell in re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row, re.S)] for row in table.split("<tr>")[2:]]
        assert rows == [
            ["Revenue", "EUR", "2", "€800.00", "€200.00", "€140.00", "70 %"],
            ["Revenue", "GBP", "1", "£400.00", "£100.00", "£1,000.00", "1,000 %"],
        ]
        by_country = page[page.index('id="category-title"') :]
        assert by_country.index("Austria") < by_country.index("Germany") < by_country.index("No tier")

    def test_what_does_not_add_up_is_left_out(self, app: Flask, manager: Any, clock: Any) -> None:
        made = in_force(manager, reached="100")
        made.plan.status = PlanStatus.DRAFT
        plans.objective(made, "Level", weight=1, roll_up=RollUp.LEVEL)
        plans.objective(made, "Percent", weight=1, unit=ObjectiveUnit.PERCENT)
        plans.objective(made, "Band", weight=1, direction=Direction.BAND, band_low=Decimal(1), band_high=Decimal(2))
        customers = plans.objective(made, "Count", weight=1, unit=ObjectiveUnit.COUNT, category=ObjectiveCategory.NEW_CUSTOMERS)
        made.plan.status = PlanStatus.ACTIVE
        actual(made, customers.id, 1, "12", confirmed=False)
        actual(made, customers.id, 2, "7")
        draft = plans.plan(owner_a=manager, whole_teams=False, **RUNS)
        plans.objective(draft)
        client = signed_in(app, manager)
        page = client.get(f"{PATH}?category=new_customers").text
        table = cells_of(page, "sums")
        assert table["Revenue"] == ["EUR", "1", "€400.00", "€100.00", "€100.00", "100 %"]
        assert table["New customers"] == ["Number", "1", "400", "100", "7", "7 %"]
        assert "New customers by country and tier" in page
        assert "No plan in force has such an objective." in client.get(f"{PATH}?status=draft").text


class TestAmended:
    """While a plan is amended what is signed counts, in colours, sums and files."""

    def amended(self, manager: Any) -> Made:
        made = plans.to_sign(plans.plan(factories.organisation(country_code="AT"), owner_a=manager, **RUNS), objectives=4)
        version = plans.in_signature(made)
        plans.sign_all(made, version)
        for one in plans.queries.objectives(made.plan):
            actual(made, one.id, 1, "85")
        amending.amend(made.plan, by=TESTS, at=NOW)
        factories.commit()
        for one in plans.queries.objectives(made.plan):
            values = {"q1": Decimal(10), "annual": Decimal(310), "unit": ObjectiveUnit.COUNT}
            plans.editing.change(
                made.plan,
                plans.section(made, "objectives"),
                one,
                values,
                base=one.version,
                standing=plans.standing(made),
                by=TESTS,
                at=NOW,
            )
        made.plan.currency = "GBP"
        factories.commit()
        return made

    def test_what_is_signed_counts(self, app: Flask, manager: Any, clock: Any) -> None:
        made = self.amended(manager)
        client = signed_in(app, manager)
        page = client.get(PATH).text
        assert cells_of(page, "by-country")["Austria"][:6] == ["1", "1", "0", "1", "0", "0"]
        assert cells_of(page, "sums") == {"Revenue": ["EUR", "4", "€1,600.00", "€400.00", "€340.00", "85 %"]}
        for rag, number in (("amber", 1), ("red", 0), ("green", 0), ("grey", 0)):
            assert listed(client, f"/plans/?rag={rag}") == number
            assert cells_of(client.get(f"{PATH}?rag={rag}").text, "by-country") if number else True
        assert listed(client, "/plans/?rag=grey&quarter=before") == 1
        made.plan.amendment = None
        factories.commit()
        assert listed(client, "/plans/?rag=amber") == 0
        assert listed(client, "/plans/?rag=green") == 1, "85 of 10"

    def test_in_files(self, app: Flask, manager: Any, clock: Any) -> None:
        made = self.amended(manager)
        client = signed_in(app, manager)
        (plan,) = lines_of(client, f"{PATH}/export/plans")
        assert (plan["rag"], plan["score_percent"], plan["amendment"], plan["quarter"]) == ("amber", "85", "editing", "1")
        first = lines_of(client, f"{made.path}export/objectives")[0]
        assert (first["target"], first["unit"], first["attainment_percent"]) == ("100", "EUR", "85")
        assert lines_of(client, f"{made.path}export/actuals")[0]["target"] == "100"
        (one,) = lines_of(client, f"{PATH}/export/sums")
        assert (one["unit"], one["target_year"], one["actual_confirmed"]) == ("EUR", "1600", "340")

    def test_as_many_queries_for_three_as_for_one(self, app: Flask, manager: Any, clock: Any, count_queries: Any) -> None:
        client, counts = signed_in(app, manager), []
        for _n in range(2):
            self.amended(manager)
            client.get(PATH)
            with count_queries() as found:
                assert client.get(f"{PATH}?rag=amber").status_code == 200
            counts.append(len(found))
        assert counts[0] == counts[1] <= 15


def lines_of(client: PageClient, url: str) -> list[dict[str, str]]:
    token = re.search(r'name="csrf_token" value="([^"]*)"', client.get("/account/").text)
    assert token
    answer = client.post(url, data={"format": "plain", "csrf_token": token[1]})
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.text)))


class TestWhoSeesIt:
    """The vendor's people their own plans, auditors all, companies and everybody else none of it."""

    def test_only_the_own_teams(self, app: Flask, manager: Any, auditor: Any, clock: Any) -> None:
        mine = in_force(manager, country="AT")
        other = factories.user(None, Role.PARTNER_MANAGER)
        theirs = in_force(other, country="DE")
        page = signed_in(app, manager).get(PATH).text
        assert list(cells_of(page, "by-country")) == ["Austria"]
        assert "Germany" not in page, "not even as a filter"
        for address in (f"{PATH}?country=DE", "/plans/?country=DE"):
            assert theirs.plan.code not in signed_in(app, manager).get(address).text
        assert list(cells_of(signed_in(app, auditor).get(PATH).text, "by-country")) == ["Austria", "Germany"]
        for role in (Role.ORGANIZER, Role.SYSTEM_ADMIN, Role.FINANCE):
            page = signed_in(app, factories.user(None, role)).get(PATH).text
            assert "No plan yet" in page
            assert "Austria" not in page
        for user in (mine.owner_b, theirs.owner_b):
            assert signed_in(app, user).get(PATH).status_code == 403
            assert "/plans/portfolio" not in signed_in(app, user).get("/plans/").text

    def test_who_has_left_sees_it_no_more(self, app: Flask, manager: Any, clock: Any) -> None:
        made = in_force(manager)
        client = signed_in(app, manager)
        assert "Austria" in client.get(PATH).text
        made.team[Side.A, F.OWNER].left_at = NOW
        factories.commit()
        assert "No plan yet" in client.get(PATH).text

    def test_the_list_of_a_company(self, app: Flask, manager: Any, clock: Any) -> None:
        made = in_force(manager, reached="10")
        client = signed_in(app, made.owner_b)
        assert listed(client, "/plans/?rag=red") == 1
        page = client.get("/plans/").text
        assert 'name="rag"' in page
        assert 'name="country"' not in page


class TestNarrowing:
    """Filters, addresses that make no sense, nothing at all."""

    @pytest.mark.parametrize(
        ("query", "number"),
        [
            ("country=AT", 2),
            ("country=AT&country=DE", 3),
            ("tier=premier", 1),
            ("tier=none", 2),
            ("status=active", 2),
            ("status=draft", 1),
            ("rag=red", 1),
            ("rag=green&rag=red", 2),
            ("rag=grey", 0),
            ("rag=grey&quarter=before", 2),
            ("kind=distributor", 1),
            ("due=actions", 1),
            ("due=actions&due=reviews", 1),
            ("country=XX&tier=%00&rag=<b>&status='&kind=1&due=;", 3),
            ("country=AT&rag=red", 0),
            ("quarter=never&category=<script>", 3),
        ],
    )
    def test_filters(self, app: Flask, manager: Any, clock: Any, query: str, number: int) -> None:
        late = in_force(manager, country="AT", tier="premier")
        action(late, 1, 1)
        in_force(manager, country="DE", reached="10")
        kind = PlanKind.DISTRIBUTOR
        plans.plan(factories.organisation(country_code="AT", tier_key=None), kind, owner_a=manager, whole_teams=False, **RUNS)
        client = signed_in(app, manager)
        answer = client.get(f"{PATH}?{query}")
        assert answer.status_code == 200
        found = re.search(r'<span class="stat-number">(\d+)</span>', answer.text)
        assert (int(found[1]) if found else 0) == number
        assert listed(client, f"/plans/?{query}") == number
        assert ("No plan fits the filters." in answer.text) == (number == 0)

    def test_nothing_yet(self, app: Flask, manager: Any) -> None:
        page = signed_in(app, manager).get(PATH).text
        assert "As soon as you belong to the team of a plan" in page
        assert "Export" not in page

    def test_as_many_queries_for_many_plans_as_for_one(self, app: Flask, auditor: Any, clock: Any, count_queries: Any) -> None:
        client = signed_in(app, auditor)
        counts: dict[str, list[int]] = {}
        other = factories.user(None, Role.PARTNER_MANAGER)
        for country in ("AT", "DE", "FR"):
            in_force(other, country=country, tier="premier")
            for address in (PATH, f"{PATH}?rag=green&due=actions"):
                client.get(address)
                with count_queries() as found:
                    assert client.get(address).status_code == 200
                counts.setdefault(address, []).append(len(found))
        assert all(len(set(some)) == 1 and some[0] <= 12 for some in counts.values()), counts
        assert db.session.scalar(select(Plan.id).limit(1))
