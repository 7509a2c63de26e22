"""What is due in plans, counted by the database: signatures missing, reviews due, actions overdue. Each by plan."""

from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, func, select

from eventapp.plans.models import (
    ENDED_ACTIONS,
    ENDED_PLANS,
    Plan,
    PlanAction,
    Review,
    ReviewState,
)
from eventapp.plans.signing.asked import missing

Counted = Select[int, int]


def signatures(of: ColumnElement[bool]) -> Counted:
    """How many people still have to sign the version that is in signature: `plan_id`, `number`."""
    asked = missing(of).subquery("asked")
    return select(asked.c.plan_id, func.count().label("number")).group_by(asked.c.plan_id)


def reviews(of: ColumnElement[bool], at: datetime) -> Counted:
    """How many reviews of a plan are due: their day has come, and they are not held yet, or not accepted by both sides."""
    return (
        select(Review.plan_id.label("plan_id"), func.count().label("number"))
        .join(Plan, Plan.id == Review.plan_id)
        .where(Review.state != ReviewState.ACCEPTED, Review.withdrawn_at.is_(None), Review.planned_at <= at)
        .where(Plan.status.not_in(ENDED_PLANS), of)
        .group_by(Review.plan_id)
    )


def actions(of: ColumnElement[bool], today: date) -> Counted:
    """How many actions of a plan that are not over had to be done before today."""
    return (
        select(PlanAction.plan_id.label("plan_id"), func.count().label("number"))
        .join(Plan, Plan.id == PlanAction.plan_id)
        .where(PlanAction.status.not_in(ENDED_ACTIONS), PlanAction.due_on < today, Plan.status.not_in(ENDED_PLANS), of)
        .group_by(PlanAction.plan_id)
    )
