"""Reading comments."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, select

from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.plans.models import Plan, PlanAgreement, PlanComment, PlanSection, Side


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


class Told(NamedTuple):
    """A section, how many comments on it nobody has marked as done, and which sides agree with it."""

    section: PlanSection
    comments: int
    agreed: set[Side]


def with_open(plan: Plan) -> list[Told]:
    """The sections of a plan in their order, each with that, in one query."""
    count = select(func.count()).where(PlanComment.section_id == PlanSection.id, PlanComment.done_at.is_(None))
    held = (PlanAgreement.section_id == PlanSection.id) & PlanAgreement.ended_at.is_(None)
    query = select(PlanSection, count.correlate(PlanSection).scalar_subquery(), PlanAgreement.side)
    query = query.outerjoin(PlanAgreement, held).where(PlanSection.plan_id == plan.id)
    found: dict[int, Told] = {}
    for section, number, side in db.session.execute(query.order_by(PlanSection.position, PlanSection.id)):
        told = found.setdefault(section.id, Told(section, number, set()))
        if side is not None:
            told.agreed.add(side)
    return list(found.values())
