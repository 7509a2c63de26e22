"""Reading actions."""

from collections.abc import Sequence

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.plans.models import ENDED_ACTIONS, Plan, PlanAction


def actions(plan: Plan, *, ended: bool = False) -> Sequence[PlanAction]:
    """The open actions of a plan by their day; with `ended` those that are over instead, the latest first."""
    query = select(PlanAction).where(PlanAction.plan_id == plan.id)
    if ended:
        query = query.where(PlanAction.status.in_(ENDED_ACTIONS)).order_by(PlanAction.ended_at.desc(), PlanAction.id)
    else:
        query = query.where(PlanAction.status.not_in(ENDED_ACTIONS)).order_by(PlanAction.due_on, PlanAction.id)
    return db.session.scalars(query).all()


def action(plan: Plan, action_id: int) -> PlanAction:
    """An action of that plan. Raises NotFoundError."""
    found = db.session.scalar(select(PlanAction).where(PlanAction.id == action_id, PlanAction.plan_id == plan.id))
    if found is None:
        raise NotFoundError(action_id)
    return found
