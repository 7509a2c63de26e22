"""Asking for a change, answering, taking it back. All under the plan's lock."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.plans import queries
from eventapp.plans.changes import mails
from eventapp.plans.changes import queries as changes
from eventapp.plans.changes.rules import is_being_signed, may_decide, may_propose, may_withdraw
from eventapp.plans.log import about
from eventapp.plans.models import ChangeRequest, ChangeState, Plan, PlanMember, PlanStatus
from eventapp.plans.permissions import Standing, is_lived_by, same_person
from eventapp.plans.signing import service as signing


def propose(
    plan: Plan, items: Collection[str], wanted: str, reason: str, *, standing: Standing, by: Actor, at: datetime
) -> ChangeRequest:
    """Asks for a change of these sections, by their keys. Raises RuleError if the plan is over, or has no such section."""
    plan = queries.lock(plan)
    if not may_propose(standing, plan):
        raise RuleError(_("This plan is over; nothing of it changes any more."))
    there = [one.key for one in queries.sections(plan) if one.key in items]
    if not there:
        raise RuleError(_("Choose at least one section."), "items", 422)
    assert standing.member is not None
    last = db.session.scalar(select(func.max(ChangeRequest.number)).where(ChangeRequest.plan_id == plan.id))
    made = ChangeRequest(
        plan_id=plan.id,
        number=(last or 0) + 1,
        items=there,
        wanted=wanted,
        reason=reason,
        proposed_by_id=standing.member.id,
        proposed_at=at,
    )
    db.session.add(made)
    db.session.flush()
    owners = [one for one in _owners(plan) if not same_person(one, standing.member)]
    mails.send("proposed", plan, made, owners, at=at)
    record("plans.propose_change", by=by, at=at, **about(plan), changes={"number": made.number})
    return made


def decide(
    plan: Plan, request: ChangeRequest, *, accepted: bool, answer: str, version: int, standing: Standing, by: Actor, at: datetime
) -> None:
    """An owner answers. A yes to a change of a plan in force opens an amendment, if none is open.

    Raises StaleError if somebody has answered since `version`, RuleError for whoever may not, for a no without a reason, and
    for a yes while the plan is being signed.
    """
    plan = queries.lock(plan)
    request = changes.change_request(plan, request.id)
    if request.version != version:
        raise StaleError(_("Somebody has answered this meanwhile, or taken it back. Look at it again."))
    proposer = db.session.get_one(PlanMember, request.proposed_by_id)
    if not is_lived_by(plan):
        raise RuleError(_("This plan is over; nothing of it changes any more."))
    if not may_decide(standing, request, proposer):
        raise RuleError(_("This request does not wait for your answer."))
    if not accepted and not answer:
        raise RuleError(_("Say why not, so that whoever asked knows."), "answer", 422)
    if accepted and is_being_signed(plan):
        raise RuleError(_("The plan is being signed. Take it back into the final review first."))
    assert standing.member is not None
    request.state = ChangeState.ACCEPTED if accepted else ChangeState.REJECTED
    request.decided_by_id, request.decided_at, request.answer = standing.member.id, at, answer
    db.session.flush()
    act = "plans.accept_change" if accepted else "plans.reject_change"
    record(act, by=by, at=at, **about(plan), changes={"number": request.number})
    if accepted and plan.status is PlanStatus.ACTIVE and plan.amendment is None:
        signing.amend(plan, by=by, at=at)
    told = [proposer, *(one for one in _owners(plan) if one.id != standing.member.id)]
    mails.send(request.state.value, plan, request, told, at=at)


def withdraw(plan: Plan, request: ChangeRequest, *, standing: Standing, by: Actor, at: datetime) -> None:
    """Whoever asked takes it back. Raises RuleError if somebody has answered."""
    plan = queries.lock(plan)
    request = changes.change_request(plan, request.id)
    if not may_withdraw(standing, request, db.session.get_one(PlanMember, request.proposed_by_id)):
        raise RuleError(_("Only whoever asked takes it back, as long as nobody has answered."))
    request.state, request.decided_at = ChangeState.WITHDRAWN, at
    db.session.flush()
    mails.send("withdrawn", plan, request, [one for one in _owners(plan) if not same_person(one, standing.member)], at=at)
    record("plans.withdraw_change", by=by, at=at, **about(plan), changes={"number": request.number})


def _owners(plan: Plan) -> list[PlanMember]:
    return [one for one in queries.team(plan) if Standing(one).is_owner]
