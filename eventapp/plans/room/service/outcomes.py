"""What comes out of a workshop: what is put aside and what becomes of it, and the actions agreed on."""

from datetime import date, datetime

from eventapp.accounts.permissions import Viewer
from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.decisions.models import Decision, DecisionContext
from eventapp.plans.actions import service as actions
from eventapp.plans.decisions import service as decisions
from eventapp.plans.models import ActionOrigin, ParkingItem, ParkingState, Plan, PlanAction, WorkshopState
from eventapp.plans.permissions import Standing
from eventapp.plans.room.service.entering import enter
from eventapp.plans.ticking import tick

# What was put aside may find its end after the workshop as well.
OPEN = (WorkshopState.RUNNING, WorkshopState.HELD)


def park(plan: Plan, text: str, *, standing: Standing, at: datetime) -> ParkingItem:
    """Puts something aside, so that it is not forgotten."""
    plan, workshop = enter(plan, WorkshopState.RUNNING)
    member_id = standing.member.id if standing.member is not None else None
    made = ParkingItem(plan_id=plan.id, workshop_id=workshop.id, text=text, member_id=member_id, written_at=at)
    db.session.add(made)
    db.session.flush()
    tick(plan)
    return made


def drop(plan: Plan, item: ParkingItem, *, at: datetime) -> None:
    """Lets go of something that was put aside. Raises RuleError if something has become of it already."""
    plan, _workshop = enter(plan, *OPEN)
    _end(plan, item, ParkingState.DROPPED, at)


def agree_on_action(
    plan: Plan,
    text: str,
    *,
    accountable_id: int,
    helper_id: int | None,
    due_on: date,
    parked: ParkingItem | None = None,
    standing: Standing,
    by: Actor,
    at: datetime,
) -> PlanAction:
    """Agrees on an action in the workshop, of something that was put aside or not. Raises RuleError as `actions.add` does."""
    plan, _workshop = enter(plan, *(OPEN if parked is not None else (WorkshopState.RUNNING,)))
    if parked is not None:
        _open(parked)
    made = actions.add(
        plan,
        text,
        accountable_id=accountable_id,
        helper_id=helper_id,
        due_on=due_on,
        origin=ActionOrigin.WORKSHOP,
        standing=standing,
        by=by,
        at=at,
    )
    if parked is not None:
        parked.action_id = made.id
        _end(plan, parked, ParkingState.ACTION, at)
    return made


def open_decision(plan: Plan, item: ParkingItem, title: str, problem: str, *, viewer: Viewer, at: datetime) -> Decision:
    """Makes an open decision of something that was put aside: the viewer owns it, both teams take part."""
    plan, _workshop = enter(plan, *OPEN)
    _open(item)
    made = decisions.begin(plan, title, problem, viewer=viewer, at=at, context=DecisionContext.WORKSHOP)
    item.decision_id = made.id
    _end(plan, item, ParkingState.DECISION, at)
    return made


def _open(item: ParkingItem) -> None:
    db.session.refresh(item)
    if item.state is not ParkingState.OPEN:
        raise RuleError(_("Something has become of this already."))


def _end(plan: Plan, item: ParkingItem, state: ParkingState, at: datetime) -> None:
    if state is ParkingState.DROPPED:
        _open(item)
    item.state, item.ended_at = state, at
    db.session.flush()
    tick(plan)
