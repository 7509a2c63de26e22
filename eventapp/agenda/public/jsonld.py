"""schema.org descriptions of sessions, for search engines."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from eventapp.agenda.public import queries
from eventapp.agenda.public.queries import Name, Part
from eventapp.core.links import absolute
from eventapp.core.markdown import text_of
from eventapp.core.times import to_local
from eventapp.events.jsonld import ATTENDANCE, location
from eventapp.events.models import Event

# The event's page says no more of its sessions than this many: it is to stay small.
MOST = 100


def sub_events(event: Event) -> list[dict[str, Any]]:
    """The sessions of an event in short, for the event's own page; what is not public is not in it."""
    release = queries.latest(event.id)
    if release is None:
        return []
    going = [part for part in queries.parts(release) if not part.is_break]
    return [_short(event, part) for part in going[:MOST]]


def _short(event: Event, part: Part) -> dict[str, Any]:
    made = {
        "@type": "Event",
        "name": part.title,
        "url": absolute("agenda.show", slug=event.slug, code=part.code),
        "startDate": to_local(part.starts_at, event.time_zone).isoformat(),
        "endDate": to_local(part.ends_at, event.time_zone).isoformat(),
    }
    return made | ({"eventStatus": "https://schema.org/EventCancelled"} if part.cancelled else {})


def description(event: Event, parts: Sequence[Part], names: Sequence[Name], *, before: datetime | None = None) -> dict[str, Any]:
    """A session as schema.org has it: the whole of its parts, where and how, of which event it is a part.

    `before` is when it would have started by the release before, if the latest one has moved it.
    """
    first, last = parts[0], parts[-1]
    page = absolute("agenda.show", slug=event.slug, code=first.code)
    way = first.delivery or event.format
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        **_short(event, first),
        "endDate": to_local(last.ends_at, event.time_zone).isoformat(),
        "eventStatus": f"https://schema.org/{'EventCancelled' if first.cancelled else 'EventScheduled'}",
        "eventAttendanceMode": f"https://schema.org/{ATTENDANCE[way]}",
        "location": location(event, page, way, first.room or ""),
        "superEvent": {"@type": "Event", "name": event.title, "url": absolute("events.show", slug=event.slug)}
        | {"startDate": to_local(event.starts_at, event.time_zone).isoformat(), "location": location(event, page, event.format)},
    }
    if before is not None:
        found |= {"previousStartDate": to_local(before, event.time_zone).isoformat()}
        if not first.cancelled:
            found["eventStatus"] = "https://schema.org/EventRescheduled"
    if text := text_of(first.abstract_html):
        found["description"] = text
    if names:
        found["performer"] = [{"@type": "Person", "name": name.name} for name in names]
    if first.language:
        found["inLanguage"] = first.language
    return found
