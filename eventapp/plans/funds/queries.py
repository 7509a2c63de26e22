"""Reading requests for funds and their claims."""

import json
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.plans.content.merging import plain
from eventapp.plans.models import FundClaim, FundRequest, Plan, SectionKind, VersionState
from eventapp.plans.signing import queries as versions

# What money is asked for. What a row is linked to is not compared: links end by themselves with what they lead to.
COMPARED = ("activity", "quarter", "amount", "vendor_percent")


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


def is_signed(plan: Plan, found: FundRequest) -> bool:
    """Whether the version in force says the same of a request: its row differs only while the plan is amended."""
    version = versions.with_state(plan, VersionState.IN_FORCE) if plan.amendment is not None else None
    if version is None:
        return plan.amendment is None
    content = json.loads(version.content)
    rows = [row for one in content["sections"] if one["kind"] == SectionKind.MDF for row in one["rows"]]
    signed = next((row for row in rows if row["id"] == found.id), None)
    same = signed is not None and all(signed[name] == plain(getattr(found, name)) for name in COMPARED)
    return same and content["currency"] == plan.currency
