"""Numbers that freeze, reminders, and reviews that nobody accepts: looked after each minute, each in a transaction of its own."""

from datetime import datetime, timedelta

from sqlalchemy import Select, and_, or_, select, update

from eventapp.audit.service import NamedActor
from eventapp.core.clock import now
from eventapp.core.db import db, reading, rollback, table, transaction
from eventapp.core.jobs import job
from eventapp.plans import queries
from eventapp.plans.models import MemberFunction, Plan, PlanMember, PlanStatus, Review, ReviewState
from eventapp.plans.reviews import freezing, holding, mails
from eventapp.plans.reviews import queries as reviews
from eventapp.plans.reviews.rules import (
    AROUND,
    ESCALATED,
    TO_ACCEPT,
    UPCOMING,
    acceptor,
    freezes,
    is_reviewed,
    reminders_behind,
    waits_for,
)

CLOCK = NamedActor("clock")


@job("plans.reviews", every_minute=True)
def look_after_reviews() -> None:
    """Freezes, reminds and escalates what is due."""
    at = now()
    with reading():
        ids = [(one.plan_id, one.id) for one in db.session.execute(_due(at))]
        rollback()
    for plan_id, review_id in ids:
        with transaction():
            look_after(plan_id, review_id, at)


def _due(at: datetime) -> Select[int, int]:
    """The reviews of which something may be due: a day early, where it depends on what day it is where they are held."""
    upcoming = Review.state.in_(UPCOMING) & Review.withdrawn_at.is_(None)
    freezing_now = (Review.state == ReviewState.PLANNED) & (Review.freeze_on <= at.date() + timedelta(days=1))
    soon = [(Review.reminded <= n) & (Review.planned_at <= at - away) for n, away in enumerate(AROUND)]
    held = [(Review.reminded <= n) & (Review.accept_by <= at - away) for n, away in enumerate(TO_ACCEPT)]
    escalated = [(Review.reminded <= n) & (Review.accept_by <= at - away) for n, away in enumerate(ESCALATED)]
    query = select(Review.plan_id, Review.id).join(Plan, Plan.id == Review.plan_id)
    return query.where(
        Plan.status == PlanStatus.ACTIVE,
        Plan.suspended_at.is_(None),
        or_(
            and_(upcoming, or_(freezing_now, *soon)),
            and_(Review.state == ReviewState.HELD, or_(Review.accept_by < at, *held)),
            and_(Review.state == ReviewState.ESCALATED, or_(*escalated)),
        ),
    ).order_by(Review.id)


def look_after(plan_id: int, review_id: int, at: datetime) -> None:
    """What is due of one review, under the plan's lock: another worker may have done it meanwhile."""
    plan = queries.lock(db.session.get_one(Plan, plan_id))
    review = db.session.get_one(Review, review_id, populate_existing=True)
    if not is_reviewed(plan) or review.withdrawn_at is not None:
        return
    if freezes(review, at):
        freezing.freeze(plan, review, by=CLOCK, at=at)
    if review.state is ReviewState.HELD and review.accept_by is not None and review.accept_by < at:
        holding.escalate(plan, review, by=CLOCK, at=at)
        return
    behind = reminders_behind(review, at)
    if behind <= review.reminded:
        return
    # Past the unit of work: whoever has the review open is not disturbed by a reminder.
    db.session.execute(update(table(Review)).where(table(Review).c.id == review.id).values(reminded=behind))
    what, people = _to_remind(plan, review, behind)
    mails.send(what, plan, review, people, at=at, by_day=True)


def _to_remind(plan: Plan, review: Review, behind: int) -> tuple[str, list[PlanMember]]:
    """Which reminder, and who gets it: one for all that are due."""
    team = queries.team(plan)
    if review.state not in UPCOMING:
        found = [acceptor(review, team, side) for side in waits_for(review)]
        return "to_accept", [one for one in found if one is not None]
    if behind > sum(away.days < 0 for away in AROUND):
        return "unwritten", [one for one in team if one.function is MemberFunction.OWNER]
    return "soon", [one for one in reviews.expected(plan, review) if one.left_at is None]
