"""The rules of schedule.xml (the XSD of c3voc) and schedule.json, written out: what is wrong with a document, in words."""

import re
import uuid
from datetime import date, datetime
from typing import Any
from xml.etree import ElementTree as ET

CLOCK = re.compile(r"([0-2][0-9]:[0-5][0-9])(:[0-5][0-9])?")
DURATION = re.compile(r"[0-9]{1,2}:[0-9]{2}(:[0-9]{1,2})?")
# Of `xs:all`: each once, in any order. The value says whether it must be there.
CONFERENCE = {"title": True, "acronym": True, "start": False, "end": False, "days": False, "timeslot_duration": False}
EVENT = {
    **dict.fromkeys(("room", "title", "subtitle", "type", "date", "start", "duration", "abstract", "slug", "track"), True),
    **dict.fromkeys(("persons", "language", "description", "recording", "links"), False),
}


def problems_of_xml(document: bytes) -> list[str]:
    """What a validator would say about schedule.xml; nothing for a valid one."""
    root = ET.fromstring(document)
    names = [child.tag for child in root]
    found = [] if root.tag == "schedule" else ["the root is no schedule"]
    if names[:2] != ["version", "conference"] or set(names[2:]) != {"day"}:
        found.append(f"schedule holds {names[:4]}, not version, conference, day+")
    found += _children(root[1], CONFERENCE)
    seen: dict[str, set[str]] = {"id": set(), "guid": set(), "code": set(), "slug": set()}
    for index, day in enumerate(root.findall("day"), 1):
        found += _day(day, index)
        for room in day:
            if room.tag != "room" or not room.get("name"):
                found.append("a room without a name")
            found += [problem for event in room for problem in _event(event, room.get("name") or "", seen)]
    return found


def _children(node: ET.Element, allowed: dict[str, bool]) -> list[str]:
    names = [child.tag for child in node]
    found = [f"{node.tag} lacks {name}" for name, needed in allowed.items() if needed and name not in names]
    found += [f"{node.tag} has {name}" for name in names if name not in allowed]
    return found + [f"{node.tag} has {name} twice" for name in set(names) if names.count(name) > 1]


def _day(day: ET.Element, index: int) -> list[str]:
    found = [] if day.get("index") == str(index) else ["days are not numbered from 1"]
    for name in ("start", "end"):
        if datetime.fromisoformat(day.attrib[name]).utcoffset() is None:
            found.append(f"{name} of a day has no offset")
    date.fromisoformat(day.attrib["date"])
    return found


def _event(event: ET.Element, room: str, seen: dict[str, set[str]]) -> list[str]:
    found = _children(event, EVENT)
    if not re.fullmatch(r"[1-9][0-9]*", event.get("id", "")):
        found.append("an id is no positive number")
    uuid.UUID(event.attrib["guid"])
    text = {child.tag: child.text or "" for child in event}
    if text["room"] != room:
        found.append("an event stands in another room than it says")
    start = datetime.fromisoformat(text["date"])
    if start.utcoffset() is None or not CLOCK.fullmatch(text["start"]) or f"{start:%H:%M}" != text["start"]:
        found.append(f"the start {text['start']} is not that of the date {text['date']}")
    if not DURATION.fullmatch(text["duration"]):
        found.append(f"{text['duration']} is no duration")
    keys = {"id": event.get("id"), "guid": event.get("guid"), "code": event.get("code"), "slug": text["slug"]}
    for name, value in keys.items():
        if value is not None and value in seen[name]:
            found.append(f"{name} {value} twice")
        seen[name].add(value or "")
    for person in event.iterfind("persons/person"):
        if not re.fullmatch(r"[1-9][0-9]*", person.get("id", "1")):
            found.append("a person's id is no positive number")
    return found


KEYS = (
    "guid", "id", "date", "start", "duration", "room", "slug", "url", "title", "subtitle", "track", "type", "language",
    "abstract", "persons", "links",
)  # fmt: skip


def problems_of_json(document: Any) -> list[str]:
    """What a validator would say about schedule.json; nothing for a valid one."""
    schedule = document["schedule"]
    conference = schedule["conference"]
    found = [f"schedule lacks {name}" for name in ("version", "conference") if name not in schedule]
    needed = ("acronym", "title", "start", "end", "daysCount", "timeslot_duration", "days")
    found += [f"conference lacks {name}" for name in needed if name not in conference]
    if not re.fullmatch(r"[a-z0-9_-][a-z0-9_]{3,}", conference["acronym"]):
        found.append(f"{conference['acronym']} is no acronym")
    first, last = date.fromisoformat(conference["start"]), date.fromisoformat(conference["end"])
    if conference["daysCount"] != (last - first).days + 1:
        found.append("daysCount is wrong")
    seen: dict[str, set[Any]] = {"guid": set(), "id": set(), "slug": set()}
    for index, day in enumerate(conference["days"], 1):
        found += [f"a day lacks {name}" for name in ("index", "date", "day_start", "day_end", "rooms") if name not in day]
        if day["index"] != index or datetime.fromisoformat(day["day_start"]).utcoffset() is None:
            found.append("a day has the wrong index, or a start without offset")
        for room, events in day["rooms"].items():
            for event in events:
                found += _json_event(event, room, seen)
    return found


def _json_event(event: dict[str, Any], room: str, seen: dict[str, set[Any]]) -> list[str]:
    found = [f"an event lacks {name}" for name in KEYS if name not in event]
    uuid.UUID(event["guid"])
    if not (isinstance(event["id"], int) and event["id"] > 0):
        found.append("an id is no positive number")
    start = datetime.fromisoformat(event["date"])
    if start.utcoffset() is None or event["start"] != f"{start:%H:%M}":
        found.append(f"the start {event['start']} is not that of the date {event['date']}")
    if event["room"] != room:
        found.append("an event stands in another room than it says")
    if not re.fullmatch(r"[a-z0-9_-]+[a-z0-9]", event["slug"]):
        found.append(f"{event['slug']} is no slug")
    if not re.fullmatch(r"[0-9]+:[0-9]{2}", event["duration"]):
        found.append(f"{event['duration']} is no duration")
    for name, values in seen.items():
        if event[name] in values:
            found.append(f"{name} {event[name]} twice")
        values.add(event[name])
    for person in event["persons"]:
        uuid.UUID(person["guid"])
        if not person["name"] or not re.fullmatch("[A-Z0-9]+", person["code"]):
            found.append("a person has no name, or no code")
    return found
