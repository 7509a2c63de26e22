"""When messages leave: pure functions over the event's times, its zone and the receiver's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Protocol

from eventapp.core.times import LocalTimeError, to_local, to_utc
from eventapp.registrations.messages.kinds import Schedule

NIGHT_BEGINS, NIGHT_ENDS = 20, 8
_MINUTE = timedelta(minutes=1)


class Times(Protocol):
    """An event, as far as messages ask when it is."""

    @property
    def starts_at(self) -> datetime:
        """The moment at which it begins."""

    @property
    def ends_at(self) -> datetime:
        """The moment at which it ends."""

    @property
    def time_zone(self) -> str:
        """The IANA zone in which it takes place."""


class InParts(Times, Protocol):
    """The same, with its parts."""

    @property
    def times(self) -> Sequence[tuple[datetime, datetime, str]]:
        """Start, end and name of each part in order; one for an event without parts."""


@dataclass(frozen=True)
class Occasion:
    """What a message is about: the event as a whole, or one day of it."""

    starts_at: datetime
    ends_at: datetime
    time_zone: str


class Turn(Enum):
    """Whether a message to somebody is to leave at a moment."""

    LATER = "later"
    NOW = "now"
    LATE = "late"


def occasions(schedule: Schedule, event: InParts) -> list[Occasion]:
    """What the message leaves for, in order: the event, or each day of one in parts, by the clocks there.

    Nobody is told a day before what they hear that day, sitting in the part before.
    """
    zone, parts = event.time_zone, event.times
    if not schedule.each_day or len(parts) < 2:
        return [Occasion(event.starts_at, event.ends_at, zone)]
    days: dict[date, Occasion] = {}
    for starts_at, ends_at, _label in parts:
        day = to_local(starts_at, zone).date()
        days[day] = Occasion(days[day].starts_at if day in days else starts_at, ends_at, zone)
    return [found for day, found in days.items() if not schedule.days or day - timedelta(days=schedule.days) not in days]


def occasion_at(schedule: Schedule, event: InParts, hour: int | None, at: datetime) -> tuple[Occasion, datetime]:
    """The last of its occasions for which the message was due by then, with when that was; before all of them the first."""
    found = [(one, due_at(schedule, one, hour)) for one in occasions(schedule, event)]
    return next((one for one in reversed(found) if one[1] <= at), found[0])


def due_at(schedule: Schedule, event: Times, hour: int | None = None) -> datetime:
    """When the message is due, in UTC; `hour` instead of the usual one, in the event's local time."""
    if schedule.before is not None:
        return event.starts_at - schedule.before
    anchor = event.starts_at if schedule.days >= 0 else event.ends_at
    day = to_local(anchor, event.time_zone).date() - timedelta(days=schedule.days)
    return at_hour(day, schedule.hour if hour is None else hour, event.time_zone)


def at_hour(day: date, hour: int, zone: str) -> datetime:
    """The moment at which clocks there show a full hour: the first if they do so twice, the next if they skip it."""
    local = datetime.combine(day, time(hour))
    while True:
        try:
            return to_utc(local, zone, fold=0)
        except LocalTimeError:
            local += _MINUTE


def awake_at(moment: datetime, zone: str) -> datetime:
    """`moment`, or the end of the night in which it falls there: from 20 to 8 nobody is written to without need."""
    local = to_local(moment, zone)
    if NIGHT_ENDS <= local.hour < NIGHT_BEGINS:
        return moment
    day = local.date() + timedelta(days=1 if local.hour >= NIGHT_BEGINS else 0)
    return at_hour(day, NIGHT_ENDS, zone)


def turn(schedule: Schedule, due: datetime, event: Times, zone: str, at: datetime) -> Turn:
    """Whether a message that was due at `due` is to leave at `at` to somebody in `zone`.

    The grace counts from when it could have left. What announces an event is late once that has begun.
    """
    leaves, possible = (due, at) if schedule.urgent else (awake_at(due, zone), awake_at(at, zone))
    last = leaves + schedule.grace
    if schedule.days >= 0:
        last = min(last, event.starts_at if schedule.before or schedule.days else event.ends_at)
    if max(leaves, possible) > last:
        return Turn.LATE
    return Turn.NOW if at >= leaves and possible == at else Turn.LATER
