"""Reading reviews."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import or_, select

from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.plans import queries
from eventapp.plans.models import ActionOrigin, Plan, PlanAction, PlanMember, Review, ReviewAttendee
from eventapp.plans.reviews.rules import UPCOMING


def reviews(plan: Plan, *, withdrawn: bool = False) -> Sequence[Review]:
    """The reviews of a plan by quarter; with `withdrawn` also those that will not be held."""
    query = select(Review).where(Review.plan_id == plan.id).order_by(Review.quarter)
    return db.session.scalars(query if withdrawn else query.where(Review.withdrawn_at.is_(None))).all()


def review(plan: Plan, review_id: int) -> Review:
    """A review of that plan, as it is now. Raises NotFoundError, for one that was withdrawn as well."""
    query = select(Review).where(Review.id == review_id, Review.plan_id == plan.id, Review.withdrawn_at.is_(None))
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFoundError(review_id)
    return found


class Together(NamedTuple):
    """The reviews of a plan by quarter, and who is expected at each, by review and member."""

    reviews: list[Review]
    people: dict[int, dict[int, ReviewAttendee]]

    def one(self, review_id: int) -> Review:
        """A review among them. Raises NotFoundError."""
        found = next((one for one in self.reviews if one.id == review_id), None)
        if found is None:
            raise NotFoundError(review_id)
        return found


def together(plan: Plan) -> Together:
    """All reviews that were not withdrawn, with their people, in one query."""
    query = select(Review, ReviewAttendee).outerjoin(ReviewAttendee, ReviewAttendee.review_id == Review.id)
    query = query.where(Review.plan_id == plan.id, Review.withdrawn_at.is_(None)).order_by(Review.quarter)
    people: dict[int, dict[int, ReviewAttendee]] = {}
    found: dict[int, Review] = {}
    for review, attendee in db.session.execute(query.execution_options(populate_existing=True)):
        found[review.id] = review
        there = people.setdefault(review.id, {})
        if attendee is not None:
            there[attendee.member_id] = attendee
    return Together(list(found.values()), people)


def of_quarter(plan: Plan, quarter: int) -> Review | None:
    """The review of a quarter, also one that was withdrawn; none if there never was one."""
    query = select(Review).where(Review.plan_id == plan.id, Review.quarter == quarter)
    return db.session.scalar(query.execution_options(populate_existing=True))


def attendees(review: Review) -> dict[int, ReviewAttendee]:
    """Who is expected, and whether they were there, by member."""
    query = select(ReviewAttendee).where(ReviewAttendee.review_id == review.id)
    return {one.member_id: one for one in db.session.scalars(query)}


def expected(plan: Plan, review: Review) -> list[PlanMember]:
    """Who is expected, in the order of the teams. Somebody who has another function by now stands there with it."""
    return members(queries.team(plan, former=True), attendees(review))


def members(everybody: Iterable[PlanMember], ids: Collection[int]) -> list[PlanMember]:
    """The people behind rows of the teams: of each the row that holds now, as long as there is one."""
    everybody = list(everybody)
    now_in = {(one.user_id, one.person_id): one for one in everybody if one.left_at is None}
    found = [now_in.get((one.user_id, one.person_id), one) for one in everybody if one.id in ids]
    return queries.in_order(dict.fromkeys(found))


class Commitments(NamedTuple):
    """What is promised in a review, and what was promised before it: in the last review, else in workshop and plan."""

    now: list[PlanAction]
    before: list[PlanAction]
    before_review: Review | None


def commitments(plan: Plan, one: Review, among: Sequence[Review] | None = None) -> Commitments:
    """The actions agreed in a review, and those that it begins with; `among` are the plan's reviews, where they are known."""
    others = among if among is not None else reviews(plan)
    earlier = [other for other in others if other.quarter < one.quarter and other.state not in UPCOMING]
    last = earlier[-1] if earlier else None
    first = PlanAction.review_id.is_(None) & PlanAction.origin.in_((ActionOrigin.WORKSHOP, ActionOrigin.PLAN))
    before = PlanAction.review_id == last.id if last is not None else first
    query = select(PlanAction).where(PlanAction.plan_id == plan.id, or_(PlanAction.review_id == one.id, before))
    rows = db.session.scalars(query.order_by(PlanAction.due_on, PlanAction.id)).all()
    return Commitments([row for row in rows if row.review_id == one.id], [row for row in rows if row.review_id != one.id], last)
