"""The score of a review, against a spreadsheet: the same rules as formulas over a CSV, evaluated by plain decimals."""

import csv
import io
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventapp.plans.models import Actual, Direction, Objective, ObjectiveCategory, ObjectiveUnit, Rag, RollUp
from eventapp.plans.reviews.numbers import kept, taken
from tests.conftest import NOW

HEAD = (
    *("objective", "weight", "kind", "adds", "low", "high"),
    *(f"target_q{n}" for n in range(1, 5)),
    *(f"reached_q{n}" for n in range(1, 5)),
)
CENT = Decimal("0.01")


def number(cell: str) -> Decimal | None:
    return Decimal(cell) if cell else None


def rounded(value: Decimal) -> Decimal:
    """ROUND(value; 2) of a spreadsheet."""
    return value.quantize(CENT, ROUND_HALF_UP)


def attainment(row: dict[str, str], target: Decimal | None, reached: Decimal | None) -> Decimal | None:
    """One cell: the percentage as the domain says it, MAX(0; MIN(120; …)), or empty."""
    if reached is None:
        return None
    kind = row["kind"]
    if kind == "band":
        low, high = Decimal(row["low"]), Decimal(row["high"])
        if low <= reached <= high:
            return Decimal(100)
        bound = low if reached < low else high
        return Decimal(0) if bound == 0 else rounded(max(Decimal(0), 100 - abs(reached - bound) / abs(bound) * 100))
    assert target is not None
    if kind == "yes_no":
        return Decimal(100) if reached >= target else Decimal(0)
    ratio = reached / target if kind == "maximize" else target / reached
    return rounded(max(Decimal(0), min(Decimal(120), ratio * 100)))


def cells(row: dict[str, str], quarter: int, *, to_date: bool) -> tuple[Decimal | None, Decimal | None]:
    """Target and value of the quarter, or their sums since the year began; none as soon as one of them is empty."""
    wanted = range(1, quarter + 1) if to_date and row["adds"] == "yes" and row["kind"] != "band" else [quarter]
    found = []
    for column in ("target", "reached"):
        there = [number(row[f"{column}_q{n}"]) for n in wanted]
        found.append(None if None in there else sum((one for one in there if one is not None), Decimal(0)))
    return found[0], found[1]


def spreadsheet(sheet: str, quarter: int, *, to_date: bool = False) -> tuple[Decimal | None, str, bool]:
    """Score, colour, and whether it can be reviewed, computed from the sheet alone."""
    weights, points, grey, red, known = 0, Decimal(0), 0, False, False
    for row in csv.DictReader(io.StringIO(sheet)):
        if row["kind"] != "band" and not row[f"target_q{quarter}"]:
            continue
        weight = int(row["weight"])
        weights += weight
        found = attainment(row, *cells(row, quarter, to_date=to_date))
        if found is None:
            grey += weight
            continue
        known = True
        points += weight * found
        red = red or found < 80
    if not known:
        return None, "grey", False
    score, reviewable = rounded(points / weights), grey * 100 <= 30 * weights
    colour = "green" if score >= 95 and not red else "amber" if score >= 80 else "red"
    return score, colour if reviewable else "grey", reviewable


amounts = st.decimals(Decimal("0.01"), Decimal("5000000"), places=2, allow_nan=False, allow_infinity=False)
values = st.one_of(st.none(), amounts, st.integers(1, 400).map(Decimal))


@st.composite
def rows(draw: Any) -> dict[str, Any]:
    kind = draw(st.sampled_from(["maximize", "minimize", "band", "yes_no"]))
    found: dict[str, Any] = {"weight": draw(st.integers(1, 100)), "kind": kind, "adds": draw(st.sampled_from(["yes", "no"]))}
    low, high = sorted([draw(amounts), draw(amounts)])
    found |= {"low": low, "high": high} if kind == "band" else {"low": None, "high": None}
    for n in range(1, 5):
        flag = st.sampled_from([Decimal(0), Decimal(1)])
        # Around the target, so that all colours come up.
        target = None if kind == "band" else draw(flag) if kind == "yes_no" else draw(amounts)
        around = st.integers(50, 140).map(lambda percent, target=target: rounded((target or Decimal(1)) * percent / 100))
        found[f"target_q{n}"] = target
        reached = draw(st.one_of(flag if kind == "yes_no" else values, flag if kind == "yes_no" else around))
        found[f"reached_q{n}"] = max(reached, CENT) if reached is not None and kind == "minimize" else reached
        if found["adds"] == "no" and kind != "band" and draw(st.integers(0, 9)) == 0:
            found[f"target_q{n}"] = None
    if kind == "yes_no":
        found["adds"] = "no"
    return found


