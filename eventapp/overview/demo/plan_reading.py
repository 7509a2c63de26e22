"""What some of the demo's plans read: certificates that people of the company hold, and places at the conference."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from eventapp.overview.demo.certificates import ENGINEER
from eventapp.overview.demo.events import FLAGSHIP
from eventapp.overview.demo.plan_texts import CONFERENCE
from eventapp.overview.plan_readers import holdings
from eventapp.plans.actuals import reading
from eventapp.plans.actuals.reading import Measured
from eventapp.plans.hooks import Certified
from eventapp.plans.models import QUARTERS, READ_SOURCES, Actual, ActualSource, Objective, Plan
from eventapp.plans.rules import quarter_days


def certified(row: Objective, plan: Plan, at: datetime) -> None:
    """One more than there are now: the company has to keep its engineers and to train another."""
    asked = Certified(plan.side_b_id, ENGINEER)
    there = sum(one.valid_on(at.date()) for one in holdings({asked}, at)[asked])
    row.source, row.source_key = ActualSource.TRAINING, ENGINEER
    _step(row, plan, at, 1, there, there + 1)


def going(row: Objective, plan: Plan, at: datetime) -> None:
    """Registration for the conference has just begun."""
    row.source, row.source_key = ActualSource.REGISTRATION, FLAGSHIP
    _step(row, plan, at, 0, 2, CONFERENCE.annual)


def _step(row: Objective, plan: Plan, at: datetime, over: int, under_way: int, ahead: int) -> None:
    """Targets for quarters that are over, for the one under way, and for those ahead."""
    for quarter in QUARTERS:
        first, last = quarter_days(plan.period_start, quarter)
        target = ahead if first > at.date() else under_way if last >= at.date() else over
        setattr(row, f"q{quarter}", Decimal(target))
    row.annual = row.q4


def read(plan: Plan, objectives: Sequence[Objective], at: datetime) -> list[Actual]:
    """What the worker would have read by now, also of the quarter under way; the moments are for the caller to say."""
    measured = [Measured(plan, one, one.section_id, plan.period_start) for one in objectives if one.source in READ_SOURCES]
    plan.read_at = at if measured else None
    return [
        Actual(
            plan_id=plan.id,
            objective_id=one.of.objective.id,
            quarter=one.quarter,
            value=one.value,
            source=one.of.objective.source,
            entered_at=at,
        )
        for one in reading.values(measured, at)
    ]
