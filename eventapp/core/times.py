"""Local times and zones. Everything is stored in UTC beside an IANA zone; this is where the two meet."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from flask_babel import format_date, format_time, get_locale

from eventapp.core.i18n import _

_MINUTE = timedelta(minutes=1)


class LocalTimeError(ValueError):
    """The clock of that place never shows this time, or shows it twice. `choices` holds the moments meant, in UTC."""

    def __init__(self, local: datetime, choices: list[datetime]) -> None:
        super().__init__(local.isoformat())
        self.local = local
        self.choices = choices


@lru_cache(maxsize=1)
def zones() -> tuple[str, ...]:
    """IANA zones that people choose from, by name: places only, no fixed offsets or historic aliases."""
    areas = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
    return ("UTC", *sorted(name for name in available_timezones() if name.startswith(areas)))


def zone_or_none(name: str | None) -> ZoneInfo | None:
    """The zone of that name, or none; names from cookies and files are not to be trusted."""
    return ZoneInfo(name) if name and name in zones() else None


def to_utc(local: datetime, zone: str, fold: int | None = None) -> datetime:
    """The moment in UTC at which clocks in `zone` show `local` (naive).

    Raises `LocalTimeError` if they never do (clocks go forward) or do so twice (clocks go back) and `fold` (0 first,
    1 second) does not say which; zoneinfo alone would guess silently in both cases.
    """
    tz = ZoneInfo(zone)
    first, second = (local.replace(tzinfo=tz, fold=f).astimezone(UTC) for f in (0, 1))
    if first == second:
        return first
    exists = first.astimezone(tz).replace(tzinfo=None) == local
    if exists and fold is not None:
        return second if fold else first
    raise LocalTimeError(local, sorted([first, second]))


def to_local(moment: datetime, zone: str) -> datetime:
    """What clocks in `zone` show at `moment`, aware."""
    return moment.astimezone(ZoneInfo(zone))


def shifted(moment: datetime, old_start: datetime, new_start: datetime, zone: str) -> datetime:
    """`moment` as long after the new start as it was after the old one, as clocks in `zone` show it.

    So what began at nine on the second day still does, also when the clocks have changed between the two dates. Where
    clocks skip that time it is the next one that they show; where they show it twice, the same of the two as before.
    """
    was = to_local(moment, zone)
    by = to_local(new_start, zone).replace(tzinfo=None) - to_local(old_start, zone).replace(tzinfo=None)
    local = was.replace(tzinfo=None, fold=0) + by
    while True:
        try:
            return to_utc(local, zone, fold=was.fold)
        except LocalTimeError:
            local += _MINUTE


def day_text(day: date) -> str:
    """A day in words, in the language of the reader."""
    return str(format_date(day, "d MMM y", rebase=False))


def weekday_text(day: date) -> str:
    """A day in words with the day of the week, like Tue 18 May."""
    return str(format_date(day, "EEE d MMM", rebase=False))


def city(zone: str) -> str:
    """The place that a zone is named after: "Europe/Vienna" is Vienna."""
    return zone.rpartition("/")[2].replace("_", " ")


def offset(moment: datetime) -> str:
    """The offset of an aware local time, like UTC+2 or UTC+5:30."""
    delta = moment.utcoffset() or timedelta()
    minutes = int(delta.total_seconds() // 60)
    sign, minutes = ("+" if minutes >= 0 else "−"), abs(minutes)
    return "UTC" if not minutes else f"UTC{sign}{minutes // 60}" + (f":{minutes % 60:02d}" if minutes % 60 else "")


def place(local: datetime, zone: str) -> str:
    """Where an aware local time is meant, like Vienna (UTC+2); UTC is not said twice."""
    return "UTC" if zone == "UTC" else f"{city(zone)} ({offset(local)})"


def place_of(start: datetime, end: datetime, zone: str) -> str:
    """Where a span is meant, like Vienna (UTC+2). Where clocks change in it, `span` says the offset of each end."""
    first, last = to_local(start, zone), to_local(end, zone)
    return place(first, zone) if first.utcoffset() == last.utcoffset() else city(zone)


@dataclass(frozen=True)
class ShownTime:
    """A span of time as it stands on a page: text, place with offset, and whether it is the main one."""

    text: str
    place: str
    primary: bool


def span(start: datetime, end: datetime, zone: str) -> str:
    """Both ends of a span in the zone's local time, without naming the date twice.

    Where clocks change in between, each end with its own offset.
    """
    return _span(start, end, zone, str(get_locale()))


@lru_cache(maxsize=1024)
def _span(start: datetime, end: datetime, zone: str, _language: str) -> str:
    """Kept, since the times of an event stand on each of its pages and mails: a fortieth of a whole registration."""
    first, last = to_local(start, zone), to_local(end, zone)
    day = "EEE d MMM y"
    opening = f"{format_date(first, day, rebase=False)}, {clock(first)}"
    if first.utcoffset() != last.utcoffset():
        closing = clock(last) if first.date() == last.date() else f"{format_date(last, day, rebase=False)}, {clock(last)}"
        return f"{opening} ({offset(first)}) – {closing} ({offset(last)})"
    if first.date() == last.date():
        return f"{opening}–{clock(last)}"
    return f"{opening} – {format_date(last, day, rebase=False)}, {clock(last)}"


def clock(local: datetime) -> str:
    """Hours and minutes of a local time."""
    return str(format_time(local, "HH:mm", rebase=False))


def event_times(start: datetime, end: datetime, zone: str, viewer_zone: str | None, virtual: bool = False) -> list[ShownTime]:
    """The span in the event's zone and, where clocks differ, in the viewer's.

    Virtual: the viewer's zone first; in person: the event's zone first. Always city and offset, never abbreviations.
    """
    there = ShownTime(span(start, end, zone), place_of(start, end, zone), True)
    viewer = zone_or_none(viewer_zone)
    if viewer is None or viewer_zone is None or not _differ(start, end, zone, viewer_zone):
        return [there]
    here_place = _("your time, %(place)s", place=place_of(start, end, viewer_zone))
    here = ShownTime(span(start, end, viewer_zone), here_place, virtual)
    there = ShownTime(there.text, there.place, not virtual)
    return [here, there] if virtual else [there, here]


def _differ(start: datetime, end: datetime, zone: str, other: str) -> bool:
    """Whether clocks of two zones disagree at either end."""
    return any(to_local(m, zone).replace(tzinfo=None) != to_local(m, other).replace(tzinfo=None) for m in (start, end))
