"""What lists of plans and their portfolio are narrowed by: the same names in the address, so that each number has its list."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute
from werkzeug.datastructures import MultiDict

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.i18n import _
from eventapp.core.tables import Filter
from eventapp.partners.models import Country, Organisation, Tier
from eventapp.plans import queries
from eventapp.plans.models import KIND_LABELS, PLAN_STATUS_LABELS, RAG_LABELS, Actual, Plan, PlanKind, PlanStatus, Rag
from eventapp.plans.portfolio import due
from eventapp.plans.portfolio.amended import amended, is_amended
from eventapp.plans.portfolio.standings import quarter_at, standings

# Companies without a tier.
NO_TIER = "none"
# The argument of the address that asks for the quarter before the one under way, and its value.
QUARTER, BEFORE, UNDER_WAY = "quarter", "before", "now"


def quarters_back(viewer: Viewer, args: Mapping[str, str], at: datetime) -> int:
    """How many quarters back plans are judged: 0 is the one under way.

    Unless the address says which, it is the one before until at least half as many plans have values that both sides stand
    by in the one under way: early in a quarter nothing else can be judged. One query.
    """
    asked = args.get(QUARTER)
    if asked in (BEFORE, UNDER_WAY):
        return int(asked == BEFORE)
    this, last = db.session.execute(select(_with_values(viewer, at, 0), _with_values(viewer, at, 1))).one()
    return int(2 * this < last)


def _with_values(viewer: Viewer, at: datetime, back: int) -> Any:
    """How many plans in force that the viewer reads have a confirmed value of that quarter. What is read comes by itself."""
    query = select(func.count(Actual.plan_id.distinct())).join(Plan, Plan.id == Actual.plan_id)
    query = query.where(Plan.status == PlanStatus.ACTIVE, Actual.confirmed_at.is_not(None), queries.visible(viewer))
    return query.where(Actual.quarter == quarter_at(at.date(), back=back)).scalar_subquery()


def filters(viewer: Viewer, at: datetime, back: int) -> list[Filter]:
    """Status, kind, how plans stand, what is due; for the vendor's people also country and tier of the company."""
    found = [
        Filter(
            "status",
            _("Status"),
            [(one.value, str(PLAN_STATUS_LABELS[one]), None) for one in PlanStatus],
            lambda values: Plan.status.in_([PlanStatus(value) for value in values]),
        ),
        Filter(
            "kind",
            _("Kind"),
            [(one.value, str(KIND_LABELS[one]), None) for one in PlanKind],
            lambda values: Plan.kind.in_([PlanKind(value) for value in values]),
        ),
        Filter(
            "rag",
            _("How it stands, quarter before") if back else _("How it stands"),
            [(one.value, str(RAG_LABELS[one]), None) for one in Rag],
            lambda values: _standing(viewer, values, at, back),
        ),
        Filter("due", _("Due"), [(key, label, None) for key, label in due_labels().items()], lambda values: _due(values, at)),
    ]
    return [*found, *_of_company(viewer)] if viewer.roles else found


def due_labels() -> dict[str, str]:
    """What can be due, by key."""
    return {"signatures": _("Signatures missing"), "reviews": _("Reviews due"), "actions": _("Actions overdue")}


def conditions(found: list[Filter], args: MultiDict[str, str]) -> list[ColumnElement[bool]]:
    """What the address asks for, as conditions on plans alone."""
    return [one.clause(values) for one in found if (values := one.chosen(args))]


def _standing(viewer: Viewer, values: list[str], at: datetime, back: int) -> ColumnElement[bool]:
    """Plans in force that stand so. Of a grey one nothing may be there to judge by."""
    stands = standings([], at.date(), back=back, name="filtered").subquery("filtered")
    changed = [one.plan_id for one in amended([queries.visible(viewer)], at.date(), back=back) if one.rag in values]
    wanted: list[ColumnElement[bool]] = [
        Plan.id.in_(select(stands.c.plan_id).where(stands.c.rag.in_(values))),
        Plan.id.in_(changed),
    ]
    if Rag.GREY in values:
        wanted.append(and_(~is_amended(), Plan.id.not_in(select(stands.c.plan_id))))
    return and_(Plan.status == PlanStatus.ACTIVE, or_(*wanted))


def _due(values: list[str], at: datetime) -> ColumnElement[bool]:
    counted: dict[str, Callable[[], due.Counted]] = {
        "signatures": lambda: due.signatures(true()),
        "reviews": lambda: due.reviews(true(), at),
        "actions": lambda: due.actions(true(), at.date()),
    }
    return or_(*(Plan.id.in_(select(counted[value]().subquery().c.plan_id)) for value in values))


def _of_company(viewer: Viewer) -> list[Filter]:
    """Countries and tiers of the companies that the viewer's plans are with. Two queries."""
    countries = select(Country.code, Country.name).where(Country.code.in_(_companies(viewer, Organisation.country_code)))
    tiers = select(Tier.key, Tier.label).where(Tier.key.in_(_companies(viewer, Organisation.tier_key)))
    return [
        Filter(
            "country",
            _("Country"),
            [(code, name, None) for code, name in db.session.execute(countries.order_by(Country.name))],
            lambda values: _with(Organisation.country_code.in_(values)),
        ),
        Filter(
            "tier",
            _("Tier"),
            [
                *((key, label, None) for key, label in db.session.execute(tiers.order_by(Tier.position))),
                (NO_TIER, _("No tier"), None),
            ],
            lambda values: _with(func.coalesce(Organisation.tier_key, NO_TIER).in_(values)),
        ),
    ]


def _companies(viewer: Viewer, column: InstrumentedAttribute[Any]) -> Select[Any]:
    """A column of the companies that the viewer's plans are with."""
    return select(column).join(Plan, Plan.side_b_id == Organisation.id).where(queries.visible(viewer))


def _with(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return Plan.side_b_id.in_(select(Organisation.id).where(condition))
