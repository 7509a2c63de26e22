"""Living by a plan: actions, actual values, attainment and score."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.plans import queries
from eventapp.plans.actions import service as actions
from eventapp.plans.actions.rules import action_rag
from eventapp.plans.actuals import queries as actuals
from eventapp.plans.actuals import service
from eventapp.plans.actuals.rules import attainment, line, score
from eventapp.plans.models import (
    ActionStatus,
    Actual,
    Direction,
    Objective,
    ObjectiveUnit,
    PlanAction,
    PlanStatus,
    Rag,
    RollUp,
    Side,
)
from eventapp.plans.models import MemberFunction as F
from tests.conftest import NOW
from tests.support import factories, plans
from tests.support.factories import TESTS
from tests.support.pages import PageClient, fields
from tests.support.plans import Made


def client_of(app: Flask, made: Made, side: Side, function: F = F.OWNER) -> PageClient:
    return PageClient(app, app.response_class, use_cookies=True).sign_in(made.logins[side, function])


@pytest.fixture
def made(app: Flask) -> Made:
    return plans.plan()


def an_action(made: Made, **values: Any) -> PlanAction:
    people = {"accountable_id": made.team[Side.B, F.SALES].id, "helper_id": made.team[Side.A, F.SALES].id}
    given = {**people, "due_on": NOW.date(), "standing": plans.standing(made), "by": TESTS, "at": NOW, **values}
    action = actions.add(made.plan, "Call the CIO", **given)
    factories.commit()
    return action


class TestActions:
    """One accountable person, a helper of the other side."""

    def test_agreed_on_changed_and_done(self, app: Flask, made: Made, clock: Any) -> None:
        client = client_of(app, made, Side.A, F.EXEC_SPONSOR)
        listing = f"{made.path}actions/"
        assert "No action here" in client.get(listing).text
        people = {"accountable_id": str(made.team[Side.B, F.SALES].id), "helper_id": str(made.team[Side.A, F.SALES].id)}
        data = fields(client.get(f"{listing}add").text) | {"text": "Call the CIO", "due_on": "2027-04-01", **people}
        assert client.post(f"{listing}add", data=data).status_code == 302
        assert "Call the CIO" in client.get(listing).text
        action = db.session.scalars(select(PlanAction)).one()
        assert client.get(f"{listing}{action.id}").status_code == 403, "neither an owner nor named in it"
        client = client_of(app, made, Side.B, F.SALES)
        path = f"{listing}{action.id}"
        blocked = client.post(path, data=fields(client.get(path).text) | {"status": "blocked"})
        assert blocked.status_code == 422
        assert "Say what blocks it" in blocked.text
        done = fields(client.get(path).text) | {"status": "done", "evidence": "Minutes of the call"}
        assert client.post(path, data=done).status_code == 302
        action = db.session.scalars(select(PlanAction)).one()
        assert (action.status, action.ended_at is not None) == (ActionStatus.DONE, True)
        assert "Minutes of the call" in client.get(f"{listing}?show=ended").text
        again = fields(client.get(path).text) | {"status": "open"}
        assert client.post(path, data=again).status_code == 302
        assert db.session.scalars(select(PlanAction.ended_at)).one() is None

    def test_two_at_once(self, app: Flask, made: Made, clock: Any) -> None:
        path = f"{made.path}actions/{an_action(made).id}"
        a, b = client_of(app, made, Side.A), client_of(app, made, Side.B)
        first, second = (fields(one.get(path).text) for one in (a, b))
        assert a.post(path, data=first | {"due_on": "2027-06-01"}).status_code == 302
        assert b.post(path, data=second | {"text": "Call both CIOs"}).status_code == 302
        third, fourth = (fields(one.get(path).text) for one in (a, b))
        assert a.post(path, data=third | {"text": "Theirs"}).status_code == 302
        answer = b.post(path, data=fourth | {"text": "Mine"})
        assert answer.status_code == 409
        assert "has written: Theirs" in answer.text
        action = db.session.scalars(select(PlanAction)).one()
        assert (action.text, action.due_on) == ("Theirs", date(2027, 6, 1))

    @pytest.mark.parametrize("due_on", ["9999-12-31", "0001-01-01", "2201-01-01", "soon"])
    def test_a_day_that_nobody_means(self, app: Flask, made: Made, clock: Any, due_on: str) -> None:
        client = client_of(app, made, Side.B, F.SALES)
        listing = f"{made.path}actions/"
        typed = {"text": "Kept", "accountable_id": str(made.team[Side.B, F.SALES].id), "due_on": due_on}
        answer = client.post(f"{listing}add", data=fields(client.get(f"{listing}add").text) | typed)
        assert answer.status_code == 422
        assert ("Enter a day like" if due_on == "soon" else "Enter a year between 1990 and 2200.") in answer.text
        assert fields(answer.text)["due_on"] == due_on
        assert client.get(listing).status_code == 200
        path = f"{listing}{an_action(made).id}"
        assert client.post(path, data=fields(client.get(path).text) | {"due_on": due_on}).status_code == 422
        assert client.get(listing).status_code == 200

    def test_the_helper_is_of_the_other_side(self, made: Made) -> None:
        for helper in (made.team[Side.B, F.OWNER].id, made.team[Side.B, F.SALES].id, 987_654):
            with pytest.raises(RuleError):
                an_action(made, helper_id=helper)
        with pytest.raises(RuleError):
            an_action(made, accountable_id=987_654)

    def test_numbers_count_and_a_plan_that_is_over_has_no_new_ones(self, made: Made) -> None:
        assert [an_action(made).number, an_action(made).number] == [1, 2]
        made.plan.status = PlanStatus.COMPLETED
        factories.commit()
        with pytest.raises(RuleError):
            an_action(made)

    @pytest.mark.parametrize(
        ("status", "days", "rag"),
        [
            (ActionStatus.OPEN, 8, Rag.GREEN),
            (ActionStatus.OPEN, 7, Rag.AMBER),
            (ActionStatus.IN_PROGRESS, 7, Rag.GREEN),
            (ActionStatus.IN_PROGRESS, 0, Rag.GREEN),
            (ActionStatus.IN_PROGRESS, -1, Rag.AMBER),
            (ActionStatus.IN_PROGRESS, -7, Rag.AMBER),
            (ActionStatus.IN_PROGRESS, -8, Rag.RED),
            (ActionStatus.BLOCKED, 90, Rag.RED),
            (ActionStatus.DONE, -90, None),
        ],
    )
    def test_how_it_stands(self, status: ActionStatus, days: int, rag: Rag | None) -> None:
        today = date(2027, 3, 1)
        assert action_rag(PlanAction(status=status, due_on=today + timedelta(days=days)), today) is rag

    def test_as_many_queries_for_three_as_for_one(self, app: Flask, made: Made, count_queries: Any) -> None:
        client, counts = client_of(app, made, Side.B), []
        for _n in range(2):
            an_action(made)
            with count_queries() as found:
                client.get(f"{made.path}actions/")
            counts.append(len(found))
        assert counts[0] == counts[1] <= 12


def an_objective(**values: Any) -> Objective:
    defaults: dict[str, Any] = {"id": 1, "direction": Direction.MAXIMIZE, "unit": ObjectiveUnit.COUNT, "weight": 50}
    quarters = {f"q{n}": Decimal(100) for n in range(1, 5)}
    return Objective(**{**defaults, "roll_up": RollUp.ADDITIVE, "annual": Decimal(400), **quarters, **values})


def confirmed(objective: Objective, quarter: int, value: str) -> dict[tuple[int, int], Actual]:
    one = Actual(objective_id=objective.id, quarter=quarter, value=Decimal(value), entered_by_id=1, confirmed_at=NOW)
    return {(objective.id, quarter): one}


class TestScoring:
    """As domain.md 3.5 says, with numbers that a spreadsheet confirms."""

    @pytest.mark.parametrize(
        ("values", "target", "actual", "percent"),
        [
            ({}, "100", "95", "95"),
            ({}, "300", "100", "33.33"),
            ({}, "100", "200", "120"),
            ({}, "100", "-5", "0"),
            ({}, "0", "0", "100"),
            ({"direction": Direction.MINIMIZE}, "80", "100", "80"),
            ({"direction": Direction.MINIMIZE}, "80", "40", "120"),
            ({"direction": Direction.MINIMIZE}, "80", "0", "120"),
            ({"unit": ObjectiveUnit.YES_NO}, "1", "1", "100"),
            ({"unit": ObjectiveUnit.YES_NO}, "1", "0", "0"),
            ({"direction": Direction.BAND, "band_low": Decimal(8), "band_high": Decimal(10)}, None, "8", "100"),
            ({"direction": Direction.BAND, "band_low": Decimal(8), "band_high": Decimal(10)}, None, "6", "75"),
            ({"direction": Direction.BAND, "band_low": Decimal(8), "band_high": Decimal(10)}, None, "11", "90"),
            ({"direction": Direction.BAND, "band_low": Decimal(8), "band_high": Decimal(10)}, None, "30", "0"),
        ],
    )
    def test_attainment(self, values: dict[str, Any], target: str | None, actual: str, percent: str) -> None:
        found = attainment(an_objective(**values), Decimal(target) if target else None, Decimal(actual))
        assert found == Decimal(percent)

    def test_a_weighted_score(self) -> None:
        one, two = an_objective(id=1, weight=60), an_objective(id=2, weight=40)
        found = score([one, two], 1, {**confirmed(one, 1, "110"), **confirmed(two, 1, "80")})
        assert (found.score, found.rag, found.reviewable) == (Decimal(98), Rag.GREEN, True)
        red = score([one, two], 1, {**confirmed(one, 1, "120"), **confirmed(two, 1, "70")})
        assert (red.score, red.rag) == (Decimal(100), Rag.AMBER), "any red objective: amber at best"

    @pytest.mark.parametrize(("weight", "reviewable"), [(30, True), (31, False)])
    def test_what_is_not_confirmed_is_grey(self, weight: int, reviewable: bool) -> None:
        one, two = an_objective(id=1, weight=100 - weight), an_objective(id=2, weight=weight)
        unconfirmed = Actual(objective_id=2, quarter=1, value=Decimal(100), entered_by_id=1)
        found = score([one, two], 1, {**confirmed(one, 1, "100"), (2, 1): unconfirmed})
        assert [one_line.rag for one_line in found.lines] == [Rag.GREEN, Rag.GREY]
        assert (found.score, found.reviewable) == (Decimal(100 - weight), reviewable)
        assert score([two], 1, {}).rag is Rag.GREY

    def test_only_objectives_with_a_target_in_the_quarter(self) -> None:
        one, later = an_objective(id=1), an_objective(id=2, q1=None)
        found = score([one, later], 1, confirmed(one, 1, "95"))
        assert (len(found.lines), found.score) == (1, Decimal(95))

    def test_the_year_to_date_adds_up_and_a_level_does_not(self) -> None:
        one = an_objective()
        values = {**confirmed(one, 1, "50"), **confirmed(one, 2, "150")}
        found = line(one, 2, values, to_date=True)
        assert (found.target, found.actual, found.attainment) == (Decimal(200), Decimal(200), Decimal(100))
        assert line(one, 2, values).attainment == 120
        level = an_objective(roll_up=RollUp.LEVEL)
        assert line(level, 2, values, to_date=True).attainment == 120


# Within the first quarter of the plans of tests.
BEGUN = NOW + timedelta(days=20)


class TestActuals:
    """Entered by one side, confirmed by the other."""

    @pytest.fixture(autouse=True)
    def begun(self, clock: Any) -> None:
        clock.move_to(BEGUN)

    def in_force(self, made: Made) -> Objective:
        row = plans.objective(made)
        made.plan.status = PlanStatus.ACTIVE
        factories.commit()
        return row

    def test_on_the_pages(self, app: Flask, made: Made, clock: Any) -> None:
        row = self.in_force(made)
        a, b = client_of(app, made, Side.A), client_of(app, made, Side.B)
        path = f"{made.path}actuals/{row.id}/1"
        data = fields(a.get(path).text)
        assert a.post(path, data=data | {"value": "12x"}).status_code == 422
        assert a.post(path, data=fields(a.get(path).text) | {"value": "95,50", "note": "As invoiced"}).status_code == 302
        page = a.get(f"{made.path}actuals/").text
        assert "€95.50" in page
        assert "not confirmed" in page
        assert "/confirm" not in page, "the own value is not one's own to confirm"
        page = b.get(f"{made.path}actuals/").text
        assert b.post(f"{path}/confirm", data=fields(page, "/confirm")).status_code == 302
        page = b.get(f"{made.path}actuals/").text
        assert "Score 95.5" in page
        assert "On track" in page
        assert b.post(path, data=fields(b.get(path).text) | {"value": "50"}).status_code == 302
        assert actuals.actuals(made.plan)[row.id, 1].confirmed_at is None, "another value is confirmed anew"

    def test_two_at_once_keep_what_they_typed(self, app: Flask, made: Made, clock: Any) -> None:
        row = self.in_force(made)
        a, b = client_of(app, made, Side.A), client_of(app, made, Side.B)
        path = f"{made.path}actuals/{row.id}/1"
        first, second = (fields(one.get(path).text) for one in (a, b))
        assert a.post(path, data=first | {"value": "1"}).status_code == 302
        answer = b.post(path, data=second | {"value": "2"})
        assert answer.status_code == 409
        assert "€1.00 meanwhile" in answer.text
        assert fields(answer.text)["value"] == "2"
        assert b.post(path, data=fields(answer.text)).status_code == 302

    def test_who_may(self, app: Flask, made: Made, clock: Any) -> None:
        row = self.in_force(made)
        for function, status in ((F.SALES, 403), (F.EXEC_SPONSOR, 403), (F.OWNER, 200)):
            client = client_of(app, made, Side.B, function)
            assert client.get(f"{made.path}actuals/{row.id}/1").status_code == status
            assert client.get(f"{made.path}actuals/").status_code == 200
        other = plans.objective(plans.plan())
        for path in (f"{row.id}/5", f"{row.id}/0", f"{other.id}/1"):
            assert client.get(f"{made.path}actuals/{path}").status_code == 404

    def test_not_before_the_quarter_begins(self, app: Flask, made: Made) -> None:
        row = self.in_force(made)
        values = {"standing": plans.standing(made), "by": TESTS, "at": BEGUN}
        with pytest.raises(RuleError, match="begins on 1 May 2027"):
            service.enter(made.plan, row, 2, Decimal(1), "", version=0, **values)
        client = client_of(app, made, Side.A)
        page = client.get(f"{made.path}actuals/").text
        assert "Begins on 1 May 2027." in page
        assert f"actuals/{row.id}/1" in page
        assert f"actuals/{row.id}/2" not in page
        path = f"{made.path}actuals/{row.id}/2"
        assert client.post(path, data=fields(client.get(path).text) | {"value": "5"}).status_code == 422

    def test_what_is_refused(self, made: Made) -> None:
        row = plans.objective(made)
        values = {"standing": plans.standing(made), "by": TESTS, "at": BEGUN}
        with pytest.raises(RuleError):
            service.enter(made.plan, row, 1, Decimal(1), "", version=0, **values)
        row.weight = 99
        made.plan.status = PlanStatus.ACTIVE
        factories.commit()
        found = service.enter(made.plan, row, 1, Decimal(1), "", version=0, **values)
        with pytest.raises(RuleError):
            service.confirm(made.plan, row, 1, version=found.version, **values)
        values["standing"] = plans.standing(made, Side.B)
        with pytest.raises(StaleError):
            service.confirm(made.plan, row, 1, version=found.version + 1, **values)
        service.confirm(made.plan, row, 1, version=found.version, **values)
        assert found.confirmed_by_id == made.team[Side.B, F.OWNER].id

    def test_as_many_queries_for_three_as_for_one(self, app: Flask, made: Made, count_queries: Any) -> None:
        client, counts = client_of(app, made, Side.B), []
        for n in range(2):
            row = plans.objective(made, f"O{n}", weight=10)
            values = {"standing": plans.standing(made), "by": TESTS, "at": BEGUN}
            made.plan.status = PlanStatus.ACTIVE
            factories.commit()
            service.enter(made.plan, row, 1, Decimal(1), "", version=0, **values)
            made.plan.status = PlanStatus.DRAFT
            factories.commit()
            with count_queries() as found:
                assert client.get(f"{made.path}actuals/").status_code == 200
            counts.append(len(found))
        assert counts[0] == counts[1] <= 12
        assert len(queries.objectives(made.plan)) == 2
