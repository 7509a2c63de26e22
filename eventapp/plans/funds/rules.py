"""Who may do what with funds, and how much may be claimed. Pure."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal

from eventapp.plans.models import (
    ClaimState,
    FundClaim,
    FundRequest,
    FundState,
    MemberFunction,
    Plan,
    PlanStatus,
    Side,
)
from eventapp.plans.permissions import Standing
from eventapp.plans.rules import quarter_days

NOUGHT, CENT = Decimal(0), Decimal("0.01")
# How long after its quarter an activity may be claimed, where the vendor says no other day.
CLAIM_WITHIN = timedelta(days=60)
# And how long from the decision on, where that was over by then.
LATE_CLAIM_WITHIN = timedelta(days=90)
# Claims that take something of what was approved.
COUNTED = (ClaimState.SUBMITTED, ClaimState.APPROVED, ClaimState.PAID)
ASKS = (MemberFunction.OWNER, MemberFunction.MARKETING, MemberFunction.FINANCE)
DECIDES = (MemberFunction.OWNER, MemberFunction.FINANCE)


def may_ask(standing: Standing) -> bool:
    """Whether the viewer asks for funds and claims them: owner, marketing and finance of the partner's side."""
    return standing.side is Side.B and standing.function in ASKS


def may_decide(standing: Standing) -> bool:
    """Whether the viewer decides about them and says what is paid: owner and finance of the vendor's side."""
    return standing.side is Side.A and standing.function in DECIDES


def takes_requests(plan: Plan) -> bool:
    """Whether funds are asked for and granted now: while the plan is in force."""
    return plan.status is PlanStatus.ACTIVE and plan.suspended_at is None


def takes_claims(plan: Plan) -> bool:
    """Whether they are claimed and paid now: also after the plan's year, until the day that was set."""
    return plan.status in (PlanStatus.ACTIVE, PlanStatus.COMPLETED) and plan.suspended_at is None


def share(request: FundRequest) -> Decimal:
    """What the vendor pays of a request at most: its share of the amount, in whole hundredths."""
    return (request.amount * request.vendor_percent / 100).quantize(CENT, ROUND_DOWN)


def claimed(claims: Sequence[FundClaim], *states: ClaimState) -> Decimal:
    """What these claims come to together, of those in one of the states."""
    return sum((one.amount for one in claims if one.state in states), NOUGHT)


def left(request: FundRequest, claims: Sequence[FundClaim]) -> Decimal:
    """What may still be claimed; nothing of what was not approved."""
    if request.state is not FundState.APPROVED:
        return NOUGHT
    return share(request) - claimed(claims, *COUNTED)


def last_day(plan: Plan, request: FundRequest, today: date) -> date:
    """Until when the activity is claimed, if the vendor says no other day. Never a day that is over."""
    usual = quarter_days(plan.period_start, request.quarter)[1] + CLAIM_WITHIN
    return usual if usual >= today else max(plan.period_end, today + LATE_CLAIM_WITHIN)


def is_too_late(request: FundRequest, today: date) -> bool:
    """Whether the day to claim is over."""
    return request.claim_until is not None and today > request.claim_until
