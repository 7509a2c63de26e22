"""What is asked before a plan is completed: its period is over, its last review accepted by both, nothing is being amended."""

from eventapp.core.clock import now
from eventapp.core.i18n import _
from eventapp.core.times import day_text
from eventapp.plans.models import Plan, PlanStatus, ReviewState
from eventapp.plans.reviews import queries as reviews
from eventapp.plans.reviews.rules import last_quarter
from eventapp.plans.rules import Missing, fiscal_name
from eventapp.plans.steps import check

# The section key of what is missing in reviews: no section, so its page is theirs.
REVIEWS = "reviews"


@check(PlanStatus.ACTIVE, PlanStatus.COMPLETED)
def missing(plan: Plan) -> list[Missing]:
    """What is still open before the plan can be completed."""
    found = []
    if now().date() <= plan.period_end:
        found.append(Missing(REVIEWS, None, _("The plan lasts until %(day)s.", day=day_text(plan.period_end))))
    quarter = last_quarter(plan)
    last = reviews.of_quarter(plan, quarter)
    if last is None or last.withdrawn_at is not None or last.state is not ReviewState.ACCEPTED:
        name = fiscal_name(plan.period_start, quarter, plan.fiscal_start)
        found.append(Missing(REVIEWS, None, _("The review of %(quarter)s is not accepted by both sides.", quarter=name)))
    if plan.amendment is not None:
        found.append(Missing(REVIEWS, None, _("The plan is being amended.")))
    return found
