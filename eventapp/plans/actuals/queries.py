"""Reading actual values."""

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.plans.models import Actual, Objective, Plan


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
