"""Amounts, quarters, merging, and what objectives lack: without a database."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from eventapp.core.amounts import plain_amount, read_amount
from eventapp.plans.content.merging import ConflictError, Since, merge, plain
from eventapp.plans.models import Direction, Objective, RollUp
from eventapp.plans.rules import (
    add_months,
    code_of,
    default_end,
    fiscal_name,
    objective_problems,
    objectives_missing,
    period_problem,
    quarter_days,
    quarter_of,
    spread,
)


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("1250", "1250"),
        ("1250.5", "1250.50"),
        ("1250,50", "1250.50"),
        ("1,250", "1250"),
        ("1.250", "1250"),
        ("1.250.000,5", "1250000.50"),
        ("1,250,000.50", "1250000.50"),
        ("1 250 000", "1250000"),
        ("1’250.–".replace("–", "5"), "1250.50"),
        ("-3,25", "-3.25"),
        ("−3", "-3"),
        ("0", "0"),
        ("999999999999.99", "999999999999.99"),
    ],
)
def test_amounts_as_people_type_them(typed: str, amount: str) -> None:
    assert read_amount(typed) == Decimal(amount)


@pytest.mark.parametrize(
    "typed", ["", "x", "1,25,3", "1.2345", "12.3456", "1,250.000,5", "1e5", "--1", "٣", "1000000000000", "NaN", "1..5", "."]
)
def test_what_is_no_amount(typed: str) -> None:
    assert read_amount(typed) is None


def test_amounts_are_shown_as_they_can_be_typed_again() -> None:
    for text in ("1250", "1250.50", "-3.25", "0"):
        amount = read_amount(text)
        assert plain_amount(amount) == text
    assert plain_amount(None) == ""


def test_quarters_and_codes() -> None:
    start = date(2027, 2, 1)
    assert default_end(start) == date(2028, 1, 31)
    assert quarter_days(start, 1) == (date(2027, 2, 1), date(2027, 4, 30))
    assert quarter_days(start, 4) == (date(2027, 11, 1), date(2028, 1, 31))
    assert [quarter_of(start, day) for day in (date(2027, 1, 31), start, date(2028, 1, 31), date(2028, 2, 1))] == [
        None,
        1,
        4,
        None,
    ]
    assert fiscal_name(start, 1, 2) == "Q1 FY2028"
    assert fiscal_name(date(2027, 1, 1), 3, 1) == "Q3 FY2027"
    assert fiscal_name(date(2027, 1, 1), 1, 7) == "Q3 FY2027"
    assert add_months(date(2027, 1, 31), 1) == date(2027, 2, 28)
    assert code_of(2027, 42) == "JBP-2027-0042"


def test_periods() -> None:
    start = date(2027, 1, 1)
    assert period_problem(start, date(2027, 12, 31)) is None
    for end in (start, date(2026, 1, 1), date(2028, 1, 1)):
        problem = period_problem(start, end)
        assert problem is not None
        assert problem.field == "period_end"


@pytest.mark.parametrize(
    ("annual", "quarters"), [("400", "100 100 100 100"), ("401", "100 100 100 101"), ("0.02", "0 0 0.01 0.01")]
)
def test_a_year_spread_over_quarters_adds_up(annual: str, quarters: str) -> None:
    found = spread(Decimal(annual))
    assert found == [Decimal(q) for q in quarters.split()]
    assert sum(found) == Decimal(annual)


def an_objective(**values: Any) -> Objective:
    quarters = {f"q{n}": Decimal(25) for n in range(1, 5)}
    defaults = {"id": 1, "owner_a_id": 1, "owner_b_id": 2, "annual": Decimal(100), "weight": 25, **quarters}
    return Objective(**{**defaults, "roll_up": RollUp.ADDITIVE, "direction": Direction.MAXIMIZE, **values})


def test_what_an_objective_lacks() -> None:
    assert objective_problems(an_objective()) == []
    assert len(objective_problems(an_objective(owner_a_id=None, owner_b_id=None))) == 2
    assert "add up to 100.01" in objective_problems(an_objective(q1=Decimal("25.01")))[0]
    assert objective_problems(an_objective(annual=None))
    assert objective_problems(an_objective(q3=None))
    level = {"roll_up": RollUp.LEVEL, "q1": Decimal(10), "q4": Decimal(100)}
    assert objective_problems(an_objective(**level)) == []
    assert objective_problems(an_objective(roll_up=RollUp.LEVEL))
    band = {"direction": Direction.BAND, "annual": None, "q1": None}
    assert objective_problems(an_objective(**band))
    assert objective_problems(an_objective(**band, band_low=Decimal(1), band_high=Decimal(2))) == []


def test_how_many_and_how_heavy() -> None:
    four = [an_objective() for _n in range(4)]
    assert objectives_missing("objectives", four) == []
    assert [one.text for one in objectives_missing("objectives", four[:3])] == ["The weights add up to 75, not to 100."]
    assert len(objectives_missing("objectives", four[:2])) == 2
    assert any("at most 10" in one.text for one in objectives_missing("objectives", four * 3))
    assert len(objectives_missing("objectives", [])) == 1


class TestMerging:
    """Two people write at once."""

    current = {"a": "A2", "b": "B", "c": Decimal(5)}  # noqa: RUF012 - read only
    since = [Since({"a": ["A", "A1"]}, 7), Since({"a": ["A1", "A2"]}, 8)]  # noqa: RUF012 - read only

    def test_different_fields_are_merged(self) -> None:
        assert merge({"a": "A", "b": "B!", "c": Decimal("5.00")}, self.current, self.since) == {"b": "B!"}

    def test_the_same_field_is_shown_and_what_was_not_touched_is_named(self) -> None:
        since = [*self.since, Since({"b": ["B0", "B"]}, 9)]
        with pytest.raises(ConflictError) as met:
            merge({"a": "mine", "b": "B0", "c": Decimal(5)}, self.current, since)
        assert met.value.theirs == [("a", "A2", 8)]
        assert met.value.left == ["b"]
        assert met.value.status == 409

    def test_the_same_text_is_no_conflict(self) -> None:
        assert merge({"a": "A2", "b": "B", "c": Decimal(5)}, self.current, self.since) == {}

    def test_what_was_put_back_meanwhile_may_be_changed(self) -> None:
        since = [Since({"b": ["B", "X"]}, 7), Since({"b": ["X", "B"]}, 7)]
        assert merge({"b": "mine"}, self.current, since) == {"b": "mine"}

    def test_values_are_compared_as_they_are_kept(self) -> None:
        assert (plain(Decimal("5.50")), plain(RollUp.LEVEL), plain(date(2027, 1, 2)), plain(None)) == (
            "5.50",
            "level",
            "2027-01-02",
            None,
        )
