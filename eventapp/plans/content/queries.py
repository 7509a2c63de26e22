"""Reading the rows of sections."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.plans import queries
from eventapp.plans.content.lines import Context
from eventapp.plans.models import PlanLine, PlanSection
from eventapp.plans.queries import Seen


def context(seen: Seen) -> Context:
    """What the rows of a plan are shown with."""
    people = {one.id: one for one in queries.team(seen.plan, former=True)}
    return Context(seen.plan, people, seen.names)


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
