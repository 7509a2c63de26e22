"""Files of a portfolio: a row for each plan with how it stands and what is due, and the sums."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from sqlalchemy import and_, case, func, literal, null, select

from eventapp.core.db import db
from eventapp.core.exports import ExportColumn
from eventapp.partners.models import Organisation, Tier
from eventapp.plans.exports.rows import File, amount_column, day_column
from eventapp.plans.models import Plan, PlanStatus, Rag
from eventapp.plans.portfolio import due
from eventapp.plans.portfolio.amended import Amended, amended
from eventapp.plans.portfolio.amounts import Sum
from eventapp.plans.portfolio.standings import standings

PLAN_COLUMNS = [
    *(ExportColumn(name) for name in ("plan", "title", "company", "country", "tier", "kind", "status", "amendment")),
    *(day_column(name) for name in ("period_start", "period_end")),
    ExportColumn("currency"),
    ExportColumn("quarter", "number"),
    amount_column("score_percent"),
    *(ExportColumn(name) for name in ("rag", "reviewable")),
    *(ExportColumn(name, "number") for name in ("signatures_missing", "reviews_due", "actions_overdue")),
]


def plans(at: datetime, back: int) -> File:
    """A row for each plan, judged in the quarter under way or so many before it."""

    def read(ids: Sequence[int], _today: date) -> list[Sequence[Any]]:
        of = Plan.id.in_(ids)
        stands = standings([of], at.date(), back=back).subquery("stands")
        parts = [part.subquery() for part in (due.signatures(of), due.reviews(of, at), due.actions(of, at.date()))]
        in_force = Plan.status == PlanStatus.ACTIVE
        rag = case((in_force, func.coalesce(stands.c.rag, literal(Rag.GREY.value))), else_=literal(""))
        query = select(
            Plan.id,
            *(Plan.code, Plan.title, Organisation.name, Organisation.country_code, func.coalesce(Tier.label, "")),
            *(Plan.kind, Plan.status, Plan.amendment, Plan.period_start, Plan.period_end, Plan.currency),
            *(stands.c.quarter, stands.c.score, rag),
            case((and_(in_force, stands.c.reviewable == 1), literal("yes")), (in_force, literal("no")), else_=null()),
            *(func.coalesce(part.c.number, 0) for part in parts),
        )
        query = query.join(Organisation, Organisation.id == Plan.side_b_id).outerjoin(Tier, Tier.key == Organisation.tier_key)
        for part in (stands, *parts):
            query = query.outerjoin(part, part.c.plan_id == Plan.id)
        signed = {one.plan_id: one for one in amended([of], at.date(), back=back)}
        return [_row(signed.get(plan_id), *row) for plan_id, *row in db.session.execute(query.where(of).order_by(Plan.id))]

    return File(PLAN_COLUMNS, read)


def _row(signed: Amended | None, *found: Any) -> list[Any]:
    """A row with choices as their values and the score in percent; of a plan that is being amended by what is signed."""
    head, (quarter, score, rag, reviewable), due_ones = found[:11], found[11:15], found[15:]
    if signed is not None:
        quarter, percent, rag = signed.quarter, signed.score, signed.rag.value
        reviewable = "yes" if signed.reviewable else "no"
    else:
        percent = Decimal(score).scaleb(-2) if score is not None else None
    words = [one.value if isinstance(one, Enum) else one if one is not None else "" for one in head]
    return [*words, quarter, percent, rag, reviewable or "", *due_ones]


SUM_COLUMNS = [
    *(ExportColumn(name) for name in ("country", "tier", "category", "unit")),
    ExportColumn("objectives", "number"),
    *(amount_column(name) for name in ("target_year", "target_of_confirmed_quarters", "actual_confirmed")),
]


def sums(found: Sequence[Sum], tiers: dict[str, str]) -> Iterator[Sequence[Any]]:
    """A row for each country, tier, category and currency."""
    for one in sorted(found, key=lambda one: (one.country, one.tier or "", one.category, one.currency)):
        amounts = one.amounts
        head = (one.country, tiers.get(one.tier or "", ""), one.category.value, one.currency or "count")
        yield (*head, amounts.objectives, amounts.annual, amounts.so_far, amounts.reached)
