"""Calendar files: iCalendar (RFC 5545) with the methods of iTIP (RFC 5546). Times go out in UTC, so no zone can be misread."""

from dataclasses import dataclass
from datetime import datetime

from icalendar import Calendar, Event, vCalAddress, vText

PRODUCT = "-//eventapp//partner events//EN"


@dataclass(frozen=True)
class Entry:
    """One person's entry for something with a start and an end.

    `uid` never changes for it, `sequence` only grows. `cancelled` makes it a CANCEL, else it is a REQUEST.
    """

    uid: str
    sequence: int
    start: datetime
    end: datetime
    summary: str
    location: str
    description: str
    url: str
    organizer: tuple[str, str]
    attendee: tuple[str, str]
    stamp: datetime
    cancelled: bool = False

    @property
    def method(self) -> str:
        """The iTIP method, repeated in the MIME type of the mail part."""
        return "CANCEL" if self.cancelled else "REQUEST"


def calendar_file(entry: Entry, *, published: bool = False) -> str:
    """The file's text, CRLF and folded lines. `published` leaves the method at PUBLISH, for a download."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH" if published else entry.method)
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.stamp)
    event.add("last-modified", entry.stamp)
    event.add("dtstart", entry.start)
    event.add("dtend", entry.end)
    event.add("summary", entry.summary)
    event.add("location", entry.location)
    event.add("description", entry.description)
    event.add("url", entry.url)
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("organizer", _address(*entry.organizer))
    if not published:
        attendee = _address(*entry.attendee)
        attendee.params["partstat"] = vText("ACCEPTED")
        attendee.params["role"] = vText("REQ-PARTICIPANT")
        event.add("attendee", attendee, encode=False)
    calendar.add_component(event)
    return str(calendar.to_ical().decode())


def _address(name: str, address: str) -> vCalAddress:
    found = vCalAddress(f"mailto:{address}")
    found.params["cn"] = vText(name.replace('"', "'"))
    return found
