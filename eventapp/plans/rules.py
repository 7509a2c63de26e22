"""Rules of plans over facts: codes, periods, quarters, and what is missing in the objectives."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from eventapp.core.amounts import plain_amount
from eventapp.core.i18n import _, ngettext
from eventapp.plans.models import QUARTERS, Direction, Initiative, InitiativeKind, Objective, ObjectiveUnit, RollUp, Side

FEWEST_OBJECTIVES, MOST_OBJECTIVES = 3, 10
LONGEST_PERIOD = 12  # months: a plan has four quarters


# Writes an amount of an objective in its unit.
Shown = Callable[[Decimal, Objective], str]


def plain(amount: Decimal, _one: Objective) -> str:
    """An amount as people type it."""
    return plain_amount(amount)


class Missing(NamedTuple):
    """Something that a plan still lacks: which section, which row of it (none: the section as a whole), and what."""

    section_key: str
    row_id: int | None
    text: str


def code_of(year: int, number: int) -> str:
    """What a plan is called: `JBP-2027-0042`."""
    return f"JBP-{year}-{number:04d}"


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for back in range(4):
        try:
            return date(year, month + 1, day.day - back)
        except ValueError:
            continue
    raise AssertionError(day)  # pragma: no cover - no month is shorter than 28 days


def default_end(start: date) -> date:
    """The last day of a year that begins with `start`."""
    return add_months(start, LONGEST_PERIOD) - timedelta(days=1)


def quarter_days(start: date, quarter: int) -> tuple[date, date]:
    """First and last day of a quarter (1 to 4) of a plan that begins with `start`."""
    return add_months(start, 3 * (quarter - 1)), add_months(start, 3 * quarter) - timedelta(days=1)


def quarter_of(start: date, day: date) -> int | None:
    """The quarter of the plan in which a day lies; none before it and after its year."""
    return next((n for n in QUARTERS if quarter_days(start, n)[0] <= day <= quarter_days(start, n)[1]), None)


def fiscal_name(start: date, quarter: int, fiscal_start: int) -> str:
    """What a quarter of the plan is called in the fiscal year, which begins in month `fiscal_start`: `Q2 FY2027`.

    A fiscal year is named after the calendar year in which it ends.
    """
    first = quarter_days(start, quarter)[0]
    months_in = (first.month - fiscal_start) % 12
    begins = first.year if first.month >= fiscal_start else first.year - 1
    year = begins if fiscal_start == 1 else begins + 1
    return f"Q{months_in // 3 + 1} FY{year}"


@dataclass(frozen=True)
class PeriodProblem:
    """What is wrong with a period, and at which field."""

    field: str
    text: str


def period_problem(start: date, end: date) -> PeriodProblem | None:
    """Why a plan cannot last from `start` to `end`; none if it can."""
    if end <= start:
        return PeriodProblem("period_end", _("The plan must end after it begins."))
    if end > default_end(start):
        return PeriodProblem("period_end", _("A plan lasts twelve months at most."))
    return None


def objective_problems(one: Objective, shown: Shown = plain) -> list[str]:
    """What an objective lacks to be signed, in words; `shown` writes an amount as the page beside it does."""
    found = []
    for side, owner in ((Side.A, one.owner_a_id), (Side.B, one.owner_b_id)):
        if owner is None:
            found.append(
                _("It has no owner on the vendor's side.") if side is Side.A else _("It has no owner on the partner's side.")
            )
    if one.direction is Direction.BAND:
        if one.band_low is None or one.band_high is None:
            found.append(_("Say between which two values it shall stay."))
        return found
    quarters = [one.target(n) for n in QUARTERS]
    if one.annual is None:
        found.append(_("It has no target for the year."))
    if None in quarters:
        found.append(_("It lacks targets for quarters."))
    if one.annual is None or None in quarters:
        return found
    total = sum((q for q in quarters if q is not None), Decimal(0))
    if one.roll_up is RollUp.ADDITIVE and total != one.annual:
        found.append(
            _("The quarters add up to %(total)s, the year is %(year)s.", total=shown(total, one), year=shown(one.annual, one))
        )
    if one.roll_up is RollUp.LEVEL and quarters[3] != one.annual:
        found.append(_("The level at the end of the fourth quarter must be that of the year."))
    return found


def objectives_missing(section_key: str, objectives: Sequence[Objective], shown: Shown = plain) -> list[Missing]:
    """What the objectives of a plan lack: how many there are, their weights together, and each by itself."""
    found: list[Missing] = []
    if len(objectives) < FEWEST_OBJECTIVES:
        text = ngettext(
            "There is %(num)s objective; a plan has at least %(least)s.",
            "There are %(num)s objectives; a plan has at least %(least)s.",
            len(objectives),
            least=FEWEST_OBJECTIVES,
        )
        found.append(Missing(section_key, None, text))
    if len(objectives) > MOST_OBJECTIVES:
        text = _("There are %(number)s objectives; a plan has at most %(most)s.", number=len(objectives), most=MOST_OBJECTIVES)
        found.append(Missing(section_key, None, text))
    weights = sum(one.weight for one in objectives)
    if objectives and weights != 100:
        found.append(Missing(section_key, None, _("The weights add up to %(sum)s, not to 100.", sum=weights)))
    for one in objectives:
        found += [Missing(section_key, one.id, text) for text in objective_problems(one, shown)]
    return found


def shares_missing(section_key: str, objectives: Sequence[Objective]) -> list[Missing]:
    """Which objectives of an alliance that are about money do not say how much of it counts for which side."""
    text = _("It does not say which share counts for each side.")
    money = [one for one in objectives if one.unit is ObjectiveUnit.CURRENCY]
    return [Missing(section_key, one.id, text) for one in money if one.share_a is None]


def workstreams_missing(section_key: str, initiatives: Sequence[Initiative]) -> list[Missing]:
    """Which workstreams lack an owner on one of the two sides."""
    text = _("A workstream has an owner on both sides.")
    streams = [one for one in initiatives if one.kind is InitiativeKind.WORKSTREAM]
    return [Missing(section_key, one.id, text) for one in streams if one.owner_a_id is None or one.owner_b_id is None]


def spread(annual: Decimal) -> list[Decimal]:
    """A target for the year in four quarters that add up to it exactly; what does not divide goes to the last ones.

    Whole numbers stay whole.
    """
    step = Decimal(1) if annual == annual.to_integral_value() else Decimal("0.01")
    whole, rest = divmod(int(annual / step), 4)
    return [(Decimal(whole + (1 if n >= 4 - rest else 0)) * step).quantize(Decimal("0.01")) for n in range(4)]


def risk_level(probability: int, impact: int) -> str:
    """How much a risk weighs: `red` from 15, `amber` from 8, else `green`."""
    score = probability * impact
    return "red" if score >= 15 else "amber" if score >= 8 else "green"
