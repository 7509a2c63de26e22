"""The public agenda in the formats that other programs read: schedule.json and schedule.xml (frab, c3voc).

What was cancelled is not in them: they know no word for it, and a reader would take it for going to happen.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

from eventapp.agenda.public.queries import Name, Part, Release
from eventapp.core.i18n import _
from eventapp.core.links import absolute
from eventapp.core.markdown import text_of
from eventapp.core.text import fold, one_line
from eventapp.core.times import to_local
from eventapp.events.models import Event

# The longest step that all starts and ends fit into is told; finer than this nobody plans.
FINEST, COARSEST = 5, 60
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Day:
    """A day with what begins on it, by room."""

    index: int
    date: str
    start: datetime
    end: datetime
    rooms: Mapping[str, Sequence[Part]]


@dataclass(frozen=True)
class Schedule:
    """An agenda, put in the order of these formats. `guids` are those of the rooms, by name."""

    event: Event
    release: Release
    days: Sequence[Day]
    names: Mapping[int, Sequence[Name]]
    guids: Mapping[str, str]
    pictures: Mapping[int, str]


def schedule(
    event: Event,
    release: Release,
    parts: Sequence[Part],
    names: Mapping[int, Sequence[Name]],
    *,
    guids: Mapping[str, str],
    pictures: Mapping[int, str] | None = None,
) -> Schedule:
    """The parts by day and room. A break over all rooms stands in the first room of its day."""
    by_day: dict[str, dict[str, list[Part]]] = {}
    going = [part for part in parts if not part.cancelled]
    for part in going:
        if not part.all_rooms:
            rooms = by_day.setdefault(_date(event, part), {})
            rooms.setdefault(one_line(part.room or "") or _("To be announced"), []).append(part)
    for part in going:
        if part.all_rooms:
            rooms = by_day.setdefault(_date(event, part), {})
            first = next((name for name in map(one_line, guids) if name in rooms), next(iter(rooms), _("All rooms")))
            rooms.setdefault(first, []).append(part)
            rooms[first].sort(key=lambda one: (one.starts_at, one.number))
    days = []
    for index, date in enumerate(sorted(by_day), 1):
        together = [part for rooms in by_day[date].values() for part in rooms]
        start, end = min(p.starts_at for p in together), max(p.ends_at for p in together)
        days.append(Day(index, date, to_local(start, event.time_zone), to_local(end, event.time_zone), by_day[date]))
    return Schedule(event, release, days, names, {one_line(name): guid for name, guid in guids.items()}, pictures or {})


def _date(event: Event, part: Part) -> str:
    return to_local(part.starts_at, event.time_zone).date().isoformat()


def acronym(event: Event) -> str:
    """The event's short name as these formats have it: letters and digits, at least four."""
    short = event.slug.replace("-", "")
    return short if len(short) > 3 else f"{short}event"


def slug(event: Event, part: Part) -> str:
    """A name for the part in file names, the only one of its kind."""
    words = "-".join(re.findall(r"[a-z0-9]+", fold(part.title)))[:60].strip("-")
    return "-".join(word for word in (acronym(event), str(part.number), words) if word)


def _hours(length: timedelta) -> str:
    minutes = int(length.total_seconds()) // 60
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _conference(found: Schedule) -> dict[str, Any]:
    event = found.event
    first, last = to_local(event.starts_at, event.time_zone).date(), to_local(event.ends_at, event.time_zone).date()
    dates = [first.isoformat(), last.isoformat(), *(day.date for day in found.days)]
    start, end = datetime.fromisoformat(min(dates)).date(), datetime.fromisoformat(max(dates)).date()
    return {
        "acronym": acronym(event),
        "title": one_line(event.title),
        "start": start.isoformat(),
        "end": end.isoformat(),
        "daysCount": (end - start).days + 1,
        "timeslot_duration": _hours(timedelta(minutes=_step(found))),
    }


