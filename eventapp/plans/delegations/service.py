"""Giving and ending a delegation. Who signs is part of what is signed, so both end what the owners stood by."""

from datetime import datetime

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.plans import queries
from eventapp.plans.content.editing import touch
from eventapp.plans.delegations import mails
from eventapp.plans.delegations import queries as delegations
from eventapp.plans.log import about
from eventapp.plans.models import Plan, PlanDelegation, PlanMember
from eventapp.plans.permissions import Standing
from eventapp.plans.teams.service import check_open


def give(plan: Plan, delegate_id: int, text: str, *, standing: Standing, by: Actor, at: datetime) -> PlanDelegation:
    """The sponsor's written word that somebody of the own team signs instead.

    Raises RuleError for somebody of the other side or of no team, for oneself, without words, if one holds already, and
    while the plan is being signed or is over.
    """
    plan = queries.lock(plan)
    check_open(plan)
    sponsor = _sponsor(plan, standing)
    if not text:
        raise RuleError(_("Write down what you delegate."), "text", 422)
    delegate = next((one for one in queries.team(plan) if one.id == delegate_id), None)
    if delegate is None or delegate.side is not sponsor.side or delegate.id == sponsor.id:
        raise RuleError(_("Choose somebody of your own team."), "delegate_id", 422)
    if delegations.given_by(sponsor) is not None:
        raise RuleError(_("You have delegated your signature already. End that first."))
    made = PlanDelegation(plan_id=plan.id, sponsor_id=sponsor.id, delegate_id=delegate.id, text=text, given_at=at)
    db.session.add(made)
    db.session.flush()
    touch(plan, None, at)
    record("plans.delegate", by=by, at=at, **about(plan), changes={"side": sponsor.side})
    mails.send("given", plan, delegate, at=at)
    return made


def end(plan: Plan, *, standing: Standing, by: Actor, at: datetime) -> None:
    """The sponsor signs again. Raises RuleError if there is nothing to end, and while the plan is being signed or is over."""
    plan = queries.lock(plan)
    check_open(plan)
    sponsor = _sponsor(plan, standing)
    found = delegations.given_by(sponsor)
    if found is None:
        raise RuleError(_("You have not delegated your signature."))
    found.ended_at = at
    db.session.flush()
    touch(plan, None, at)
    record("plans.end_delegation", by=by, at=at, **about(plan), changes={"side": sponsor.side})
    mails.send("ended", plan, db.session.get_one(PlanMember, found.delegate_id), at=at)


def _sponsor(plan: Plan, standing: Standing) -> PlanMember:
    """Whoever does it, if they are the sponsor of their side still."""
    me = standing.member
    if me is None or not standing.is_sponsor or all(one.id != me.id for one in queries.team(plan)):
        raise RuleError(_("Only the executive sponsor delegates their signature."))
    return me
