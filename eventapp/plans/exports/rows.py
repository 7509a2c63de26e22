"""The rows of the files, some plans at a time by key, so that memory does not grow with them."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, select

from eventapp.core.amounts import plain_amount
from eventapp.core.db import db
from eventapp.core.exports import ExportColumn
from eventapp.core.portions import portions
from eventapp.partners.models import Organisation, Tier
from eventapp.plans.actions.rules import action_rag
from eventapp.plans.actuals.queries import signed_objectives
from eventapp.plans.actuals.rules import has_target, is_confirmed, line
from eventapp.plans.models import (
    QUARTERS,
    Actual,
    Direction,
    Objective,
    ObjectiveUnit,
    Plan,
    PlanAction,
    PlanMember,
    PlanVersion,
    VersionState,
)
from eventapp.plans.rules import fiscal_name

PORTION = 100
Row = Sequence[Any]


def amount_column(header: str) -> ExportColumn:
    """A column of amounts with a point and two decimals at most."""
    return ExportColumn(header, "number", plain_amount)


def day_column(header: str) -> ExportColumn:
    """A column of days as ISO 8601."""
    return ExportColumn(header, show=_iso)


def _iso(value: date | str) -> str:
    return value.isoformat() if isinstance(value, date) else value


# What every file says of the plan first.
PLAN_COLUMNS = [ExportColumn(name) for name in ("plan", "company", "country", "tier", "kind", "status")]


@dataclass(frozen=True)
class File:
    """A file: its columns, and what makes the rows of the plans with these ids."""

    columns: Sequence[ExportColumn]
    read: Callable[[Sequence[int], date], list[Row]]


def rows(file: File, conditions: Sequence[ColumnElement[bool]], today: date) -> Iterator[Row]:
    """The rows of all plans that fit. `conditions` say as well which of them the reader may see."""
    for ids in portions(select(Plan.id).where(*conditions), Plan.id, size=PORTION):
        yield from file.read([id_ for (id_,) in ids], today)


@dataclass(frozen=True)
class _Plans:
    """Some plans with what files say of each, and what their members are called."""

    by_id: Mapping[int, Plan]
    heads: Mapping[int, tuple[str, ...]]
    names: Mapping[int | None, str]

    def head(self, plan_id: int) -> tuple[str, ...]:
        """The first cells of a row of the plan."""
        return self.heads[plan_id]

    def name(self, member_id: int | None) -> str:
        """What a member is called; empty for nobody."""
        return self.names.get(member_id, "")


def _plans(ids: Sequence[int]) -> _Plans:
    query = select(Plan, Organisation.name, Organisation.country_code, Tier.label)
    query = query.join(Organisation, Organisation.id == Plan.side_b_id).outerjoin(Tier, Tier.key == Organisation.tier_key)
    heads, plans = {}, {}
    for plan, company, country, tier in db.session.execute(query.where(Plan.id.in_(ids))):
        plans[plan.id] = plan
        heads[plan.id] = (plan.code, company, country, tier or "", plan.kind.value, plan.status.value)
    names = select(PlanMember.id, PlanMember.name).where(PlanMember.plan_id.in_(ids))
    return _Plans(plans, heads, {row.id: row.name for row in db.session.execute(names)})


def _of(model: Any, ids: Sequence[int], *order: Any) -> Sequence[Any]:
    return db.session.scalars(select(model).where(model.plan_id.in_(ids)).order_by(model.plan_id, *order)).all()


class _Signed(NamedTuple):
    """Objectives that hold now, and of plans that are being amended the currency that is signed."""

    objectives: list[Objective]
    currencies: dict[int, str]

    def unit(self, one: Objective, plan: Plan) -> str:
        """In what an objective is counted: the currency for money."""
        return self.currencies.get(plan.id, plan.currency) if one.unit is ObjectiveUnit.CURRENCY else one.unit.value


def _in_force(ids: Sequence[int]) -> _Signed:
    """The objectives of these plans that hold now, as `actuals.queries.in_force` gives those of one."""
    signed = select(PlanVersion).join(Plan, Plan.id == PlanVersion.plan_id)
    signed = signed.where(Plan.id.in_(ids), Plan.amendment.is_not(None), PlanVersion.state == VersionState.IN_FORCE)
    versions = db.session.scalars(signed).all()
    currencies = {one.plan_id: str(json.loads(one.content)["currency"]) for one in versions}
    live = [one for one in _of(Objective, ids, Objective.position, Objective.id) if one.plan_id not in currencies]
    found = [*live, *(one for version in versions for one in signed_objectives(version))]
    return _Signed(sorted(found, key=lambda one: one.plan_id), currencies)


def _objectives(ids: Sequence[int], _today: date) -> list[Row]:
    plans = _plans(ids)
    values = {(one.objective_id, one.quarter): one for one in _of(Actual, ids)}
    found: list[Row] = []
    signed = _in_force(ids)
    for one in signed.objectives:
        plan = plans.by_id[one.plan_id]
        first = (
            *plans.head(plan.id),
            one.id,
            one.statement,
            one.category.value,
            signed.unit(one, plan),
            one.direction.value,
            one.roll_up.value,
            one.product,
            one.country_code or "",
            one.weight,
            one.share_a,
            one.source.value,
            plans.name(one.owner_a_id),
            plans.name(one.owner_b_id),
            one.baseline,
            one.annual,
            one.band_low,
            one.band_high,
        )
        for quarter in QUARTERS:
            value, judged = values.get((one.id, quarter)), line(one, quarter, values)
            target = None if one.direction is Direction.BAND else one.target(quarter)
            counts = value is not None and is_confirmed(value)
            colour = judged.rag.value if has_target(one, quarter) else ""
            found.append(
                (
                    *first,
                    quarter,
                    fiscal_name(plan.period_start, quarter, plan.fiscal_start),
                    target,
                    value.value if value is not None else None,
                    "" if value is None else "yes" if counts else "no",
                    judged.attainment if has_target(one, quarter) else None,
                    colour,
                )
            )
    return found


OBJECTIVES = File(
    [
        *PLAN_COLUMNS,
        ExportColumn("objective_id", "number"),
        *(
            ExportColumn(name)
            for name in ("objective", "category", "unit", "direction", "roll_up", "product", "objective_country")
        ),
        *(ExportColumn(name, "number") for name in ("weight", "share_a")),
        *(ExportColumn(name) for name in ("source", "owner_a", "owner_b")),
        *(amount_column(name) for name in ("last_year", "target_year", "band_low", "band_high")),
        ExportColumn("quarter", "number"),
        ExportColumn("fiscal_quarter"),
        *(amount_column(name) for name in ("target", "actual")),
        ExportColumn("confirmed"),
        amount_column("attainment_percent"),
        ExportColumn("rag"),
    ],
    _objectives,
)


def _actuals(ids: Sequence[int], _today: date) -> list[Row]:
    plans = _plans(ids)
    # Of a row that an amendment takes out there is what was signed, of one that it adds there is no value yet.
    signed = _in_force(ids)
    objectives = {one.id: one for one in (*_of(Objective, ids), *signed.objectives)}
    found: list[Row] = []
    for value in _of(Actual, ids, Actual.objective_id, Actual.quarter):
        one, plan = objectives[value.objective_id], plans.by_id[value.plan_id]
        target: Decimal | None = None if one.direction is Direction.BAND else one.target(value.quarter)
        found.append(
            (
                *plans.head(plan.id),
                one.id,
                one.statement,
                one.category.value,
                signed.unit(one, plan),
                value.quarter,
                fiscal_name(plan.period_start, value.quarter, plan.fiscal_start),
                target,
                value.value,
                value.note,
                value.source.value,
                plans.name(value.entered_by_id),
                value.entered_at,
                plans.name(value.confirmed_by_id),
                value.confirmed_at,
            )
        )
    return found


ACTUALS = File(
    [
        *PLAN_COLUMNS,
        ExportColumn("objective_id", "number"),
        *(ExportColumn(name) for name in ("objective", "category", "unit")),
        ExportColumn("quarter", "number"),
        ExportColumn("fiscal_quarter"),
        *(amount_column(name) for name in ("target", "actual")),
        *(ExportColumn(name) for name in ("note", "source", "entered_by")),
        ExportColumn("entered_at", "moment"),
        ExportColumn("confirmed_by"),
        ExportColumn("confirmed_at", "moment"),
    ],
    _actuals,
)


def _actions(ids: Sequence[int], today: date) -> list[Row]:
    plans = _plans(ids)
    found: list[Row] = []
    for one in _of(PlanAction, ids, PlanAction.number):
        colour = action_rag(one, today)
        found.append(
            (
                *plans.head(one.plan_id),
                one.number,
                one.text,
                plans.name(one.accountable_id),
                plans.name(one.helper_id),
                one.due_on,
                one.status.value,
                colour.value if colour is not None else "",
                one.blocked_by,
                one.origin.value,
                one.evidence,
                one.created_at,
                one.started_at,
                one.ended_at,
            )
        )
    return found


ACTIONS = File(
    [
        *PLAN_COLUMNS,
        ExportColumn("number", "number"),
        *(ExportColumn(name) for name in ("action", "accountable", "helper")),
        day_column("due_on"),
        *(ExportColumn(name) for name in ("action_status", "rag", "blocked_by", "origin", "evidence")),
        *(ExportColumn(name, "moment") for name in ("created_at", "started_at", "ended_at")),
    ],
    _actions,
)
FILES = {"objectives": OBJECTIVES, "actuals": ACTUALS, "actions": ACTIONS}
