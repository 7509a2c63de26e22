"""Reading comments."""

from collections.abc import Sequence

from sqlalchemy import func, select

from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.plans.models import Plan, PlanComment, PlanSection


def comments(section: PlanSection) -> Sequence[PlanComment]:
    """What was said about a section, the first one first."""
    query = select(PlanComment).where(PlanComment.section_id == section.id)
    return db.session.scalars(query.order_by(PlanComment.written_at, PlanComment.id)).all()


def comment(section: PlanSection, comment_id: int) -> PlanComment:
    """A comment of that section. Raises NotFoundError."""
    query = select(PlanComment).where(PlanComment.id == comment_id, PlanComment.section_id == section.id)
    found = db.session.scalar(query)
    if found is None:
        raise NotFoundError(comment_id)
    return found


def open_counts(plan: Plan) -> dict[int, int]:
    """How many comments of each section nobody has marked as done, by the section's id."""
    query = select(PlanComment.section_id, func.count()).where(PlanComment.plan_id == plan.id, PlanComment.done_at.is_(None))
    rows = db.session.execute(query.where(PlanComment.section_id.is_not(None)).group_by(PlanComment.section_id))
    return {section_id: number for section_id, number in rows if section_id is not None}
