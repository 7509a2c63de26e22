"""What else is there in a plan that people live by: funds that were granted and paid, comments, a delegation, evidence."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.plans import queries
from eventapp.plans.models import (
    ActionStatus,
    ClaimState,
    FundClaim,
    FundRequest,
    FundState,
    Initiative,
    InitiativeStatus,
    MemberFunction,
    Plan,
    PlanAction,
    PlanComment,
    PlanDelegation,
    PlanFile,
    PlanMember,
    Side,
)
from eventapp.plans.rules import quarter_days

_F = MemberFunction
Team = Mapping[tuple[Side, MemberFunction], PlanMember]
COMMENTS = (
    (Side.B, _F.SALES, "objectives", "Can we count renewals here? They are half of what we sell."),
    (Side.A, _F.OWNER, "objectives", "Yes, from the second quarter on. I have asked finance to confirm it."),
    (Side.B, _F.MARKETING, "initiatives", "The hall in Vienna is free in the second week of the month."),
)
DELEGATED = "I am away until the end of the month. Carla Rossi signs for me."
# A table that people have, small enough to stand here.
EVIDENCE = b"website;page;since\nours;/partners;2026-11-20\ntheirs;/vendors/karmin;2026-11-21\n"


def use_funds(plan: Plan, team: Team, at: datetime) -> None:
    """Funds of quarters that are over were claimed and paid, those of the running one are granted, or wait to be."""
    marketing, owner = team[Side.B, _F.MARKETING], team[Side.A, _F.OWNER]
    requests = db.session.scalars(select(FundRequest).where(FundRequest.plan_id == plan.id).order_by(FundRequest.quarter))
    for request in requests.all():
        first, last = quarter_days(plan.period_start, request.quarter)
        if first > at.date():
            continue
        asked = datetime.combine(first, time(9), at.tzinfo) - timedelta(days=10)
        request.state, request.submitted_by_id, request.submitted_at = FundState.SUBMITTED, marketing.id, asked
        if last >= at.date() and request.quarter % 2:
            continue
        request.state, request.decided_by_id, request.decided_at = FundState.APPROVED, owner.id, asked + timedelta(days=4)
        request.claim_until = last + timedelta(days=120)
        if last < at.date():
            _claim(plan, request, marketing, owner, datetime.combine(last, time(9), at.tzinfo))
    db.session.flush()


def _claim(plan: Plan, request: FundRequest, marketing: PlanMember, owner: PlanMember, sent: datetime) -> None:
    share = request.amount * request.vendor_percent / 100
    claim = FundClaim(
        plan_id=plan.id,
        request_id=request.id,
        amount=(share * Decimal("0.94")).quantize(Decimal("0.01"), ROUND_HALF_UP),
        description="Invoice of the agency, three webinars",
        state=ClaimState.PAID,
        submitted_by_id=marketing.id,
        submitted_at=sent,
        decided_by_id=owner.id,
        decided_at=sent + timedelta(days=5),
        paid_on=(sent + timedelta(days=19)).date(),
    )
    db.session.add(claim)
    db.session.flush()
    proof = {"name": "attendance.csv", "type": "csv", "content": EVIDENCE, "key": f"demo-proof-{claim.id}"}
    db.session.add(PlanFile(plan_id=plan.id, claim_id=claim.id, member_id=marketing.id, uploaded_at=sent, **proof))


def get_on(plan: Plan, at: datetime) -> None:
    """What was to be done by now is done, what is due this quarter or all year is under way."""
    for one in db.session.scalars(select(Initiative).where(Initiative.plan_id == plan.id)):
        if one.quarter is None:
            one.status = InitiativeStatus.RUNNING
            continue
        first, last = quarter_days(plan.period_start, one.quarter)
        if last < at.date():
            one.status = InitiativeStatus.DONE
        elif first <= at.date():
            one.status = InitiativeStatus.RUNNING


def say(plan: Plan, team: Team, at: datetime) -> None:
    """What people of both sides say about sections; a file that shows that an action is done."""
    for n, (side, function, key, text) in enumerate(COMMENTS):
        section, writer = queries.section(plan, key), team.get((side, function))
        if writer is not None:
            written = {"written_at": at - timedelta(days=6 - n), "done_at": at - timedelta(days=1) if n == 0 else None}
            db.session.add(PlanComment(plan_id=plan.id, section_id=section.id, member_id=writer.id, text=text, **written))
    done = select(PlanAction).where(PlanAction.plan_id == plan.id, PlanAction.status == ActionStatus.DONE).limit(1)
    if (action := db.session.scalar(done)) is not None:
        shown = {"name": "websites.csv", "type": "csv", "content": EVIDENCE, "key": f"demo-evidence-{action.id}"}
        by = {"member_id": action.accountable_id, "uploaded_at": at - timedelta(days=3)}
        db.session.add(PlanFile(plan_id=plan.id, action_id=action.id, **by, **shown))


def delegate(plan: Plan, team: Team, given: datetime) -> None:
    """The vendor's sponsor lets somebody sign instead, before anything is frozen."""
    sponsor, deputy = team[Side.A, _F.EXEC_SPONSOR], team[Side.A, _F.MARKETING]
    values = {"sponsor_id": sponsor.id, "delegate_id": deputy.id, "text": DELEGATED, "given_at": given}
    db.session.add(PlanDelegation(plan_id=plan.id, **values))
    db.session.flush()
