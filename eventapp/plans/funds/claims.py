"""The way of a claim: written down with its proof, handed in, granted or not, paid. All under the plan's lock.

What is handed in and granted never comes to more than the vendor's share of what was granted: it is counted under the lock.
Nothing is claimed, granted or paid of funds that the version in force does not say alike.
"""

from datetime import date, datetime
from decimal import Decimal

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _, _l
from eventapp.plans import queries
from eventapp.plans.files import queries as files
from eventapp.plans.funds import mails, rules
from eventapp.plans.funds import queries as funds
from eventapp.plans.funds.service import held_to_signed
from eventapp.plans.log import about
from eventapp.plans.models import CLAIM_TRANSITIONS, ClaimState, FundClaim, FundRequest, FundState, Plan, PlanMember
from eventapp.plans.permissions import Standing

MOVED_ON = _l("The claim has moved on since you opened it. Look at it again.")


def add(
    plan: Plan, request: FundRequest, amount: Decimal, description: str, *, standing: Standing, by: Actor, at: datetime
) -> FundClaim:
    """Writes a claim down, not handed in yet. Raises RuleError if nothing may be claimed, or not so much."""
    plan, _me = _ready(plan, standing, rules.may_ask(standing))
    db.session.refresh(request)
    _claimable(plan, request, amount, None, at)
    made = FundClaim(plan_id=plan.id, request_id=request.id, amount=amount, description=description)
    db.session.add(made)
    db.session.flush()
    record("plans.add_claim", by=by, at=at, **about(plan), changes={"state": made.state})
    return made


def change(
    plan: Plan, claim: FundClaim, amount: Decimal, description: str, *, base: int, standing: Standing, by: Actor, at: datetime
) -> None:
    """Changes a claim that is not handed in. Raises what `add` does, and StaleError if it was changed since `base`."""
    plan, _me = _ready(plan, standing, rules.may_ask(standing))
    _as_read(claim, base)
    if claim.state is not ClaimState.DRAFT:
        raise RuleError(_("A claim that is handed in stays as it is. Take it back to change it."))
    _claimable(plan, funds.request(plan, claim.request_id), amount, claim, at)
    claim.amount, claim.description = amount, description
    db.session.flush()
    record("plans.change_claim", by=by, at=at, **about(plan), changes={})


def remove(plan: Plan, claim: FundClaim, *, base: int, standing: Standing, by: Actor, at: datetime) -> None:
    """Deletes a claim that is not handed in; the database deletes its files with it."""
    plan, _me = _ready(plan, standing, rules.may_ask(standing))
    _as_read(claim, base)
    if claim.state is not ClaimState.DRAFT:
        raise RuleError(_("A claim that is handed in stays as it is. Take it back to change it."))
    db.session.delete(claim)
    db.session.flush()
    record("plans.remove_claim", by=by, at=at, **about(plan), changes={})


def submit(plan: Plan, claim: FundClaim, *, base: int, standing: Standing, by: Actor, at: datetime) -> None:
    """Hands a claim in. Raises RuleError without proof, too late, or if all claims came to more than the vendor pays."""
    plan, me = _ready(plan, standing, rules.may_ask(standing))
    _as_read(claim, base)
    if not files.files(claim):
        raise RuleError(_("Add a file that proves it first."))
    _claimable(plan, funds.request(plan, claim.request_id), claim.amount, claim, at)
    claim.submitted_by_id, claim.submitted_at = me.id, at
    claim.decided_by_id = claim.decided_at = None
    claim.decision_note = ""
    _record_state("plans.submit_claim", plan, claim, ClaimState.SUBMITTED, by, at)
    mails.to_decide(plan, at=at)


def take_back(plan: Plan, claim: FundClaim, *, base: int, standing: Standing, by: Actor, at: datetime) -> None:
    """Takes a claim back to change it, or takes up again what was refused."""
    plan, _me = _ready(plan, standing, rules.may_ask(standing))
    _as_read(claim, base)
    _record_state("plans.take_claim_back", plan, claim, ClaimState.DRAFT, by, at)


