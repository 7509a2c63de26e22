"""Files: what is written is what was there, and no spreadsheet runs it."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from eventapp.core.exports import PRESETS, ExportColumn, file_name, neutral, original, write, write_csv
from eventapp.core.text import one_line

TEXTS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), max_size=60)
COLUMNS = [ExportColumn("text"), ExportColumn("number", "number"), ExportColumn("at", "moment")]
AT = datetime(2027, 5, 18, 7, 0, 5, tzinfo=UTC)
FORMULAS = [
    "=1+1",
    "+43 1",
    "-5",
    "@x",
    "\t=x",
    "\r=x",
    "\uff1dx",
    "\uff0bx",
    "\uff0dx",
    "\uff20x",
    "'=x",
    "''=x",
    "'",
    "''",
    "'x",
    "\u2019=x",
    "'\u2019+x",
    "",
]


@given(TEXTS)
def test_neutralising_is_undone_exactly(text: str) -> None:
    assert original(neutral(text)) == text
    assert not neutral(text).startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20"))


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_get_an_apostrophe_and_lose_it_again(text: str) -> None:
    assert original(neutral(text)) == text
    assert neutral(text) in (text, f"'{text}")


@pytest.mark.parametrize("name", sorted(PRESETS))
@given(rows=st.lists(st.tuples(TEXTS, st.one_of(st.none(), st.integers(-5, 10**6))), max_size=8))
@example(rows=[(text, 1) for text in FORMULAS])
@example(rows=[("a\r\nb", 1), ("a\nb", 2), ("a\rb", 3), ('"', 4), (";,\t|", 5), (" x ", 6), ("\ufeffx", 7)])
def test_csv_comes_back_as_it_was(name: str, rows: list[tuple[str, int | None]]) -> None:
    preset = PRESETS[name]
    data = b"".join(write_csv([(text, number, AT) for text, number in rows], COLUMNS, preset, "Europe/Vienna"))
    assert data.startswith(b"\xef\xbb\xbf") == preset.bom
    read = list(csv.reader(io.StringIO(data.decode().removeprefix("\ufeff"), newline=""), delimiter=preset.delimiter))
    assert read[0] == ["text", "number", "at"]
    assert [(original(row[0]), row[1]) for row in read[1:]] == [(text, "" if n is None else str(n)) for text, n in rows]


def test_moments() -> None:
    rows = [("x", 1, AT), ("x", 1, None)]
    lines = b"".join(write_csv(rows, COLUMNS, PRESETS["plain"], "Europe/Vienna")).decode().splitlines()
    assert lines[1:] == ["x,1,2027-05-18T07:00:05Z", "x,1,"]
    lines = b"".join(write_csv(rows, COLUMNS, PRESETS["excel-eu"], "Europe/Vienna")).decode().splitlines()
    assert lines[1:] == ["x;1;2027-05-18T09:00:05+02:00", "x;1;"]


@given(st.lists(TEXTS, max_size=8))
def test_json_comes_back_as_it_was(texts: list[str]) -> None:
    data = b"".join(write([(t, None, AT) for t in texts], COLUMNS, "json", title="x", zone="UTC"))
    assert [row["text"] for row in json.loads(data)] == texts
    assert all(row["at"] == "2027-05-18T07:00:05Z" and row["number"] is None for row in json.loads(data))


def test_xlsx_holds_text_as_text() -> None:
    texts = [t for t in FORMULAS if one_line(t) == t and t] + [
        "https://evil.example",
        "x" * 32_767,
        "Zoë\u202e",
        "a\x0bb\x01",
        "mailto:x@y.example",
    ]
    data = b"".join(write([(t, 5, AT) for t in texts], COLUMNS, "xlsx", title="A/B [x]: *", zone="Asia/Dubai"))
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    header, *rows = sheet.to_python()
    assert header == ["text", "number", "at", "times_in_zone"]
    assert [str(row[0]) for row in rows][:-2] == [t.replace("\x0b", "").replace("\x01", "") for t in texts][:-2]
    assert rows[0][1:] == [5.0, datetime(2027, 5, 18, 11, 0, 5), "Asia/Dubai"]  # noqa: DTZ001 - cells have no zone
    assert b"<f>" not in data


def test_a_text_too_long_for_a_cell_does_not_break_the_file() -> None:
    data = b"".join(write([("x" * 40_000, 5, None)], COLUMNS, "xlsx", title="x", zone="UTC"))
    assert CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()[1][1] == 5.0


def test_long_files_come_in_pieces() -> None:
    rows = (("x", n, AT) for n in range(2500))
    pieces = list(write_csv(rows, COLUMNS, PRESETS["plain"], "UTC"))
    assert len(pieces) == 6
    assert b"".join(pieces).count(b"\n") == 2501
    assert sum(piece.count(b"\xef\xbb\xbf") for piece in write_csv([], COLUMNS, PRESETS["excel-eu"], "UTC")) == 1


def test_file_names_say_what_and_when() -> None:
    assert file_name("epc-2027", "attendees", "excel-eu", AT) == "epc-2027_attendees_2027-05-18T0700Z.csv"
    assert file_name("epc-2027", "attendees", "xlsx", AT).endswith(".xlsx")
