"""From the bytes of a file to records: encoding, delimiter, line numbers, spreadsheets."""

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from python_calamine import CalamineError, CalamineWorkbook

from eventapp.core.errors import RuleError
from eventapp.core.i18n import _

DELIMITERS = (",", ";", "\t", "|")
MOST_RECORDS = 100_000
MOST_COLUMNS = 200
MOST_CELLS = 5_000_000
UNPACKED_BYTES = 200 * 1024 * 1024

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# A row, a cell, or where one of them stands, in every spelling that the reader of spreadsheets takes.
_MARK = re.compile(rb"<(?:[^\s<>/:]+:)?(row|c)[\s/>]|\br\s*=\s*[\"']\s*([A-Za-z]{0,8})(\d{1,20})")
_MAGIC = ("%PDF", "GIF8", "{\\rtf", "\ufffdPNG", "‰PNG", "ÿØÿ")
_SEP_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)

# The module's own limit of 131,072 characters in a cell would end in an error; the file as a whole is limited instead.
csv.field_size_limit(2**31 - 1)


class FileError(RuleError):
    """The file cannot be read as a table."""

    status = 422

    def __init__(self, message: str) -> None:
        super().__init__(message, "file")


class Record(NamedTuple):
    """A data row: its number from 1 (header not counted), the physical line it starts on, and its cells as they stand."""

    record: int
    line: int
    cells: list[str]
    over_lines: bool


@dataclass
class Source:
    """A file that can be read as often as needed. `encoding` is `xlsx` for a spreadsheet."""

    headers: list[str]
    encoding: str
    delimiter: str
    bom: bool = False
    line_end: str = ""
    physical_lines: int = 0
    skip: int = 0
    text: str = field(default="", repr=False)
    rows: list[list[str]] = field(default_factory=list, repr=False)
    first_row: int = 1

    def records(self) -> Iterator[Record]:
        """The data rows. A blank line is none. Raises `FileError` beyond 100,000 of them."""
        number = 0
        for line, cells, over_lines in self._rows():
            if not cells or (not self.text and not any(cells)):
                continue
            number += 1
            if number > MOST_RECORDS:
                raise FileError(_("The file has more than %(number)d rows. Split it.", number=MOST_RECORDS))
            yield Record(number, line, cells, over_lines)

    def _rows(self) -> Iterator[tuple[int, list[str], bool]]:
        if not self.text:
            yield from ((self.first_row + n, cells, False) for n, cells in enumerate(self.rows, 1))
            return
        reader = _reader(self.text, self.delimiter)
        for _n in range(self.skip):
            next(reader, None)
        start = reader.line_num + 1
        for cells in reader:
            yield start, cells, reader.line_num > start
            start = reader.line_num + 1


