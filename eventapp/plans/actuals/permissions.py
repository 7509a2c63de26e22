"""Who enters and confirms actual values, and who has them read."""

from eventapp.plans.models import READ_SOURCES, MemberFunction, Objective, Plan, PlanStatus, Side
from eventapp.plans.permissions import Standing


def _speaks(standing: Standing, one: Objective) -> bool:
    """Whether the values of an objective are the viewer's business: of the owners of the plan, and of its own."""
    member = standing.member
    return member is not None and (standing.is_owner or member.id in (one.owner_a_id, one.owner_b_id))


def may_enter(standing: Standing, one: Objective) -> bool:
    """The owners of the plan, and the objective's own; not where values are read from elsewhere."""
    return one.source not in READ_SOURCES and _speaks(standing, one)


def may_confirm(standing: Standing, one: Objective, entered_by: Side) -> bool:
    """The same people of the other side; also what was entered before the objective read its values."""
    return standing.side is entered_by.other and _speaks(standing, one)


def may_see_to(standing: Standing, one: Objective) -> bool:
    """Whether the viewer may enter or, for the other side, confirm."""
    return _speaks(standing, one)


def may_read_now(standing: Standing) -> bool:
    """Whether the viewer may have values read at once: everybody of the teams who writes, not sponsors."""
    return standing.function is not None and standing.function is not MemberFunction.EXEC_SPONSOR


def is_open(plan: Plan) -> bool:
    """Whether actual values are entered now: while the plan is in force."""
    return plan.status is PlanStatus.ACTIVE and plan.suspended_at is None
