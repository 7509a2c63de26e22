"""Reading delegations."""

from collections.abc import Sequence

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.plans.models import Plan, PlanDelegation, PlanMember


def delegations(plan: Plan) -> Sequence[PlanDelegation]:
    """All delegations of a plan, those that hold and those that are over, in the order in which they were given."""
    query = select(PlanDelegation).where(PlanDelegation.plan_id == plan.id)
    return db.session.scalars(query.order_by(PlanDelegation.id)).all()


def held(plan: Plan) -> Sequence[PlanDelegation]:
    """Those that hold now, one at most for each sponsor."""
    return [one for one in delegations(plan) if one.ended_at is None]


def given_by(sponsor: PlanMember) -> PlanDelegation | None:
    """What a sponsor has delegated, if they have."""
    query = select(PlanDelegation).where(PlanDelegation.sponsor_id == sponsor.id, PlanDelegation.ended_at.is_(None))
    return db.session.scalar(query)
