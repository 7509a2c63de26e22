"""What came before a plan, what comes after it, and what the next one begins with."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import and_, or_, select

from eventapp.accounts.models import Role
from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.partners.territory.queries import company_to_change
from eventapp.plans import queries
from eventapp.plans.models import ENDED_ACTIONS, AccountStage, Plan, PlanAction, PlanStatus, Side, TargetAccount
from eventapp.plans.queries import Seen


class Neighbour(NamedTuple):
    """The plan of the year before or after, and whether the viewer reads it."""

    code: str
    readable: bool


class Neighbours(NamedTuple):
    """Both, as far as there are any."""

    before: Neighbour | None
    after: Neighbour | None


def neighbours(viewer: Viewer, plan: Plan) -> Neighbours:
    """The plan that this one was made from, and the one that was made from it."""
    after = and_(Plan.follows_id == plan.id, Plan.status != PlanStatus.CANCELLED)
    query = select(Plan.id, Plan.code, queries.visible(viewer).label("readable")).where(or_(Plan.id == plan.follows_id, after))
    before_and_after: dict[bool, Neighbour] = {}
    for row in db.session.execute(query.order_by(Plan.id)):
        before_and_after[row.id == plan.follows_id] = Neighbour(row.code, bool(row.readable))
    return Neighbours(before_and_after.get(True), before_and_after.get(False))


def follower(plan: Plan) -> Plan | None:
    """The plan that was made from this one, unless it was cancelled."""
    query = select(Plan).where(Plan.follows_id == plan.id, Plan.status != PlanStatus.CANCELLED)
    return db.session.scalar(query.order_by(Plan.id.desc()).limit(1))


def last_year(plan: Plan) -> Plan:
    """The plan that this one was made from. Raises NotFoundError if it was made from none, or the other side is another one.

    Whoever is in the team of a plan reads what it begins with: that is part of it.
    """
    found = db.session.get(Plan, plan.follows_id) if plan.follows_id is not None else None
    if found is None or found.side_b_id != plan.side_b_id or found.side_a_id != plan.side_a_id:
        raise NotFoundError(plan.code)
    return found


def open_accounts(plan: Plan) -> Sequence[TargetAccount]:
    """The target accounts that are neither won nor lost."""
    query = select(TargetAccount).where(
        TargetAccount.plan_id == plan.id, TargetAccount.stage.not_in((AccountStage.WON, AccountStage.LOST))
    )
    return db.session.scalars(query.order_by(TargetAccount.position, TargetAccount.id)).all()


def to_take_over(before: Plan, plan: Plan) -> Sequence[PlanAction]:
    """The actions of last year's plan that are still open, and were not taken over yet."""
    taken = select(PlanAction.taken_from_id).where(PlanAction.plan_id == plan.id, PlanAction.taken_from_id.is_not(None))
    query = select(PlanAction).where(PlanAction.plan_id == before.id, PlanAction.status.not_in(ENDED_ACTIONS))
    return db.session.scalars(query.where(PlanAction.id.not_in(taken)).order_by(PlanAction.due_on, PlanAction.id)).all()


def may_follow(viewer: Viewer, seen: Seen) -> bool:
    """Whether the viewer makes next year's plan: the vendor's owner, or a partner manager of the team who may open plans."""
    if seen.standing.side is not Side.A:
        return False
    if seen.standing.is_owner:
        return True
    if Role.PARTNER_MANAGER not in viewer.roles:
        return False
    try:
        company_to_change(viewer, seen.plan.side_b_id)
    except NotFoundError:
        return False
    return True
