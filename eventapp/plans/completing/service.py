"""Completing a plan, and writing down what was learnt from it."""

from datetime import datetime

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.plans import queries, steps
from eventapp.plans.completing import checking, mails  # noqa: F401 - the check is there once it is imported
from eventapp.plans.log import about
from eventapp.plans.models import Lesson, LessonKind, Plan, PlanMember, PlanStatus
from eventapp.plans.permissions import Standing, same_person


def complete(plan: Plan, *, by: Actor, at: datetime) -> None:
    """The plan is over; both teams are asked what they learnt. Raises RuleError if something is missing."""
    plan = steps.move(plan, PlanStatus.COMPLETED, by=by, at=at)
    mails.send(plan, queries.team(plan), at=at)


def learns(plan: Plan) -> bool:
    """Whether lessons are written now: while the plan is in force, and after it."""
    return plan.status in (PlanStatus.ACTIVE, PlanStatus.COMPLETED)


def add_lesson(plan: Plan, kind: LessonKind, text: str, *, standing: Standing, by: Actor, at: datetime) -> Lesson:
    """Writes down what somebody of a team learnt; both sides read it. Raises RuleError before the plan is in force."""
    plan = queries.lock(plan)
    if not learns(plan):
        raise RuleError(_("Lessons are written once the plan is in force."))
    assert standing.member is not None
    me = standing.member
    made = Lesson(plan_id=plan.id, kind=kind, side=me.side, text=text, member_id=me.id, written_at=at)
    db.session.add(made)
    db.session.flush()
    record("plans.add_lesson", by=by, at=at, **about(plan), changes={"side": me.side})
    return made


def remove_lesson(plan: Plan, lesson: Lesson, *, standing: Standing, by: Actor, at: datetime) -> None:
    """Whoever wrote a lesson takes it out. Raises RuleError for everybody else."""
    plan = queries.lock(plan)
    if not same_person(db.session.get_one(PlanMember, lesson.member_id), standing.member):
        raise RuleError(_("Only whoever wrote a lesson takes it out."))
    db.session.delete(lesson)
    db.session.flush()
    record("plans.remove_lesson", by=by, at=at, **about(plan), changes={"side": lesson.side})
