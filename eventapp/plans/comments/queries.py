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


def with_open(plan: Plan) -> list[tuple[PlanSection, int]]:
    """The sections of a plan in their order, each with how many comments on it nobody has marked as done."""
    count = select(func.count()).where(PlanComment.section_id == PlanSection.id, PlanComment.done_at.is_(None))
    query = select(PlanSection, count.correlate(PlanSection).scalar_subquery()).where(PlanSection.plan_id == plan.id)
    return [(one, number) for one, number in db.session.execute(query.order_by(PlanSection.position, PlanSection.id))]
