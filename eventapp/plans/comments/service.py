"""Saying something about a section, and marking that it is dealt with."""

from datetime import datetime

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.plans import queries
from eventapp.plans.log import about
from eventapp.plans.models import ENDED_PLANS, Plan, PlanComment, PlanMember, PlanSection
from eventapp.plans.ticking import tick


def is_open(plan: Plan) -> bool:
    """Whether comments are written now: until the plan is over, also while it is signed or suspended."""
    return plan.status not in ENDED_PLANS


def write(plan: Plan, section: PlanSection, text: str, *, member: PlanMember, by: Actor, at: datetime) -> PlanComment:
    """Says something about a section. Raises RuleError if the plan is over."""
    plan = queries.lock(plan)
    _check(plan)
    made = PlanComment(plan_id=plan.id, section_id=section.id, text=text, member_id=member.id, written_at=at)
    db.session.add(made)
    db.session.flush()
    tick(plan)
    record("plans.comment", by=by, at=at, **about(plan), changes={"section": section.key})
    return made


def mark(plan: Plan, comment: PlanComment, *, done: bool, at: datetime) -> None:
    """Marks a comment as dealt with, or as open again. Nothing happens if it is so already."""
    plan = queries.lock(plan)
    _check(plan)
    db.session.refresh(comment)
    if done != (comment.done_at is not None):
        comment.done_at = at if done else None
        db.session.flush()
        tick(plan)


def _check(plan: Plan) -> None:
    if not is_open(plan):
        raise RuleError(_("This plan is over; nothing of it changes any more."))
