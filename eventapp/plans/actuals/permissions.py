"""Who enters and confirms actual values."""

from eventapp.plans.models import ActualSource, Objective, Plan, PlanStatus, Side
from eventapp.plans.permissions import Standing


def may_enter(standing: Standing, one: Objective) -> bool:
    """The owners of the plan, and the objective's own; not where values are read from elsewhere."""
    member = standing.member
    if member is None or one.source in (ActualSource.TRAINING, ActualSource.REGISTRATION):
        return False
    return standing.is_owner or member.id in (one.owner_a_id, one.owner_b_id)


def may_confirm(standing: Standing, one: Objective, entered_by: Side) -> bool:
    """The same people of the other side."""
    return standing.side is entered_by.other and may_enter(standing, one)


def is_open(plan: Plan) -> bool:
    """Whether actual values are entered now: while the plan is in force."""
    return plan.status is PlanStatus.ACTIVE and plan.suspended_at is None
