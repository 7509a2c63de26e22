"""Numbers freeze five days before, and stay."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.plans.actuals import service as entering
from eventapp.plans.content import editing
from eventapp.plans.models import Actual, Objective, Plan, PlanMember, Rag, Review, ReviewState, Side
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.permissions import Standing
from eventapp.plans.reviews import freezing
from eventapp.plans.reviews.jobs import look_after_reviews
from eventapp.plans.reviews.numbers import kept
from eventapp.plans.reviews.rules import freeze_day
from eventapp.plans.signing import service as signing
from tests.groups.test_races import at_once
from tests.plans.test_living import client_of
from tests.support import factories, plans, reviews
from tests.support.factories import TESTS
from tests.support.plans import Made
from tests.support.reviews import NOW, WHEN


def now_in_force(clock: Any, **values: Any) -> tuple[Made, list[Objective]]:
    clock.move_to(NOW)
    return reviews.in_force(**values)


def as_it_is() -> Review:
    return db.session.scalars(select(Review).execution_options(populate_existing=True)).one()


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        (datetime(2027, 5, 11, 8, 0, tzinfo=UTC), "Europe/Vienna", date(2027, 5, 6)),
        (datetime(2027, 5, 11, 23, 30, tzinfo=UTC), "Europe/Vienna", date(2027, 5, 7)),
        (datetime(2027, 5, 11, 3, 0, tzinfo=UTC), "America/New_York", date(2027, 5, 5)),
        (datetime(2027, 3, 31, 22, 30, tzinfo=UTC), "Europe/Vienna", date(2027, 3, 27)),
    ],
)
def test_five_days_before_where_it_is_held(moment: datetime, zone: str, day: date) -> None:
    assert freeze_day(moment, zone) == day


def test_the_worker_freezes_on_the_day_there(app: Flask, clock: Any) -> None:
    made, rows = now_in_force(clock)
    reviews.reached(made, rows[0], "95")
    reviews.planned(made)
    # The day begins in Vienna while it is still the day before in UTC.
    clock.move_to(datetime(2027, 5, 5, 21, 59, tzinfo=UTC))
    look_after_reviews()
    assert as_it_is().state is ReviewState.PLANNED
    clock.move_to(datetime(2027, 5, 5, 22, 0, tzinfo=UTC))
    look_after_reviews()
    found = as_it_is()
    assert (found.state, found.frozen_at) == (ReviewState.FROZEN, datetime(2027, 5, 5, 22, 0, tzinfo=UTC))
    before = (found.version, found.frozen_at)
    look_after_reviews()
    found = as_it_is()
    assert (found.version, found.frozen_at) == before, "once"


def test_what_is_frozen_never_changes(app: Flask, clock: Any) -> None:
    made, rows = now_in_force(clock)
    for row in rows:
        reviews.reached(made, row, "90")
    one = reviews.frozen(made, reviews.planned(made))
    before = (dict(one.numbers), one.score, one.rag)
    assert (one.score, one.rag) == (Decimal(90), Rag.AMBER)
    reviews.reached(made, rows[0], "10")
    rows[1].statement, rows[1].q1 = "Other words", Decimal(1)
    factories.commit()
    found = as_it_is()
    assert (found.numbers, found.score, found.rag) == before
    page = client_of(app, made, Side.B).get(f"{made.path}reviews/{one.id}").text
    assert "90 %" in page
    assert "Other words" not in page
    reviews.held(made, one)
    reviews.accepted(made, one)
    reviews.reached(made, rows[0], "20", at=NOW + timedelta(days=40))
    assert as_it_is().numbers == before[0]
    with pytest.raises(RuleError):
        freezing.thaw(made.plan, one, by=TESTS, at=NOW)


def test_opened_again_it_waits_for_an_owner(app: Flask, clock: Any) -> None:
    made, rows = now_in_force(clock)
    one = reviews.planned(made)
    clock.move_to(WHEN - timedelta(days=3))
    look_after_reviews()
    assert as_it_is().state is ReviewState.FROZEN
    freezing.thaw(made.plan, one, by=TESTS, at=NOW)
    factories.commit()
    look_after_reviews()
    found = as_it_is()
    assert (found.state, found.numbers, found.score, found.version_id) == (ReviewState.PLANNED, {}, None, None)
    assert "until an owner freezes them" in client_of(app, made, Side.A).get(f"{made.path}reviews/{one.id}").text
    reviews.reached(made, rows[0], "50")
    reviews.frozen(made, found)
    assert as_it_is().numbers["lines"][0]["actual"] == "50"
    with pytest.raises(RuleError):
        freezing.freeze(made.plan, one, by=TESTS, at=NOW)


def test_targets_are_those_that_are_signed(app: Flask, clock: Any) -> None:
    made, rows = now_in_force(clock)
    for row in rows:
        reviews.reached(made, row, "100")
    signing.amend(made.plan, by=TESTS, at=NOW)
    change = {"base": rows[0].version, "standing": plans.standing(made), "by": TESTS, "at": NOW}
    section = plans.section(made, "objectives")
    editing.change(made.plan, section, rows[0], {"q1": Decimal(1000), "annual": Decimal(1300), "statement": "Far more"}, **change)
    made.plan.currency = "CHF"
    factories.commit()
    one = reviews.planned(made)
    page = client_of(app, made, Side.A).get(f"{made.path}reviews/{one.id}").text
    assert "Far more" not in page
    assert "€100.00" in page
    assert "CHF" not in page
    assert "Far more" not in client_of(app, made, Side.A).get(f"{made.path}actuals/").text
    reviews.frozen(made, one)
    assert "€100.00" in client_of(app, made, Side.A).get(f"{made.path}reviews/{one.id}").text
    found = kept(one.numbers)
    assert (found.score, found.version, one.version_id is not None) == (Decimal(100), "1.0", True)
    assert found.lines[0].target == Decimal(100)


@pytest.mark.parametrize(("grey", "reviewable"), [(30, True), (31, False)])
def test_too_much_without_a_confirmed_number_is_not_reviewable(app: Flask, clock: Any, grey: int, reviewable: bool) -> None:
    made, rows = now_in_force(clock, weights=(100 - grey, grey))
    reviews.reached(made, rows[0], "100")
    reviews.reached(made, rows[1], "100", confirmed=False)
    one = reviews.planned(made)
    page = client_of(app, made, Side.A).get(f"{made.path}reviews/{one.id}").text
    assert ("Not reviewable" in page) is not reviewable
    assert "€100.00 not confirmed" in page
    reviews.frozen(made, one)
    assert (one.score, one.numbers["reviewable"]) == (Decimal(100 - grey), reviewable)
    assert one.rag is (Rag.RED if reviewable else Rag.GREY)


def test_kept_numbers_are_read_as_they_were(app: Flask, clock: Any) -> None:
    made, rows = now_in_force(clock)
    reviews.reached(made, rows[0], "33.33")
    found = freezing.numbers_now(made.plan, 1)
    assert kept(found.plain()) == found
    empty = freezing.numbers_now(made.plan, 4)
    assert kept(empty.plain()) == empty


def test_freezing_and_confirming_at_once(app: Flask, clock: Any) -> None:
    """Whichever comes first: the frozen number is the confirmed one or none, and the confirmation is kept."""
    for quarter in (1, 2, 3, 4):
        if quarter == 1:
            made, [row] = now_in_force(clock, weights=(100,))
        reviews.reached(made, row, "80", quarter, confirmed=False)
        one = reviews.planned(made, quarter)
        plan_id, review_id, row_id, member_id = made.plan.id, one.id, row.id, made.team[Side.B, F.OWNER].id
        version = db.session.scalars(select(Actual.version).where(Actual.quarter == quarter)).one()

        def freezes(plan_id: int = plan_id, review_id: int = review_id) -> None:
            freezing.freeze(db.session.get_one(Plan, plan_id), db.session.get_one(Review, review_id), by=TESTS, at=NOW)

        def confirms(quarter: int = quarter, version: int = version, who: int = member_id, row_id: int = row_id) -> None:
            objective, standing = db.session.get_one(Objective, row_id), Standing(db.session.get_one(PlanMember, who))
            plan = db.session.get_one(Plan, objective.plan_id)
            entering.confirm(plan, objective, quarter, version=version, standing=standing, by=TESTS, at=NOW)

        assert at_once(app, freezes, confirms) == ["done", "done"]
        db.session.expire_all()
        line = kept(db.session.get_one(Review, review_id).numbers).lines[0]
        assert (line.actual, line.entered) in ((Decimal(80), None), (None, Decimal(80)))
        assert db.session.scalars(select(Actual.confirmed_at).where(Actual.quarter == quarter)).one() == NOW
