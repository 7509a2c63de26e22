"""How plans stand in a quarter, computed by the database for thousands of them at once.

The same as `actuals/rules.score`, in whole numbers: amounts are hundredths, attainment is hundredths of a percent, and both
round half up, so nothing differs in the last digit. A test compares both over random plans.
"""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    case,
    cast,
    extract,
    func,
    literal,
    null,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import InstrumentedAttribute

from eventapp.plans.actuals.rules import AMBER_FROM, GREEN_FROM, MOST, MOST_GREY
from eventapp.plans.models import QUARTERS, Actual, Direction, Objective, ObjectiveUnit, Plan, PlanStatus, Rag
from eventapp.plans.portfolio.amended import is_amended

# Hundredths of a percent.
_WHOLE, _MOST = 10_000, int(MOST * 100)
_GREEN, _AMBER = int(GREEN_FROM * 100), int(AMBER_FROM * 100)
Number = ColumnElement[Any]


def quarter_at(day: date, *, back: int = 0) -> Number:
    """The quarter of a plan (1 to 4) that is under way on that day, or the one so many before it: as `rules.judged`."""
    months = (day.year * 12 + day.month) - (extract("year", Plan.period_start) * 12 + extract("month", Plan.period_start))
    # A month of the plan begins on the day of the month on which the plan began, or on its last day if it is too short.
    if day.day < monthrange(day.year, day.month)[1]:
        months = months - case((extract("day", Plan.period_start) > day.day, 1), else_=0)
    since = cast(months, Integer) - 3 * back
    return case((since < 0, null()), (since >= 3 * len(QUARTERS), len(QUARTERS)), else_=since // 3 + 1)


def raw(column: InstrumentedAttribute[Any] | ColumnElement[Any]) -> Number:
    """An amount as the whole number of hundredths that is kept."""
    return type_coerce(column, BigInteger)


def is_confirmed() -> ColumnElement[bool]:
    """Whether an actual value counts, as `actuals.rules.is_confirmed`."""
    return or_(Actual.confirmed_at.is_not(None), Actual.entered_by_id.is_(None))


def standings(conditions: Sequence[ColumnElement[bool]], day: date, *, back: int = 0, name: str = "stands") -> Select[Any]:
    """How the plans in force that fit stand: `plan_id`, `quarter`, `score`, `rag`, `reviewable`.

    Without those that are being amended: of them `amended.py` reads what is signed. The score is in hundredths of a percent,
    or none; a plan that is not reviewable is grey. One of which no objective has a target in the quarter is left out, and is
    grey too. `name` has to differ where it is asked for twice in one statement.
    """
    lines = _lines(_numbers(_judged(conditions, day, back, name), name), name)
    known, weight = lines.c.attainment.is_not(None), _whole_sum(lines.c.weight)
    reached = _whole_sum(lines.c.weight * func.coalesce(lines.c.attainment, 0))
    grey = _whole_sum(case((known, 0), else_=lines.c.weight))
    any_known, any_red = func.max(case((known, 1), else_=0)), func.max(case((lines.c.attainment < _AMBER, 1), else_=0))
    score = case((any_known == 0, null()), else_=(2 * reached + weight) // (2 * weight))
    totals = (
        select(
            lines.c.plan_id,
            lines.c.quarter,
            score.label("score"),
            any_red.label("any_red"),
            case((any_known == 0, 0), (grey * 100 <= int(MOST_GREY) * weight, 1), else_=0).label("reviewable"),
        )
        .group_by(lines.c.plan_id, lines.c.quarter)
        .subquery(f"{name}_total")
    )
    colour = _colour(totals.c.score, totals.c.any_red)
    rag = case((totals.c.reviewable == 0, literal(Rag.GREY.value)), else_=colour).label("rag")
    return select(totals.c.plan_id, totals.c.quarter, totals.c.score, rag, totals.c.reviewable)


def _step(query: Select[Any] | Select[int, Any], name: str) -> CTE:
    """A step whose rows the database works out once, instead of each expression where it is used: hundreds of times."""
    return query.cte(name).prefix_with("MATERIALIZED")


def _judged(conditions: Sequence[ColumnElement[bool]], day: date, back: int, name: str) -> CTE:
    """The plans, each with its quarter."""
    quarter = quarter_at(day, back=back)
    query = select(Plan.id.label("plan_id"), quarter.label("quarter"))
    unchanged = (Plan.status == PlanStatus.ACTIVE, ~is_amended(), quarter.is_not(None))
    return _step(query.where(*unchanged, *conditions), f"{name}_judged")


def _numbers(judged: CTE, name: str) -> CTE:
    """Their objectives that have a target in the quarter, or a band, with the confirmed value if there is one."""
    quarter = judged.c.quarter
    columns = (Objective.q1, Objective.q2, Objective.q3, Objective.q4)
    target = case(*((quarter == n, raw(column)) for n, column in zip(QUARTERS, columns, strict=True)), else_=null())
    low, high, value = raw(Objective.band_low), raw(Objective.band_high), raw(Actual.value)
    banded = and_(Objective.band_low.is_not(None), Objective.band_high.is_not(None))
    is_band = Objective.direction == Direction.BAND
    query = (
        select(
            judged.c.plan_id,
            quarter,
            Objective.weight,
            Objective.unit,
            Objective.direction,
            target.label("target"),
            value.label("value"),
            case((and_(value >= low, value <= high), 1), else_=0).label("inside"),
            # The bound that is missed, and by how much.
            func.abs(case((value < low, low), else_=high)).label("bound"),
            case((value < low, low - value), else_=value - high).label("away"),
        )
        .select_from(judged)
        .join(Objective, Objective.plan_id == judged.c.plan_id)
        .outerjoin(Actual, and_(Actual.objective_id == Objective.id, Actual.quarter == quarter, is_confirmed()))
        .where(or_(and_(is_band, banded), and_(~is_band, target.is_not(None))))
    )
    return _step(query, f"{name}_numbers")


def _lines(numbers: CTE, name: str) -> CTE:
    """How far each objective has come, in hundredths of a percent, as `actuals.rules.attainment`; none: not confirmed."""
    target, value, bound, away = numbers.c.target, numbers.c.value, numbers.c.bound, numbers.c.away
    band = case((numbers.c.inside == 1, _WHOLE), (away >= bound, 0), else_=_rounded(bound - away, bound))
    # Above the most that counts nothing is multiplied, so that no number grows too large.
    minimized = case(
        (value <= 0, case((or_(target > 0, value < target), _MOST), else_=_WHOLE)),
        (target <= 0, 0),
        (target * 5 >= value * 6, _MOST),
        else_=_rounded(target, value),
    )
    maximized = case(
        (target <= 0, case((value >= target, _WHOLE), else_=0)),
        (value <= 0, 0),
        (value * 5 >= target * 6, _MOST),
        else_=_rounded(value, target),
    )
    attainment = case(
        (value.is_(None), null()),
        (numbers.c.direction == Direction.BAND, band),
        (numbers.c.unit == ObjectiveUnit.YES_NO, case((value >= target, _WHOLE), else_=0)),
        (numbers.c.direction == Direction.MINIMIZE, minimized),
        else_=maximized,
    )
    query = select(numbers.c.plan_id, numbers.c.quarter, numbers.c.weight, attainment.label("attainment"))
    return _step(query, f"{name}_lines")


def _rounded(value: Number, of: Number) -> Number:
    """So many hundredths of a percent `value` is of `of`, both above zero, rounded half up."""
    return (value * (2 * _WHOLE) + of) // (2 * of)


def _whole_sum(column: Number) -> Number:
    """A sum as a whole number: on Postgres it would be a decimal."""
    return cast(func.sum(column), BigInteger)


def _colour(score: Number, any_red: Number) -> Number:
    """Any red objective makes the plan amber at best."""
    return case(
        (score.is_(None), _word(Rag.GREY)),
        (and_(score >= _GREEN, any_red == 0), _word(Rag.GREEN)),
        (score >= _AMBER, _word(Rag.AMBER)),
        else_=_word(Rag.RED),
    )


def _word(rag: Rag) -> Number:
    return literal(rag.value, String())
