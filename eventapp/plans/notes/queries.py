"""Reading a side's own notes. Always by its side: there is no way to ask for those of both."""

from collections.abc import Sequence

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.plans.models import Plan, PlanNote, Side


def notes(plan: Plan, side: Side) -> Sequence[PlanNote]:
    """What a side has written for itself, the latest first."""
    query = select(PlanNote).where(PlanNote.plan_id == plan.id, PlanNote.side == side)
    return db.session.scalars(query.order_by(PlanNote.written_at.desc(), PlanNote.id.desc())).all()


def note(plan: Plan, side: Side, note_id: int) -> PlanNote:
    """A note of that side. Raises NotFoundError, for one of the other side as for none."""
    found = note_or_none(plan, side, note_id)
    if found is None:
        raise NotFoundError(note_id)
    return found


def note_or_none(plan: Plan, side: Side, note_id: int) -> PlanNote | None:
    """The same; none if somebody has removed it."""
    query = select(PlanNote).where(PlanNote.id == note_id, PlanNote.plan_id == plan.id, PlanNote.side == side)
    return db.session.scalar(query.execution_options(populate_existing=True))
