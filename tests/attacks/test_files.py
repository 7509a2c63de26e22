"""Spreadsheets made to break whoever opens them."""

import io
import zipfile
from collections.abc import Callable

import pytest
import xlsxwriter
from flask import Flask

from eventapp.partners.imports import readers

FAR = b"XFD1048576"
CELL = b'<c r="B2"'


def spreadsheet() -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Company", "Country"])
    sheet.write_row(1, 0, ["Donau", "AT"])
    book.close()
    return buffer.getvalue()


def changed(change: Callable[[bytes], bytes], name: str = "worksheets/sheet1.xml") -> bytes:
    """The spreadsheet with its sheet changed, and renamed wherever its name stands."""
    old, out = "worksheets/sheet1.xml", io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(spreadsheet())) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            content = source.read(info).replace(old.encode(), name.encode())
            target.writestr(info.filename.replace(old, name), change(content) if info.filename.endswith(old) else content)
    return out.getvalue()


BOMBS = {
    "far cell": changed(lambda xml: xml.replace(CELL, b'<c r="' + FAR + b'"')),
    "single quotes": changed(lambda xml: xml.replace(CELL, b"<c r='" + FAR + b"'")),
    "blanks": changed(lambda xml: xml.replace(CELL, b'<c r = "' + FAR + b'"')),
    "small letters": changed(lambda xml: xml.replace(CELL, b'<c r="' + FAR.lower() + b'"')),
    "another folder": changed(lambda xml: xml.replace(CELL, b'<c r="' + FAR + b'"'), "other/sheet1.xml"),
    "another ending": changed(lambda xml: xml.replace(CELL, b'<c r="' + FAR + b'"'), "worksheets/sheet1.XML"),
    "far row": changed(lambda xml: xml.replace(b'<row r="2"', b"<row r='1048576'").replace(CELL, b"<c")),
    "empty rows": changed(lambda xml: xml.replace(b'<row r="2"', b"<row/>" * 200_000 + b"<row").replace(CELL, b"<c")),
    "nameless cells": changed(
        lambda xml: xml.replace(b"</row></sheetData>", b"<c><v>1</v></c>" * 300_000 + b"</row></sheetData>")
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_sheet_that_spans_millions_of_cells_is_refused_before_it_is_opened(
    app: Flask, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(_file: object) -> None:
        raise AssertionError("it would have been read")

    monkeypatch.setattr(readers.CalamineWorkbook, "from_filelike", opened)
    with app.test_request_context(base_url="http://events.test"), pytest.raises(readers.FileError, match="too large"):
        readers.read(BOMBS[name])


def test_an_ordinary_sheet_is_read(app: Flask) -> None:
    source = readers.read(changed(lambda xml: xml))
    assert (source.headers, source.rows) == (["Company", "Country"], [["Donau", "AT"]])
    # Nobody has to say where a cell stands.
    nameless = changed(lambda xml: xml.replace(b'<c r="A2"', b"<c").replace(CELL, b"<c").replace(b'<row r="2"', b"<row"))
    assert readers.read(nameless).rows == [["Donau", "AT"]]
