"""What a plan lacks to go into its workshop: a date, and something that each side prepares."""

from eventapp.core.i18n import _
from eventapp.plans import queries
from eventapp.plans.models import Plan, PlanStatus, Side, WorkshopState
from eventapp.plans.room.checking import WORKSHOP
from eventapp.plans.rules import Missing
from eventapp.plans.steps import check
from eventapp.plans.workshop import queries as workshops


@check(PlanStatus.DRAFT, PlanStatus.WORKSHOP)
def missing(plan: Plan) -> list[Missing]:
    """What the workshop lacks to begin."""
    workshop = workshops.workshop_of(plan)
    if workshop is None:
        return [Missing(WORKSHOP, None, _("No workshop is planned yet."))]
    if workshop.state is WorkshopState.PLANNING:
        return [Missing(WORKSHOP, None, _("No date is confirmed yet."))]
    prepared, names = workshops.prepared_by(workshop), queries.side_names(plan)
    lacking = [side for side in Side if not prepared.get(side)]
    return [Missing(WORKSHOP, None, _("%(side)s prepares nothing.", side=names[side])) for side in lacking]
