"""The minutes of a workshop, written by several people at once like any other text of the plan."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm.attributes import set_committed_value

from eventapp.audit.service import Actor
from eventapp.core.db import db, table
from eventapp.core.markdown import to_html
from eventapp.plans.content import editing
from eventapp.plans.models import Plan, Workshop, WorkshopState
from eventapp.plans.permissions import Standing
from eventapp.plans.room.service.entering import enter


def write(plan: Plan, text: str, *, base: int, standing: Standing, by: Actor, at: datetime) -> Workshop:
    """Writes the minutes, in the workshop or after it. Raises ConflictError if somebody else wrote since the version `base`."""
    plan, workshop = enter(plan, WorkshopState.RUNNING, WorkshopState.HELD)
    if editing.change(plan, None, workshop, {"minutes": text}, base=base, standing=standing, by=by, at=at):
        html = to_html(workshop.minutes)
        rows = table(Workshop)
        # Past the unit of work: it is the same change, so it is no version of its own.
        db.session.execute(update(rows).where(rows.c.id == workshop.id).values(minutes_html=html))
        set_committed_value(workshop, "minutes_html", html)
    return workshop
