"""The numbers of a portfolio. All of them come out of two statements, whatever the number of plans; what comes back is a line
for each country, tier, state and colour, and one for each country, tier, category and currency."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, literal, null, select

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.partners.models import Organisation
from eventapp.plans import queries
from eventapp.plans.models import (
    Actual,
    Direction,
    Objective,
    ObjectiveCategory,
    ObjectiveUnit,
    Plan,
    PlanStatus,
    Rag,
    RollUp,
)
from eventapp.plans.portfolio import due
from eventapp.plans.portfolio.standings import is_confirmed, standings

# What adds up over plans: money, each currency by itself, and whole things.
ADDED_UNITS = (ObjectiveUnit.CURRENCY, ObjectiveUnit.COUNT)
NOUGHT = Decimal(0)


@dataclass
class Tally:
    """Numbers of plans, and of what is due in how many of them."""

    plans: int = 0
    signatures: int = 0
    to_sign: int = 0
    reviews: int = 0
    to_review: int = 0
    actions: int = 0
    late: int = 0
    unreviewable: int = 0

    def add(self, other: "Tally") -> None:
        """Adds the numbers of further plans."""
        for one in fields(Tally):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


class Cell(NamedTuple):
    """The plans with companies of a country and tier (none: without) that are in a state and stand so (none: not in force)."""

    country: str
    tier: str | None
    status: PlanStatus
    rag: Rag | None
    tally: Tally


def cells(viewer: Viewer, conditions: Sequence[ColumnElement[bool]], at: datetime, *, back: int = 0) -> list[Cell]:
    """All numbers of plans, by country, tier, state and colour. One statement."""
    seen = (
        select(Plan.id, Plan.status, Organisation.country_code, Organisation.tier_key)
        .join(Organisation, Organisation.id == Plan.side_b_id)
        .where(queries.visible(viewer), *conditions)
        .cte("seen")
    )
    of = Plan.id.in_(select(seen.c.id))
    stands = standings([of], at.date(), back=back).subquery("stands")
    parts = [
        due.signatures(of).subquery("unsigned"),
        due.reviews(of, at).subquery("due"),
        due.actions(of, at.date()).subquery("late"),
    ]
    in_force = seen.c.status == PlanStatus.ACTIVE
    rag = case((in_force, func.coalesce(stands.c.rag, literal(Rag.GREY.value))), else_=null())
    numbers: list[Any] = [func.count()]
    for part in parts:
        numbers += [func.coalesce(func.sum(part.c.number), 0), func.count(part.c.plan_id)]
    unreviewable = func.count(case((and_(in_force, func.coalesce(stands.c.reviewable, 0) == 0), 1)))
    keys = [seen.c.country_code, seen.c.tier_key, seen.c.status, rag.label("rag")]
    query = select(*keys, *numbers, unreviewable).select_from(seen).outerjoin(stands, stands.c.plan_id == seen.c.id)
    for part in parts:
        query = query.outerjoin(part, part.c.plan_id == seen.c.id)
    rows = db.session.execute(query.group_by(*keys))
    return [
        Cell(country, tier, status, Rag(colour) if colour is not None else None, Tally(*map(int, counts)))
        for country, tier, status, colour, *counts in rows
    ]


def added(found: Iterable[Cell]) -> Tally:
    """The numbers of several cells together."""
    total = Tally()
    for one in found:
        total.add(one.tally)
    return total


def by(found: Sequence[Cell], key: Callable[[Cell], Any]) -> dict[Any, list[Cell]]:
    """The cells by something that they share."""
    groups: dict[Any, list[Cell]] = {}
    for one in found:
        groups.setdefault(key(one), []).append(one)
    return groups


@dataclass
class Amounts:
    """What so many objectives come to. `annual` are the targets for the year.

    `reached` is what was confirmed, `so_far` the targets of the same quarters, so the two can be compared.
    """

    objectives: int = 0
    annual: Decimal = NOUGHT
    so_far: Decimal = NOUGHT
    reached: Decimal = NOUGHT

    @property
    def percent(self) -> Decimal | None:
        """How much was reached of what was to be reached by then; none where nothing was."""
        return (self.reached * 100 / self.so_far).quantize(Decimal("0.1")) if self.so_far > 0 else None

    def add(self, other: "Amounts") -> None:
        """Adds further objectives of the same kind."""
        for one in fields(Amounts):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


class Sum(NamedTuple):
    """What objectives that add up come to: of a category, in a currency (empty: a number of things)."""

    country: str
    tier: str | None
    category: ObjectiveCategory
    currency: str
    amounts: Amounts


def sums(viewer: Viewer, conditions: Sequence[ColumnElement[bool]], states: Sequence[PlanStatus]) -> list[Sum]:
    """Targets and what was reached, over plans in these states. Currencies are never mixed. One statement."""
    adds = and_(Objective.roll_up == RollUp.ADDITIVE, Objective.direction != Direction.BAND, Objective.unit.in_(ADDED_UNITS))
    seen = (
        select(Plan.id, Plan.currency, Organisation.country_code, Organisation.tier_key)
        .join(Organisation, Organisation.id == Plan.side_b_id)
        .where(queries.visible(viewer), Plan.status.in_(states), *conditions)
        .cte("seen")
    )
    target = case(*((Actual.quarter == n, column) for n, column in enumerate(_QUARTERS, start=1)), else_=null())
    reported = (
        select(Actual.objective_id, func.sum(Actual.value).label("reached"), func.sum(target).label("so_far"))
        .join(Objective, Objective.id == Actual.objective_id)
        .where(Actual.plan_id.in_(select(seen.c.id)), is_confirmed(), adds, target.is_not(None))
        .group_by(Actual.objective_id)
        .subquery("reported")
    )
    currency = case((Objective.unit == ObjectiveUnit.CURRENCY, seen.c.currency), else_=literal(""))
    keys = [seen.c.country_code, seen.c.tier_key, Objective.category, currency.label("currency")]
    amounts = [func.sum(Objective.annual), func.sum(reported.c.so_far), func.sum(reported.c.reached)]
    query = (
        select(*keys, func.count(), *amounts)
        .select_from(seen)
        .join(Objective, Objective.plan_id == seen.c.id)
        .outerjoin(reported, reported.c.objective_id == Objective.id)
        .where(adds)
        .group_by(*keys)
    )
    return [
        Sum(country, tier, category, money, Amounts(number, *(amount or NOUGHT for amount in found)))
        for country, tier, category, money, number, *found in db.session.execute(query)
    ]


_QUARTERS = (Objective.q1, Objective.q2, Objective.q3, Objective.q4)


def together(found: Iterable[Sum], key: Callable[[Sum], Any]) -> dict[Any, Amounts]:
    """Sums added up by something that includes category and currency."""
    groups: dict[Any, Amounts] = {}
    for one in found:
        groups.setdefault(key(one), Amounts()).add(one.amounts)
    return groups