def _reader(text: str, delimiter: str) -> Any:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def read(content: bytes, *, encoding: str = "", delimiter: str = "") -> Source:
    """The file as a table; `encoding` and `delimiter` overrule what is found out.

    Raises `FileError` with a sentence for people if it is empty, no table, or too large.
    """
    if not content.strip(b"\x00 \t\r\n"):
        raise FileError(_("The file is empty."))
    if content.startswith(b"PK\x03\x04"):
        return _read_xlsx(content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileError(_("This is an old Excel file or a protected one. Save it as .xlsx or CSV, without a password."))
    return _read_csv(content, encoding, delimiter)


def _read_csv(content: bytes, encoding: str, delimiter: str) -> Source:
    text, found, bom = decode(content, encoding)
    if _looks_binary(text):
        raise FileError(_("This is neither CSV nor XLSX. Open the list in a spreadsheet and save it as CSV or XLSX."))
    skip = 0
    marked = _SEP_LINE.match(text)
    if marked:
        delimiter, skip = delimiter or marked[1], 1
    delimiter = delimiter or _delimiter(text)
    reader = _reader(text, delimiter)
    headers: list[str] = []
    for n, row in enumerate(reader, 1):
        if n > skip and any(cell.strip() for cell in row):
            headers, skip = row, n
            break
    source = Source([h.strip() for h in headers], found, delimiter, bom, _line_end(text), 0, skip, text)
    _check_headers(source)
    if next(iter(source.records()), None) is None:
        raise FileError(_("The file has a header line, but no rows."))
    source.physical_lines = _lines(text)
    return source


def _looks_binary(text: str) -> bool:
    """Whether this is a picture, a PDF or the like; a stray control character does not make a table one."""
    head = text[:1000]
    odd = sum(1 for sign in head if (sign < " " and sign not in "\t\r\n\x0b\x0c") or sign == "\ufffd")
    return head.startswith(_MAGIC) or odd > max(1, len(head) // 50)


def _lines(text: str) -> int:
    """How many physical lines the text has, whatever ends them."""
    ends = text.count("\n") + text.count("\r") - text.count("\r\n")
    return ends + (not text.endswith(("\n", "\r")))


def decode(content: bytes, encoding: str) -> tuple[str, str, bool]:
    """Text, encoding and whether there was a byte order mark: the mark, else UTF-16 where obvious, else UTF-8, else cp1252.

    Guessers are not used: they take short cp1252 texts for code pages that nobody has seen for decades.
    """
    for mark, name in _BOMS:
        if content.startswith(mark):
            return _strictly(content[len(mark) :], name), name, True
    if encoding:
        return _strictly(content, encoding), encoding, False
    head = content[:4000]
    if head.count(0) > len(head) * 0.2:
        name = "utf-16-le" if head[1::2].count(0) >= head[0::2].count(0) else "utf-16-be"
        return _strictly(content, name), name, False
    try:
        return content.decode("utf-8"), "utf-8", False
    except UnicodeDecodeError:
        # Five bytes mean nothing in cp1252; they become the replacement sign, and the preview shows it.
        return content.decode("cp1252", "replace"), "cp1252", False


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding, "replace" if encoding == "cp1252" else "strict")
    except (UnicodeDecodeError, LookupError) as error:
        raise FileError(_("The file is not %(encoding)s text. Choose another encoding.", encoding=encoding)) from error


def _delimiter(text: str) -> str:
    """The sign that stands most often in the header line outside of quotes; a comma if there is only one column."""
    counts = dict.fromkeys(DELIMITERS, 0)
    quoted = False
    for sign in text[:100_000].lstrip():
        if sign == '"':
            quoted = not quoted
        elif not quoted and sign in "\r\n":
            break
        elif not quoted and sign in counts:
            counts[sign] += 1
    best = max(counts, key=lambda sign: counts[sign])
    return best if counts[best] else ","


def _line_end(text: str) -> str:
    found = re.search(r"\r\n|\n|\r", text)
    return {"\r\n": "CRLF", "\n": "LF", "\r": "CR"}[found[0]] if found else ""


def _check_headers(source: Source) -> None:
    if not any(source.headers):
        raise FileError(_("The file has no header line."))
    if len(source.headers) > MOST_COLUMNS:
        raise FileError(_("The file has more than %(number)d columns.", number=MOST_COLUMNS))


def _read_xlsx(content: bytes) -> Source:
    """The first sheet that holds anything, its cells as text."""
    _check_package(content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            if sheet.height:
                return _from_sheet([[_cell_text(cell) for cell in row] for row in sheet.iter_rows()])
    except (CalamineError, OSError, ValueError) as error:
        raise FileError(_("The spreadsheet is damaged or of an unknown kind. Save it as .xlsx again, or as CSV.")) from error
    raise FileError(_("The spreadsheet is empty."))


def _from_sheet(rows: list[list[str]]) -> Source:
    top = next((n for n, row in enumerate(rows) if any(row)), None)
    if top is None:
        raise FileError(_("The spreadsheet is empty."))
    headers = [h.strip() for h in rows[top]]
    while headers and not headers[-1] and not any(row[len(headers) - 1] for row in rows[top:]):
        headers.pop()
    source = Source(headers, "xlsx", "", rows=[row[: len(headers)] for row in rows[top + 1 :]], first_row=top + 1)
    source.physical_lines = len(rows)
    _check_headers(source)
    if next(iter(source.records()), None) is None:
        raise FileError(_("The spreadsheet has a header line, but no rows."))
    return source


def _cell_text(value: Any) -> str:
    """A cell as text: 12345678.0 is an id and not a float, a day has no time, text stays as it is."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(sep=" ", timespec="seconds")
    return value.isoformat() if isinstance(value, date) else str(value)


def _check_package(content: bytes) -> None:
    """Refuses what would unpack to more than 200 MB, and sheets whose far-off cells span a huge empty area."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            infos = package.infolist()
            if sum(info.file_size for info in infos) > UNPACKED_BYTES:
                raise FileError(_("The spreadsheet is too large once unpacked. Split it, or save it as CSV."))
            if not any(info.filename == "xl/workbook.xml" for info in infos):
                raise FileError(_("This is neither CSV nor XLSX. Open the list in a spreadsheet and save it as CSV or XLSX."))
            # Every part: a sheet is whatever the workbook says, and may have any name.
            for info in infos:
                with package.open(info) as part:
                    _check_size(part, info.file_size)
    # A RuntimeError is how zipfile tells of a password, and of a compression that it does not know.
    except (zipfile.BadZipFile, RuntimeError, EOFError, OSError) as error:
        raise FileError(_("The spreadsheet is damaged or protected. Save it as .xlsx again, or as CSV.")) from error


def _check_size(part: Any, declared: int) -> None:
    """Raises `FileError` if the part spans more than we read: what is in between is memory, were it empty."""
    size, read_bytes, tail = _Span(), 0, b""
    while chunk := part.read(1 << 20):
        read_bytes += len(chunk)
        if read_bytes > declared:
            raise FileError(_("The spreadsheet is damaged or protected. Save it as .xlsx again, or as CSV."))
        # Up to the last tag, so that none is looked at in halves.
        whole, sign, tail = (tail + chunk).rpartition(b"<")
        tail = sign + tail
        size.see(whole)
        if len(tail) > 1 << 22:
            size.see(tail)
            tail = b""
    size.see(tail)


class _Span:
    """How far a sheet reaches: rows and cells follow each other, unless they say where they stand."""

    def __init__(self) -> None:
        self.row = self.column = self.rows = self.columns = self.cells = 0

    def see(self, text: bytes) -> None:
        for tag, letters, digits in _MARK.findall(text):
            if tag == b"row":
                self.row, self.column = self.row + 1, 0
            elif tag:
                self.column, self.cells = self.column + 1, self.cells + 1
            else:
                self.row = int(digits)
                if letters:
                    self.column = _number(letters)
            self.rows, self.columns = max(self.rows, self.row), max(self.columns, self.column)
        if (
            self.rows > MOST_RECORDS + 100
            or self.columns > MOST_COLUMNS
            or max(self.cells, self.rows * self.columns) > MOST_CELLS
        ):
            raise FileError(
                _(
                    "The sheet spans %(rows)d rows and %(columns)d columns, which is too large.",
                    rows=self.rows,
                    columns=self.columns,
                )
            )


def _number(letters: bytes) -> int:
    """The number of a column: A is 1, Z is 26, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
