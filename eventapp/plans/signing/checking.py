"""What is asked before a plan is frozen: enough signers on both sides, and no other plan in force beside it."""

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.core.i18n import _
from eventapp.plans import queries
from eventapp.plans.models import Plan, PlanStatus, Side
from eventapp.plans.rules import Missing
from eventapp.plans.signing import queries as versions
from eventapp.plans.signing.rules import signer_problems
from eventapp.plans.steps import check
from eventapp.plans.teams.checking import TEAM


@check(PlanStatus.FINAL_REVIEW, PlanStatus.IN_SIGNATURE)
def missing(plan: Plan) -> list[Missing]:
    """Who is missing to sign, and which other plan is in the way."""
    required = versions.required(plan)
    problems = []
    for side in Side:
        of_side = [one for one in required if one.member.side is side]
        small = side is Side.B and plan.small_at is not None
        problems += [(side, text) for text in signer_problems(of_side, small=small)]
    names = queries.side_names(plan) if problems else {}
    found = [Missing(TEAM, None, f"{names[side]}: {text}") for side, text in problems]
    others = select(Plan.code).where(
        Plan.id != plan.id,
        Plan.side_a_id == plan.side_a_id,
        Plan.side_b_id == plan.side_b_id,
        Plan.kind == plan.kind,
        Plan.status == PlanStatus.ACTIVE,
        Plan.suspended_at.is_(None),
        Plan.period_start <= plan.period_end,
        Plan.period_end >= plan.period_start,
    )
    if other := db.session.scalar(others.limit(1)):
        found.append(Missing(TEAM, None, _("The plan %(code)s of the same period is in force already.", code=other)))
    return found
