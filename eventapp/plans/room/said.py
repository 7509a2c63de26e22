"""Reading what was said in the room: SWOT with its votes, the parking lot, actions, how sure people are."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import exists, func, select

from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.plans.models import (
    ActionOrigin,
    ConfidenceVote,
    ParkingItem,
    Plan,
    PlanAction,
    PlanMember,
    PlanSection,
    Quadrant,
    SectionKind,
    SwotItem,
    SwotVote,
    Workshop,
)
from eventapp.plans.room.rules import average, distribution


class Row(NamedTuple):
    """A row of the SWOT with its votes, and whether one of them is the reader's."""

    item: SwotItem
    votes: int
    mine: bool


def swot_section_or_none(plan: Plan) -> PlanSection | None:
    """The section that the SWOT stands in; none if the plan's template has none."""
    query = select(PlanSection).where(PlanSection.plan_id == plan.id, PlanSection.kind == SectionKind.SWOT)
    return db.session.scalar(query.order_by(PlanSection.position).limit(1))


def swot_section(plan: Plan) -> PlanSection:
    """The section that the SWOT stands in. Raises NotFoundError if the plan has none."""
    found = swot_section_or_none(plan)
    if found is None:
        raise NotFoundError(plan.code)
    return found


def swot(plan: Plan, member: PlanMember | None = None) -> dict[Quadrant, list[Row]]:
    """All quadrants with their rows, those with most votes first, in one query."""
    votes = select(func.count()).where(SwotVote.item_id == SwotItem.id).correlate(SwotItem).scalar_subquery()
    me = member.id if member is not None else 0
    mine = exists().where(SwotVote.item_id == SwotItem.id, SwotVote.member_id == me)
    query = select(SwotItem, votes, mine).where(SwotItem.plan_id == plan.id)
    rows = [Row(*one) for one in db.session.execute(query.order_by(votes.desc(), SwotItem.position, SwotItem.id))]
    return {quadrant: [row for row in rows if row.item.quadrant is quadrant] for quadrant in Quadrant}


def parked(workshop: Workshop) -> Sequence[ParkingItem]:
    """What was put aside, in its order."""
    query = select(ParkingItem).where(ParkingItem.workshop_id == workshop.id).order_by(ParkingItem.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def workshop_with_parking(plan: Plan) -> tuple[Workshop, list[ParkingItem]]:
    """The workshop of a plan and what was put aside in it, in one query. Raises NotFoundError if there is none."""
    query = select(Workshop, ParkingItem).outerjoin(ParkingItem, ParkingItem.workshop_id == Workshop.id)
    query = query.where(Workshop.plan_id == plan.id).order_by(ParkingItem.id).execution_options(populate_existing=True)
    rows = db.session.execute(query).all()
    if not rows:
        raise NotFoundError(plan.code)
    return rows[0][0], [one for _workshop, one in rows if one is not None]


def parked_item(workshop: Workshop, parking_id: int) -> ParkingItem:
    """Something that was put aside in that workshop. Raises NotFoundError."""
    query = select(ParkingItem).where(ParkingItem.id == parking_id, ParkingItem.workshop_id == workshop.id)
    found = db.session.scalar(query)
    if found is None:
        raise NotFoundError(parking_id)
    return found


def agreed_actions(plan: Plan) -> list[tuple[PlanAction, str]]:
    """The actions agreed on in the workshop, each with who is accountable."""
    query = select(PlanAction, PlanMember.name).join(PlanMember, PlanMember.id == PlanAction.accountable_id)
    query = query.where(PlanAction.plan_id == plan.id, PlanAction.origin == ActionOrigin.WORKSHOP)
    return [(action, name) for action, name in db.session.execute(query.order_by(PlanAction.number))]


class Confidence(NamedTuple):
    """How sure people are: how many gave each mark, the mean, what they say to it without their names, and the own vote."""

    number: int
    marks: list[tuple[int, int]]
    mean: float | None
    remarks: list[tuple[int, str]]
    mine: ConfidenceVote | None


def confidence(workshop: Workshop, member: PlanMember | None = None) -> Confidence:
    """The votes of a workshop."""
    query = select(ConfidenceVote).where(ConfidenceVote.workshop_id == workshop.id)
    votes = db.session.scalars(query.order_by(ConfidenceVote.vote.desc(), ConfidenceVote.remark)).all()
    marks = [one.vote for one in votes]
    mine = next((one for one in votes if member is not None and one.member_id == member.id), None)
    remarks = [(one.vote, one.remark) for one in votes if one.remark]
    return Confidence(len(votes), distribution(marks), average(marks), remarks, mine)
