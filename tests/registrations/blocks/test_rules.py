"""When names may be given and reminders go out, without a database."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from eventapp.events.models import EventStatus
from eventapp.registrations.blocks.rules import BlockState, date_problems, days_before, naming_blocker, notice_due, state_of

UNTIL = datetime(2027, 3, 31, 15, 0, tzinfo=UTC)
ENDS = UNTIL + timedelta(days=60)


def event(**values: Any) -> Any:
    return SimpleNamespace(**{"status": EventStatus.PUBLISHED, "ends_at": ENDS, "time_zone": "Europe/Vienna", **values})


@pytest.mark.parametrize(
    ("released", "before", "state"),
    [
        (None, timedelta(seconds=1), BlockState.NAMING),
        (None, timedelta(0), BlockState.CLOSED),
        (UNTIL, timedelta(days=9), BlockState.RELEASED),
    ],
)
def test_state(released: datetime | None, before: timedelta, state: BlockState) -> None:
    assert state_of(released, UNTIL, UNTIL - before) is state


@pytest.mark.parametrize("status", [EventStatus.DRAFT, EventStatus.CANCELLED])
def test_nobody_is_named_for_an_event_that_is_not_open_to_anybody(status: EventStatus) -> None:
    assert naming_blocker(event(status=status), UNTIL, None, UNTIL - timedelta(days=1))


def test_a_closed_registration_does_not_close_the_block() -> None:
    assert naming_blocker(event(status=EventStatus.CLOSED), UNTIL, None, UNTIL - timedelta(days=1)) == ""


def test_the_last_moment_is_told_in_the_event_s_zone(app: object) -> None:
    assert "31 Mar 2027, 17:00 Vienna (UTC+2)" in naming_blocker(event(), UNTIL, None, UNTIL)


def test_dates_must_stand_in_order() -> None:
    now = UNTIL - timedelta(days=30)
    assert date_problems(event(), UNTIL, UNTIL, now) == []
    assert [field for field, _text in date_problems(event(), now, UNTIL, now)] == ["name_until"]
    assert [field for field, _text in date_problems(event(), UNTIL, UNTIL - timedelta(minutes=1), now)] == ["releases_at"]
    assert [field for field, _text in date_problems(event(), UNTIL, ENDS, now)] == ["releases_at"]


@pytest.mark.parametrize(
    ("before", "noticed", "due"),
    [
        (timedelta(days=14, minutes=1), None, None),
        (timedelta(days=14), None, 14),
        (timedelta(days=13, hours=13), None, 14),
        (timedelta(days=13, hours=11), None, None),  # too late for "14 days"
        (timedelta(days=14), 14, None),
        (timedelta(days=7), 14, 7),
        (timedelta(days=7), None, 7),
        (timedelta(days=1), 7, 1),
        (timedelta(days=1), 1, None),
        (timedelta(hours=11), 7, None),
        (timedelta(0), None, None),
    ],
)
def test_which_notice_is_due(before: timedelta, noticed: int | None, due: int | None) -> None:
    assert notice_due(UNTIL, "UTC", noticed, UNTIL - before) == due


def test_days_are_those_of_the_event_s_zone() -> None:
    """Clocks went forward on 28 March: 17:00 in Vienna was 16:00 UTC before, and 15:00 after."""
    assert days_before(UNTIL, 7, "Europe/Vienna") == datetime(2027, 3, 24, 16, 0, tzinfo=UTC)
    assert days_before(UNTIL, 1, "Europe/Vienna") == datetime(2027, 3, 30, 15, 0, tzinfo=UTC)


def test_an_hour_that_the_clocks_skip_becomes_the_next_one() -> None:
    moment = datetime(2027, 4, 4, 0, 30, tzinfo=UTC)  # 02:30 in Vienna, a week after that hour was left out
    assert days_before(moment, 7, "Europe/Vienna") == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
