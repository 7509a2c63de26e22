"""Calendar files: iCalendar (RFC 5545) with the methods of iTIP (RFC 5546). Times go out in UTC, so no zone can be misread.

Written by hand: a library's objects for the twenty lines took a tenth of registering somebody. The tests read them with it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from eventapp.core.text import clean

PRODUCT = "-//eventapp//partner events//EN"
# A line has at most 75 bytes without its end, and none is parted inside an escape sequence.
LONGEST_LINE = 75
_LINE_END = re.compile(r"\r\n|\r|\n")
_ESCAPES = {"^": "^^", "\n": "^n", "\r": "^n", '"': "'"}
_NEEDS_QUOTES = re.compile("[,;:'\u2019 ]")


@dataclass(frozen=True)
class Entry:
    """An entry for something with a start and an end, of one person (`attendee`) or of everybody.

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
    stamp: datetime
    organizer: tuple[str, str] | None = None
    attendee: tuple[str, str] | None = None
    cancelled: bool = False

    @property
    def method(self) -> str:
        """The iTIP method, repeated in the MIME type of the mail part."""
        return "CANCEL" if self.cancelled else "REQUEST"


def calendar_file(entry: Entry, *, published: bool = False) -> str:
    """The file's text, CRLF and folded lines. `published` leaves the method at PUBLISH, for a download."""
    return calendar([entry], method="PUBLISH" if published else entry.method)


def calendar(entries: Iterable[Entry], *, method: str = "PUBLISH", name: str = "", refresh: timedelta | None = None) -> str:
    """A file of several entries. What is published names no attendees.

    `name` is what programs call the calendar, `refresh` how often those that subscribe to it should ask again (RFC 7986).
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN", f"METHOD:{method}"]
    if name:
        lines += [f"NAME:{_text(name)}", f"X-WR-CALNAME:{_text(name)}"]
    if refresh is not None:
        minutes = int(refresh.total_seconds()) // 60
        lines += [f"REFRESH-INTERVAL;VALUE=DURATION:PT{minutes}M", f"X-PUBLISHED-TTL:PT{minutes}M"]
    for entry in entries:
        lines += _event(entry, published=method == "PUBLISH")
    lines += ["END:VCALENDAR", ""]
    return "\r\n".join(_folded(_LINE_END.sub("", line)) for line in lines)


def _event(entry: Entry, *, published: bool) -> list[str]:
    lines = [
        "BEGIN:VEVENT",
        f"SUMMARY:{_text(entry.summary)}",
        f"DTSTART:{_utc(entry.start)}",
        f"DTEND:{_utc(entry.end)}",
        f"DTSTAMP:{_utc(entry.stamp)}",
        f"UID:{_text(entry.uid)}",
        f"SEQUENCE:{entry.sequence}",
        f"DESCRIPTION:{_text(entry.description)}",
        f"LAST-MODIFIED:{_utc(entry.stamp)}",
        f"LOCATION:{_text(entry.location)}",
        f"STATUS:{'CANCELLED' if entry.cancelled else 'CONFIRMED'}",
        f"URL:{entry.url}",
    ]
    if entry.attendee is not None and not published:
        who = _parameter(entry.attendee[0])
        lines.append(f"ATTENDEE;CN={who};PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT:mailto:{entry.attendee[1]}")
    if entry.organizer is not None:
        lines.append(f"ORGANIZER;CN={_parameter(entry.organizer[0])}:mailto:{entry.organizer[1]}")
    return [*lines, "END:VEVENT"]


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    """A TEXT value (RFC 5545, 3.3.11)."""
    escaped = clean(value).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return _LINE_END.sub(r"\\n", escaped)


def _parameter(value: str) -> str:
    """A parameter's value: the escapes of RFC 6868, quotes around it where needed, and so none in it."""
    escaped = "".join(_ESCAPES.get(char, char) for char in clean(value).replace("\r\n", "\n"))
    return f'"{escaped}"' if _NEEDS_QUOTES.search(escaped) else escaped


def _folded(line: str) -> str:
    if len(line) < LONGEST_LINE and line.isascii():
        return line
    parts, start, size = [], 0, 0
    for at, char in enumerate(line):
        width = len(char.encode())
        if size + width >= LONGEST_LINE:
            # An escape sequence stays whole: its first character goes along.
            end = at - 1 if line[at - 1] in "\\^" and at - 1 > start else at
            parts.append(line[start:end])
            start, size = end, len(line[end:at].encode())
        size += width
    return "\r\n ".join((*parts, line[start:]))
