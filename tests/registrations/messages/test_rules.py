"""When messages leave: over clock changes of four zones, in the night, too late."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from eventapp.core.times import to_local
from eventapp.registrations.messages.kinds import DATED, KINDS, Kind, Schedule
from eventapp.registrations.messages.rules import Turn, at_hour, awake_at, due_at, occasion_at, occasions, turn

ZONES = ["Europe/Vienna", "Africa/Cairo", "America/New_York", "Australia/Lord_Howe"]
VIENNA = "Europe/Vienna"


@dataclass(frozen=True)
class When:
    """An event, as far as its times go."""

    starts_at: datetime
    ends_at: datetime
    time_zone: str


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def changes(zone: str) -> list[datetime]:
    """The moments of 2027 at which clocks there change."""
    tz, moment, found = ZoneInfo(zone), datetime(2027, 1, 1, tzinfo=UTC), []
    while moment.year == 2027:
        later = moment + timedelta(minutes=30)
        if moment.astimezone(tz).utcoffset() != later.astimezone(tz).utcoffset():
            found.append(later)
        moment = later
    return found


SUMMIT = When(utc("2027-05-18T07:00"), utc("2027-05-19T15:00"), VIENNA)


def test_each_message_on_a_date_leaves_where_it_says() -> None:
    found = {kind.key: due_at(kind.schedule, SUMMIT) for kind in DATED if kind.schedule}
    assert found == {
        "before_30d": utc("2027-04-18T07:00"),
        "incomplete": utc("2027-05-04T07:00"),
        "before_7d": utc("2027-05-11T07:00"),
        "before_1d": utc("2027-05-17T07:00"),
        "before_1h": utc("2027-05-18T06:00"),
        "thanks": utc("2027-05-20T08:00"),
    }
    assert list(found.values()) == sorted(found.values()), "the list shows them in their order"


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("kind", [kind for kind in DATED if kind.schedule and not kind.schedule.before], ids=lambda k: k.key)
def test_the_hour_is_that_of_the_event_over_clock_changes(zone: str, kind: Kind) -> None:
    assert kind.schedule is not None
    assert len(changes(zone)) == 2
    for change in changes(zone):
        for days in range(-35, 36):
            start = change + timedelta(days=days, hours=5)
            event = When(start, start + timedelta(hours=4), zone)
            for hour in (0, 9, 23):
                local = to_local(due_at(kind.schedule, event, hour), zone)
                anchor = event.starts_at if kind.schedule.days > 0 else event.ends_at
                assert (to_local(anchor, zone).date() - local.date()).days == kind.schedule.days
                assert (
                    local.hour == hour
                    or local.utcoffset() != (local - timedelta(hours=3)).astimezone(UTC).astimezone(ZoneInfo(zone)).utcoffset()
                )


def test_an_hour_that_clocks_skip_is_the_next_and_one_shown_twice_the_first() -> None:
    assert at_hour(date(2027, 3, 28), 2, VIENNA) == utc("2027-03-28T01:00"), "2:00 does not exist: 3:00"
    assert at_hour(date(2027, 10, 31), 2, VIENNA) == utc("2027-10-31T00:00"), "2:00 comes twice: the first"
    assert at_hour(date(2027, 4, 30), 0, "Africa/Cairo") == utc("2027-04-29T22:00"), "midnight itself is skipped"
    assert to_local(at_hour(date(2011, 12, 30), 9, "Pacific/Apia"), "Pacific/Apia").date() == date(2011, 12, 31)


def test_the_last_hour_is_an_hour_also_in_the_night_of_the_change() -> None:
    event = When(utc("2027-03-28T01:30"), utc("2027-03-28T05:00"), VIENNA)  # 3:30 there; an hour before is 1:30
    assert due_at(_schedule("before_1h"), event) == utc("2027-03-28T00:30")


def _schedule(key: str) -> Schedule:
    found = KINDS[key].schedule
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("local", "awake"),
    [
        ("2027-05-18T08:00", "2027-05-18T08:00"),
        ("2027-05-18T19:59", "2027-05-18T19:59"),
        ("2027-05-18T20:00", "2027-05-19T08:00"),
        ("2027-05-18T23:59", "2027-05-19T08:00"),
        ("2027-05-18T00:00", "2027-05-18T08:00"),
        ("2027-05-18T07:59", "2027-05-18T08:00"),
        ("2027-10-30T22:00", "2027-10-31T08:00"),
    ],
)
def test_nobody_is_written_to_in_the_night(local: str, awake: str) -> None:
    tz = ZoneInfo(VIENNA)
    moment = datetime.fromisoformat(local).replace(tzinfo=tz).astimezone(UTC)
    assert awake_at(moment, VIENNA) == datetime.fromisoformat(awake).replace(tzinfo=tz).astimezone(UTC)


class TestTurn:
    """The day before at 9:00 Vienna, which is 7:00 UTC and 3:00 in New York."""

    DUE = utc("2027-05-17T07:00")

    def of(self, at: str, zone: str = VIENNA, key: str = "before_1d", due: datetime | None = None) -> Turn:
        return turn(_schedule(key), due or self.DUE, SUMMIT, zone, utc(at))

    def test_not_before_it_is_due(self) -> None:
        assert self.of("2027-05-17T06:59") is Turn.LATER
        assert self.of("2027-05-17T07:00") is Turn.NOW

    def test_elsewhere_when_it_is_day_there(self) -> None:
        assert self.of("2027-05-17T07:00", "America/New_York") is Turn.LATER
        assert self.of("2027-05-17T12:00", "America/New_York") is Turn.NOW

    def test_a_worker_that_slept_sends_within_the_grace_and_not_after(self) -> None:
        assert self.of("2027-05-17T17:59") is Turn.NOW
        assert self.of("2027-05-17T19:01") is Turn.LATE, "it is night, and in the morning it would be too late"
        assert self.of("2027-05-18T06:00") is Turn.LATE

    def test_the_night_counts_from_when_it_is_over(self) -> None:
        late_hour = due_at(_schedule("before_1d"), SUMMIT, 23)
        assert self.of("2027-05-17T21:00", due=late_hour) is Turn.LATER
        assert self.of("2027-05-18T06:00", due=late_hour) is Turn.NOW, "8:00 on the day itself, an hour before the start"
        assert self.of("2027-05-18T07:01", due=late_hour) is Turn.LATE, "it has begun"

    def test_where_the_morning_comes_after_the_start_it_is_left_out(self) -> None:
        late_hour = due_at(_schedule("before_1d"), SUMMIT, 23)
        assert self.of("2027-05-17T21:00", "Pacific/Honolulu", due=late_hour) is Turn.NOW
        assert self.of("2027-05-17T21:00", "Asia/Tokyo", due=late_hour) is Turn.LATER
        assert self.of("2027-05-17T21:00", "America/New_York", due=late_hour) is Turn.NOW
        early = When(utc("2027-05-18T00:30"), utc("2027-05-18T03:00"), VIENNA)
        assert turn(_schedule("before_1d"), utc("2027-05-17T21:00"), early, VIENNA, utc("2027-05-17T21:00")) is Turn.LATE

    def test_the_last_hour_leaves_in_the_night_too_but_not_half_an_hour_late(self) -> None:
        due = utc("2027-05-18T06:00")
        assert self.of("2027-05-18T06:00", "America/New_York", "before_1h", due) is Turn.NOW
        assert self.of("2027-05-18T06:30", "America/New_York", "before_1h", due) is Turn.NOW
        assert self.of("2027-05-18T06:31", "America/New_York", "before_1h", due) is Turn.LATE

    def test_thanks_wait_for_the_morning_and_may_be_days_late(self) -> None:
        due = utc("2027-05-20T08:00")
        assert self.of("2027-05-20T08:00", "America/New_York", "thanks", due) is Turn.LATER
        assert self.of("2027-05-22T12:00", "America/New_York", "thanks", due) is Turn.NOW
        assert self.of("2027-05-24T12:00", "America/New_York", "thanks", due) is Turn.LATE


@dataclass(frozen=True)
class InParts(When):
    """The same in several parts."""

    times: tuple[tuple[datetime, datetime, str], ...] = ()


def test_only_what_is_about_single_days_leaves_for_each_and_by_the_clocks_there() -> None:
    hour = timedelta(hours=1)
    # 23:30 and 0:30 in Vienna are two days; 10:00 the third day is another one.
    starts = [utc("2027-05-18T21:30"), utc("2027-05-18T22:30"), utc("2027-05-22T08:00")]
    event = InParts(starts[0], starts[-1] + hour, VIENNA, tuple((start, start + hour, "") for start in starts))
    for kind in DATED:
        assert kind.schedule is not None
        found = [one.starts_at for one in occasions(kind.schedule, event)]
        expected = {"before_1d": [starts[0], starts[2]], "before_1h": starts}.get(kind.key, starts[:1])
        assert found == expected, kind.key
    schedule = KINDS["before_1d"].schedule
    assert schedule is not None
    early, late = utc("2027-01-01T00:00"), utc("2027-12-01T00:00")
    assert occasion_at(schedule, event, None, early)[0].starts_at == starts[0]
    assert occasion_at(schedule, event, None, utc("2027-05-21T06:59"))[0].starts_at == starts[0]
    assert occasion_at(schedule, event, None, utc("2027-05-21T07:00"))[0].starts_at == starts[2]
    assert occasion_at(schedule, event, None, late)[0].starts_at == starts[2]
