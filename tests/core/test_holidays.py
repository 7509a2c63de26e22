"""Holidays by country: known days, days that move, weekends."""

from datetime import date

import pytest
from flask import Flask

from eventapp.core.db import db
from eventapp.core.holidays import _TOKENS, MOON, _of_year, easter, holiday, is_known, is_weekend, orthodox_easter
from eventapp.partners.models import Country


@pytest.mark.parametrize(
    ("year", "west", "east"),
    [
        (2024, date(2024, 3, 31), date(2024, 5, 5)),
        (2025, date(2025, 4, 20), date(2025, 4, 20)),
        (2026, date(2026, 4, 5), date(2026, 4, 12)),
        (2027, date(2027, 3, 28), date(2027, 5, 2)),
        (2038, date(2038, 4, 25), date(2038, 4, 25)),
    ],
)
def test_easter_of_both_churches(year: int, west: date, east: date) -> None:
    assert (easter(year), orthodox_easter(year)) == (west, east)


@pytest.mark.parametrize(
    ("country", "day", "name"),
    [
        ("AT", date(2027, 5, 27), "Corpus Christi"),
        ("AT", date(2027, 10, 26), "public holiday"),
        ("DE", date(2027, 5, 6), "Ascension Day"),
        ("DE", date(2027, 1, 6), None),
        ("GB", date(2027, 5, 3), "public holiday"),
        ("GB", date(2027, 5, 31), "public holiday"),
        ("GB", date(2027, 8, 30), "public holiday"),
        # Both days of Christmas fall on a weekend: they are kept on Monday and Tuesday.
        ("GB", date(2027, 12, 27), "Christmas Day"),
        ("GB", date(2027, 12, 28), "Second day of Christmas"),
        ("GB", date(2027, 12, 25), None),
        ("SE", date(2027, 6, 25), "Midsummer Eve"),
        ("SE", date(2027, 6, 26), "Midsummer Day"),
        ("GR", date(2027, 3, 15), "Clean Monday"),
        ("RO", date(2027, 5, 3), "Easter Monday"),
        ("IE", date(2027, 10, 25), "public holiday"),
        ("NO", date(2027, 3, 25), "Maundy Thursday"),
        ("TR", date(2027, 10, 29), "public holiday"),
        ("XX", date(2027, 1, 1), None),
    ],
)
def test_holidays(app: Flask, country: str, day: date, name: str | None) -> None:
    with app.test_request_context():
        assert holiday(country, day) == name


def test_every_rule_can_be_read_in_every_year() -> None:
    for country in _TOKENS:
        for year in (1990, 2027, 2028, 2200):
            found = _of_year(country, year)
            assert len(found) == len(_TOKENS[country].split()), (country, year)


def test_weekends() -> None:
    friday, saturday, sunday = date(2027, 3, 12), date(2027, 3, 13), date(2027, 3, 14)
    assert [is_weekend("AT", day) for day in (friday, saturday, sunday)] == [False, True, True]
    assert [is_weekend("SA", day) for day in (friday, saturday, sunday)] == [True, True, False]


def test_the_countries_of_the_programme_are_known(app: Flask) -> None:
    """All that the list of regions has but Ukraine, where there are no holidays while there is war."""
    codes = {code for (code,) in db.session.query(Country.code)}
    assert {code for code in codes if not is_known(code)} <= {"UA"}
    assert set(_TOKENS) >= MOON
