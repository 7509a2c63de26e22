"""PDFs: nothing in the data is markup, nothing is read from elsewhere, and what cannot be printed is named."""

from pathlib import Path

import pytest
from flask import Flask

from eventapp.core import pdf


@pytest.fixture
def document(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty document that prints `name`, in a folder of its own."""
    monkeypatch.setattr(pdf, "FOLDER", tmp_path)
    head = '#let data = json(bytes(sys.inputs.data))\n#set document(title: "T")\n'
    (tmp_path / "one.typ").write_text(head + "= Title\n#data.name\n", encoding="utf-8")
    return tmp_path


def test_a_document_is_a_tagged_pdf(document: Path) -> None:
    made = pdf.typeset("one.typ", {"name": "Łukasz Żółć"})
    assert made.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in made or b"/MarkInfo" in made or b"pdfuaid" in made


@pytest.mark.parametrize("name", ['#read("/etc/passwd")', "#panic()", "$ x", "*a* _b_ `c`", '"', "\\", "@preview", "</script>"])
def test_what_people_are_called_is_no_markup(document: Path, name: str) -> None:
    assert pdf.typeset("one.typ", {"name": name}).startswith(b"%PDF-")


def test_a_document_reads_nothing_outside_its_folder(document: Path) -> None:
    (document / "two.typ").write_text('#read("../secret")', encoding="utf-8")
    (document.parent / "secret").write_text("x", encoding="utf-8")
    with pytest.raises(Exception, match=r"escape|outside|denied"):
        pdf.typeset("two.typ", {})


def test_pages_can_be_drawn_as_pictures(document: Path) -> None:
    (page,) = pdf.pictures("one.typ", {"name": "A"})
    assert page.startswith(b"\x89PNG")


def test_letters_of_europe_and_the_near_east_can_be_printed(app: Flask) -> None:
    assert pdf.missing_glyphs("Łukasz Żółć İğ Ελένη Жанна محمد שלום Þórður é") == []


def test_what_no_font_has_is_named_once(app: Flask) -> None:
    assert pdf.missing_glyphs(f"Anna {pdf.NOBODY_HAS}\U0010fffc{pdf.NOBODY_HAS}") == [pdf.NOBODY_HAS, "\U0010fffc"]
    assert pdf.missing_glyphs("  \n") == []


def test_what_can_be_printed_is_looked_for_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pdf.unprintable(["Anna", f"B{pdf.NOBODY_HAS}"]) == {pdf.NOBODY_HAS}
    asked: list[str] = []
    monkeypatch.setattr(pdf, "missing_glyphs", lambda text: asked.append(text) or [])
    assert pdf.unprintable(["Anna", "naB"]) == set()
    assert asked == []


def test_signs_that_no_font_draws_together_are_boxes(document: Path) -> None:
    text = "\u4e2d\u0657"
    assert pdf.typeset("one.typ", {"name": text}).startswith(b"%PDF-"), "and no error"
