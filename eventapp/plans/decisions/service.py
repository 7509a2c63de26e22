"""Beginning a decision of a plan, turning a premortem into actions, and keeping both in step with the teams."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import select

from eventapp.accounts.permissions import Viewer
from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.decisions import service as decisions
from eventapp.decisions.models import Decision, DecisionContext, DecisionRisk
from eventapp.partners.models import Person
from eventapp.partners.service.hooks import ON_LOGIN
from eventapp.plans import queries
from eventapp.plans.actions import service as actions
from eventapp.plans.content import editing
from eventapp.plans.decisions.references import CONTEXTS, context_of, login_of
from eventapp.plans.models import (
    ENDED_PLANS,
    ActionOrigin,
    ActionStatus,
    Confidentiality,
    Plan,
    PlanAction,
    PlanMember,
)
from eventapp.plans.permissions import Standing, is_lived_by
from eventapp.plans.teams import service as teams


def begin(
    plan: Plan, title: str, problem: str, *, viewer: Viewer, at: datetime, context: DecisionContext | None = None
) -> Decision:
    """Opens a decision of a plan in its first phase: the viewer owns it, both teams take part.

    `context` is the workshop's, if it was begun there. Raises RuleError for a plan that is over.
    """
    plan = queries.lock(plan)
    if not is_lived_by(plan):
        raise RuleError(_("This plan is over; nothing of it changes any more."))
    return decisions.open_decision(title, problem, context or context_of(plan), plan.id, owner=viewer, at=at)


def turn_into_action(
    plan: Plan,
    risk: DecisionRisk,
    text: str,
    *,
    accountable_id: int,
    helper_id: int | None,
    due_on: date,
    standing: Standing,
    by: Actor,
    at: datetime,
) -> PlanAction:
    """Agrees on an action of the plan that prevents what could go wrong with a decision. Raises RuleError if there is one."""
    plan = queries.lock(plan)
    if db.session.scalar(select(PlanAction.id).where(PlanAction.decision_risk_id == risk.id)) is not None:
        raise RuleError(_("This is an action of the plan already."))
    return actions.add(
        plan,
        text,
        accountable_id=accountable_id,
        helper_id=helper_id,
        due_on=due_on,
        origin=ActionOrigin.DECISION,
        decision_risk_id=risk.id,
        standing=standing,
        by=by,
        at=at,
    )


def _team_changed(plan: Plan, by: Actor, at: datetime) -> None:
    """Who came takes part in the plan's decisions, who left reads them no more."""
    for context in CONTEXTS:
        decisions.follow_team(context, plan.id, by=by, at=at)


def _handed_over(plan: Plan, former: PlanMember, successor: PlanMember, by: Actor, at: datetime) -> None:
    """The successor owns and decides what the former member did."""
    before, after = login_of(former), login_of(successor)
    if before is not None and after is not None:
        for context in CONTEXTS:
            decisions.hand_over(context, plan.id, before, after, by=by, at=at)


def _plan_changed(plan: Plan, fields: Collection[str], by: Actor, at: datetime) -> None:
    """A plan that is for its teams alone has no decisions that others read."""
    if "confidentiality" in fields and plan.confidentiality is Confidentiality.TEAM:
        for context in CONTEXTS:
            decisions.narrow(context, plan.id, _("The plan is for its two teams alone."), by=by, at=at)


def _action_changed(action: PlanAction, by: Actor, at: datetime) -> None:
    """What is done in the plan is done in the premortem."""
    if action.decision_risk_id is None or action.status != ActionStatus.DONE:
        return
    risk = db.session.get_one(DecisionRisk, action.decision_risk_id)
    if risk.action:
        decisions.finish_action(db.session.get_one(Decision, risk.decision_id), risk, by=by, at=at)


def _logged_in(person: Person, by: Actor, at: datetime) -> None:
    """Whoever was in a team before they had a login takes part now."""
    query = select(Plan).join(PlanMember, PlanMember.plan_id == Plan.id)
    query = query.where(PlanMember.person_id == person.id, PlanMember.left_at.is_(None), Plan.status.not_in(ENDED_PLANS))
    for plan in db.session.scalars(query.order_by(Plan.id)).all():
        _team_changed(queries.lock(plan), by, at)


teams.TEAM_CHANGED.append(_team_changed)
teams.HANDED_OVER.append(_handed_over)
editing.PLAN_CHANGED.append(_plan_changed)
actions.ACTION_CHANGED.append(_action_changed)
ON_LOGIN.append(_logged_in)
