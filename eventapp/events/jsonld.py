"""schema.org description of an event, for search engines."""

from typing import Any

from eventapp.core.links import absolute
from eventapp.core.times import to_local
from eventapp.events import hooks
from eventapp.events.models import Event, EventFormat, EventStatus, Moved
from eventapp.events.rules import Window

ATTENDANCE = {
    EventFormat.IN_PERSON: "OfflineEventAttendanceMode",
    EventFormat.VIRTUAL: "OnlineEventAttendanceMode",
    EventFormat.HYBRID: "MixedEventAttendanceMode",
}


def description(event: Event, organizer: str, state: Window) -> dict[str, Any]:
    """The event as schema.org has it: start with offset, place or virtual location or both, status, offers."""
    page = absolute("events.show", slug=event.slug)
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": event.title,
        "url": page,
        "startDate": to_local(event.starts_at, event.time_zone).isoformat(),
        "endDate": to_local(event.ends_at, event.time_zone).isoformat(),
        "eventStatus": f"https://schema.org/{_status(event)}",
        "eventAttendanceMode": f"https://schema.org/{ATTENDANCE[event.format]}",
        "location": location(event, page, event.format),
        "organizer": {"@type": "Organization", "name": event.sender_name or organizer, "url": absolute("overview.home")},
    }
    if event.previous_starts_at is not None:
        found["previousStartDate"] = to_local(event.previous_starts_at, event.time_zone).isoformat()
    if event.summary:
        found["description"] = event.summary
    if sub_events := [*_parts(event), *hooks.sub_events(event)]:
        found["subEvent"] = sub_events
    if state is Window.OPEN:
        found["offers"] = {
            "@type": "Offer",
            "price": "0",
            "priceCurrency": "EUR",
            "url": page,
            "availability": "https://schema.org/InStock",
        }
    return found


def _parts(event: Event) -> list[dict[str, Any]]:
    """The parts of an event that takes place in several."""
    return [
        {
            "@type": "Event",
            "name": f"{event.title}: {part.label}" if part.label else event.title,
            "startDate": to_local(part.starts_at, event.time_zone).isoformat(),
            "endDate": to_local(part.ends_at, event.time_zone).isoformat(),
        }
        for part in event.parts
    ]


def _status(event: Event) -> str:
    """What became of it. One that has both another date and no room any more is called by the first: dates matter more."""
    if event.status is EventStatus.CANCELLED:
        return "EventCancelled"
    if event.previous_starts_at is not None:
        return "EventRescheduled"
    return "EventMovedOnline" if event.moved is Moved.VIRTUAL else "EventScheduled"


def location(event: Event, page: str, way: EventFormat, room: str = "") -> Any:
    """Where it takes place: the venue, or a room of it, the page that leads to the video, or both."""
    address = {
        "@type": "PostalAddress",
        "streetAddress": event.address,
        "addressLocality": event.city,
        "addressCountry": event.country_code,
    }
    place = {
        "@type": "Place",
        "name": room or event.venue or event.city or event.title,
        "address": {key: value for key, value in address.items() if value},
    }
    online = {"@type": "VirtualLocation", "url": page}
    if way is EventFormat.VIRTUAL:
        return online
    return [place, online] if way is EventFormat.HYBRID else place
