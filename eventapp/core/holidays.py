"""Public holidays and weekends by country: enough to warn whoever proposes a day, without a library.

Those of a whole country alone: what only a region keeps is not here. Where feasts follow the moon (`MOON`) they are
announced late and differ by a day, so there is nothing to compute, and whoever shows holidays says so.
"""

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from eventapp.core.i18n import _l

# A token is a day of each year (`6.1`: 6 January), days after Easter (`E-2`: Good Friday; `O` is that of the Orthodox
# churches), or the first such weekday from a day on (`MO>25.8`: the last Monday of August).
_WEST = {
    "AT": "1.1 6.1 E+1 1.5 E+39 E+50 E+60 15.8 26.10 1.11 8.12 25.12 26.12",
    "DE": "1.1 E-2 E+1 1.5 E+39 E+50 3.10 25.12 26.12",
    "CH": "1.1 E-2 E+1 E+39 E+50 1.8 25.12 26.12",
    "LI": "1.1 6.1 E+1 1.5 E+39 E+50 E+60 15.8 8.9 1.11 8.12 25.12 26.12",
    "GB": "1.1 E-2 E+1 MO>1.5 MO>25.5 MO>25.8 25.12 26.12",
    "IE": "1.1 MO>1.2 17.3 E+1 MO>1.5 MO>1.6 MO>1.8 MO>25.10 25.12 26.12",
    "FR": "1.1 E+1 1.5 8.5 E+39 E+50 14.7 15.8 1.11 11.11 25.12",
    "MC": "1.1 27.1 E+1 1.5 E+39 E+50 E+60 15.8 1.11 19.11 8.12 25.12",
    "DK": "1.1 E-3 E-2 E+1 E+39 E+50 25.12 26.12",
    "SE": "1.1 6.1 E-2 E+1 1.5 E+39 6.6 FR>19.6 SA>20.6 SA>31.10 24.12 25.12 26.12",
    "NO": "1.1 E-3 E-2 E+1 1.5 17.5 E+39 E+50 25.12 26.12",
    "FI": "1.1 6.1 E-2 E+1 1.5 E+39 FR>19.6 SA>20.6 SA>31.10 6.12 24.12 25.12 26.12",
    "IS": "1.1 E-3 E-2 E+1 TH>19.4 1.5 E+39 E+50 17.6 MO>1.8 25.12 26.12",
    "BE": "1.1 E+1 1.5 E+39 E+50 21.7 15.8 1.11 11.11 25.12",
    "NL": "1.1 E+1 27.4 E+39 E+50 25.12 26.12",
    "LU": "1.1 E+1 1.5 9.5 E+39 E+50 23.6 15.8 1.11 25.12 26.12",
    "PL": "1.1 6.1 E+1 1.5 3.5 E+60 15.8 1.11 11.11 24.12 25.12 26.12",
    "CZ": "1.1 E-2 E+1 1.5 8.5 5.7 6.7 28.9 28.10 17.11 24.12 25.12 26.12",
    "SK": "1.1 6.1 E-2 E+1 1.5 8.5 5.7 29.8 15.9 1.11 24.12 25.12 26.12",
    "HU": "1.1 15.3 E-2 E+1 1.5 E+50 20.8 23.10 1.11 25.12 26.12",
    "HR": "1.1 6.1 E+1 1.5 30.5 E+60 22.6 5.8 15.8 1.11 18.11 25.12 26.12",
    "SI": "1.1 2.1 8.2 E+1 27.4 1.5 2.5 25.6 15.8 31.10 1.11 25.12 26.12",
    "EE": "1.1 24.2 E-2 1.5 23.6 24.6 20.8 24.12 25.12 26.12",
    "LV": "1.1 E-2 E+1 1.5 4.5 23.6 24.6 18.11 24.12 25.12 26.12 31.12",
    "LT": "1.1 16.2 11.3 E+1 1.5 24.6 6.7 15.8 1.11 2.11 24.12 25.12 26.12",
    "ES": "1.1 6.1 E-2 1.5 15.8 12.10 1.11 6.12 8.12 25.12",
    "PT": "1.1 E-2 25.4 1.5 E+60 10.6 15.8 5.10 1.11 1.12 8.12 25.12",
    "IT": "1.1 6.1 E+1 25.4 1.5 2.6 15.8 4.10 1.11 8.12 25.12 26.12",
    "MT": "1.1 10.2 19.3 31.3 E-2 1.5 7.6 29.6 15.8 8.9 21.9 8.12 13.12 25.12",
}
_EAST = {
    "RO": "1.1 2.1 6.1 7.1 24.1 O-2 O+1 1.5 1.6 O+50 15.8 30.11 1.12 25.12 26.12",
    "BG": "1.1 3.3 O-2 O+1 1.5 6.5 24.5 6.9 22.9 24.12 25.12 26.12",
    "RS": "1.1 2.1 7.1 15.2 16.2 O-2 O+1 1.5 2.5 11.11",
    "GR": "1.1 6.1 O-48 25.3 O-2 O+1 1.5 O+50 15.8 28.10 25.12 26.12",
    "CY": "1.1 6.1 O-48 25.3 1.4 O-2 O+1 1.5 O+50 15.8 1.10 28.10 25.12 26.12",
}
_SOUTH = {"ZA": "1.1 21.3 E-2 E+1 27.4 1.5 16.6 9.8 24.9 16.12 25.12 26.12"}
_MOON = {
    "TR": "1.1 23.4 1.5 19.5 15.7 30.8 29.10",
    "AE": "1.1 2.12 3.12",
    "SA": "22.2 23.9",
    "QA": "18.12",
    "KW": "1.1 25.2 26.2",
    "BH": "1.1 1.5 16.12 17.12",
    "OM": "11.1 20.11 21.11",
    "JO": "1.1 1.5 25.5 25.12",
    "LB": "1.1 6.1 1.5 15.8 22.11 25.12",
    "IL": "",
    "EG": "7.1 25.1 25.4 1.5 23.7 6.10",
    "MA": "1.1 11.1 14.1 1.5 30.7 14.8 20.8 21.8 6.11 18.11",
    "TN": "1.1 20.3 9.4 1.5 25.7 13.8 15.10 17.12",
    "GH": "1.1 7.1 6.3 E-2 E+1 1.5 21.9 FR>1.12 25.12 26.12",
    "NG": "1.1 E-2 E+1 1.5 12.6 1.10 25.12 26.12",
    "KE": "1.1 E-2 E+1 1.5 1.6 10.10 20.10 12.12 25.12 26.12",
}
_TOKENS = {**_WEST, **_EAST, **_SOUTH, **_MOON}
# Countries with feasts that follow the moon: of them only holidays with a day of their own are here.
MOON = frozenset(_MOON)
# Where the week ends with Friday and Saturday.
_FRIDAY = frozenset({"SA", "QA", "KW", "BH", "OM", "JO", "EG", "IL"})
# Where a holiday on a weekend is kept on the next working day: one on these days of the week.
_KEPT_LATER = {"GB": (5, 6), "GH": (5, 6), "ZA": (6,)}

