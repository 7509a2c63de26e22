"""Files of plans: objectives by quarter, actual values, actions; of one plan, or of all that somebody reads."""

import csv
import io
import json
import re
from decimal import Decimal
from typing import Any
from zipfile import ZipFile

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Role
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.exports import FORMATS, original
from eventapp.plans.actions import service as actions
from eventapp.plans.actuals import queries as actuals
from eventapp.plans.actuals.rules import line
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.models import PlanStatus, Side
from tests.conftest import NOW
from tests.plans.test_portfolio import RUNS, actual, in_force, signed_in
from tests.support import factories, plans
from tests.support.factories import TESTS
from tests.support.plans import Made

CONTENTS = ("objectives", "actuals", "actions")


@pytest.fixture
def manager(app: Flask) -> Any:
    return factories.user("manager@vendor.example", Role.PARTNER_MANAGER)


def full(manager: Any, word: str = "Told", **values: Any) -> Made:
    """A plan in force with two objectives, values of two quarters and an action, all saying `word`."""
    made = in_force(manager, reached=None, **values)
    made.plan.status = PlanStatus.DRAFT
    row = plans.objective(made, word, weight=50)
    made.plan.status = PlanStatus.ACTIVE
    actual(made, row.id, 1, "97.50").note = word
    actual(made, row.id, 2, "-3", confirmed=False)
    people = {"accountable_id": made.team[Side.B, F.OWNER].id, "helper_id": made.team[Side.A, F.OWNER].id}
    standing = plans.standing(made)
    actions.add(made.plan, word, **people, due_on=NOW.date(), standing=standing, by=TESTS, at=NOW)
    factories.commit()
    return made


def file_of(client: Any, url: str, name: str = "plain") -> Any:
    found = re.search(r'name="csrf_token" value="([^"]*)"', client.get("/account/").text)
    assert found
    return client.post(url, data={"format": name, "csrf_token": found[1]})


