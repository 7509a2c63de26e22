"""The numbers of a portfolio. All of them come out of two statements, whatever the number of plans; what comes back is a line
for each country, tier, state and colour, and one for each country, tier, category and currency."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
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
    ObjectiveUnit,
    Plan,
    PlanStatus,
    Rag,
    RollUp,
)
from eventapp.plans.portfolio import due
from eventapp.plans.portfolio.amended import Amended, is_amended
from eventapp.plans.portfolio.amounts import ADDED_UNITS, NOUGHT, Amounts, Sum, together
from eventapp.plans.portfolio.standings import is_confirmed, standings


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


def cells(
    viewer: Viewer, conditions: Sequence[ColumnElement[bool]], changed: Sequence[Amended], at: datetime, *, back: int = 0
) -> list[Cell]:
    """All numbers of plans, by country, tier, state and colour; `changed` are those that are being amended. One statement."""
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
    signed = {rag: [one.plan_id for one in changed if one.rag is rag] for rag in Rag}
    rag = case(
        *((seen.c.id.in_(ids), literal(colour.value)) for colour, ids in signed.items() if ids),
        (in_force, func.coalesce(stands.c.rag, literal(Rag.GREY.value))),
        else_=null(),
    )
    unjudged = case(
        (seen.c.id.in_([one.plan_id for one in changed if not one.reviewable]), 1),
        (seen.c.id.in_([one.plan_id for one in changed]), 0),
        (and_(in_force, func.coalesce(stands.c.reviewable, 0) == 0), 1),
        else_=0,
    )
    numbers: list[Any] = [func.count()]
    for part in parts:
        numbers += [func.coalesce(func.sum(part.c.number), 0), func.count(part.c.plan_id)]
    unreviewable = func.sum(unjudged)
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


def sums(
    viewer: Viewer, conditions: Sequence[ColumnElement[bool]], changed: Sequence[Amended], states: Sequence[PlanStatus]
) -> list[Sum]:
    """Targets and what was reached, over plans in these states; of those in `changed` what is signed. One statement."""
    adds = and_(Objective.roll_up == RollUp.ADDITIVE, Objective.direction != Direction.BAND, Objective.unit.in_(ADDED_UNITS))
    seen = (
        select(Plan.id, Plan.currency, Organisation.country_code, Organisation.tier_key)
        .join(Organisation, Organisation.id == Plan.side_b_id)
        .where(queries.visible(viewer), Plan.status.in_(states), ~is_amended(), *conditions)
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
    found = [
        Sum(country, tier, category, money, Amounts(number, *(amount or NOUGHT for amount in some)))
        for country, tier, category, money, number, *some in db.session.execute(query)
    ]
    signed = [one for plan in changed for one in plan.sums] if PlanStatus.ACTIVE in states else []
    groups = together([*found, *signed], lambda one: (one.country, one.tier, one.category, one.currency))
    return [Sum(country, tier, category, money, one) for (country, tier, category, money), one in groups.items()]


_QUARTERS = (Objective.q1, Objective.q2, Objective.q3, Objective.q4)
