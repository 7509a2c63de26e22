"""What a new plan would stand beside."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.partners.models import PartnerType
from eventapp.plans import queries
from eventapp.plans.models import ENDED_PLANS, Plan, PlanKind, PlanStatus

_USUAL = {
    PartnerType.DISTRIBUTOR: PlanKind.DISTRIBUTOR,
    PartnerType.TECHNOLOGY_ALLIANCE: PlanKind.ALLIANCE,
    PartnerType.OEM: PlanKind.ALLIANCE,
    PartnerType.HYPERSCALER: PlanKind.ALLIANCE,
}


def usual_kind(primary_type: PartnerType) -> PlanKind:
    """What kind of plan one usually makes with a company of that type."""
    return _USUAL.get(primary_type, PlanKind.PARTNER)


def same_period(viewer: Viewer, company_id: int, kind: PlanKind, start: date, end: date) -> Sequence[Any]:
    """The plans of that kind with the company that share days with a period and are not over, those in force first.

    Each with `is_seen`, whether the viewer reads it, and `in_force`: beside such a one no other can be signed.
    """
    query = select(Plan.code, Plan.status, Plan.suspended_at, Plan.period_start, Plan.period_end)
    query = query.add_columns(
        queries.visible(viewer).label("is_seen"),
        ((Plan.status == PlanStatus.ACTIVE) & Plan.suspended_at.is_(None)).label("in_force"),
    )
    query = query.where(
        Plan.side_b_id == company_id,
        Plan.kind == kind,
        Plan.status.not_in(ENDED_PLANS),
        Plan.period_start <= end,
        Plan.period_end >= start,
    )
    rows = db.session.execute(query.order_by(Plan.period_start, Plan.id)).all()
    return sorted(rows, key=lambda row: not row.in_force)
