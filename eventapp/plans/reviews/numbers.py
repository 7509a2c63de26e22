"""The numbers of a review: targets as they are signed, what was reached, attainment, score; frozen they are kept as text.

The score is that of the quarter. Beside it stand the numbers since the year began, where quarters add up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from eventapp.plans.actuals import rules
from eventapp.plans.actuals.rules import Line
from eventapp.plans.content.merging import plain
from eventapp.plans.models import (
    Actual,
    Direction,
    Objective,
    ObjectiveUnit,
    PlanVersion,
    Rag,
    RollUp,
)


@dataclass(frozen=True)
class NumberLine:
    """An objective in a quarter, and since the year began (none where quarters do not add up).

    `entered` is a value that does not count, since the other side has not confirmed it. A band has `low` and `high`
    instead of a target.
    """

    objective_id: int
    statement: str
    unit: ObjectiveUnit
    direction: Direction
    roll_up: RollUp
    weight: int
    target: Decimal | None
    low: Decimal | None
    high: Decimal | None
    actual: Decimal | None
    entered: Decimal | None
    note: str
    attainment: Decimal | None
    rag: Rag
    year_target: Decimal | None
    year_actual: Decimal | None
    year_attainment: Decimal | None
    year_rag: Rag | None

    @property
    def adds_up(self) -> bool:
        """Whether its quarters add up, so that the year to date says something of its own."""
        return self.year_rag is not None


@dataclass(frozen=True)
class Numbers:
    """The numbers of a review. `version` is the number of the signed version whose targets they are; empty for none.

    `currency` is that of amounts of money, as it is signed.
    """

    quarter: int
    version: str
    currency: str
    lines: list[NumberLine]
    score: Decimal | None
    rag: Rag
    reviewable: bool
    grey_weight: int
    weight: int
    year_score: Decimal | None

    def plain(self) -> dict[str, Any]:
        """As it is kept: amounts as text, nothing that a database could round."""
        lines = [{name: plain(value) for name, value in vars(one).items()} for one in self.lines]
        return {**{name: plain(value) for name, value in vars(self).items() if name != "lines"}, "lines": lines}


_AMOUNTS = (
    *("target", "low", "high", "actual", "entered", "attainment"),
    *("year_target", "year_actual", "year_attainment"),
)


def _amount(text: Any) -> Decimal | None:
    return Decimal(text).quantize(Decimal("0.01")) if text not in (None, "") else None


def kept(found: Mapping[str, Any]) -> Numbers:
    """Numbers as they were frozen."""
    lines = []
    for one in found["lines"]:
        values = {**one, **{name: _amount(one[name]) for name in _AMOUNTS}}
        values |= {
            "unit": ObjectiveUnit(one["unit"]),
            "direction": Direction(one["direction"]),
            "roll_up": RollUp(one["roll_up"]),
        }
        lines.append(
            NumberLine(**values | {"rag": Rag(one["rag"]), "year_rag": Rag(one["year_rag"]) if one["year_rag"] else None})
        )
    scores = {name: _amount(found[name]) for name in ("score", "year_score")}
    return Numbers(**{**found, **scores, "lines": lines, "rag": Rag(found["rag"])})


def taken(
    objectives: Sequence[Objective],
    quarter: int,
    values: Mapping[tuple[int, int], Actual],
    version: PlanVersion | None,
    currency: str,
) -> Numbers:
    """The numbers as they are at this moment, of the objectives that have a target in the quarter."""
    found = rules.score(objectives, quarter, values)
    year = rules.score(objectives, quarter, values, to_date=True)
    lines = [_line(one, quarter, rules.line(one.objective, quarter, values, to_date=True), values) for one in found.lines]
    return Numbers(
        quarter=quarter,
        version=version.number if version is not None else "",
        currency=currency,
        lines=lines,
        score=found.score,
        rag=found.rag if found.reviewable else Rag.GREY,
        reviewable=found.reviewable,
        grey_weight=sum(one.weight for one in lines if one.attainment is None),
        weight=sum(one.weight for one in lines),
        year_score=year.score,
    )


def _line(found: Line, quarter: int, year: Line, values: Mapping[tuple[int, int], Actual]) -> NumberLine:
    one, said = found.objective, values.get((found.objective.id, quarter))
    adds = one.roll_up is RollUp.ADDITIVE and one.direction is not Direction.BAND
    unconfirmed = said is not None and not rules.is_confirmed(said)
    return NumberLine(
        objective_id=one.id,
        statement=one.statement,
        unit=one.unit,
        direction=one.direction,
        roll_up=one.roll_up,
        weight=one.weight,
        target=found.target,
        low=one.band_low if one.direction is Direction.BAND else None,
        high=one.band_high if one.direction is Direction.BAND else None,
        actual=found.actual,
        entered=said.value if said is not None and unconfirmed else None,
        note=said.note if said is not None else "",
        attainment=found.attainment,
        rag=found.rag,
        year_target=year.target if adds else None,
        year_actual=year.actual if adds else None,
        year_attainment=year.attainment if adds else None,
        year_rag=year.rag if adds else None,
    )