def approve(plan: Plan, claim: FundClaim, remark: str, *, base: int, standing: Standing, by: Actor, at: datetime) -> None:
    """The vendor grants a claim. Raises RuleError if its funds are not signed like this."""
    plan, me = _ready(plan, standing, rules.may_decide(standing))
    _as_read(claim, base)
    held_to_signed(plan, funds.request(plan, claim.request_id))
    _decide(claim, me, remark, at)
    _record_state("plans.decide_claim", plan, claim, ClaimState.APPROVED, by, at)
    mails.decided(plan, claim.submitted_by_id, at=at)


def reject(plan: Plan, claim: FundClaim, reason: str, *, base: int, standing: Standing, by: Actor, at: datetime) -> None:
    """The vendor does not grant a claim, and says why. What it took may be claimed again."""
    plan, me = _ready(plan, standing, rules.may_decide(standing))
    if not reason:
        raise RuleError(_("Say why, so that both sides know."), "note", 422)
    _as_read(claim, base)
    _decide(claim, me, reason, at)
    _record_state("plans.decide_claim", plan, claim, ClaimState.REJECTED, by, at)
    mails.decided(plan, claim.submitted_by_id, at=at)


def pay(plan: Plan, claim: FundClaim, paid_on: date, *, base: int, standing: Standing, by: Actor, at: datetime) -> None:
    """The vendor says since when a claim is paid. Raises RuleError for a day to come or before it was granted.

    It may not be paid either if its funds are not signed like this.
    """
    plan, _me = _ready(plan, standing, rules.may_decide(standing))
    _as_read(claim, base)
    held_to_signed(plan, funds.request(plan, claim.request_id))
    if claim.decided_at is not None and not claim.decided_at.date() <= paid_on <= at.date():
        raise RuleError(_("Choose a day between the decision and today."), "paid_on", 422)
    claim.paid_on = paid_on
    _record_state("plans.pay_claim", plan, claim, ClaimState.PAID, by, at)
    mails.decided(plan, claim.submitted_by_id, at=at)


def _ready(plan: Plan, standing: Standing, may: bool) -> tuple[Plan, PlanMember]:
    plan = queries.lock(plan)
    if not rules.takes_claims(plan):
        raise RuleError(_("Funds are claimed as soon as the plan is in force, and not while it is suspended."))
    assert may
    assert standing.member is not None
    return plan, standing.member


def _as_read(claim: FundClaim, base: int) -> None:
    db.session.refresh(claim)
    if claim.version != base:
        raise StaleError(str(MOVED_ON))


def _claimable(plan: Plan, request: FundRequest, amount: Decimal, claim: FundClaim | None, at: datetime) -> None:
    """Raises RuleError unless so much may be claimed of the request today, besides its other claims."""
    if request.state is not FundState.APPROVED:
        raise RuleError(_("These funds are not granted, so nothing of them can be claimed."))
    held_to_signed(plan, request)
    if rules.is_too_late(request, at.date()):
        raise RuleError(_("The day to claim these funds is over."))
    others = [one for one in funds.claims_of(request) if claim is None or one.id != claim.id]
    if amount > rules.left(request, others):
        raise RuleError(_("That is more than is left to claim."), "amount", 422)


def _decide(claim: FundClaim, me: PlanMember, remark: str, at: datetime) -> None:
    claim.decided_by_id, claim.decided_at, claim.decision_note = me.id, at, remark


def _record_state(action: str, plan: Plan, claim: FundClaim, after: ClaimState, by: Actor, at: datetime) -> None:
    before = claim.state
    if after not in CLAIM_TRANSITIONS[before]:
        raise RuleError(str(MOVED_ON))
    claim.state = after
    db.session.flush()
    record(action, by=by, at=at, **about(plan), changes={"state": [before, after]})
