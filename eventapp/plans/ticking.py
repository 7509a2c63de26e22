"""Telling open pages that something of a plan has happened which its history does not show: an agreement, an action, a vote.

What is written into a plan stands in `PlanEdit`, whose ids grow; all else raises `Workshop.tick`. Pages ask for both numbers
each second, so whatever they show must do one of the two. A plan without a workshop has no such pages.
"""

from sqlalchemy import update

from eventapp.core.db import db, table
from eventapp.plans.models import Plan, Workshop


def tick(plan: Plan) -> None:
    """Raises the tick, under the plan's lock. Past the unit of work: the workshop's own version stays as it is."""
    workshops = table(Workshop)
    db.session.execute(update(workshops).where(workshops.c.plan_id == plan.id).values(tick=workshops.c.tick + 1))
