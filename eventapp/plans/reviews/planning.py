"""Planning a review, moving it, and giving it up; whoever is expected has it in the calendar each time."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.plans import queries
from eventapp.plans.log import about
from eventapp.plans.models import Plan, PlanMember, Review, ReviewAttendee, ReviewState, Side
from eventapp.plans.reviews import mails
from eventapp.plans.reviews import queries as reviews
from eventapp.plans.reviews.rules import UPCOMING, freeze_day, is_reviewed, is_upcoming, last_quarter, reminders_behind
from eventapp.plans.teams.service import HANDED_OVER, TEAM_CHANGED


@dataclass(frozen=True)
class Details:
    """When, how long (minutes), where, and who is expected, by member."""

    planned_at: datetime
    time_zone: str
    minutes_long: int
    place: str
    attendees: frozenset[int]


def plan_review(plan: Plan, quarter: int, details: Details, *, by: Actor, at: datetime) -> Review:
    """Plans the review of a quarter. Raises RuleError if there is one, the moment is past, or a side is missing."""
    plan = led(plan)
    if not 1 <= quarter <= last_quarter(plan):
        raise RuleError(_("The plan has no such quarter."), "quarter", 422)
    found = reviews.of_quarter(plan, quarter)
    if found is not None and found.withdrawn_at is None:
        raise RuleError(_("There is a review of this quarter already."), "quarter")
    people = _expected(plan, details)
    _still_to_come(details, at)
    if found is None:
        found = Review(plan_id=plan.id, quarter=quarter, sequence=0)
        db.session.add(found)
    else:
        # Calendars know it as cancelled: planned anew it is the same entry, one step further.
        found.withdrawn_at, found.sequence = None, found.sequence + 1
        db.session.execute(delete(ReviewAttendee).where(ReviewAttendee.review_id == found.id))
    _write(found, details, at)
    db.session.flush()
    _put_attendees(found, {one.id for one in people})
    mails.send("planned", plan, found, people, at=at, with_entry=True)
    record("plans.plan_review", by=by, at=at, **about(plan), changes={"quarter": quarter})
    return found


def change(plan: Plan, review: Review, details: Details, *, version: int, by: Actor, at: datetime) -> None:
    """Moves a review, or asks other people to it. Raises StaleError if somebody changed it since `version`."""
    plan = led(plan)
    review = unchanged(plan, review, version)
    if review.state not in UPCOMING:
        raise RuleError(_("This review has been held."))
    people = _expected(plan, details)
    before = {one.id: one for one in reviews.expected(plan, review)}
    after = {one.id: one for one in people}
    facts = ("planned_at", "time_zone", "minutes_long", "place")
    moved = any(getattr(review, name) != getattr(details, name) for name in facts)
    if not moved and before.keys() == after.keys():
        return
    review.sequence += 1
    if moved:
        if review.planned_at != details.planned_at:
            _still_to_come(details, at)
        _write(review, details, at)
    db.session.flush()
    _put_attendees(review, after.keys())
    new = [one for one in people if one.id not in before]
    mails.send("planned", plan, review, new, at=at, with_entry=True)
    mails.send("withdrawn", plan, review, _gone(before, after), at=at, with_entry=True, cancelled=True)
    if moved:
        mails.send("changed", plan, review, [one for one in people if one.id in before], at=at, with_entry=True)
    record("plans.change_review", by=by, at=at, **about(plan), changes={"quarter": review.quarter})


def withdraw(plan: Plan, review: Review, *, by: Actor, at: datetime) -> None:
    """The review will not be held; what was frozen for it is forgotten. Raises RuleError if it was held."""
    plan = led(plan)
    review = reviews.review(plan, review.id)
    if not is_upcoming(review):
        raise RuleError(_("This review has been held."))
    clear_numbers(review)
    review.state, review.withdrawn_at, review.freeze_on = ReviewState.PLANNED, at, None
    review.sequence += 1
    db.session.flush()
    mails.send("withdrawn", plan, review, reviews.expected(plan, review), at=at, with_entry=True, cancelled=True)
    record("plans.withdraw_review", by=by, at=at, **about(plan), changes={"quarter": review.quarter})


def led(plan: Plan) -> Plan:
    """The plan under its lock. Raises RuleError if nothing of its reviews changes now."""
    plan = queries.lock(plan)
    if not is_reviewed(plan):
        raise RuleError(_("Reviews belong to a plan that is in force."))
    return plan


def unchanged(plan: Plan, review: Review, version: int) -> Review:
    """The review as it is now. Raises StaleError if that is not the version that was seen."""
    found = reviews.of_quarter(plan, review.quarter)
    if found is None or found.withdrawn_at is not None or found.version != version:
        raise StaleError(_("Somebody else has changed the review since you opened it. Compare, then send again."))
    return found


def clear_numbers(review: Review) -> None:
    """Nothing is frozen any more."""
    review.numbers, review.score, review.rag = {}, None, None
    review.frozen_at = review.version_id = None


def both_sides(people: Collection[PlanMember], fields: tuple[str, str], message: str) -> None:
    """Raises RuleError at the field of a side of which nobody is among them."""
    for side, field in zip(Side, fields, strict=True):
        if not any(one.side is side for one in people):
            raise RuleError(message, field, 422)


def _expected(plan: Plan, details: Details) -> list[PlanMember]:
    people = [one for one in queries.team(plan) if one.id in details.attendees]
    both_sides(people, ("attendees_a", "attendees_b"), _("Choose at least one person of each side."))
    return people


def _still_to_come(details: Details, at: datetime) -> None:
    if details.planned_at <= at:
        raise RuleError(_("Choose a time that is still to come."), "planned_at", 422)


def _write(review: Review, details: Details, at: datetime) -> None:
    review.planned_at, review.time_zone = details.planned_at, details.time_zone
    review.minutes_long, review.place = details.minutes_long, details.place
    if review.state is not ReviewState.FROZEN:
        review.state = ReviewState.PLANNED
        review.freeze_on = freeze_day(details.planned_at, details.time_zone)
    review.reminded = reminders_behind(review, at)


def _put_attendees(review: Review, ids: Collection[int]) -> None:
    there = reviews.attendees(review)
    for member_id, row in there.items():
        if member_id not in ids:
            db.session.delete(row)
    for member_id in ids:
        if member_id not in there:
            db.session.add(ReviewAttendee(review_id=review.id, member_id=member_id, plan_id=review.plan_id))
    db.session.flush()


def _gone(before: dict[int, PlanMember], after: dict[int, PlanMember]) -> list[PlanMember]:
    return [one for id_, one in before.items() if id_ not in after]


def _chapters(plan: Plan, member: PlanMember) -> set[int]:
    """All rows of the teams that are the same person: a review may name one of before another function."""
    who = (member.user_id, member.person_id)
    return {one.id for one in queries.team(plan, former=True) if (one.user_id, one.person_id) == who}


def _upcoming_with(plan: Plan, ids: Collection[int]) -> list[Review]:
    there = select(ReviewAttendee.review_id).where(ReviewAttendee.member_id.in_(ids))
    query = select(Review).where(Review.plan_id == plan.id, Review.id.in_(there), Review.withdrawn_at.is_(None))
    return [one for one in db.session.scalars(query) if is_upcoming(one)]


def follow_hand_over(plan: Plan, former: PlanMember, successor: PlanMember, _by: Actor, at: datetime) -> None:
    """A successor comes to the reviews that are still to be held; the former has them no more."""
    theirs = _chapters(plan, former)
    for review in _upcoming_with(plan, theirs):
        ids = reviews.attendees(review).keys() - theirs
        asked = successor.id not in {one.id for one in reviews.members(queries.team(plan, former=True), ids)}
        _put_attendees(review, ids | {successor.id} if asked else ids)
        review.sequence += 1
        db.session.flush()
        mails.send("withdrawn", plan, review, [former], at=at, with_entry=True, cancelled=True)
        if asked:
            mails.send("planned", plan, review, [successor], at=at, with_entry=True)


def follow_team(plan: Plan, _by: Actor, at: datetime) -> None:
    """Whoever has left the team comes to no review any more."""
    everybody = queries.team(plan, former=True)
    for review in reviews.reviews(plan):
        ids = reviews.attendees(review).keys() if is_upcoming(review) else ()
        gone = [one for one in reviews.members(everybody, ids) if one.left_at is not None]
        if not gone:
            continue
        _put_attendees(review, {one for one in ids if one not in {id_ for who in gone for id_ in _chapters(plan, who)}})
        review.sequence += 1
        db.session.flush()
        mails.send("withdrawn", plan, review, gone, at=at, with_entry=True, cancelled=True)


HANDED_OVER.append(follow_hand_over)
TEAM_CHANGED.append(follow_team)