def as_sheet(found: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, HEAD)
    writer.writeheader()
    for n, row in enumerate(found, start=1):
        writer.writerow({"objective": n, **{name: "" if value is None else value for name, value in row.items()}})
    return out.getvalue()


def as_objectives(found: list[dict[str, Any]]) -> tuple[list[Objective], dict[tuple[int, int], Actual]]:
    objectives, actuals = [], {}
    for n, row in enumerate(found, start=1):
        kind = row["kind"]
        objectives.append(
            Objective(
                id=n,
                statement=f"Objective {n}",
                category=ObjectiveCategory.CUSTOM,
                unit=ObjectiveUnit.YES_NO if kind == "yes_no" else ObjectiveUnit.COUNT,
                direction=Direction.MAXIMIZE if kind == "yes_no" else Direction(kind),
                roll_up=RollUp.ADDITIVE if row["adds"] == "yes" else RollUp.LEVEL,
                weight=row["weight"],
                band_low=row["low"],
                band_high=row["high"],
                **{f"q{q}": row[f"target_q{q}"] for q in range(1, 5)},
            )
        )
        for q in range(1, 5):
            if row[f"reached_q{q}"] is not None:
                actuals[n, q] = Actual(objective_id=n, quarter=q, value=row[f"reached_q{q}"], entered_by_id=1, confirmed_at=NOW)
    return objectives, actuals


@settings(max_examples=300, deadline=None)
@given(found=st.lists(rows(), min_size=1, max_size=10), quarter=st.integers(1, 4))
def test_a_spreadsheet_says_the_same(found: list[dict[str, Any]], quarter: int) -> None:
    sheet = as_sheet(found)
    numbers = taken(*_both(found, quarter), None, "EUR")
    score, colour, reviewable = spreadsheet(sheet, quarter)
    assert (numbers.score, numbers.rag.value) == (score, colour)
    assert numbers.reviewable == reviewable
    assert numbers.year_score == spreadsheet(sheet, quarter, to_date=True)[0]
    assert kept(numbers.plain()) == numbers, "freezing changes nothing"


def _both(found: list[dict[str, Any]], quarter: int) -> tuple[list[Objective], int, dict[tuple[int, int], Actual]]:
    objectives, actuals = as_objectives(found)
    return objectives, quarter, actuals


BASE = {"kind": "maximize", "adds": "yes", "low": None, "high": None}


def a_row(weight: int, target: str, reached: str | None, **values: Any) -> dict[str, Any]:
    quarters = {f"target_q{n}": Decimal(target) for n in range(1, 5)}
    return {**BASE, "weight": weight, **quarters, **{f"reached_q{n}": None for n in range(1, 5)}, **values} | {
        "reached_q1": Decimal(reached) if reached is not None else None
    }


@pytest.mark.parametrize(
    ("found", "score", "rag"),
    [
        ([a_row(60, "400000", "380000"), a_row(40, "10", "10")], "97", Rag.GREEN),
        ([a_row(60, "400000", "379999.99"), a_row(40, "10", "9.50")], "95", Rag.GREEN),
        ([a_row(50, "3", "2"), a_row(50, "1", "2")], "93.34", Rag.AMBER),
        ([a_row(90, "100", "110"), a_row(10, "100", "79.99")], "107", Rag.AMBER),
        ([a_row(50, "100", "79.99"), a_row(50, "100", "80")], "80", Rag.AMBER),
        ([a_row(50, "5", "7", kind="minimize", adds="no"), a_row(50, "5", "5", kind="minimize", adds="no")], "85.72", Rag.AMBER),
        ([a_row(100, "1", "97", kind="band", low=Decimal(85), high=Decimal(95))], "97.89", Rag.GREEN),
    ],
)
def test_by_hand(found: list[dict[str, Any]], score: str, rag: Rag) -> None:
    numbers = taken(*_both(found, 1), None, "EUR")
    assert (numbers.score, numbers.rag) == (Decimal(score), rag)
    assert spreadsheet(as_sheet(found), 1)[:2] == (Decimal(score), rag.value)