def lines(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text[:300]
    return list(csv.DictReader(io.StringIO(answer.text)))


class TestOnePlan:
    """For both teams and auditors."""

    def test_a_row_for_each_objective_and_quarter(self, app: Flask, manager: Any, clock: Any) -> None:
        made = full(manager)
        found = lines(file_of(signed_in(app, made.owner_b), f"{made.path}export/objectives"))
        assert len(found) == 8
        assert {row["plan"] for row in found} == {made.plan.code}
        told = [row for row in found if row["objective"] == "Told"]
        assert [(row["quarter"], row["fiscal_quarter"], row["target"], row["actual"], row["confirmed"]) for row in told] == [
            ("1", "Q1 FY2027", "100", "97.50", "yes"),
            ("2", "Q2 FY2027", "100", "-3", "no"),
            ("3", "Q3 FY2027", "100", "", ""),
            ("4", "Q4 FY2027", "100", "", ""),
        ]
        assert [(row["attainment_percent"], row["rag"]) for row in told] == [
            ("97.50", "green"),
            *[("", "grey")] * 3,
        ]
        assert told[0]["unit"] == "EUR"
        objective = next(one for one in plans.queries.objectives(made.plan) if one.statement == "Told")
        expected = line(objective, 1, actuals.actuals(made.plan))
        assert Decimal(told[0]["attainment_percent"]) == expected.attainment

    def test_actuals_and_actions(self, app: Flask, manager: Any, clock: Any) -> None:
        made = full(manager)
        client = signed_in(app, made.owner_a)
        first, second = lines(file_of(client, f"{made.path}export/actuals"))
        names = made.team[Side.A, F.OWNER].name, made.team[Side.B, F.OWNER].name
        assert (first["actual"], first["target"], first["note"], first["entered_by"], first["confirmed_by"]) == (
            "97.50",
            "100",
            "Told",
            *names,
        )
        assert (second["confirmed_at"], second["actual"], first["entered_at"]) == ("", "-3", "2027-01-20T09:00:00Z")
        (row,) = lines(file_of(client, f"{made.path}export/actions"))
        assert (row["action"], row["due_on"], row["action_status"], row["rag"]) == ("Told", "2027-01-20", "open", "amber")
        assert (row["accountable"], row["helper"]) == (names[1], names[0])

    @pytest.mark.parametrize("content", CONTENTS)
    def test_who_gets_it(self, app: Flask, manager: Any, clock: Any, content: str) -> None:
        made, stranger = full(manager), full(factories.user(None, Role.PARTNER_MANAGER))
        for user in (made.owner_a, made.owner_b, factories.user(None, Role.AUDITOR)):
            assert file_of(signed_in(app, user), f"{made.path}export/{content}").status_code == 200
        for user in (stranger.owner_a, stranger.owner_b, factories.user(None, Role.ORGANIZER)):
            assert file_of(signed_in(app, user), f"{made.path}export/{content}").status_code == 404
            assert file_of(signed_in(app, user), f"/plans/JBP-1999-0001/export/{content}").status_code == 404

    @pytest.mark.parametrize("name", sorted(FORMATS))
    def test_every_format(self, app: Flask, manager: Any, clock: Any, name: str) -> None:
        made = full(manager, "=1+1")
        client = signed_in(app, made.owner_b)
        for content in CONTENTS:
            answer = file_of(client, f"{made.path}export/{content}", name)
            assert answer.status_code == 200
            ending = FORMATS[name][0]
            begins = f'attachment; filename="{made.plan.code.lower()}_{content}_2027-01-20T0900Z.{ending}"'
            assert answer.headers["Content-Disposition"] == begins
            if ending == "csv":
                assert "'=1+1" in answer.text
            elif ending == "json":
                assert any("=1+1" in row.values() for row in json.loads(answer.text))
            else:
                sheet = ZipFile(io.BytesIO(answer.data)).read("xl/worksheets/sheet1.xml").decode()
                assert "<f>" not in sheet
                assert "=1+1" in sheet

    @pytest.mark.parametrize("word", ["=cmd|' /C calc'!A0", "+49 1", "-1", "@x", "\uff1d1", "'=1", 'a"b;c,d\n', "<b>", "ünï 中"])
    def test_hostile_values_come_back_as_they_are(self, app: Flask, manager: Any, clock: Any, word: str) -> None:
        made = full(manager, word)
        found = lines(file_of(signed_in(app, made.owner_b), f"{made.path}export/actions"))
        assert original(found[0]["action"]).strip() == word.strip()
        assert found[0]["action"][0] not in "=+-@\uff1d"

    def test_nothing_is_a_head(self, app: Flask, manager: Any) -> None:
        made = plans.plan(owner_a=manager, whole_teams=False, **RUNS)
        for content in CONTENTS:
            answer = file_of(signed_in(app, manager), f"{made.path}export/{content}")
            assert (answer.text.count("\n"), answer.text.startswith("plan,company")) == (1, True)

    def test_a_format_that_there_is_not(self, app: Flask, manager: Any, clock: Any) -> None:
        made = full(manager)
        client = signed_in(app, manager)
        assert file_of(client, f"{made.path}export/objectives", "exe").status_code == 400
        assert file_of(client, f"{made.path}export/notes").status_code == 404
        assert client.get(f"{made.path}export/objectives").status_code in (404, 405)

    def test_the_log_says_that_it_was_taken_and_nothing_of_it(self, app: Flask, manager: Any, clock: Any) -> None:
        made = full(manager, "Secret")
        file_of(signed_in(app, made.owner_b), f"{made.path}export/objectives")
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert (entry.action, entry.object_name, entry.organisation_id) == ("plans.export", made.plan.code, None)
        assert entry.changes == {"format": "plain", "kind": "objectives"}

    def test_the_menus(self, app: Flask, manager: Any, clock: Any) -> None:
        made = full(manager)
        client = signed_in(app, made.owner_b)
        assert f"{made.path}export/objectives" in client.get(f"{made.path}actuals/").text
        assert f"{made.path}export/actions" in client.get(f"{made.path}actions/").text


class TestThePortfolio:
    """The same over all plans that somebody reads, as the page narrows them."""

    @pytest.mark.parametrize("content", ["plans", "sums", *CONTENTS])
    def test_own_plans_alone(self, app: Flask, manager: Any, clock: Any, content: str) -> None:
        mine = full(manager, "Mine", country="AT")
        theirs = full(factories.user(None, Role.PARTNER_MANAGER), "Theirs", country="DE")
        url = f"/plans/portfolio/export/{content}"
        own = file_of(signed_in(app, manager), url).text
        assert "AT" in own
        for word in ("Theirs", theirs.plan.code, "DE", theirs.company.name):
            assert word not in own
        everything = file_of(signed_in(app, factories.user(None, Role.AUDITOR)), url).text
        assert "AT" in everything
        assert "DE" in everything
        narrowed = file_of(signed_in(app, factories.user(None, Role.AUDITOR)), f"{url}?country=DE").text
        assert "AT" not in narrowed.split("\n", 1)[1]
        assert file_of(signed_in(app, mine.owner_b), url).status_code == 403
        nobody = file_of(signed_in(app, factories.user(None, Role.ORGANIZER)), url)
        assert nobody.text.count("\n") == 1

    def test_a_row_for_each_plan(self, app: Flask, manager: Any, clock: Any) -> None:
        made = in_force(manager, tier="premier", reached="97.5")
        draft = plans.plan(factories.organisation(tier_key=None), owner_a=manager, whole_teams=False, **RUNS)
        first, second = lines(file_of(signed_in(app, manager), "/plans/portfolio/export/plans"))
        assert (first["plan"], first["tier"], first["status"], first["quarter"]) == (made.plan.code, "Premier", "active", "1")
        assert (first["score_percent"], first["rag"], first["reviewable"]) == ("97.50", "green", "yes")
        assert (second["plan"], second["tier"], second["rag"], second["score_percent"]) == (draft.plan.code, "", "", "")
        assert second["signatures_missing"] == "0"

    def test_sums(self, app: Flask, manager: Any, clock: Any) -> None:
        in_force(manager, country="AT", tier="premier")
        in_force(manager, country="AT", tier="premier", reached="12.34")
        in_force(manager, country="AT", tier="premier", currency="GBP")
        found = lines(file_of(signed_in(app, manager), "/plans/portfolio/export/sums"))
        names = ("country", "tier", "category", "unit", "objectives", "target_year", "target_of_confirmed_quarters")
        assert [[*(row[name] for name in names), row["actual_confirmed"]] for row in found] == [
            ["AT", "Premier", "revenue", "EUR", "2", "800", "200", "112.34"],
            ["AT", "Premier", "revenue", "GBP", "1", "400", "100", "100"],
        ]

    def test_more_plans_than_a_portion(self, app: Flask, manager: Any, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("eventapp.plans.exports.rows.PORTION", 2)
        made = [full(manager) for _n in range(5)]
        found = lines(file_of(signed_in(app, manager), "/plans/portfolio/export/objectives"))
        assert len(found) == 40
        assert {row["plan"] for row in found} == {one.plan.code for one in made}
        assert len(lines(file_of(signed_in(app, manager), "/plans/portfolio/export/plans"))) == 5

    def test_the_log_names_no_filter(self, app: Flask, manager: Any, clock: Any) -> None:
        in_force(manager)
        file_of(signed_in(app, manager), "/plans/portfolio/export/plans?country=AT&q=Secret")
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert (entry.action, entry.object_id, entry.object_name) == ("plans.export", None, "")
        assert entry.changes == {"format": "plain", "kind": "plans"}
