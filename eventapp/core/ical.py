"""Calendar files: iCalendar (RFC 5545) with the methods of iTIP (RFC 5546). Times go out in UTC, so no zone can be misread.

Written by hand: a library's objects for the twenty lines took a tenth of registering somebody. The tests read them with it.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

PRODUCT = "-//eventapp//partner events//EN"
# A line has at most 75 bytes without its end, and none is parted inside an escape sequence.
LONGEST_LINE = 75
_LINE_END = re.compile(r"\r\n|\r|\n")
_ESCAPES = {"^": "^^", "\n": "^n", "\r": "^n", '"': "'"}
_NEEDS_QUOTES = re.compile("[,;:'\u2019 ]")


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
    status = "CANCELLED" if entry.cancelled else "CONFIRMED"
    attendee = f"ATTENDEE;CN={_parameter(entry.attendee[0])};PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT:mailto:{entry.attendee[1]}"
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        f"METHOD:{'PUBLISH' if published else entry.method}",
        "BEGIN:VEVENT",
        f"SUMMARY:{_text(entry.summary)}",
        f"DTSTART:{_utc(entry.start)}",
        f"DTEND:{_utc(entry.end)}",
        f"DTSTAMP:{_utc(entry.stamp)}",
        f"UID:{_text(entry.uid)}",
        f"SEQUENCE:{entry.sequence}",
        *(() if published else (attendee,)),
        f"DESCRIPTION:{_text(entry.description)}",
        f"LAST-MODIFIED:{_utc(entry.stamp)}",
        f"LOCATION:{_text(entry.location)}",
        f"ORGANIZER;CN={_parameter(entry.organizer[0])}:mailto:{entry.organizer[1]}",
        f"STATUS:{status}",
        f"URL:{entry.url}",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    )
    return "\r\n".join(_folded(_LINE_END.sub("", line)) for line in lines)


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    """A TEXT value (RFC 5545, 3.3.11)."""
    escaped = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return _LINE_END.sub(r"\\n", escaped)


def _parameter(value: str) -> str:
    """A parameter's value: the escapes of RFC 6868, quotes around it where needed, and so none in it."""
    escaped = "".join(_ESCAPES.get(char, char) for char in value.replace("\r\n", "\n"))
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
