"""When numbers freeze, who is reminded of a review when, and who accepts it. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from eventapp.core.times import to_local
from eventapp.plans.models import QUARTERS, MemberFunction, Plan, PlanMember, PlanStatus, Review, ReviewState, Side
from eventapp.plans.permissions import Standing
from eventapp.plans.rules import quarter_of

FREEZE_BEFORE = timedelta(days=5)
ACCEPT_WITHIN = timedelta(days=7)
SHORTEST, LONGEST, USUAL = 15, 480, 90  # minutes
# So many commitments of each side are usual; nobody is held to it.
FEWEST_COMMITMENTS, MOST_COMMITMENTS = 3, 5
# Reminders of a review that is to be held count from its beginning; behind it, its owners are asked for the minutes.
AROUND = (timedelta(days=-7), timedelta(days=-1), timedelta(days=2), timedelta(days=7))
# Reminders of one that is to be accepted count from the end of the time for it: first to the owners, then to the sponsors.
TO_ACCEPT = (timedelta(days=-4), timedelta(days=-1))
ESCALATED = (timedelta(days=3), timedelta(days=7), timedelta(days=14))

UPCOMING = (ReviewState.PLANNED, ReviewState.FROZEN)
TO_BE_ACCEPTED = (ReviewState.HELD, ReviewState.ESCALATED)


def freeze_day(planned_at: datetime, zone: str) -> date:
    """The day, there, on which the numbers of a review freeze."""
    return to_local(planned_at, zone).date() - FREEZE_BEFORE


def freezes(review: Review, at: datetime) -> bool:
    """Whether the numbers are to freeze by themselves now."""
    due = review.state is ReviewState.PLANNED and review.withdrawn_at is None and review.freeze_on is not None
    return due and review.freeze_on is not None and to_local(at, review.time_zone).date() >= review.freeze_on


def reminders_behind(review: Review, at: datetime) -> int:
    """How many reminders of the state that the review is in are due by that moment."""
    if review.state in UPCOMING:
        return sum(review.planned_at + away <= at for away in AROUND)
    if review.state in TO_BE_ACCEPTED and review.accept_by is not None:
        offsets = TO_ACCEPT if review.state is ReviewState.HELD else ESCALATED
        return sum(review.accept_by + away <= at for away in offsets)
    return 0


def is_upcoming(review: Review) -> bool:
    """Whether it is still to be held."""
    return review.state in UPCOMING and review.withdrawn_at is None


def is_reviewed(plan: Plan) -> bool:
    """Whether reviews of the plan are planned and held now: while it is in force."""
    return plan.status is PlanStatus.ACTIVE and plan.suspended_at is None


def may_lead(standing: Standing) -> bool:
    """Who plans reviews, freezes numbers and writes the minutes: the owners, both alike."""
    return standing.is_owner


def accepted_at(review: Review, side: Side) -> datetime | None:
    """When a side accepted the review; none if it has not."""
    return review.accepted_a_at if side is Side.A else review.accepted_b_at


def accepted_by(review: Review, side: Side) -> int | None:
    """Which member accepted it for a side; none if nobody has."""
    return review.accepted_a_by_id if side is Side.A else review.accepted_b_by_id


def waits_for(review: Review) -> list[Side]:
    """The sides that have not accepted a review that was held."""
    return [side for side in Side if accepted_at(review, side) is None] if review.state in TO_BE_ACCEPTED else []


def acceptor(review: Review, team: Iterable[PlanMember], side: Side) -> PlanMember | None:
    """Who accepts for a side: its owner; once it is escalated its sponsor, or the owner of a side that has none."""
    there = {one.function: one for one in team if one.side is side and one.left_at is None}
    owner = there.get(MemberFunction.OWNER)
    return owner if review.state is ReviewState.HELD else there.get(MemberFunction.EXEC_SPONSOR, owner)


def may_accept(standing: Standing, review: Review, team: Sequence[PlanMember]) -> bool:
    """Whether it is the viewer who is to accept it, and has not yet."""
    if standing.member is None or standing.member.side not in waits_for(review):
        return False
    found = acceptor(review, team, standing.member.side)
    return found is not None and found.id == standing.member.id


def last_quarter(plan: Plan) -> int:
    """The quarter in which the plan ends."""
    return quarter_of(plan.period_start, plan.period_end) or QUARTERS[-1]


def usual(team: Iterable[PlanMember]) -> list[int]:
    """Who is expected at a review unless somebody says otherwise: owners, sponsors and technical leads, four to six people."""
    lead = (MemberFunction.OWNER, MemberFunction.EXEC_SPONSOR, MemberFunction.TECHNICAL_LEAD)
    return [one.id for one in team if one.function in lead]
