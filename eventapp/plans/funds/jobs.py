"""Granted funds that nobody claimed in time expire."""

from datetime import datetime

from sqlalchemy import exists, select

from eventapp.audit.service import NamedActor
from eventapp.core.clock import now
from eventapp.core.db import db, reading, rollback, transaction
from eventapp.core.jobs import job
from eventapp.plans.funds import service
from eventapp.plans.funds.rules import COUNTED
from eventapp.plans.models import FundClaim, FundRequest, FundState, Plan

CLOCK = NamedActor("clock")


@job("plans.funds", every_minute=True)
def funds() -> None:
    """Ends what is over, each in a transaction of its own."""
    at = now()
    with reading():
        due = select(FundRequest.id).where(FundRequest.state == FundState.APPROVED, FundRequest.claim_until < at.date())
        claimed = exists().where(FundClaim.request_id == FundRequest.id, FundClaim.state.in_(COUNTED))
        ids = list(db.session.scalars(due.where(~claimed).order_by(FundRequest.id)))
        rollback()
    for fund_id in ids:
        with transaction():
            look_after(fund_id, at)


def look_after(fund_id: int, at: datetime) -> None:
    """Expires a request, if it is so still."""
    request = db.session.get_one(FundRequest, fund_id)
    service.expire(db.session.get_one(Plan, request.plan_id), request, by=CLOCK, at=at)
