"""Local times and zones."""
# ruff: noqa: DTZ001 - what clocks show is naive

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from eventapp.core.times import LocalTimeError, city, event_times, offset, span, to_local, to_utc, zone_or_none, zones

# Zone, a local time that clocks skip, one that they show twice. All in 2027 but for São Paulo, which gave it up in 2019.
CHANGES = [
    ("Europe/Vienna", datetime(2027, 3, 28, 2, 30), datetime(2027, 10, 31, 2, 30)),
    ("America/New_York", datetime(2027, 3, 14, 2, 30), datetime(2027, 11, 7, 1, 30)),
    ("Africa/Cairo", datetime(2027, 4, 30, 0, 30), datetime(2027, 10, 28, 23, 30)),
    ("America/Sao_Paulo", datetime(2018, 11, 4, 0, 30), datetime(2019, 2, 16, 23, 30)),
    ("Australia/Lord_Howe", datetime(2027, 10, 3, 2, 15), datetime(2027, 4, 4, 1, 45)),
]


@pytest.mark.parametrize(("zone", "skipped", "_twice"), CHANGES)
def test_a_time_that_clocks_skip_is_refused_whatever_is_chosen(zone: str, skipped: datetime, _twice: datetime) -> None:
    for fold in (None, 0, 1):
        with pytest.raises(LocalTimeError) as caught:
            to_utc(skipped, zone, fold)
        # What is offered instead exists, one before and one after.
        before, after = (to_local(moment, zone).replace(tzinfo=None) for moment in caught.value.choices)
        assert before < skipped < after


@pytest.mark.parametrize(("zone", "_skipped", "twice"), CHANGES)
def test_a_time_that_clocks_show_twice_needs_a_choice(zone: str, _skipped: datetime, twice: datetime) -> None:
    with pytest.raises(LocalTimeError) as caught:
        to_utc(twice, zone)
    first, second = to_utc(twice, zone, 0), to_utc(twice, zone, 1)
    assert caught.value.choices == [first, second]
    assert timedelta(0) < second - first <= timedelta(hours=1)
    assert {to_local(m, zone).replace(tzinfo=None, fold=0) for m in (first, second)} == {twice}


@pytest.mark.parametrize("zone", ["Asia/Dubai", "UTC", "Asia/Kolkata", "Asia/Kathmandu"])
def test_a_zone_without_changes_never_asks(zone: str) -> None:
    for month in range(1, 13):
        local = datetime(2027, month, 28, 2, 30)
        for fold in (None, 0, 1):
            assert to_local(to_utc(local, zone, fold), zone).replace(tzinfo=None) == local


def test_there_and_back_over_a_whole_year() -> None:
    for zone, _skipped, _twice in CHANGES:
        moment = datetime(2027, 1, 1, tzinfo=UTC)
        for _n in range(365 * 8):
            local = to_local(moment, zone)
            assert to_utc(local.replace(tzinfo=None, fold=0), zone, local.fold) == moment
            moment += timedelta(hours=3)


def test_zones_are_places() -> None:
    assert {"Europe/Vienna", "UTC", "America/Argentina/Buenos_Aires"} <= set(zones())
    assert not {"CET", "EST5EDT", "Etc/GMT+5", "GMT"} & set(zones())


@pytest.mark.parametrize(
    "name", [None, "", "CET", "Mars/Base", "../etc/passwd", "Europe/Vienna\x00", "europe/vienna", "/etc/localtime"]
)
def test_names_of_zones_from_outside_are_not_trusted(name: str | None) -> None:
    assert zone_or_none(name) is None


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("Europe/Vienna", "UTC+2"),
        ("America/New_York", "UTC−4"),
        ("Asia/Kathmandu", "UTC+5:45"),
        ("America/St_Johns", "UTC−2:30"),
        ("UTC", "UTC"),
    ],
)
def test_offsets(zone: str, text: str) -> None:
    assert offset(to_local(datetime(2027, 5, 18, tzinfo=UTC), zone)) == text


def test_cities() -> None:
    assert city("America/Argentina/Buenos_Aires") == "Buenos Aires"


def test_a_span_names_a_day_once(app: Flask) -> None:
    start = datetime(2027, 5, 18, 7, tzinfo=UTC)
    with app.test_request_context():
        assert span(start, start + timedelta(hours=8), "Europe/Vienna") == "Tue 18 May 2027, 09:00–17:00"
        assert span(start, start + timedelta(hours=32), "Europe/Vienna") == "Tue 18 May 2027, 09:00 – Wed 19 May 2027, 17:00"
        # The same span ends on the next day further east.
        assert "Wed 19 May 2027" in span(start, start + timedelta(hours=8), "Pacific/Auckland")


def test_each_end_of_a_span_over_a_clock_change_has_its_offset(app: Flask) -> None:
    start, end = datetime(2027, 10, 30, 23, 30, tzinfo=UTC), datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
    with app.test_request_context():
        [there] = event_times(start, end, "Europe/Vienna", None)
        assert (there.text, there.place) == ("Sun 31 Oct 2027, 01:30 (UTC+2) – 02:30 (UTC+1)", "Vienna")
        [there] = event_times(start - timedelta(hours=10), end, "Europe/Vienna", None)
        assert there.text == "Sat 30 Oct 2027, 15:30 (UTC+2) – Sun 31 Oct 2027, 02:30 (UTC+1)"
        there, here = event_times(start, end, "Europe/Vienna", "Asia/Dubai")
        assert (here.text, here.place) == ("Sun 31 Oct 2027, 03:30–05:30", "your time, Dubai (UTC+4)")


def test_two_zones_with_the_same_clock_are_one(app: Flask) -> None:
    start, end = datetime(2027, 5, 18, 7, tzinfo=UTC), datetime(2027, 5, 18, 15, tzinfo=UTC)
    with app.test_request_context():
        assert len(event_times(start, end, "Europe/Vienna", "Europe/Paris")) == 1
        assert len(event_times(start, end, "Europe/Vienna", "nonsense")) == 1
        there, here = event_times(start, end, "Europe/Vienna", "Asia/Dubai")
        assert (there.primary, here.primary) == (True, False)
        here, there = event_times(start, end, "Europe/Vienna", "Asia/Dubai", virtual=True)
        assert (here.primary, there.primary) == (True, False)


def test_clocks_that_part_during_an_event_are_told(app: Flask) -> None:
    """London and Lagos agree in winter; an event over the last Sunday of March ends at different times."""
    start, end = datetime(2027, 3, 27, 9, tzinfo=UTC), datetime(2027, 3, 28, 15, tzinfo=UTC)
    with app.test_request_context():
        assert len(event_times(start, end, "Europe/London", "UTC")) == 2
        assert len(event_times(start, start + timedelta(hours=1), "Europe/London", "UTC")) == 1
