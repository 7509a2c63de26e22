"""Reading the rows of sections."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import or_, select

from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.events.models import Event, EventStatus
from eventapp.plans import queries
from eventapp.plans.content.lines import Context
from eventapp.plans.models import Initiative, Plan, PlanLine, PlanSection
from eventapp.plans.queries import Seen


def context(seen: Seen) -> Context:
    """What the rows of a plan are shown with."""
    people = {one.id: one for one in queries.team(seen.plan, former=True)}
    return Context(seen.plan, people, seen.names, seen.standing)


def lines(model: type[PlanLine], section: PlanSection) -> Sequence[Any]:
    """The rows of a section, in their order."""
    return db.session.scalars(select(model).where(model.section_id == section.id).order_by(model.position, model.id)).all()


def line(model: type[PlanLine], section: PlanSection, line_id: int) -> Any:
    """A row of that section. Raises NotFoundError."""
    found = db.session.scalar(select(model).where(model.id == line_id, model.section_id == section.id))
    if found is None:
        raise NotFoundError(line_id)
    return found


def line_or_none(model: type[PlanLine], section: PlanSection, line_id: int) -> Any | None:
    """The same; none if somebody has removed it."""
    return db.session.scalar(select(model).where(model.id == line_id, model.section_id == section.id))


def events_for(plan: Plan, chosen: int | None) -> list[tuple[int, str]]:
    """Id and title of the public events in the plan's period, and of the one that is chosen, by their start."""
    public = Event.status == EventStatus.PUBLISHED
    begins, ends = (datetime.combine(one, time.min, UTC) for one in (plan.period_start, plan.period_end + timedelta(days=1)))
    inside = public & (Event.starts_at >= begins) & (Event.starts_at < ends)
    query = select(Event.id, Event.title).where(or_(inside, Event.id == chosen)).order_by(Event.starts_at, Event.id)
    return [(id_, title) for id_, title in db.session.execute(query)]


def initiatives_of(plan: Plan) -> list[tuple[int, str]]:
    """Id and name of the plan's initiatives."""
    query = select(Initiative.id, Initiative.name).where(Initiative.plan_id == plan.id)
    return [(id_, name) for id_, name in db.session.execute(query.order_by(Initiative.position, Initiative.id))]
