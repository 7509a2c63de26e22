"""Reading a schedule.json of the frab and pretalx family (docs of c3voc): tolerant in shape, strict in what it takes over."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from eventapp.agenda.imports.markup import to_markdown
from eventapp.core.db import MAX_ID
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.core.links import is_web_address
from eventapp.core.text import clean, one_line
from eventapp.core.times import LocalTimeError, to_utc

MOST_ENTRIES = 5_000
DEEPEST = 40


@dataclass(frozen=True)
class Person:
    """Somebody who speaks."""

    guid: str
    code: str
    name: str
    biography: str


@dataclass(frozen=True)
class Entry:
    """One entry of the schedule: a session, or a part of one. `day` is that under which it is listed."""

    guid: str
    number: int | None
    day: str
    room: str
    starts_at: datetime
    minutes: int
    title: str
    subtitle: str
    abstract: str
    description: str
    track: str
    type: str
    language: str
    persons: tuple[Person, ...]
    links: tuple[tuple[str, str], ...]

    @property
    def ends_at(self) -> datetime:
        """When it ends."""
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def session_key(self) -> tuple[Any, ...]:
        """What the parts of one session have in common."""
        return (self.title, self.track, self.type, self.language, self.abstract, tuple(p.guid for p in self.persons))


@dataclass(frozen=True)
class RoomOf:
    """A room as the file describes it."""

    name: str
    guid: str
    description: str
    capacity: int | None


@dataclass
class Schedule:
    """What a file says. `rejected` are entries that cannot be taken: their place in the file and why."""

    version: str
    days: int
    rooms: list[RoomOf]
    tracks: list[tuple[str, str]]
    entries: list[Entry] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)


def read(content: bytes, zone: str) -> Schedule:
    """What the file says. Times without an offset are local ones of `zone`. Raises RuleError for what is no schedule."""
    conference = _conference(content)
    days = [day for day in _list(conference.get("days")) if isinstance(day, dict)]
    schedule = Schedule(
        version=_line(_root(content).get("version"), 60),
        days=len(days),
        rooms=[_room(one) for one in _list(conference.get("rooms")) if isinstance(one, dict) and _line(one.get("name"), 80)],
        tracks=[
            (_line(one.get("name"), 60), _colour(one.get("color")))
            for one in _list(conference.get("tracks"))
            if isinstance(one, dict) and _line(one.get("name"), 60)
        ],
    )
    guids: set[str] = set()
    numbers: set[int] = set()
    for n, (day, room, raw) in enumerate(_raw(days), 1):
        if n > MOST_ENTRIES:
            raise RuleError(_("The file has more than %(n)s entries.", n=MOST_ENTRIES), "file", 422)
        where = _line(raw.get("title"), 80) or _("entry %(n)s", n=n)
        try:
            entry = _entry(day, room, raw, zone)
        except ValueError as error:
            schedule.rejected.append((where, str(error)))
            continue
        if entry.guid in guids or (entry.number is not None and entry.number in numbers):
            schedule.rejected.append((where, _("Its guid or id stands twice in the file.")))
            continue
        guids.add(entry.guid)
        numbers |= {entry.number} if entry.number is not None else set()
        schedule.entries.append(entry)
    if not schedule.entries and not schedule.rejected:
        raise RuleError(_("The file holds no entries."), "file", 422)
    known = {room.name for room in schedule.rooms}
    schedule.rooms += [
        RoomOf(name, "", "", None) for name in dict.fromkeys(e.room for e in schedule.entries) if name not in known
    ]
    named = {name for name, _colour_of in schedule.tracks}
    schedule.tracks += [(name, "") for name in dict.fromkeys(e.track for e in schedule.entries) if name and name not in named]
    return schedule


def _root(content: bytes) -> dict[str, Any]:
    try:
        text = content.decode("utf-8-sig")
        if _depth(text) > DEEPEST:
            raise ValueError
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RuleError(_("This is no JSON file."), "file", 422) from error
    root = found.get("schedule", found) if isinstance(found, dict) else None
    if not isinstance(root, dict):
        raise RuleError(_("This is no schedule.json: it has no “schedule”."), "file", 422)
    return root


def _depth(text: str) -> int:
    """How deep brackets nest, at most; those in strings only make it larger."""
    deep = most = 0
    for char in text:
        if char in "[{":
            deep += 1
            most = max(most, deep)
        elif char in "]}":
            deep -= 1
    return most


def _conference(content: bytes) -> dict[str, Any]:
    conference = _root(content).get("conference")
    if not isinstance(conference, dict) or not isinstance(conference.get("days"), list):
        raise RuleError(_("This is no schedule.json: it has no “conference” with “days”."), "file", 422)
    return conference


def _raw(days: Sequence[dict[str, Any]]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for day in days:
        rooms = day.get("rooms")
        for room, entries in rooms.items() if isinstance(rooms, dict) else ():
            for raw in _list(entries):
                if isinstance(raw, dict):
                    yield _line(day.get("date"), 10), _line(raw.get("room"), 80) or _line(room, 80), raw


def _entry(day: str, room: str, raw: dict[str, Any], zone: str) -> Entry:
    title = _line(raw.get("title"), 200)
    if not title:
        raise ValueError(_("It has no title."))
    return Entry(
        guid=_guid(raw.get("guid")),
        number=_number(raw.get("id")),
        day=day,
        room=room,
        starts_at=_start(day, raw, zone),
        minutes=_minutes(raw.get("duration")),
        title=title,
        subtitle=_line(raw.get("subtitle"), 200),
        abstract=to_markdown(clean(str(raw.get("abstract") or ""))),
        description=to_markdown(clean(str(raw.get("description") or ""))),
        track=_name(raw.get("track"), 60),
        type=_name(raw.get("type"), 60) or _("Session"),
        language=_line(raw.get("language"), 20) or "en",
        persons=tuple(_person(one) for one in _list(raw.get("persons")) if isinstance(one, dict) and _person_name(one)),
        links=tuple(
            (_line(one.get("title"), 150) or _line(one.get("url"), 150), str(one["url"]))
            for one in [*_list(raw.get("links")), *_list(raw.get("attachments"))]
            if isinstance(one, dict) and len(str(one.get("url") or "")) <= 500 and is_web_address(str(one.get("url") or ""))
        ),
    )


def _start(day: str, raw: dict[str, Any], zone: str) -> datetime:
    """The moment: from `date` with its offset, else from the day and `start` as local time of the event."""
    text = str(raw.get("date") or "") or f"{day}T{raw.get('start')}"
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = to_utc(moment, zone)
    except (ValueError, OverflowError, LocalTimeError) as error:
        raise ValueError(_("Its date cannot be read.")) from error
    if not 1990 <= moment.year <= 2200:
        raise ValueError(_("Its date cannot be read."))
    return moment.astimezone(UTC)


def _minutes(value: Any) -> int:
    """Minutes of `HH:MM`, or of `D:HH:MM` as frab writes what is longer than a day."""
    parts = str(value or "").split(":")
    if len(parts) not in (2, 3) or not all(part.isascii() and part.isdigit() and len(part) <= 3 for part in parts):
        raise ValueError(_("Its duration cannot be read."))
    days, hours, minutes = ([0] * (3 - len(parts))) + [int(part) for part in parts]
    found = days * 1440 + hours * 60 + minutes
    if not 1 <= found <= 1440:
        raise ValueError(_("It takes no time, or more than a day."))
    return found


def _guid(value: Any) -> str:
    try:
        return str(UUID(str(value or "")))
    except ValueError as error:
        raise ValueError(_("Its guid is none.")) from error


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_ID else None


def _person_name(raw: dict[str, Any]) -> str:
    return _line(raw.get("public_name") or raw.get("name") or raw.get("full_public_name"), 150)


def _person(raw: dict[str, Any]) -> Person:
    try:
        guid = _guid(raw.get("guid"))
    except ValueError:
        guid = ""
    code = _line(raw.get("code"), 12)
    biography = to_markdown(clean(str(raw.get("biography") or "")))[:5_000]
    return Person(guid, code if code.isascii() and code.isalnum() else "", _person_name(raw), biography)


def _room(raw: dict[str, Any]) -> RoomOf:
    capacity = _number(raw.get("capacity"))
    try:
        guid = _guid(raw.get("guid"))
    except ValueError:
        guid = ""
    description = _name(raw.get("description"), 300)
    return RoomOf(_line(raw.get("name"), 80), guid, description, capacity if capacity and capacity <= 1_000_000 else None)


def _name(value: Any, length: int) -> str:
    """A name, or the first of a translated one: some tools write `{"en": "Talk"}`."""
    if isinstance(value, dict):
        value = value.get("en") or next(iter(value.values()), "")
    return _line(value, length)


def _colour(value: Any) -> str:
    text = str(value or "").lower()
    return text if len(text) == 7 and text[0] == "#" and all(char in "0123456789abcdef" for char in text[1:]) else ""


def _line(value: Any, length: int) -> str:
    return one_line(str(value))[:length].strip() if isinstance(value, str | int) else ""


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def counts(schedule: Schedule) -> dict[str, Any]:
    """The numbers of a file, under the names of what checks them: entries, sessions, clashes, first start, last end …"""
    entries = schedule.entries
    speakers = {p.guid or p.name for e in entries for p in e.persons}
    return {
        "entries": len(entries),
        "sessions": len({e.session_key for e in entries}),
        "days": schedule.days,
        "rooms": len(schedule.rooms),
        "tracks": len(schedule.tracks),
        "speakers": len(speakers),
        "speaker_appearances": sum(len(e.persons) for e in entries),
        "entries_by_day": dict(sorted(Counter(e.day for e in entries).items())),
        "entries_by_room": dict(Counter(e.room for e in entries)),
        "entries_by_track": dict(Counter(e.track for e in entries)),
        "entries_by_type": dict(sorted(Counter(e.type for e in entries).items())),
        "entries_by_language": dict(sorted(Counter(e.language for e in entries).items())),
        "minutes_total": sum(e.minutes for e in entries),
        "room_clashes": _clashes([(e.room, e) for e in entries]),
        "speaker_clashes": _clashes([(p.guid or p.name, e) for e in entries for p in e.persons]),
        "first_start_utc": _utc(min((e.starts_at for e in entries), default=None)),
        "last_end_utc": _utc(max((e.ends_at for e in entries), default=None)),
        "rejected": len(schedule.rejected),
    }


def _clashes(of: list[tuple[str, Entry]]) -> int:
    """How many neighbours overlap among the entries that share a key."""
    ordered = sorted(of, key=lambda pair: (pair[0], pair[1].starts_at))
    return sum(a[0] == b[0] and b[1].starts_at < a[1].ends_at for a, b in pairwise(ordered))


def _utc(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else ""
