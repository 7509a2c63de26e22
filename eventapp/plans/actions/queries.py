"""Reading actions."""

from collections.abc import Sequence

from sqlalchemy import func, select

from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.plans.models import ENDED_ACTIONS, ActionStatus, Plan, PlanAction


def actions(plan: Plan, *, ended: bool = False) -> Sequence[PlanAction]:
    """The open actions of a plan by their day; with `ended` those that are over instead, the latest first."""
    query = select(PlanAction).where(PlanAction.plan_id == plan.id)
    if ended:
        query = query.where(PlanAction.status.in_(ENDED_ACTIONS)).order_by(PlanAction.ended_at.desc(), PlanAction.id)
    else:
        query = query.where(PlanAction.status.not_in(ENDED_ACTIONS)).order_by(PlanAction.due_on, PlanAction.id)
    return db.session.scalars(query).all()


MOST_ENDED = 10


def board(plan: Plan) -> dict[ActionStatus, list[PlanAction]]:
    """The columns of the board: all open actions by their day, and of those that are over the latest `MOST_ENDED` each."""
    found: dict[ActionStatus, list[PlanAction]] = {status: [] for status in ActionStatus}
    for one in actions(plan):
        found[one.status].append(one)
    place = func.row_number().over(partition_by=PlanAction.status, order_by=(PlanAction.ended_at.desc(), PlanAction.id.desc()))
    ended = select(PlanAction.id, place.label("place")).where(PlanAction.plan_id == plan.id, PlanAction.status.in_(ENDED_ACTIONS))
    latest = ended.subquery()
    query = select(PlanAction).join(latest, latest.c.id == PlanAction.id).where(latest.c.place <= MOST_ENDED)
    for one in db.session.scalars(query.order_by(latest.c.place)):
        found[one.status].append(one)
    return found


def action(plan: Plan, action_id: int) -> PlanAction:
    """An action of that plan. Raises NotFoundError."""
    found = db.session.scalar(select(PlanAction).where(PlanAction.id == action_id, PlanAction.plan_id == plan.id))
    if found is None:
        raise NotFoundError(action_id)
    return found
