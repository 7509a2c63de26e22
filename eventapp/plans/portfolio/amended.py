"""Plans in force that are being amended: their rows say what may hold one day, so their numbers are read from what is signed.

There are few of them at a time. Each version is read, judged by the rules and let go, so memory does not grow with them.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, exists, select

from eventapp.core.db import db
from eventapp.partners.models import Organisation
from eventapp.plans.actuals.queries import signed_objectives
from eventapp.plans.actuals.rules import is_confirmed, score
from eventapp.plans.models import QUARTERS, Actual, Objective, ObjectiveUnit, Plan, PlanStatus, PlanVersion, Rag, VersionState
from eventapp.plans.portfolio.amounts import NOUGHT, Amounts, Sum, adds_up
from eventapp.plans.portfolio.rules import judged

PORTION = 50
_IN_FORCE = and_(PlanVersion.plan_id == Plan.id, PlanVersion.state == VersionState.IN_FORCE)


class Amended(NamedTuple):
    """How such a plan stands in its quarter (none: it has none yet), and what its objectives that add up come to."""

    plan_id: int
    quarter: int | None
    score: Decimal | None
    rag: Rag
    reviewable: bool
    sums: list[Sum]


def is_amended() -> ColumnElement[bool]:
    """The condition of such plans."""
    return and_(Plan.status == PlanStatus.ACTIVE, Plan.amendment.is_not(None), exists().where(_IN_FORCE).correlate(Plan))


def amended(conditions: Sequence[ColumnElement[bool]], day: date, *, back: int = 0) -> list[Amended]:
    """Those that fit the conditions. One query if there are none, else three, whatever their number."""
    query = select(Plan.id, PlanVersion.id, Organisation.country_code, Organisation.tier_key).join(PlanVersion, _IN_FORCE)
    query = query.join(Organisation, Organisation.id == Plan.side_b_id).where(is_amended(), *conditions)
    about = {version_id: (plan_id, country, tier) for plan_id, version_id, country, tier in db.session.execute(query)}
    if not about:
        return []
    values = _values([plan_id for plan_id, _country, _tier in about.values()])
    contents = select(PlanVersion).where(PlanVersion.id.in_(about)).execution_options(yield_per=PORTION)
    found = []
    for version in db.session.scalars(contents):
        plan_id, country, tier = about[version.id]
        found.append(_judge(version, country, tier, values.get(plan_id, {}), day, back))
        db.session.expunge(version)
    return found


def _values(plan_ids: Sequence[int]) -> dict[int, dict[tuple[int, int], Actual]]:
    """What counts of the actual values of these plans, by plan."""
    found: dict[int, dict[tuple[int, int], Actual]] = {}
    for one in db.session.scalars(select(Actual).where(Actual.plan_id.in_(plan_ids))):
        found.setdefault(one.plan_id, {})[one.objective_id, one.quarter] = one
    return found


def _judge(
    version: PlanVersion, country: str, tier: str | None, values: Mapping[tuple[int, int], Actual], day: date, back: int
) -> Amended:
    content: Mapping[str, Any] = json.loads(version.content)
    objectives = signed_objectives(version)
    quarter = judged(date.fromisoformat(content["period_start"]), day, back)
    sums = [_sum(one, country, tier, content["currency"], values) for one in objectives if adds_up(one)]
    if quarter is None:
        return Amended(version.plan_id, None, None, Rag.GREY, False, sums)
    found = score(objectives, quarter, values)
    rag = found.rag if found.reviewable else Rag.GREY
    return Amended(version.plan_id, quarter, found.score, rag, found.reviewable, sums)


def _sum(one: Objective, country: str, tier: str | None, currency: str, values: Mapping[tuple[int, int], Actual]) -> Sum:
    known = [
        (target, value.value)
        for quarter in QUARTERS
        if (target := one.target(quarter)) is not None
        and (value := values.get((one.id, quarter))) is not None
        and is_confirmed(value)
    ]
    so_far, reached = sum((target for target, _value in known), NOUGHT), sum((value for _target, value in known), NOUGHT)
    money = currency if one.unit is ObjectiveUnit.CURRENCY else ""
    return Sum(country, tier, one.category, money, Amounts(1, one.annual or NOUGHT, so_far, reached))
