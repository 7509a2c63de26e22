"""The check of pages, which reads each kind of page once, finds an error in a page that is like a good one."""

import html5lib
import pytest

from tests.support.pages import check_page, fields, skeleton

GOOD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A page</title></head><body><h1>Caf\u00e9 &amp; more</h1>
<form method="post" action="/a?b=1&amp;c=2"><input type="hidden" name="csrf_token" value="x"><textarea name="text">
typed</textarea><table><tr><td>1</td></tr></table></form><p title="a > b">It's <b>bold</b></p></body></html>"""

BAD = {
    "a tag that is not closed": ("<b>bold</b>", "<b>bold"),
    "tags that overlap": ("<b>bold</b></p>", "<b>bold</p></b>"),
    "an attribute that stands twice": ('title="a > b"', 'title="a > b" title="c"'),
    "a value whose quotes are missing": ('title="a > b"', "title=a<b"),
    "a quote inside a value": ('title="a > b"', 'title="a "b"'),
    "a bare ampersand": ("&amp; more", "&more"),
    "an unknown entity": ("&amp; more", "&nothing; more"),
    "an ampersand in a value": ("b=1&amp;c", "b=1&#xzc"),
    "a control character": ("It's", "It\x01s"),
    "a control character among blanks": ("</h1>\n<form", "</h1>\x1c<form"),
    "a character that is none": ("It's", "It\ufdd0s"),
    "a block inside a table": ("<table><tr>", "<table><p>x</p><tr>"),
    "a hidden field between rows that is none": ("<tr><td>", '<tr><input type="text"><td>'),
    "a form inside a form": ("<textarea", '<form action="/x"><textarea'),
    "a paragraph that was closed already": ("</b></p>", "</b></p></p>"),
    "an end tag with attributes": ("</b>", '</b class="x">'),
    "what closes nothing": ("<h1>", "<h1></div>"),
    "no document type": ("<!doctype html>", "<!doctype htm>"),
}


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pages that the parser has read."""
    pages: list[str] = []
    parse = html5lib.HTMLParser.parse

    def noted(self: html5lib.HTMLParser, html: str) -> object:
        pages.append(html)
        return parse(self, html)

    monkeypatch.setattr(html5lib.HTMLParser, "parse", noted)
    return pages


@pytest.mark.parametrize("error", BAD)
def test_an_error_is_found_after_a_good_page(error: str) -> None:
    check_page(GOOD, "good")
    before, after = BAD[error]
    assert before in GOOD
    with pytest.raises(AssertionError):
        check_page(GOOD.replace(before, after, 1), "bad")
    with pytest.raises(AssertionError):
        check_page(GOOD.replace(before, after, 1), "bad again")


def test_other_texts_and_values_are_not_read_again(read: list[str]) -> None:
    check_page(GOOD, "good")
    del read[:]
    check_page(
        GOOD.replace("bold", "Mü & Co".replace("&", "&amp;")).replace("/a?", "/other?").replace("a > b", "It's"), "like it"
    )
    assert read == []
    check_page(GOOD.replace("<b>bold</b>", "<i>bold</i>"), "another")
    check_page(GOOD.replace("<b>bold</b>", "<i>bold</i>"), "another")
    assert len(read) == 1


def test_ids_and_inline_code_are_looked_for_on_each_page() -> None:
    check_page(GOOD.replace("<h1>", '<h1 id="a">').replace("<b>", '<b id="b">'), "good")
    with pytest.raises(AssertionError, match="ids twice"):
        check_page(GOOD.replace("<h1>", '<h1 id="a">').replace("<b>", '<b id="a">'), "twice")
    with pytest.raises(AssertionError, match="inline code"):
        check_page(GOOD.replace("<h1>", '<h1 onclick="x()">'), "inline")


def test_a_skeleton_has_no_texts() -> None:
    assert "typed" not in skeleton(GOOD)
    assert "Caf" not in skeleton(GOOD)
    assert 'type="hidden"' in skeleton(GOOD)


def test_fields_are_those_of_the_form() -> None:
    assert fields(GOOD) == {"csrf_token": "x", "text": "typed"}
