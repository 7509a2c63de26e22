"""Writing tables as files: CSV in three presets, XLSX, JSON. Everything streams; nothing is held but a chunk.

A text cell that a spreadsheet would take for a formula gets an apostrophe in front, and loses it again on import, so
that `+43…` stays `+43…`. Numbers stay numbers.
"""

import csv
import io
import json
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from operator import itemgetter
from typing import IO, Any
from zoneinfo import ZoneInfo

from eventapp.core.portions import apart
from eventapp.core.times import to_local

FORMULA = re.compile(r"['\u2019]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_ILLEGAL_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Preset:
    """How a CSV file is written. `escape`: neutralise formula cells, which only spreadsheets run."""

    name: str
    label: str
    delimiter: str
    line_end: str
    bom: bool
    escape: bool
    utc: bool


PRESETS = {
    preset.name: preset
    for preset in (
        Preset("excel-eu", "CSV for Excel, semicolons", ";", "\r\n", bom=True, escape=True, utc=False),
        Preset("excel-us", "CSV for Excel, commas", ",", "\r\n", bom=True, escape=True, utc=False),
        Preset("plain", "CSV, plain (times in UTC)", ",", "\n", bom=False, escape=True, utc=True),
    )
}


@dataclass(frozen=True)
class ExportColumn:
    """A column of an export: its stable English header, and what a row's value is (`text`, `number`, `moment`)."""

    header: str
    kind: str = "text"
    show: Callable[[Any], Any] | None = None


def neutral(value: str) -> str:
    """`value` so that no spreadsheet runs it: an apostrophe before `= + - @`, TAB, CR and their full-width twins.

    A text that already starts with apostrophes before such a sign gets one more, so that taking one off on import
    always gives back the original.
    """
    return f"'{value}" if FORMULA.match(value) else value


def original(value: str) -> str:
    """What `neutral` was given."""
    return value[1:] if value.startswith("'") and FORMULA.match(value) else value


def moment(value: datetime | str) -> datetime:
    """A moment, which queries in bulk give as the text in UTC that SQLite keeps: most rows need it as text again."""
    return datetime.fromisoformat(f"{value}+00:00") if isinstance(value, str) else value


def _utc_text(value: datetime | str) -> str:
    """A moment in UTC in ISO 8601, to the second."""
    text = value if isinstance(value, str) else str(value.astimezone(UTC))
    return f"{text[:10]}T{text[11:19]}Z"


def _plain_cell(column: ExportColumn, zone: str | None) -> Callable[[Any], Any] | None:
    """The function that makes a value of the column, never None, what is written; none if it is that already."""
    if column.kind != "moment":
        return column.show
    if zone is None:
        return _utc_text
    tz = ZoneInfo(zone)
    return lambda value: moment(value).astimezone(tz).isoformat(timespec="seconds")


ROWS_AT_ONCE = 500
_FIRST = frozenset("=+-@\t\r\uff1d\uff0b\uff0d\uff20'\u2019")


def write_csv(rows: Iterable[Sequence[Any]], columns: Sequence[ExportColumn], preset: Preset, zone: str) -> Iterator[bytes]:
    """The bytes of a CSV file, a chunk for every thousand rows. `zone` is the event's, for its local times."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=preset.delimiter, lineterminator=preset.line_end)
    headers = [column.header for column in columns]
    writer.writerow(headers)
    prepares = [_cells_of(column, None if preset.utc else zone) for column in columns]
    first = "\ufeff" if preset.bom else ""
    rows = iter(rows)
    chunk: list[Sequence[Any]] = [headers]
    while True:
        taken = list(islice(rows, ROWS_AT_ONCE))
        # By columns: whether one needs anything is asked once for all its cells. What rows have behind them goes here.
        batch = list(
            zip(*(prepare(cells) for prepare, cells in zip(prepares, zip(*taken, strict=True), strict=False)), strict=True)
        )
        writer.writerows(batch)
        chunk += batch
        yield (first + _readable(buffer.getvalue(), chunk, preset)).encode("utf-8", "replace")
        if len(taken) < ROWS_AT_ONCE:
            return
        first = ""
        chunk.clear()
        buffer.seek(0)
        buffer.truncate()


def _cells_of(column: ExportColumn, zone: str | None) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """The function that makes values of the column cells of a CSV; None is an empty cell already."""
    show = _plain_cell(column, zone)

    def prepare(values: Sequence[Any]) -> Sequence[Any]:
        if show is not None:
            values = [None if value is None else show(value) for value in values]
        if column.kind == "text" and not _FIRST.isdisjoint(map(itemgetter(0), filter(None, values))):
            values = [neutral(value) if value else value for value in values]
        return values

    return prepare


def _readable(text: str, rows: Sequence[Sequence[Any]], preset: Preset) -> str:
    """`text`, written anew with every cell quoted if a cell holds a CR: before Python 3.13 `csv` left that one bare."""
    if "\r" in preset.line_end or "\r" not in text:
        return text
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=preset.delimiter, lineterminator=preset.line_end, quoting=csv.QUOTE_ALL).writerows(rows)
    return buffer.getvalue()


def write_json(rows: Iterable[Sequence[Any]], columns: Sequence[ExportColumn]) -> Iterator[bytes]:
    """A JSON array with an object for each row; moments in UTC, no escaping of formulas: no spreadsheet reads it."""
    shows = [_plain_cell(column, None) for column in columns]
    headers = [column.header for column in columns]
    kinds = [column.kind for column in columns]
    chunk: list[str] = []
    separator = "[\n"
    for row in rows:
        cells = (
            (None if kind != "text" else "") if value is None else show(value) if show else value
            for value, show, kind in zip(row, shows, kinds, strict=False)
        )
        chunk.append(separator + json.dumps(dict(zip(headers, cells, strict=True)), ensure_ascii=False))
        separator = ",\n"
        if len(chunk) == 1000:
            yield "".join(chunk).encode("utf-8", "replace")
            chunk.clear()
    chunk.append("[]\n" if separator == "[\n" else "\n]\n")
    yield "".join(chunk).encode("utf-8", "replace")


# The header of the last column of an XLSX file with moments.
ZONE = "times_in_zone"


def _sheet_name(title: str) -> str:
    """A title as the name of a sheet: 31 characters, without those that Excel refuses there."""
    return _ILLEGAL_IN_XML.sub("", re.sub(r"[\[\]:*?/\\']", " ", title))[:31].strip() or "Export"


def write_xlsx(rows: Iterable[Sequence[Any]], columns: Sequence[ExportColumn], title: str, zone: str) -> Iterator[bytes]:
    """An XLSX file: texts as text (never formulas or links), moments as dates in the event's zone, header frozen.

    A cell has no zone: where there are moments, the last column names theirs. Rows go to a temporary file as they come,
    so memory does not grow with them.
    """
    import xlsxwriter  # 5 MB for every worker and command, of which few ever write such a file

    with tempfile.TemporaryDirectory(prefix="eventapp-export-") as folder:
        path = f"{folder}/export.xlsx"
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": folder}
        book = xlsxwriter.Workbook(path, options)
        sheet = book.add_worksheet(_sheet_name(title))
        bold, when = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.freeze_panes(1, 0)
        for n, column in enumerate(columns):
            sheet.set_column(n, n, 18)
            sheet.write_string(0, n, column.header, bold)
        last = len(columns) if any(column.kind == "moment" for column in columns) else None
        if last is not None:
            sheet.set_column(last, last, 18)
            sheet.write_string(0, last, ZONE, bold)
        for line, row in enumerate(rows, 1):
            for n, (column, value) in enumerate(zip(columns, row, strict=False)):
                if value is None or value == "":
                    continue
                if column.kind == "moment":
                    sheet.write_datetime(line, n, to_local(moment(value), zone).replace(tzinfo=None), when)
                elif column.kind == "number":
                    sheet.write_number(line, n, value)
                else:
                    text = column.show(value) if column.show else value
                    sheet.write_string(line, n, _ILLEGAL_IN_XML.sub("", str(text))[:32767])
            if last is not None:
                sheet.write_string(line, last, zone)
        book.close()
        with open(path, "rb") as file:
            while chunk := file.read(65536):
                yield chunk


FORMATS = {
    **dict.fromkeys(PRESETS, ("csv", "text/csv; charset=utf-8")),
    "xlsx": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "json": ("json", "application/json"),
}


def write(rows: Iterable[Sequence[Any]], columns: Sequence[ExportColumn], name: str, *, title: str, zone: str) -> Iterator[bytes]:
    """The file in the format of that name: a CSV preset, `xlsx` or `json`. What a row has behind the columns is left out."""
    if name == "xlsx":
        return write_xlsx(rows, columns, title, zone)
    if name == "json":
        return write_json(rows, columns)
    return write_csv(rows, columns, PRESETS[name], zone)


def make(rows: Iterable[Sequence[Any]], columns: Sequence[ExportColumn], name: str, *, title: str, zone: str) -> IO[bytes]:
    """The whole file, at its beginning: it tells of one moment, and what fails on the way leaves no half of it behind.

    The rows are read in a transaction of their own. Memory holds a megabyte, and the disk the rest.
    """
    file = tempfile.SpooledTemporaryFile(max_size=1 << 20)  # noqa: SIM115 - whoever asked for it closes it
    with apart():
        for chunk in write(rows, columns, name, title=title, zone=zone):
            file.write(chunk)
    file.seek(0)
    return file


def file_name(event: str, content: str, name: str, at: datetime) -> str:
    """Like `epc-2027_attendees_2027-05-18T0915Z.csv`: event, content, time in UTC."""
    return f"{event}_{content}_{at.astimezone(UTC):%Y-%m-%dT%H%MZ}.{FORMATS[name][0]}"
