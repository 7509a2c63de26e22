"""Agreeing on actions and saying how far they are."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, update

from eventapp.audit.service import Actor, record
from eventapp.core.db import db, table
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.plans import queries
from eventapp.plans.actions.rules import reminders_behind
from eventapp.plans.content import editing
from eventapp.plans.log import about
from eventapp.plans.models import ACTION_TRANSITIONS, ENDED_ACTIONS, ActionOrigin, ActionStatus, Plan, PlanAction
from eventapp.plans.permissions import Standing, is_lived_by
from eventapp.plans.ticking import tick

# Told when somebody has changed an action: (action, by, at).
ACTION_CHANGED: list[Callable[[PlanAction, Actor, datetime], None]] = []

# What an action promises, besides how far it is.
PROMISE = ("text", "accountable_id", "helper_id", "due_on")
# Told when somebody has changed one of these; raises RuleError where they stay as they are: (plan, action).
PROMISE_CHANGED: list[Callable[[Plan, PlanAction], None]] = []


def add(
    plan: Plan,
    text: str,
    *,
    accountable_id: int,
    helper_id: int | None,
    due_on: date,
    origin: ActionOrigin = ActionOrigin.PLAN,
    review_id: int | None = None,
    decision_risk_id: int | None = None,
    standing: Standing,
    by: Actor,
    at: datetime,
) -> PlanAction:
    """Agrees on an action; numbers count within the plan. Raises RuleError if the plan is over, or the helper no other side's."""
    plan = queries.lock(plan)
    if not is_lived_by(plan):
        raise RuleError(_("This plan is over; nothing of it changes any more."))
    _check_people(plan, accountable_id, helper_id)
    last = db.session.scalar(select(func.max(PlanAction.number)).where(PlanAction.plan_id == plan.id))
    made = PlanAction(
        plan_id=plan.id,
        number=(last or 0) + 1,
        text=text,
        accountable_id=accountable_id,
        helper_id=helper_id,
        due_on=due_on,
        origin=origin,
        review_id=review_id,
        decision_risk_id=decision_risk_id,
        # Reminded of is only what comes due from now on.
        reminded=reminders_behind(due_on, at.date()),
        created_by_id=standing.member.id if standing.member is not None else None,
        created_at=at,
    )
    db.session.add(made)
    db.session.flush()
    tick(plan)
    record("plans.add_action", by=by, at=at, **about(plan), changes={"number": made.number})
    return made


def change(
    plan: Plan, action: PlanAction, typed: Mapping[str, Any], *, base: int, standing: Standing, by: Actor, at: datetime
) -> bool:
    """Changes an action; what others changed since is merged, see `editing.change`.

    Raises RuleError for a step that is none, and for another promise where both sides have accepted this one in a review.
    """
    plan = queries.lock(plan)
    db.session.refresh(action)
    values, status = dict(typed), ActionStatus(typed["status"])
    _check_people(plan, values["accountable_id"], values["helper_id"])
    if status is not action.status:
        if status not in ACTION_TRANSITIONS[action.status]:
            raise RuleError(_("An action cannot go from there to here."), "status", 422)
        values["ended_at"] = at if status in ENDED_ACTIONS else None
        if status is ActionStatus.IN_PROGRESS and action.started_at is None:
            values["started_at"] = at
    if status is ActionStatus.BLOCKED and not values["blocked_by"]:
        raise RuleError(_("Say what blocks it."), "blocked_by", 422)
    before, promised = (action.due_on, action.status in ENDED_ACTIONS), [getattr(action, name) for name in PROMISE]
    changed = editing.change(plan, None, action, values, base=base, standing=standing, by=by, at=at)
    if (action.due_on, action.status in ENDED_ACTIONS) != before:
        # Another day, or open again: reminders begin anew. Past the unit of work, so that the version stays.
        rows, behind = table(PlanAction), reminders_behind(action.due_on, at.date())
        db.session.execute(update(rows).where(rows.c.id == action.id).values(reminded=behind))
    for ask in PROMISE_CHANGED if promised != [getattr(action, name) for name in PROMISE] else ():
        ask(plan, action)
    for tell in ACTION_CHANGED if changed else ():
        tell(action, by, at)
    return changed


def move(plan: Plan, action: PlanAction, status: ActionStatus, *, base: int, standing: Standing, by: Actor, at: datetime) -> bool:
    """Says how far an action is and nothing else. Raises what `change` does; what blocks it is said on the action's own page."""
    plan = queries.lock(plan)
    db.session.refresh(action)
    as_it_is = {
        name: getattr(action, name) for name in ("text", "accountable_id", "helper_id", "due_on", "blocked_by", "evidence")
    }
    return change(plan, action, as_it_is | {"status": status}, base=base, standing=standing, by=by, at=at)


def _check_people(plan: Plan, accountable_id: int, helper_id: int | None) -> None:
    sides = {one.id: one.side for one in queries.team(plan, former=True)}
    if accountable_id not in sides:
        raise RuleError(_("Choose a person."), "accountable_id", 422)
    if helper_id is not None and sides.get(helper_id) is not sides[accountable_id].other:
        raise RuleError(_("The helper is somebody of the other side."), "helper_id", 422)
