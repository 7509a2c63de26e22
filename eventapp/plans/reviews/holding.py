"""A review that was held: who was there, the minutes, the commitments, and both sides accept it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm.attributes import set_committed_value

from eventapp.audit.service import Actor, record
from eventapp.core.db import db, table
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.core.markdown import to_html
from eventapp.core.times import to_local
from eventapp.plans import queries
from eventapp.plans.actions import service as actions
from eventapp.plans.log import about
from eventapp.plans.models import (
    ActionOrigin,
    MemberFunction,
    Plan,
    PlanAction,
    PlanMember,
    Review,
    ReviewAttendee,
    ReviewState,
    Side,
)
from eventapp.plans.permissions import Standing
from eventapp.plans.reviews import mails
from eventapp.plans.reviews import queries as reviews
from eventapp.plans.reviews.planning import both_sides, led, unchanged
from eventapp.plans.reviews.rules import ACCEPT_WITHIN, TO_BE_ACCEPTED, acceptor, may_accept, waits_for

# When commitments are written down: before the minutes, while they are written, and until both sides have accepted.
COMMITS = (ReviewState.FROZEN, *TO_BE_ACCEPTED)
LEADERS = (MemberFunction.OWNER, MemberFunction.EXEC_SPONSOR)


@dataclass(frozen=True)
class Held:
    """On which day, who was there (by member), what was said (Markdown), and the day of the next review."""

    held_on: date
    present: frozenset[int]
    minutes: str
    next_on: date | None


def hold(plan: Plan, review: Review, held: Held, *, version: int, by: Actor, at: datetime) -> None:
    """Writes down that it was held, or writes that anew: then both sides accept anew.

    Raises StaleError if somebody changed it since `version`, RuleError before its numbers are frozen or once both accepted.
    """
    plan = led(plan)
    review = unchanged(plan, review, version)
    if review.state is ReviewState.PLANNED:
        raise RuleError(_("Freeze the numbers first: the minutes are about them."))
    if review.state is ReviewState.ACCEPTED:
        raise RuleError(_("Both sides have accepted this review; it stays as it is."))
    if held.held_on > to_local(at, review.time_zone).date():
        raise RuleError(_("The review cannot have been held on a day that is still to come."), "held_on", 422)
    if held.next_on is not None and held.next_on <= held.held_on:
        raise RuleError(_("The next review is after this one."), "next_on", 422)
    people = [one for one in queries.team(plan, former=True) if one.id in held.present]
    both_sides(people, ("present_a", "present_b"), _("Say who was there of each side."))
    first = review.state is ReviewState.FROZEN
    review.held_on, review.next_on = held.held_on, held.next_on
    review.minutes, review.minutes_html = held.minutes, to_html(held.minutes)
    review.accepted_a_by_id = review.accepted_a_at = review.accepted_b_by_id = review.accepted_b_at = None
    if review.state is not ReviewState.ESCALATED:
        review.state, review.accept_by, review.reminded = ReviewState.HELD, at + ACCEPT_WITHIN, 0
    db.session.flush()
    _put_present(review, {one.id for one in people})
    waiting = [acceptor(review, queries.team(plan), side) for side in Side]
    mails.send("held" if review.state is ReviewState.HELD else "to_accept", plan, review, _there(waiting), at=at)
    act = "plans.hold_review" if first else "plans.rewrite_review"
    record(act, by=by, at=at, **about(plan), changes={"quarter": review.quarter})


def _there(people: list[PlanMember | None]) -> list[PlanMember]:
    return [one for one in people if one is not None]


def _put_present(review: Review, ids: set[int]) -> None:
    there = reviews.attendees(review)
    for member_id, row in there.items():
        row.attended = member_id in ids
    for member_id in ids - there.keys():
        db.session.add(ReviewAttendee(review_id=review.id, member_id=member_id, plan_id=review.plan_id, attended=True))
    db.session.flush()


def promise(
    plan: Plan,
    review: Review,
    text: str,
    *,
    accountable_id: int,
    helper_id: int | None,
    due_on: date,
    standing: Standing,
    by: Actor,
    at: datetime,
) -> PlanAction:
    """Promises something in the review: an action like all others. Whoever had accepted the review accepts it anew."""
    plan = led(plan)
    review = reviews.review(plan, review.id)
    if review.state not in COMMITS:
        raise RuleError(_("Commitments are written down once the numbers are frozen, until both sides have accepted."))
    made = actions.add(
        plan,
        text,
        accountable_id=accountable_id,
        helper_id=helper_id,
        due_on=due_on,
        origin=ActionOrigin.REVIEW,
        review_id=review.id,
        standing=standing,
        by=by,
        at=at,
    )
    _accept_anew(review)
    return made


def _promise_changed(plan: Plan, action: PlanAction) -> None:
    """What a review promises is part of what both sides accept, or have accepted."""
    if action.review_id is None:
        return
    review = reviews.review(plan, action.review_id)
    if review.state is ReviewState.ACCEPTED:
        raise RuleError(
            _("Both sides have accepted the review that says so; what, who and until when stay. Add another action instead.")
        )
    _accept_anew(review)


actions.PROMISE_CHANGED.append(_promise_changed)


def _accept_anew(review: Review) -> None:
    """The review says something else than before: nobody has accepted that, and nobody accepts what they read before."""
    accepted = dict.fromkeys(("accepted_a_by_id", "accepted_a_at", "accepted_b_by_id", "accepted_b_at"))
    _put(review, version=review.version + 1, **accepted)


def accept(plan: Plan, review: Review, *, version: int, standing: Standing, by: Actor, at: datetime) -> None:
    """Accepts the review for the own side, as it was read. The second side makes it accepted.

    Raises StaleError if it was changed since `version`, RuleError for whoever it does not wait for.
    """
    plan = led(plan)
    review = reviews.review(plan, review.id)
    team = queries.team(plan)
    if review.version != version:
        raise StaleError(_("The review was changed since you opened it. Read it again before you accept."))
    if not may_accept(standing, review, team):
        raise RuleError(_("This review does not wait for you."))
    assert standing.member is not None
    side = standing.member.side
    _put(review, **{f"accepted_{side}_by_id": standing.member.id, f"accepted_{side}_at": at})
    record("plans.accept_review", by=by, at=at, **about(plan), changes={"quarter": review.quarter, "side": side})
    if not waits_for(review):
        _put(review, state=ReviewState.ACCEPTED)
        mails.send("accepted", plan, review, [one for one in team if one.function in LEADERS], at=at)


def escalate(plan: Plan, review: Review, *, by: Actor, at: datetime) -> None:
    """Not accepted in time: it lies with the sponsors of both sides. Nothing happens if that is not so any more."""
    plan = queries.lock(plan)
    review = reviews.review(plan, review.id)
    if review.state is not ReviewState.HELD or review.accept_by is None or review.accept_by >= at:
        return
    _put(review, state=ReviewState.ESCALATED, reminded=0)
    team = queries.team(plan)
    sponsors = [acceptor(review, team, side) for side in Side]
    mails.send("escalated", plan, review, _there(sponsors), at=at)
    record("plans.escalate_review", by=by, at=at, **about(plan), changes={"quarter": review.quarter})


def _put(review: Review, **values: Any) -> None:
    """Past the unit of work: the review says the same as before, so its version stays, and so does what both owners read."""
    db.session.execute(update(table(Review)).where(table(Review).c.id == review.id).values(values))
    for name, value in values.items():
        set_committed_value(review, name, value)
