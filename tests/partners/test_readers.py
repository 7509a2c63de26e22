"""Files of all kinds become the same records; what is no table is refused with a sentence."""

import io
import zipfile
from datetime import datetime

import pytest
import xlsxwriter

from eventapp.partners.imports import readers
from eventapp.partners.imports.readers import FileError, read

TEXT = 'Name{d}Stadt{d}Notiz\r\nGroße Köche{d}Zürich{d}"eins\nzwei"\r\n"a{d}b"{d}"sagt ""ja"""{d}\r\n'
ROWS = [["Große Köche", "Zürich", "eins\nzwei"], ["{d}", 'sagt "ja"', ""]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    ("encoding", "bom", "known_as"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", b"\xef\xbb\xbf", "utf-8"),
        ("cp1252", b"", "cp1252"),
        ("utf-16-le", b"\xff\xfe", "utf-16-le"),
        ("utf-16-be", b"\xfe\xff", "utf-16-be"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
    ],
)
def test_encodings_and_delimiters(delimiter: str, encoding: str, bom: bytes, known_as: str) -> None:
    content = bom + TEXT.replace("{d}", delimiter).encode(encoding)
    source = read(content)
    assert (source.encoding, source.delimiter, source.bom) == (known_as, delimiter, bool(bom))
    assert source.headers == ["Name", "Stadt", "Notiz"]
    records = list(source.records())
    assert records[0].cells == ROWS[0]
    assert records[1].cells[0] == f"a{delimiter}b"
    assert records[1].cells[1] == 'sagt "ja"'
    assert [(r.record, r.line, r.over_lines) for r in records] == [(1, 2, True), (2, 4, False)]


def test_records_and_lines_drift_apart_over_line_breaks() -> None:
    source = read(b'id,note\n1,"a\r\nb\nc"\n\n2,x\r\n3,"y\n"\n4,z')
    assert [(r.record, r.line) for r in source.records()] == [(1, 2), (2, 6), (3, 7), (4, 9)]
    assert source.physical_lines == 9


def test_a_delimiter_inside_quotes_of_the_header_does_not_count() -> None:
    assert read(b'"a,b,c";d\n1;2\n').delimiter == ";"


def test_a_line_that_names_the_delimiter_is_obeyed() -> None:
    source = read(b"sep=|\r\na|b,c,d\r\n1|2\r\n")
    assert source.headers == ["a", "b,c,d"]
    assert [(r.record, r.line) for r in source.records()] == [(1, 3)]


def test_cells_beyond_the_limit_of_the_csv_module_and_nul() -> None:
    source = read(b'a,b\n"' + b"x" * 200_000 + b'",\x00y\n')
    cells = next(source.records()).cells
    assert len(cells[0]) == 200_000
    assert cells[1] == "\x00y"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n\n  \n", "empty"),
        (b"\xef\xbb\xbf", "no header|empty"),
        (b"Name;City\n", "no rows"),
        (b"\xff\xfe" + "Name;City\n".encode("utf-16-le"), "no rows"),
        (b"%PDF-1.7\x00\x01\x02 some binary", "neither"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 100, "old Excel"),
        (b"PK\x03\x04 not a zip", "damaged"),
        (b"\xef\xbb\xbfName\n\xff\xfe\n", "encoding"),
        (",".join(f"c{n}" for n in range(300)).encode() + b"\n1", "columns"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(FileError, match=words):
        read(content)


def test_more_rows_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "MOST_RECORDS", 3)
    with pytest.raises(FileError, match="more than 3 rows"):
        list(read(b"a\n1\n2\n3\n4\n").records())


def sheet(*rows: list[object], top: int = 0, left: int = 0) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.add_worksheet("Empty")
    page = book.add_worksheet("Rows")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for n, row in enumerate(rows):
        for m, value in enumerate(row):
            if isinstance(value, datetime):
                page.write_datetime(top + n, left + m, value, day)
            elif isinstance(value, str):
                page.write_string(top + n, left + m, value)
            else:
                page.write(top + n, left + m, value)
    book.close()
    return buffer.getvalue()


def test_spreadsheet_cells_become_text_without_losing_anything() -> None:
    content = sheet(
        ["CRM ID", "Employees", "Since", "Admin", "Phone", "Note"],
        ["00123456", 1250, datetime.fromisoformat("2014-03-01"), True, "+43 1 234", "=1+1"],
        [12345678, 0.5, "01.03.2014", False, 4312345678901, "a\nb"],
        ["", "", "", "", "", ""],
        ["12E45678", "", "", "", "", "last"],
        top=2,
        left=1,
    )
    source = read(content)
    assert source.headers == ["CRM ID", "Employees", "Since", "Admin", "Phone", "Note"]
    assert [(r.record, r.line, r.cells) for r in source.records()] == [
        (1, 4, ["00123456", "1250", "2014-03-01", "yes", "+43 1 234", "=1+1"]),
        (2, 5, ["12345678", "0.5", "01.03.2014", "no", "4312345678901", "a\nb"]),
        (3, 7, ["12E45678", "", "", "", "", "last"]),
    ]


def test_a_spreadsheet_without_rows() -> None:
    with pytest.raises(FileError, match="no rows"):
        read(sheet(["Name", "City"]))
    with pytest.raises(FileError, match="empty"):
        read(sheet())


def repack(content: bytes, name: str, data: bytes) -> bytes:
    """The package with one part replaced."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info.filename, data if info.filename == name else old.read(info))
    return buffer.getvalue()


def test_zip_bombs_are_refused_before_they_unpack(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = sheet(["a"], ["b"])
    monkeypatch.setattr(readers, "UNPACKED_BYTES", 1_000_000)
    bomb = repack(plain, "docProps/app.xml", b"0" * 2_000_000)
    assert len(bomb) < 30_000
    with pytest.raises(FileError, match="too large once unpacked"):
        read(bomb)


def test_a_far_off_cell_does_not_cost_the_area_in_between() -> None:
    page = (
        b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    )
    with pytest.raises(FileError, match="too large"):
        read(repack(sheet(["a"], ["b"]), "xl/worksheets/sheet2.xml", page))


def test_a_zip_that_is_no_spreadsheet() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("hello.txt", "hello")
    with pytest.raises(FileError, match="neither"):
        read(buffer.getvalue())
