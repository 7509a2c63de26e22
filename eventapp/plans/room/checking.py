"""What the workshop says to steps and agreements of the plan: without a quorum nothing is agreed, and it does not go on."""

from eventapp.core.i18n import _
from eventapp.plans.content.agreeing import BLOCKS
from eventapp.plans.models import Plan, PlanStatus, Workshop, WorkshopState
from eventapp.plans.rules import Missing
from eventapp.plans.steps import check
from eventapp.plans.workshop import queries as planned

# The section key of what is missing in the workshop: no section, so its page is the room.
WORKSHOP = "workshop"


def has_quorum(workshop: Workshop | None) -> bool:
    """Whether both sides have had a quorum while it was under way."""
    return workshop is not None and workshop.quorum_a and workshop.quorum_b


def no_quorum(plan: Plan) -> str | None:
    """Why nothing may be agreed in the workshop yet; none if it may, or if the plan is past its workshop."""
    if plan.status is not PlanStatus.WORKSHOP:
        return None
    workshop = planned.workshop_of(plan)
    if has_quorum(workshop):
        return None
    if workshop is None or workshop.started_at is None:
        return _("Sections are agreed in the workshop, and that has not begun yet.")
    if workshop.state is WorkshopState.HELD:
        return _("The workshop was held without a quorum of both sides, so nothing can be agreed. Take it up again.")
    return _("Nothing can be agreed as long as the workshop has no quorum. The room says who is missing.")


BLOCKS.append(no_quorum)


@check(PlanStatus.WORKSHOP, PlanStatus.FINAL_REVIEW)
def missing(plan: Plan) -> list[Missing]:
    """A workshop that both management teams were in, and that is over."""
    workshop = planned.workshop_of(plan)
    if workshop is None or workshop.started_at is None:
        return [Missing(WORKSHOP, None, _("The workshop has not been held yet."))]
    found = []
    if not has_quorum(workshop):
        found.append(Missing(WORKSHOP, None, _("It has had no quorum of both sides.")))
    if workshop.state is not WorkshopState.HELD:
        found.append(Missing(WORKSHOP, None, _("It is still under way.")))
    return found
