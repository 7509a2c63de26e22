"""Telling open pages that something of a plan has happened which its history does not show: an agreement, an action, a vote.

What is written into a plan stands in `PlanEdit`, whose ids grow; all else raises `Workshop.tick`. Pages ask for both numbers
each second, so whatever they show must do one of the two. A plan without a workshop has no such pages.
"""

from typing import Any

from sqlalchemy import func, select, update

from eventapp.core.db import db, table
from eventapp.plans.models import Plan, PlanEdit, Workshop


def tick(plan: Plan) -> None:
    """Raises the tick, under the plan's lock. Past the unit of work: the workshop's own version stays as it is."""
    workshops = table(Workshop)
    db.session.execute(update(workshops).where(workshops.c.plan_id == plan.id).values(tick=workshops.c.tick + 1))


def state_of(plan_id: Any) -> tuple[Any, Any]:
    """The two numbers of a plan that grow with whatever open pages show, as columns of a query: its tick, its last edit."""
    ticks = select(Workshop.tick).where(Workshop.plan_id == plan_id).scalar_subquery()
    edits = select(func.max(PlanEdit.id)).where(PlanEdit.plan_id == plan_id).scalar_subquery()
    return ticks, edits


def as_text(ticks: int | None, edits: int | None) -> str:
    """Both numbers as pages know them."""
    return f"{ticks or 0}.{edits or 0}"