def _step(found: Schedule) -> int:
    """The longest of the usual steps, in minutes, that all starts and lengths are multiples of."""
    parts = [part for day in found.days for rooms in day.rooms.values() for part in rooms]
    minutes = [part.starts_at.minute for part in parts]
    minutes += [int((part.ends_at - part.starts_at).total_seconds()) // 60 for part in parts]
    return next((step for step in (COARSEST, 30, 15, 10) if all(n % step == 0 for n in minutes)), FINEST)


def to_json(found: Schedule) -> dict[str, Any]:
    """schedule.json: every key is there, if only empty. Nothing in it was made of an e-mail address."""
    event = found.event
    tracks = {
        part.track: part.colour for day in found.days for rooms in day.rooms.values() for part in rooms if part.track is not None
    }
    conference = _conference(found) | {
        "time_zone_name": event.time_zone,
        "url": absolute("events.show", slug=event.slug),
        "tracks": [{"name": name, "slug": _slug_of(name), "color": colour} for name, colour in tracks.items()],
        "rooms": [{"name": name, "guid": guid} for name, guid in found.guids.items()],
        "days": [
            {
                "index": day.index,
                "date": day.date,
                "day_start": day.start.isoformat(),
                "day_end": day.end.isoformat(),
                "rooms": {room: [_event(found, room, part) for part in parts] for room, parts in day.rooms.items()},
            }
            for day in found.days
        ],
    }
    base = absolute("agenda.index", slug=event.slug)
    return {"schedule": {"version": found.release.name, "base_url": base, "conference": conference}}


def _slug_of(name: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", fold(name)))


def _event(found: Schedule, room: str, part: Part) -> dict[str, Any]:
    event = found.event
    start = to_local(part.starts_at, event.time_zone)
    made = {
        "guid": part.guid,
        "id": part.number,
        "date": start.isoformat(),
        "start": f"{start:%H:%M}",
        "duration": _hours(part.ends_at - part.starts_at),
        "room": room,
        "slug": slug(event, part),
        "url": absolute("agenda.show", slug=event.slug, code=part.code),
        "title": part.title,
        "subtitle": part.label or part.subtitle,
        "track": part.track,
        "type": part.type,
        "language": part.language,
        "abstract": text_of(part.abstract_html),
        "description": "",
        "persons": [_person(event, name) for name in found.names.get(part.session_id, ())],
        "links": [],
        "attachments": [],
    }
    key = found.pictures.get(part.session_id)
    return {**made, "logo": absolute("agenda.picture", slug=event.slug, key=key)} if key else made


def _person(event: Event, name: Name) -> dict[str, str]:
    return {
        "guid": name.guid,
        "code": name.code,
        "name": name.name,
        "public_name": name.name,
        "url": absolute("agenda.speaker", slug=event.slug, code=name.code),
    }


def to_xml(found: Schedule) -> bytes:
    """schedule.xml as the rules of c3voc have it. Characters that XML cannot hold fall away."""
    event = found.event
    root = ET.Element("schedule")
    _add(root, "version", found.release.name)
    conference = ET.SubElement(root, "conference")
    facts = _conference(found)
    for name, key in (("acronym",) * 2, ("title",) * 2, ("start",) * 2, ("end",) * 2, ("days", "daysCount")):
        _add(conference, name, str(facts[key]))
    _add(conference, "timeslot_duration", facts["timeslot_duration"])
    for day in found.days:
        attributes = {"index": str(day.index), "date": day.date, "start": day.start.isoformat(), "end": day.end.isoformat()}
        day_node = ET.SubElement(root, "day", attributes)
        for name, parts in day.rooms.items():
            guid = {"guid": found.guids[name]} if name in found.guids else {}
            room_node = ET.SubElement(day_node, "room", {"name": _xml(name), **guid})
            for part in parts:
                _add_event(room_node, event, name, part, found.names.get(part.session_id, ()))
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _add_event(room: ET.Element, event: Event, name: str, part: Part, names: Sequence[Name]) -> None:
    node = ET.SubElement(room, "event", {"id": str(part.number), "guid": part.guid})
    start = to_local(part.starts_at, event.time_zone)
    for tag, text in (
        ("room", name),
        ("title", part.title),
        ("subtitle", part.label or part.subtitle),
        ("type", part.type),
        ("date", start.isoformat()),
        ("start", f"{start:%H:%M}"),
        ("duration", _hours(part.ends_at - part.starts_at)),
        ("abstract", text_of(part.abstract_html)),
        ("slug", slug(event, part)),
        ("track", part.track or ""),
    ):
        _add(node, tag, text)
    persons = ET.SubElement(node, "persons")
    for one in names:
        _add(persons, "person", one.name, id=str(one.id))
    _add(node, "language", part.language)
    _add(node, "description", "")
    links = ET.SubElement(node, "links")
    _add(links, "link", part.title, href=absolute("agenda.show", slug=event.slug, code=part.code))


def _add(parent: ET.Element, tag: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, tag, {key: _xml(value) for key, value in attributes.items()}).text = _xml(text)


def _xml(text: str) -> str:
    return _NO_XML.sub("", text)
