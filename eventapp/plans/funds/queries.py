"""Reading requests for funds and their claims."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.plans.models import FundClaim, FundRequest, Plan


def requests(plan: Plan) -> Sequence[FundRequest]:
    """What is asked for, by quarter."""
    query = select(FundRequest).where(FundRequest.plan_id == plan.id)
    return db.session.scalars(query.order_by(FundRequest.quarter, FundRequest.position, FundRequest.id)).all()


def request(plan: Plan, fund_id: int) -> FundRequest:
    """A request of that plan. Raises NotFoundError."""
    query = select(FundRequest).where(FundRequest.id == fund_id, FundRequest.plan_id == plan.id)
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFoundError(fund_id)
    return found


def claims(plan: Plan) -> dict[int, list[FundClaim]]:
    """All claims of a plan by the id of their request, the first one first."""
    found: dict[int, list[FundClaim]] = defaultdict(list)
    for one in db.session.scalars(select(FundClaim).where(FundClaim.plan_id == plan.id).order_by(FundClaim.id)):
        found[one.request_id].append(one)
    return dict(found)


def claims_of(found: FundRequest) -> Sequence[FundClaim]:
    """The claims of a request, the first one first, as they are now."""
    query = select(FundClaim).where(FundClaim.request_id == found.id).order_by(FundClaim.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def claim(plan: Plan, claim_id: int) -> FundClaim:
    """A claim of that plan. Raises NotFoundError."""
    query = select(FundClaim).where(FundClaim.id == claim_id, FundClaim.plan_id == plan.id)
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFoundError(claim_id)
    return found