_NAMES: dict[str, Any] = {
    "1.1": _l("New Year's Day"),
    "6.1": _l("Epiphany"),
    "1.5": _l("Labour Day"),
    "15.8": _l("Assumption Day"),
    "1.11": _l("All Saints' Day"),
    "8.12": _l("Immaculate Conception"),
    "24.12": _l("Christmas Eve"),
    "25.12": _l("Christmas Day"),
    "26.12": _l("Second day of Christmas"),
    "-48": _l("Clean Monday"),
    "-3": _l("Maundy Thursday"),
    "-2": _l("Good Friday"),
    "+1": _l("Easter Monday"),
    "+39": _l("Ascension Day"),
    "+50": _l("Whit Monday"),
    "+60": _l("Corpus Christi"),
    "FR>19.6": _l("Midsummer Eve"),
    "SA>20.6": _l("Midsummer Day"),
}
_OTHER = _l("public holiday")
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_TOKEN = re.compile(r"(?:(?P<weekday>[A-Z]{2})>)?(?P<day>\d+)\.(?P<month>\d+)|(?P<church>[EO])(?P<after>[+-]\d+)")


def easter(year: int) -> date:
    """Easter Sunday of the western churches (the anonymous Gregorian computus)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (b - (b + 8) // 25 + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    k = (32 + 2 * e + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * k) // 451
    month, day = divmod(h + k - 7 * m + 114, 31)
    return date(year, month, day + 1)


def orthodox_easter(year: int) -> date:
    """Easter Sunday of the Orthodox churches, as a day of the Gregorian calendar (Meeus' Julian computus)."""
    d = (19 * (year % 19) + 15) % 30
    e = (2 * (year % 4) + 4 * (year % 7) - d + 34) % 7
    month, day = divmod(d + e + 114, 31)
    ahead = year // 100 - year // 400 - 2  # days that the Julian calendar is behind
    return date(year, month, day + 1) + timedelta(days=ahead)


def holiday(country: str, day: date) -> str | None:
    """What that day is called where it is a public holiday; none where it is not, or the country is not known."""
    name = _of_year(country, day.year).get(day)
    return str(name) if name is not None else None


def is_known(country: str) -> bool:
    """Whether holidays of that country are here at all."""
    return country in _TOKENS


def is_weekend(country: str, day: date) -> bool:
    """Whether the working week is over there."""
    return day.weekday() in ((4, 5) if country in _FRIDAY else (5, 6))


@lru_cache(maxsize=256)
def _of_year(country: str, year: int) -> dict[date, Any]:
    found: dict[date, Any] = {}
    for token in _TOKENS.get(country, "").split():
        day, name = _read(token, year)
        while day.weekday() in _KEPT_LATER.get(country, ()) or day in found:
            day += timedelta(days=1)
        found[day] = name
    return found


def _read(token: str, year: int) -> tuple[date, Any]:
    read = _TOKEN.fullmatch(token)
    assert read is not None, token
    if read["church"]:
        sunday = easter(year) if read["church"] == "E" else orthodox_easter(year)
        return sunday + timedelta(days=int(read["after"])), _NAMES.get(read["after"], _OTHER)
    day = date(year, int(read["month"]), int(read["day"]))
    if read["weekday"]:
        day += timedelta(days=(_DAYS.index(read["weekday"]) - day.weekday()) % 7)
    return day, _NAMES.get(token, _OTHER)
