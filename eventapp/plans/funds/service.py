"""The way of a request: asked for, granted or not, taken back, expired. All under the plan's lock.

What is asked for is a row of the plan that both sides sign, as the version in force says it: a row that an amendment
changes waits until that is signed. From the moment it is handed in it stays as it is (`editing.FIXED`), so that what was
granted is what was signed.
"""

from datetime import date, datetime
from typing import Any

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _, _l
from eventapp.plans import queries
from eventapp.plans.content import editing
from eventapp.plans.funds import mails, rules
from eventapp.plans.funds import queries as funds
from eventapp.plans.log import about
from eventapp.plans.models import FUND_TRANSITIONS, FundRequest, FundState, Plan, PlanMember
from eventapp.plans.permissions import Standing

MOVED_ON = _l("The request has moved on since you opened it. Look at it again.")
NOT_SIGNED = _l("These funds are not signed like this. Wait until the amendment is in force.")
CHANGEABLE = (FundState.DRAFT, FundState.REJECTED)


def fixed(row: Any) -> str | None:
    """Why a request is not changed any more, in words; none for whatever may be."""
    if not isinstance(row, FundRequest) or row.state in CHANGEABLE:
        return None
    return _("The funds were asked for already. Take the request back before you change it; one that was granted stays as it is.")


editing.FIXED.append(fixed)


def submit(plan: Plan, request: FundRequest, *, base: int, standing: Standing, by: Actor, at: datetime) -> None:
    """The partner asks the vendor. Raises what `_ready` does, and RuleError where there is no amount or it is not signed."""
    plan, me = _ready(plan, request, base, standing, rules.may_ask(standing))
    held_to_signed(plan, request)
    if request.amount <= 0:
        raise RuleError(_("There is no amount to ask for."))
    request.submitted_by_id, request.submitted_at = me.id, at
    request.decided_by_id = request.decided_at = None
    request.decision_note = ""
    _record_state("plans.submit_funds", plan, request, FundState.SUBMITTED, me, by, at)
    mails.to_decide(plan, at=at)


def take_back(plan: Plan, request: FundRequest, *, base: int, standing: Standing, by: Actor, at: datetime) -> None:
    """The partner takes a request back to change it, or takes up again what was refused. Raises what `_ready` does."""
    plan, me = _ready(plan, request, base, standing, rules.may_ask(standing))
    _record_state("plans.take_funds_back", plan, request, FundState.DRAFT, me, by, at)


def approve(
    plan: Plan, request: FundRequest, claim_until: date, remark: str, *, base: int, standing: Standing, by: Actor, at: datetime
) -> None:
    """The vendor grants it, to be claimed until a day.

    Raises what `_ready` does, and RuleError for a day that is over and for what is not signed.
    """
    plan, me = _ready(plan, request, base, standing, rules.may_decide(standing))
    held_to_signed(plan, request)
    if claim_until < at.date():
        raise RuleError(_("Choose a day that is not over."), "claim_until", 422)
    request.claim_until = claim_until
    request.decided_by_id, request.decided_at, request.decision_note = me.id, at, remark
    _record_state("plans.decide_funds", plan, request, FundState.APPROVED, me, by, at)
    mails.decided(plan, request.submitted_by_id, at=at)


def reject(plan: Plan, request: FundRequest, reason: str, *, base: int, standing: Standing, by: Actor, at: datetime) -> None:
    """The vendor does not grant it, and says why. Raises what `_ready` does, and RuleError without a reason."""
    plan, me = _ready(plan, request, base, standing, rules.may_decide(standing))
    if not reason:
        raise RuleError(_("Say why, so that both sides know."), "note", 422)
    request.decided_by_id, request.decided_at, request.decision_note = me.id, at, reason
    _record_state("plans.decide_funds", plan, request, FundState.REJECTED, me, by, at)
    mails.decided(plan, request.submitted_by_id, at=at)


def expire(plan: Plan, request: FundRequest, *, by: Actor, at: datetime) -> bool:
    """Ends what was granted and nobody claimed in time. Returns whether it did: nothing happens if it is not so any more."""
    plan = queries.lock(plan)
    db.session.refresh(request)
    if request.state is not FundState.APPROVED or not rules.is_too_late(request, at.date()):
        return False
    if any(one.state in rules.COUNTED for one in funds.claims_of(request)):
        return False
    _record_state("plans.expire_funds", plan, request, FundState.EXPIRED, None, by, at)
    mails.decided(plan, request.submitted_by_id, at=at)
    return True


def held_to_signed(plan: Plan, request: FundRequest) -> None:
    """Raises RuleError unless the version in force says the same of the request; asked under the plan's lock."""
    if not funds.is_signed(plan, request):
        raise RuleError(str(NOT_SIGNED))


def _ready(plan: Plan, request: FundRequest, base: int, standing: Standing, may: bool) -> tuple[Plan, PlanMember]:
    """The plan under its lock, the request as it is now, and who does it.

    Raises RuleError if it is not the time, StaleError if the request was changed since the version `base`.
    """
    plan = queries.lock(plan)
    if not rules.takes_requests(plan):
        raise RuleError(_("Funds are asked for and granted while the plan is in force."))
    assert may
    assert standing.member is not None
    db.session.refresh(request)
    if request.version != base:
        raise StaleError(str(MOVED_ON))
    return plan, standing.member


def _record_state(
    action: str, plan: Plan, request: FundRequest, after: FundState, me: PlanMember | None, by: Actor, at: datetime
) -> None:
    before = request.state
    if after not in FUND_TRANSITIONS[before]:
        raise RuleError(str(MOVED_ON))
    request.state = after
    db.session.flush()
    states = {"state": [before.value, after.value]}
    editing.note(plan, request.section_id, request, states, member_id=me.id if me is not None else None, at=at)
    record(action, by=by, at=at, **about(plan), changes=states)
