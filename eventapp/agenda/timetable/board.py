"""The editor's page: one day as a grid of rooms and times, what is in the tray, and what is wrong."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from eventapp.agenda.models import Room
from eventapp.agenda.timetable import queries, texts
from eventapp.agenda.timetable.queries import Draft, Row
from eventapp.agenda.timetable.rules import Warning, check
from eventapp.agenda.timetable.texts import Told
from eventapp.core.text import fold
from eventapp.core.times import clock, to_local, weekday_text
from eventapp.events.models import Event

TRAY_SHOWN, TOLD_SHOWN, MOST_DAYS = 40, 30, 31
# What of a day is always there to drop on, in local hours.
USUAL_FROM, USUAL_UNTIL = 8, 18
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Item:
    """A part in the grid: minutes from the grid's top to it, and what is wrong with it in words."""

    row: Row
    at: int
    times: str
    flags: str


@dataclass(frozen=True)
class Column:
    """A room of the grid, none for what has no room, with its parts by time."""

    room: Room | None
    items: list[Item]


class Day(NamedTuple):
    """A day to choose: in words, and how many parts and warnings it has."""

    date: date
    text: str
    sessions: int
    warnings: int


@dataclass(frozen=True)
class Board:
    """What the page shows. `hours` are minutes from the grid's top with the local time there."""

    day: date
    day_text: str
    days: list[Day]
    starts_at: datetime
    minutes: int
    hours: list[tuple[int, str]]
    columns: list[Column]
    breaks: list[Item]
    tray: list[Row]
    in_tray: int
    search: str
    told: list[Told]
    told_today: int
    told_all: int


def board(event: Event, wanted: str | None, search: str = "") -> Board:
    """The grid of the day `wanted` ("2027-05-18"; anything else: the first one). Six queries."""
    draft = queries.draft(event)
    found = check(draft.facts)
    days = _days(event, draft.rows)
    day = next((d for d in days if d.isoformat() == wanted), days[0])
    row_days = [_local_day(row.starts_at, event) if row.starts_at else None for row in draft.rows]
    warning_days = [_local_day(warning.part.starts_at, event) for warning in found]
    placed, wrong = Counter(row_days), Counter(warning_days)
    todays = [row for row, d in zip(draft.rows, row_days, strict=True) if d == day]
    warnings = [warning for warning, d in zip(found, warning_days, strict=True) if d == day]
    top, bottom = _window(event, day, todays)
    flags = flags_of(found)
    items = [_item(row, top, event, flags) for row in todays]
    by_room: dict[int | None, list[Item]] = defaultdict(list)
    for item in items:
        if not item.row.all_rooms:
            by_room[item.row.room_id].append(item)
    columns = [Column(room, by_room.get(room.id, [])) for room in draft.rooms]
    if None in by_room or not columns:
        columns.append(Column(None, by_room.get(None, [])))
    tray = [row for row in draft.rows if row.starts_at is None]
    shown = [row for row in tray if fold(search) in fold(f"{row.title} {row.label} {row.track_name or ''} {row.type_name}")]
    return Board(
        day=day,
        day_text=weekday_text(day),
        days=[Day(d, weekday_text(d), placed[d], wrong[d]) for d in days],
        starts_at=top,
        minutes=int((bottom - top).total_seconds() // 60),
        hours=_hours(top, bottom, event),
        columns=columns,
        breaks=[item for item in items if item.row.all_rooms],
        tray=shown[:TRAY_SHOWN],
        in_tray=len(shown),
        search=search,
        told=[texts.told(warning, event.time_zone) for warning in warnings[:TOLD_SHOWN]],
        told_today=len(warnings),
        told_all=len(found),
    )


def flags_of(warnings: Sequence[Warning]) -> dict[int, str]:
    """What is wrong with each part in a few words, by its id; both of a pair have it."""
    words: dict[int, list[str]] = defaultdict(list)
    for warning in warnings:
        for part in (warning.part, warning.other):
            word = str(texts.SHORT[warning.problem])
            if part is not None and word not in words[part.id]:
                words[part.id].append(word)
    return {id_: ", ".join(found) for id_, found in words.items()}


def day_of(event: Event, moment: datetime | None) -> str | None:
    """The day in whose grid a moment stands, as the address has it."""
    return _local_day(moment, event).isoformat() if moment else None


def _local_day(moment: datetime, event: Event) -> date:
    return to_local(moment, event.time_zone).date()


def _days(event: Event, rows: Sequence[Row]) -> list[date]:
    """The event's days, and those on which anything else is; the first month of a very long event."""
    first, last = _local_day(event.starts_at, event), _local_day(event.ends_at - timedelta(microseconds=1), event)
    days = {first + timedelta(days=n) for n in range(min((last - first).days + 1, MOST_DAYS))}
    return sorted(days | {_local_day(row.starts_at, event) for row in rows if row.starts_at})


def _window(event: Event, day: date, rows: Sequence[Row]) -> tuple[datetime, datetime]:
    """From when to when the grid goes, full hours on the clock: the usual day, and all that is on it."""
    zone = ZoneInfo(event.time_zone)
    top = datetime.combine(day, time(USUAL_FROM), zone)
    bottom = datetime.combine(day, time(USUAL_UNTIL), zone)
    starts = [row.starts_at for row in rows if row.starts_at] + [m for m in (event.starts_at,) if _local_day(m, event) == day]
    ends = [row.ends_at for row in rows if row.ends_at] + [m for m in (event.ends_at,) if _local_day(m, event) == day]
    utc = event.starts_at.tzinfo
    first = min([top.astimezone(utc), *starts])
    last = max([bottom.astimezone(utc), *ends])
    local = to_local(first, event.time_zone)
    first -= timedelta(minutes=local.minute, seconds=local.second)
    minutes = (last - first).total_seconds() / 60
    return first, first + timedelta(minutes=60 * -(-minutes // 60))


def _hours(top: datetime, bottom: datetime, event: Event) -> list[tuple[int, str]]:
    """Each full hour with what clocks show then: on the night when they change one is missing or stands twice."""
    count = int((bottom - top) / HOUR)
    return [(60 * n, clock(to_local(top + n * HOUR, event.time_zone))) for n in range(count)]


def _item(row: Row, top: datetime, event: Event, flags: Mapping[int, str]) -> Item:
    assert row.starts_at is not None
    assert row.ends_at is not None
    times = f"{clock(to_local(row.starts_at, event.time_zone))}–{clock(to_local(row.ends_at, event.time_zone))}"
    return Item(row, int((row.starts_at - top).total_seconds() // 60), times, flags.get(row.id, ""))


def draft_warnings(event: Event) -> tuple[Draft, list[Warning]]:
    """The draft and all its warnings."""
    draft = queries.draft(event)
    return draft, check(draft.facts)
