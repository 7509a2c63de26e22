"""How plans stand, by the database: the same as the rules say, for plans of any numbers."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.core.db import db
from eventapp.plans.actuals import queries as actuals
from eventapp.plans.actuals.rules import score
from eventapp.plans.models import (
    Actual,
    ActualSource,
    Direction,
    Objective,
    ObjectiveCategory,
    ObjectiveUnit,
    Plan,
    PlanStatus,
    RollUp,
    Side,
)
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.portfolio.standings import quarter_at, standings
from eventapp.plans.queries import objectives
from eventapp.plans.rules import add_months, default_end, quarter_of
from tests.conftest import NOW
from tests.support import factories, plans
from tests.support.plans import Made


def some_amount(random: Random) -> Decimal | None:
    """An amount as they occur, with the bounds among them."""
    kinds = [
        lambda: None,
        lambda: Decimal(random.choice([0, 1, 3, 7, 80, 95, 100])),
        lambda: Decimal(random.randint(-300, 2000)) / 100,
        lambda: Decimal(random.randint(1, 10**6)),
        lambda: Decimal(random.randint(-(10**14) + 1, 10**14 - 1)).scaleb(-2),
        lambda: Decimal("999999999999.99"),
    ]
    return random.choice(kinds)()


def some_objective(random: Random, made: Made, section_id: int, number: int) -> Objective:
    low, high = sorted(some_amount(random) or Decimal(0) for _n in range(2))
    bounds = {"band_low": low, "band_high": high} if random.random() < 0.8 else {}
    return Objective(
        plan_id=made.plan.id,
        section_id=section_id,
        position=number,
        statement=f"O{number}",
        category=ObjectiveCategory.CUSTOM,
        unit=random.choice(list(ObjectiveUnit)),
        direction=random.choice(list(Direction)),
        roll_up=random.choice(list(RollUp)),
        weight=random.choice([1, 10, 30, 33, 100]),
        **{f"q{n}": some_amount(random) for n in range(1, 5)},
        **bounds,
    )


def some_actual(random: Random, made: Made, objective: Objective, quarter: int) -> Actual:
    near = objective.target(quarter)
    value = some_amount(random)
    if near is not None and random.random() < 0.7:
        value = (near * random.choice([50, 79, 80, 94, 95, 100, 110, 130]) / 100 + Decimal(random.randint(-2, 2)) / 100).quantize(
            Decimal("0.01")
        )
    values: dict[str, Any] = {"plan_id": made.plan.id, "objective_id": objective.id, "quarter": quarter, "entered_at": NOW}
    values["value"] = max(min(value or Decimal(0), Decimal("999999999999.99")), Decimal("-999999999999.99"))
    member = made.team[Side.A, F.OWNER].id
    if random.random() < 0.2:
        return Actual(source=ActualSource.TRAINING, **values)
    if random.random() < 0.8:
        values |= {"confirmed_by_id": made.team[Side.B, F.OWNER].id, "confirmed_at": NOW}
    return Actual(entered_by_id=member, **values)


def found(day: date, back: int = 0) -> dict[int, Any]:
    return {row.plan_id: row for row in db.session.execute(standings([], day, back=back))}


@pytest.mark.parametrize("seed", range(4))
def test_the_database_says_what_the_rules_say(app: Flask, seed: int) -> None:
    random = Random(seed)
    made = plans.plan(whole_teams=False)
    section_id = plans.section(made, "objectives").id
    plan_ids = []
    for n, offset in enumerate(random.sample(range(400), 12)):
        one = kept(copy_of(made.plan, f"JBP-2027-9{seed}{n:02}", date(2026, 1, 1) + timedelta(days=offset)))
        plan_ids.append(one.id)
        seen = Made(one, made.company, made.owner_a, made.owner_b, made.team, made.logins)
        for number in range(random.choice([0, 1, 3, 6])):
            objective = kept(some_objective(random, seen, section_id, number))
            for quarter in range(1, 5):
                if random.random() < 0.7:
                    db.session.add(some_actual(random, seen, objective, quarter))
    factories.commit()
    compared = 0
    for _n in range(6):
        day = date(2026, 1, 1) + timedelta(days=random.randint(-30, 800))
        for back in (0, 1):
            by_plan = found(day, back)
            for plan in db.session.scalars(select(Plan).where(Plan.id.in_(plan_ids))):
                quarter = judged(plan, day, back)
                expected = score(objectives(plan), quarter, actuals.actuals(plan)) if quarter is not None else None
                row = by_plan.get(plan.id)
                if expected is None or not expected.lines:
                    assert row is None
                    continue
                assert row is not None
                compared += 1
                percent = None if row.score is None else Decimal(row.score).scaleb(-2)
                assert (row.quarter, percent, row.rag, bool(row.reviewable)) == (
                    quarter,
                    expected.score,
                    expected.rag.value if expected.reviewable else "grey",
                    expected.reviewable,
                )
    assert compared > 40


def kept(row: Any) -> Any:
    db.session.add(row)
    db.session.flush()
    return row


def copy_of(plan: Plan, code: str, start: date) -> Plan:
    names = ("kind", "title", "side_a_id", "side_b_id", "template_id", "fiscal_start", "currency", "created_at")
    values = {name: getattr(plan, name) for name in names}
    end = default_end(start)
    return Plan(code=code, period_start=start, period_end=end, status=PlanStatus.ACTIVE, **values)


def judged(plan: Plan, day: date, back: int) -> int | None:
    """The quarter so many before the one under way; after the plan's year the last one."""
    months = -1
    while add_months(plan.period_start, months + 1) <= day:
        months += 1
    months -= 3 * back
    return None if months < 0 else min(months // 3 + 1, 4)


def test_the_quarter_of_every_day(app: Flask) -> None:
    made = plans.plan(whole_teams=False)
    for start in (
        date(2027, 2, 1),
        date(2027, 1, 31),
        date(2027, 11, 30),
        date(2024, 2, 29),
        date(2027, 8, 31),
        date(2027, 3, 15),
    ):
        made.plan.period_start, made.plan.period_end = start, default_end(start)
        factories.commit()
        for offset in range(-5, 366):
            day = start + timedelta(days=offset)
            if db.session.scalar(select(quarter_at(day)).where(Plan.id == made.plan.id)) != quarter_of(start, day):
                assert day > made.plan.period_end, (start, day)


def test_only_plans_in_force(app: Flask) -> None:
    made = plans.plan(whole_teams=False)
    plans.objective(made)
    day = made.plan.period_start
    assert found(day) == {}
    made.plan.status = PlanStatus.ACTIVE
    factories.commit()
    row = found(day)[made.plan.id]
    assert (row.score, row.rag, row.reviewable) == (None, "grey", 0)
