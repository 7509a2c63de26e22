"""What people say of the SWOT, which of it they find important, and how sure they are that the plan will be reached."""

from datetime import datetime

from sqlalchemy import delete, select

from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.plans.content import editing
from eventapp.plans.models import (
    ConfidenceVote,
    Plan,
    PlanMember,
    PlanSection,
    Quadrant,
    Side,
    SwotItem,
    SwotVote,
    Workshop,
    WorkshopState,
)
from eventapp.plans.permissions import Standing
from eventapp.plans.room import queries as rooms
from eventapp.plans.room.rules import SWOT_VOTES
from eventapp.plans.room.service.entering import enter
from eventapp.plans.ticking import tick


def say(
    plan: Plan, section: PlanSection, quadrant: Quadrant, text: str, *, standing: Standing, by: Actor, at: datetime
) -> SwotItem:
    """Adds a row to the SWOT from the room. A mixed group says it together; without groups somebody says it for their side."""
    plan, workshop = enter(plan, WorkshopState.RUNNING)
    group = rooms.group_of(workshop, standing.member) if standing.member is not None else None
    side: Side | None = standing.side if group is None else None
    typed = {"quadrant": quadrant, "text": text, "side": side, "group_number": group}
    return editing.add(plan, section, SwotItem, typed, standing=standing, by=by, at=at)


def vote(plan: Plan, item_id: int, member: PlanMember, *, at: datetime) -> None:
    """Gives a vote to a row of the SWOT. Twice is once. Raises RuleError for whoever has none left, or is not in the room."""
    plan, workshop = enter(plan, WorkshopState.RUNNING)
    _present(workshop, member)
    if db.session.scalar(select(SwotItem.id).where(SwotItem.id == item_id, SwotItem.plan_id == plan.id)) is None:
        raise StaleError(_("Somebody else has removed this meanwhile."))
    mine = select(SwotVote.item_id).where(SwotVote.plan_id == plan.id, SwotVote.member_id == member.id)
    given = set(db.session.scalars(mine))
    if item_id in given:
        return
    if len(given) >= SWOT_VOTES:
        raise RuleError(_("You have given all your votes. Take one back first."))
    db.session.add(SwotVote(item_id=item_id, member_id=member.id, plan_id=plan.id, voted_at=at))
    db.session.flush()
    tick(plan)


def take_back(plan: Plan, item_id: int, member: PlanMember) -> None:
    """Takes a vote back. Nothing happens if there is none."""
    plan, _workshop = enter(plan, WorkshopState.RUNNING)
    mine = delete(SwotVote).where(SwotVote.item_id == item_id, SwotVote.member_id == member.id, SwotVote.plan_id == plan.id)
    db.session.execute(mine)
    tick(plan)


def trust(plan: Plan, member: PlanMember, mark: int, remark: str, *, at: datetime) -> None:
    """Says how sure somebody is that the plan will be reached, from 1 to 5. Said again it is changed."""
    plan, workshop = enter(plan, WorkshopState.RUNNING)
    _present(workshop, member)
    found = db.session.get(ConfidenceVote, (workshop.id, member.id), populate_existing=True)
    if found is None:
        found = ConfidenceVote(workshop_id=workshop.id, member_id=member.id, plan_id=plan.id)
        db.session.add(found)
    found.vote, found.remark, found.voted_at = mark, remark, at
    db.session.flush()
    tick(plan)


def _present(workshop: Workshop, member: PlanMember) -> None:
    if not rooms.is_here(workshop, member):
        raise RuleError(_("Say first that you are here: those vote who are in the room."))
