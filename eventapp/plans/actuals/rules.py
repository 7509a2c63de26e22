"""Attainment and score, as `domain.md` 3.5 says. Pure, exact decimals throughout."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from eventapp.plans.models import QUARTERS, Actual, Direction, Objective, ObjectiveUnit, Rag, RollUp

MOST = Decimal(120)
GREEN_FROM, AMBER_FROM = Decimal(95), Decimal(80)
MOST_GREY = Decimal(30)
HUNDRED, NOUGHT = Decimal(100), Decimal(0)


@dataclass(frozen=True)
class Line:
    """An objective in a quarter: its target and actual value, its attainment in percent (none: not confirmed), its colour."""

    objective: Objective
    target: Decimal | None
    actual: Decimal | None
    attainment: Decimal | None
    rag: Rag


@dataclass(frozen=True)
class Score:
    """A quarter of a plan: the lines, the weighted score in percent (none: nothing to judge by), its colour.

    `reviewable` is false where too much weight has no confirmed value.
    """

    lines: list[Line]
    score: Decimal | None
    rag: Rag
    reviewable: bool


def attainment(one: Objective, target: Decimal | None, actual: Decimal) -> Decimal | None:
    """How far the actual value reaches the target, in percent from 0 to 120; none where there is no target.

    A band: 100 inside, less the distance in percent of the bound outside. Yes or no: 100 or 0.
    """
    if one.direction is Direction.BAND:
        if one.band_low is None or one.band_high is None:
            return None
        if one.band_low <= actual <= one.band_high:
            return HUNDRED
        bound = one.band_low if actual < one.band_low else one.band_high
        away = abs(actual - bound)
        return _capped(HUNDRED - away * HUNDRED / abs(bound)) if bound else NOUGHT
    if target is None:
        return None
    if one.unit is ObjectiveUnit.YES_NO:
        return HUNDRED if actual >= target else NOUGHT
    if one.direction is Direction.MINIMIZE:
        if actual <= 0:
            return MOST if target > 0 or actual < target else HUNDRED
        return _capped(target * HUNDRED / actual)
    if target <= 0:
        return HUNDRED if actual >= target else NOUGHT
    return _capped(actual * HUNDRED / target)


def _capped(value: Decimal) -> Decimal:
    return min(max(value, NOUGHT), MOST).quantize(Decimal("0.01"), ROUND_HALF_UP)


def colour(value: Decimal | None) -> Rag:
    """Green from 95, amber from 80, red below; grey where there is nothing."""
    if value is None:
        return Rag.GREY
    return Rag.GREEN if value >= GREEN_FROM else Rag.AMBER if value >= AMBER_FROM else Rag.RED


def has_target(one: Objective, quarter: int) -> bool:
    """Whether the objective has something to reach in the quarter: a target, or a band."""
    if one.direction is Direction.BAND:
        return one.band_low is not None and one.band_high is not None
    return one.target(quarter) is not None


def line(one: Objective, quarter: int, values: Mapping[tuple[int, int], Actual], *, to_date: bool = False) -> Line:
    """An objective in a quarter, by confirmed values only; with `to_date` the sum since the year began, where quarters add up."""
    adds = to_date and one.roll_up is RollUp.ADDITIVE and one.direction is not Direction.BAND
    wanted = [n for n in QUARTERS if n <= quarter] if adds else [quarter]
    found = [values.get((one.id, n)) for n in wanted]
    known = [one_value.value for one_value in found if one_value is not None and is_confirmed(one_value)]
    targets = [one.target(n) for n in wanted]
    target = None if None in targets else sum((t for t in targets if t is not None), NOUGHT)
    if one.direction is Direction.BAND:
        target = None
    actual = sum(known, NOUGHT) if len(known) == len(wanted) else None
    reached = attainment(one, target, actual) if actual is not None else None
    return Line(one, target, actual, reached, colour(reached))


def is_confirmed(actual: Actual) -> bool:
    """Whether a value counts: confirmed by the other side, or read from elsewhere, where nobody entered it."""
    return actual.confirmed_at is not None or actual.entered_by_id is None


def score(
    objectives: Sequence[Objective], quarter: int, values: Mapping[tuple[int, int], Actual], *, to_date: bool = False
) -> Score:
    """The score of a quarter: attainment times weight, over the weight of all objectives that have a target in it.

    Attainments count as they are shown, with two decimals. What is not confirmed counts as nothing reached. With `to_date`
    each objective whose quarters add up counts with its sum since the year began.
    A plan with any red objective is amber at best; with more than 30 percent of its weight grey it is not reviewable.
    """
    lines = [line(one, quarter, values, to_date=to_date) for one in objectives if has_target(one, quarter)]
    weight = sum((one.objective.weight for one in lines), 0)
    grey = sum((one.objective.weight for one in lines if one.attainment is None), 0)
    known = [(one.objective.weight, one.attainment) for one in lines if one.attainment is not None]
    if not known:
        return Score(lines, None, Rag.GREY, False)
    total = sum((w * a for w, a in known), NOUGHT) / weight
    total = total.quantize(Decimal("0.01"), ROUND_HALF_UP)
    rag = colour(total)
    if rag is Rag.GREEN and any(one.rag is Rag.RED for one in lines):
        rag = Rag.AMBER
    return Score(lines, total, rag, grey * HUNDRED <= MOST_GREY * weight)
