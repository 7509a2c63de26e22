"""Reading lessons."""

from collections.abc import Sequence

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.plans.models import Lesson, Plan


def lessons(plan_id: int) -> Sequence[Lesson]:
    """What was learnt from a plan, in the order in which it was written."""
    return db.session.scalars(select(Lesson).where(Lesson.plan_id == plan_id).order_by(Lesson.id)).all()


def lesson(plan: Plan, lesson_id: int) -> Lesson:
    """A lesson of that plan. Raises NotFoundError."""
    found = db.session.scalar(select(Lesson).where(Lesson.id == lesson_id, Lesson.plan_id == plan.id))
    if found is None:
        raise NotFoundError(lesson_id)
    return found
