"""Reading actual values."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.plans import queries
from eventapp.plans.models import (
    Actual,
    ActualSource,
    Direction,
    Objective,
    ObjectiveCategory,
    ObjectiveUnit,
    Plan,
    PlanVersion,
    RollUp,
    SectionKind,
    VersionState,
)
from eventapp.plans.signing import queries as versions


def actuals(plan: Plan) -> dict[tuple[int, int], Actual]:
    """All actual values of a plan, by objective and quarter."""
    rows = db.session.scalars(select(Actual).where(Actual.plan_id == plan.id))
    return {(one.objective_id, one.quarter): one for one in rows}


def actual(plan: Plan, objective_id: int, quarter: int) -> Actual | None:
    """The actual value of an objective in a quarter, if there is one."""
    query = select(Actual).where(Actual.plan_id == plan.id, Actual.objective_id == objective_id, Actual.quarter == quarter)
    return db.session.scalar(query.execution_options(populate_existing=True))


def objective(plan: Plan, objective_id: int) -> Objective:
    """An objective of that plan. Raises NotFoundError."""
    found = db.session.scalar(select(Objective).where(Objective.id == objective_id, Objective.plan_id == plan.id))
    if found is None:
        raise NotFoundError(objective_id)
    return found


def in_force(plan: Plan) -> Sequence[Objective]:
    """The objectives that hold now: of the version in force, also while the rows of the plan are amended beside it."""
    return measured_by(plan).objectives


class Measure(NamedTuple):
    """What a plan is measured by: its objectives, and the currency of their amounts."""

    objectives: Sequence[Objective]
    currency: str


def measured_by(plan: Plan) -> Measure:
    """The same with the currency that is signed."""
    version = versions.with_state(plan, VersionState.IN_FORCE) if plan.amendment is not None else None
    if version is None:
        return Measure(queries.objectives(plan), plan.currency)
    return Measure(signed_objectives(version), str(json.loads(version.content)["currency"]))


_PLAIN = ("statement", "weight", "owner_a_id", "owner_b_id", "source_key", "product", "country_code", "share_a")
_ENUMS: dict[str, Any] = {
    "category": ObjectiveCategory,
    "unit": ObjectiveUnit,
    "direction": Direction,
    "roll_up": RollUp,
    "source": ActualSource,
}
_AMOUNTS = ("baseline", "annual", "q1", "q2", "q3", "q4", "band_low", "band_high")


def signed_objectives(version: PlanVersion) -> list[Objective]:
    """The objectives as a version says them, as objects that belong to no session."""
    content = json.loads(version.content)
    rows = [row for one in content["sections"] if one["kind"] == SectionKind.OBJECTIVES for row in one["rows"]]
    return [
        Objective(
            id=row["id"],
            plan_id=version.plan_id,
            **{name: row[name] for name in _PLAIN},
            **{name: kind(row[name]) for name, kind in _ENUMS.items()},
            **{name: Decimal(row[name]).quantize(Decimal("0.01")) if row[name] else None for name in _AMOUNTS},
        )
        for row in rows
    ]
