"""Entering actual values, and confirming them for the other side."""

from datetime import datetime
from decimal import Decimal

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.core.times import day_text
from eventapp.plans import queries
from eventapp.plans.actuals import queries as actuals
from eventapp.plans.actuals.permissions import is_open, may_confirm, may_enter
from eventapp.plans.content.editing import note
from eventapp.plans.content.merging import plain
from eventapp.plans.log import about
from eventapp.plans.models import Actual, Objective, Plan, PlanMember
from eventapp.plans.permissions import Standing
from eventapp.plans.rules import quarter_days


def enter(
    plan: Plan,
    objective: Objective,
    quarter: int,
    value: Decimal,
    remark: str,
    *,
    version: int,
    standing: Standing,
    by: Actor,
    at: datetime,
) -> Actual:
    """Says what was reached; another value than before has to be confirmed anew.

    Raises StaleError if somebody has entered one since `version` (0: there was none), RuleError if the plan is not in force,
    and before the quarter has begun.
    """
    plan = queries.lock(plan)
    _open(plan)
    assert standing.member is not None
    assert may_enter(standing, objective)
    begins = quarter_days(plan.period_start, quarter)[0]
    if at.date() < begins:
        raise RuleError(_("This quarter begins on %(day)s. Enter then what was reached.", day=day_text(begins)), "value", 422)
    found = actuals.actual(plan, objective.id, quarter)
    if (found.version if found is not None else 0) != version:
        raise StaleError(_("Somebody else has entered a value since you opened it. Compare, then send again."))
    before = plain(found.value) if found is not None else None
    if found is None:
        found = Actual(plan_id=plan.id, objective_id=objective.id, quarter=quarter)
        db.session.add(found)
    # What stood there may have been read, before the objective was changed to be entered.
    found.value, found.note, found.source = value, remark, objective.source
    found.entered_by_id, found.entered_at = standing.member.id, at
    found.confirmed_by_id = found.confirmed_at = None
    db.session.flush()
    note(plan, objective.section_id, found, {"value": [before, plain(value)]}, member_id=standing.member.id, at=at)
    record("plans.enter_actual", by=by, at=at, **about(plan), changes={"quarter": quarter, "side": standing.side})
    return found


def confirm(plan: Plan, objective: Objective, quarter: int, *, version: int, standing: Standing, by: Actor, at: datetime) -> None:
    """Confirms for the other side what was entered.

    Raises StaleError if another value was entered since `version`, RuleError where that is not for this side to do.
    """
    plan = queries.lock(plan)
    _open(plan)
    found = actuals.actual(plan, objective.id, quarter)
    if found is None or found.version != version:
        raise StaleError(_("Another value was entered since you opened the page. Look at it again."))
    if found.entered_by_id is None:
        raise RuleError(_("This value was read; it needs nobody to confirm it."))
    entered = db.session.get_one(PlanMember, found.entered_by_id)
    if not may_confirm(standing, objective, entered.side):
        raise RuleError(_("A value is confirmed by the other side."))
    assert standing.member is not None
    found.confirmed_by_id, found.confirmed_at = standing.member.id, at
    db.session.flush()
    record("plans.confirm_actual", by=by, at=at, **about(plan), changes={"quarter": quarter, "side": standing.side})


def _open(plan: Plan) -> None:
    if not is_open(plan):
        raise RuleError(_("Actual values are entered while the plan is in force."))
