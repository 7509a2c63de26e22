"""Finding the table of joins in a report: what stands before and behind it, which tool wrote it, and its time zone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from eventapp.partners.imports import readers
from eventapp.partners.imports.fields import plain_header
from eventapp.training.attendance.reports.cells import FIELDS, zone_named
from eventapp.training.models import MeetingTool

_NAMES = {field.key: {plain_header(name) for name in field.headers} for field in FIELDS}
_TITLE = re.compile(r"\s*\d{1,2}\.\s+\S")
_ZONE_NAMES = frozenset({"timezone", "zeitzone", "fuseauhoraire", "zonahoraria", "fusoorario"})
# The table begins at the latest so far down.
_FIRST_LINES = 5000


@dataclass(frozen=True)
class Report:
    """A file with nothing but the table of joins in it. `zone` is that of its header, empty if it names none."""

    content: bytes
    tool: MeetingTool
    zone: str


def cut(content: bytes) -> Report:
    """The table of joins alone, on the lines on which it stands in the file. Raises `FileError`.

    Lines before it are emptied, not taken out, so that what is said about a line is true of the file as well. A file
    without such a table stays as it is: somebody then says what its columns are.
    """
    if not content.strip(b"\x00 \t\r\n") or content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return Report(content, MeetingTool.OTHER, "")
    text, encoding, bom = readers.decode(content, "")
    lines = text.splitlines(keepends=True)
    head = _head(lines)
    if head is None:
        return Report(content, MeetingTool.OTHER, "")
    kept = [line if n >= head else _end_of(line) for n, line in enumerate(lines[: _tail(lines, head)])]
    mark = {"utf-8": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"") if bom else b""
    table = mark + "".join(kept).encode(encoding, "replace")
    return Report(table, _tool(lines, head), _zone(lines[:head]))


def cells_of(line: str) -> list[str]:
    """The cells of a head line, split by whatever splits it."""
    best = max(readers.DELIMITERS, key=line.count)
    return [cell.strip().strip('"') for cell in line.strip("\r\n").split(best)]


def _head(lines: Sequence[str]) -> int | None:
    """The line with the names of the columns: the first that names a time of joining and somebody."""
    for n, line in enumerate(lines[:_FIRST_LINES]):
        names = {plain_header(cell) for cell in cells_of(line)}
        # A summary of the whole meeting, as Zoom puts it in front, names times as well, but nobody.
        if names & _NAMES["joined"] and names & _NAMES["name"]:
            return n
    return None


def _tail(lines: Sequence[str], head: int) -> int:
    """The line behind the last of the table: the next block begins after a blank line with a number and a title."""
    for n in range(head + 1, len(lines) - 1):
        if not lines[n].strip() and _TITLE.match(lines[n + 1]):
            return n
    return len(lines)


def _end_of(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :] or "\n"


def _tool(lines: Sequence[str], head: int) -> MeetingTool:
    names = {plain_header(cell) for cell in cells_of(lines[head])}
    if {"useremail", "nameoriginalname", "inwaitingroom"} & names:
        return MeetingTool.ZOOM
    if {"attendeeemail", "attendanceduration", "connectiontype"} & names:
        return MeetingTool.WEBEX
    if head > 0 and any(_TITLE.match(line) for line in lines[:head]):
        return MeetingTool.TEAMS
    return MeetingTool.OTHER


def _zone(lines: Sequence[str]) -> str:
    for line in lines:
        name, *values = cells_of(line)
        if plain_header(name) in _ZONE_NAMES and values:
            return zone_named(values[0])
    return ""
