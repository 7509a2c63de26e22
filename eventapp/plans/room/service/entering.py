"""How every act in the room begins and ends: the plan's lock, the workshop as it is by then, the tick for open pages."""

from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.plans import queries
from eventapp.plans.models import Plan, Workshop, WorkshopState
from eventapp.plans.workshop import queries as planned


def enter(plan: Plan, *states: WorkshopState) -> tuple[Plan, Workshop]:
    """Takes the plan's lock and reads its workshop anew. Raises RuleError if it is in none of these states."""
    plan = queries.lock(plan)
    workshop = planned.workshop(plan)
    if workshop.state not in states:
        raise RuleError(_closed(workshop.state))
    return plan, workshop


def _closed(state: WorkshopState) -> str:
    if state is WorkshopState.PLANNING:
        return _("The workshop has no date yet.")
    if state is WorkshopState.DATED:
        return _("The workshop has not begun yet.")
    if state is WorkshopState.HELD:
        return _("The workshop is over.")
    return _("The workshop is under way already.")
