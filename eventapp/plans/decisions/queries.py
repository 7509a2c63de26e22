"""Reading the decisions of a plan: those of it, of its workshop, of the alliance."""

from eventapp.accounts.permissions import Viewer
from eventapp.core.errors import NotFoundError
from eventapp.decisions import queries as decisions
from eventapp.decisions.models import Decision, DecisionRisk
from eventapp.decisions.queries import Card
from eventapp.plans.decisions.references import CONTEXTS
from eventapp.plans.models import Plan


def cards(viewer: Viewer, plan: Plan) -> list[Card]:
    """The decisions of a plan that the viewer reads, the latest changed first."""
    return decisions.cards(viewer, Decision.context.in_(CONTEXTS), Decision.context_id == plan.id)


def risk(viewer: Viewer, plan: Plan, decision_id: int, risk_id: int) -> DecisionRisk:
    """An item of the premortem of a decision of that plan. Raises NotFoundError."""
    found = decisions.decision(viewer, decision_id)
    if found.context not in CONTEXTS or found.context_id != plan.id:
        raise NotFoundError(decision_id)
    row: DecisionRisk = decisions.part_of_decision(DecisionRisk, found, risk_id)
    return row
