"""Verdicts about companies, day by day and at each boundary."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventapp.training.models import StandingState
from eventapp.training.programme.rules import Demand, Holding, Place, count, counting, judge, meets, months_later, to_renew

TODAY = date(2027, 1, 20)
TWO = Demand(people_min=2, score_min=0, window_months=None, risk_days=90, grace_days=90)


def held(person: int, until: date | None = None, since: date = date(2026, 1, 1), credential: int = 1, points: int = 1) -> Holding:
    return Holding(person * 10 + credential, person, credential, points, since, until)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2027, 3, 31), -1, date(2027, 2, 28)),
        (date(2027, 11, 30), 24, date(2029, 11, 30)),
        (date(2027, 1, 15), -1, date(2026, 12, 15)),
    ],
)
def test_months_end_where_the_calendar_says(day: date, months: int, later: date) -> None:
    assert months_later(day, months) == later


def test_enough_people_for_good_are_compliant() -> None:
    verdict = judge(TWO, [held(1), held(2)], TODAY)
    assert (verdict.state, verdict.people, verdict.falls_on) == (StandingState.COMPLIANT, 2, None)


def test_one_person_with_two_certificates_is_one_person() -> None:
    assert judge(TWO, [held(1), held(1, credential=2)], TODAY).state is StandingState.GRACE


@pytest.mark.parametrize(
    ("last_day", "state"),
    [
        # Valid to the end of the last day; at risk is what falls within the next 90 days.
        (TODAY - timedelta(days=1), StandingState.GRACE),
        (TODAY, StandingState.AT_RISK),
        (TODAY + timedelta(days=89), StandingState.AT_RISK),
        (TODAY + timedelta(days=90), StandingState.COMPLIANT),
    ],
)
def test_a_certificate_counts_to_the_end_of_its_last_day(last_day: date, state: StandingState) -> None:
    verdict = judge(TWO, [held(1), held(2, last_day)], TODAY)
    assert verdict.state is state
    if state is StandingState.AT_RISK:
        assert (verdict.falls_on, verdict.falls_by) == (last_day + timedelta(days=1), (21,))


def test_what_ends_without_harm_is_no_risk() -> None:
    soon = TODAY + timedelta(days=10)
    assert judge(TWO, [held(1), held(2), held(3, soon)], TODAY).state is StandingState.COMPLIANT
    # The second end is the one that hurts.
    verdict = judge(TWO, [held(1), held(2, soon + timedelta(days=5)), held(3, soon)], TODAY)
    assert (verdict.state, verdict.falls_on, verdict.falls_by) == (
        StandingState.AT_RISK, soon + timedelta(days=6), (21,),
    )  # fmt: skip


def test_who_is_to_renew_is_whoever_takes_away_what_is_lacking_then() -> None:
    soon = TODAY + timedelta(days=10)
    # Who keeps another certificate still counts as a person, and the points of the first are gone.
    both = [held(1, soon), held(1, credential=2), held(2, soon)]
    day = soon + timedelta(days=1)
    assert to_renew(TWO, both, TODAY, day) == {(2, 1)}
    points = Demand(people_min=1, score_min=3, window_months=None, risk_days=90, grace_days=90)
    assert to_renew(points, both, TODAY, day) == {(1, 1), (2, 1)}
    # Who has renewed is not to renew, and does not make the company fall.
    renewed = Holding(99, 1, 1, 1, TODAY, TODAY + timedelta(days=700))
    verdict = judge(TWO, [held(1, soon), renewed, held(2, soon)], TODAY)
    assert (verdict.falls_on, verdict.falls_by) == (day, (21,))
    # Who ends earlier and without harm by themselves is missing on the day as well.
    earlier = held(3, TODAY + timedelta(days=3))
    assert to_renew(TWO, [held(1), held(2, soon), earlier], TODAY, day) == {(2, 1), (3, 1)}


def test_a_certificate_of_tomorrow_does_not_count_today() -> None:
    assert judge(TWO, [held(1), held(2, since=TODAY + timedelta(days=1))], TODAY).people == 1


def test_grace_lasts_to_the_end_of_its_last_day() -> None:
    first = judge(TWO, [held(1)], TODAY)
    assert (first.state, first.grace_until) == (StandingState.GRACE, TODAY + timedelta(days=90))
    last = judge(TWO, [held(1)], TODAY + timedelta(days=90), first.grace_until)
    assert last.state is StandingState.GRACE
    after = judge(TWO, [held(1)], TODAY + timedelta(days=91), first.grace_until)
    assert (after.state, after.grace_until) == (StandingState.NON_COMPLIANT, first.grace_until)
    # Once mended, the next fall has days of grace of its own.
    assert judge(TWO, [held(1), held(2)], TODAY + timedelta(days=91), first.grace_until).grace_until is None


def test_a_window_counts_what_was_completed_in_the_last_months() -> None:
    half_a_year = Demand(1, 0, 6, 0, 90)
    assert judge(half_a_year, [held(1, since=date(2026, 7, 20))], TODAY).state is StandingState.COMPLIANT
    assert judge(half_a_year, [held(1, since=date(2026, 7, 19))], TODAY).state is StandingState.GRACE


def test_a_score_counts_each_credential_of_a_person_once() -> None:
    seventy = Demand(0, 70, None, 90, 90)
    twice = [held(1, points=35), held(1, points=35), held(2, points=35)]
    assert judge(seventy, twice, TODAY).score == 70
    assert judge(seventy, twice, TODAY).state is StandingState.COMPLIANT
    assert judge(seventy, [held(1, points=69)], TODAY).state is StandingState.GRACE


DAYS = st.integers(-200, 200).map(lambda n: TODAY + timedelta(days=n))
HOLDINGS = st.lists(
    st.builds(
        lambda person, credential, since, lasts: Holding(
            person * 10 + credential, person, credential, credential, since, None if lasts is None else since + timedelta(lasts)
        ),
        st.integers(1, 4), st.integers(1, 3), DAYS, st.none() | st.integers(0, 300),
    ),
    max_size=8,
)  # fmt: skip


@given(HOLDINGS, st.integers(0, 4), st.integers(0, 6), st.integers(0, 120), st.none() | st.integers(1, 12))
def test_the_day_of_falling_is_the_first_that_looking_at_each_day_finds(
    holdings: list[Holding], people: int, score: int, risk_days: int, window: int | None
) -> None:
    demand = Demand(people, score, window, risk_days, 90)
    verdict = judge(demand, holdings, TODAY)
    days = [TODAY + timedelta(days=n) for n in range(risk_days + 1)]
    fallen = [day for day in days if not meets(demand, *count(holdings, day, window))]
    if TODAY in fallen:
        assert verdict.state in (StandingState.GRACE, StandingState.NON_COMPLIANT)
    elif fallen:
        assert (verdict.state, verdict.falls_on) == (StandingState.AT_RISK, fallen[0])
        assert verdict.falls_by
    else:
        assert verdict.state is StandingState.COMPLIANT


def test_a_person_counts_for_one_company() -> None:
    first, second = Place(1, 7, 100, date(2025, 1, 1)), Place(2, 7, 200, date(2026, 1, 1))
    assert counting([second, first]) == {7: 100}
    chosen = Place(2, 7, 200, date(2026, 1, 1), chosen=True)
    assert counting([first, chosen]) == {7: 200}
    # Nobody knows since when: it was there before all others.
    assert counting([first, Place(3, 7, 300, None)]) == {7: 300}
