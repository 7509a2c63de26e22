"""The steps of a plan from draft to completed. What each step asks for is said by the packages that know it.

`CHECKS` maps a step to functions that look at the plan and say what is still missing; the page shows the same list as the
act is refused with, so they cannot disagree. Workshop, signing and reviews add theirs when they are imported.
"""

from collections.abc import Callable
from datetime import datetime

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.plans import queries
from eventapp.plans.log import about
from eventapp.plans.models import PLAN_TRANSITIONS, Plan, PlanStatus
from eventapp.plans.rules import Missing

Check = Callable[[Plan], list[Missing]]
# From where and to where → what is looked at.
CHECKS: dict[tuple[PlanStatus, PlanStatus], list[Check]] = {}
# What ends with a plan that is given up, done before it is: (plan, at).
ENDING: list[Callable[[Plan, datetime], None]] = []


def check(before: PlanStatus, after: PlanStatus) -> Callable[[Check], Check]:
    """Makes the function one that the step asks."""

    def add(function: Check) -> Check:
        CHECKS.setdefault((before, after), []).append(function)
        return function

    return add


def missing(plan: Plan, after: PlanStatus) -> list[Missing]:
    """What the plan lacks to take the step; nothing if it may be taken."""
    return asked(plan, plan.status, after)


def asked(plan: Plan, before: PlanStatus, after: PlanStatus) -> list[Missing]:
    """What a step asks of the plan, wherever it stands: an amendment is held to what the plan itself was."""
    return [one for ask in CHECKS.get((before, after), []) for one in ask(plan)]


def move(plan: Plan, after: PlanStatus, *, by: Actor, at: datetime) -> Plan:
    """Takes the step under the plan's lock. Raises RuleError if there is no such step from here, or something is missing."""
    plan = queries.lock(plan)
    before = plan.status
    if after not in PLAN_TRANSITIONS[before]:
        raise RuleError(_("The plan has moved on since you opened the page. Look at it again."))
    if plan.suspended_at is not None and after is not PlanStatus.CANCELLED:
        raise RuleError(_("The plan is suspended: an organisation was merged or ended. Its owners decide what becomes of it."))
    if lacks := missing(plan, after):
        raise RuleError(lacks[0].text)
    plan.status = after
    if after is PlanStatus.COMPLETED:
        plan.completed_at = at
    db.session.flush()
    record("plans.move", by=by, at=at, **about(plan), changes={"status": [before, after]})
    return plan


def may_be_cancelled(plan: Plan) -> bool:
    """Whether the plan may be given up: before it is in force, and one in force while it is suspended."""
    return PlanStatus.CANCELLED in PLAN_TRANSITIONS[plan.status] or (
        plan.status is PlanStatus.ACTIVE and plan.suspended_at is not None
    )


def cancel(plan: Plan, reason: str, *, by: Actor, at: datetime) -> None:
    """Gives a plan up. Raises RuleError without a reason, and unless it may be cancelled."""
    if not reason:
        raise RuleError(_("Say why, so that both sides know."), "reason", 422)
    plan = queries.lock(plan)
    before = plan.status
    if not may_be_cancelled(plan):
        raise RuleError(_("A plan that is in force or over cannot be cancelled."))
    for end in ENDING:
        end(plan, at)
    plan.status, plan.cancelled_at, plan.cancelled_reason = PlanStatus.CANCELLED, at, reason
    plan.amendment = None
    db.session.flush()
    record("plans.cancel", by=by, at=at, **about(plan), changes={"status": [before, plan.status]})
