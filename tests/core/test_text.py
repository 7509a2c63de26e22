"""Cleaning, folding, addresses and Markdown."""

import time

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventapp.core.email import EmailError, domain_of, normal_address
from eventapp.core.markdown import to_html, tree
from eventapp.core.text import clean, fold, one_line, words

ANYTHING = st.text(st.characters(), max_size=200)


@given(ANYTHING)
def test_cleaned_text_holds_nothing_that_a_database_refuses(text: str) -> None:
    for made in (clean(text), one_line(text)):
        assert "\x00" not in made
        made.encode()  # no lone surrogates
        assert clean(made) == made
    assert "\n" not in one_line(text)
    assert "\r" not in one_line(text)
    assert one_line(one_line(text)) == one_line(text)


@given(ANYTHING)
def test_folding_is_stable_and_blind_to_case(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert len(words(text)) <= len(fold(text))  # a fraction is two numbers
    assert all(0 < len(word) <= 40 and word == fold(word) for word in words(text))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Łódź Straße", "lodz strasse"),
        ("ÅNGSTRÖM", "angstrom"),
        ("Đorđe", "dorde"),
        ("İstanbul ılık", "istanbul ilik"),
        ("Ægir Øre Þór", "aegir ore thor"),
        ("ﬁne Ｗｉｄｅ", "fine wide"),
    ],
)
def test_letters_lose_accents_and_case(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_words() -> None:
    assert words("Zoë O'Neill-Groß", None, "") == {"zoe", "o", "neill", "gross"}
    assert words("x" * 60) == {"x" * 40}


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (" Ada@DONAU.Example\n", "ada@donau.example"),
        ("ada+x@donau.example", "ada+x@donau.example"),
        ("a@xn--mnchen-3ya.example", "a@münchen.example"),
        ("a@MÜNCHEN.example", "a@münchen.example"),
        ("o'neill@x.example", "o'neill@x.example"),
    ],
)
def test_addresses_have_one_form(text: str, address: str) -> None:
    assert normal_address(text) == address
    assert normal_address(address) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a@",
        "@b.example",
        "a@b@c.example",
        "a b@c.example",
        "a@c..example",
        "a@-c.example",
        "a\x00@c.example",
        "a@c.example,d@e.example",
        "a@c.example\nBcc: x@y.example",
        "<a@c.example>",
        "a@[127.0.0.1]",
        "a@" + "c" * 64 + ".example",
        "a\u202e@c.example",
        "a@c.example\u200b",
    ],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(EmailError):
        normal_address(text)


@given(ANYTHING)
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        address = normal_address(text)
    except EmailError:
        return
    assert normal_address(address) == address
    assert len(address) <= 254
    assert domain_of(address)
    assert not any(c.isspace() for c in address)


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,x)",
        "<javascript:alert(1)>",
        "![x](http://evil.example/x.png)",
        '[x](https://a.example "onmouseover=alert(1)")',
        "<svg onload=alert(1)>",
        "[x](vbscript:x)",
        "`<script>`",
        '<a href="https://a.example" onclick="x()">x</a>',
        "<style>*{display:none}</style>",
        "[x](\x01javascript:alert(1))",
        "[a]: javascript:x\n\n[a]",
    ],
)
def test_markdown_never_becomes_code(source: str) -> None:
    for element in html5lib.parseFragment(to_html(source), namespaceHTMLElements=False).iter():
        assert element.tag in ("DOCUMENT_FRAGMENT", "p", "a", "code", "br", "em")
        assert set(element.keys()) <= {"href", "title", "rel"}
        assert element.get("href", "https:").partition(":")[0] in ("http", "https", "mailto", "tel")


@given(ANYTHING)
def test_any_markdown_can_be_rendered(source: str) -> None:
    assert "<script" not in to_html(clean(source)).lower()


def test_what_markdown_can_do() -> None:
    html = to_html(
        "# Big\n\n**bold** *it* ~~gone~~\nnew line https://a.example\n\n- one\n- two\n\n|a|b|\n|-|-|\n|1|2|\n\n> quoted"
    )
    for part in (
        "<h2>Big</h2>",
        "<strong>bold</strong>",
        "<br",
        "<li>one</li>",
        "<td>1</td>",
        "<blockquote>",
        'rel="noopener nofollow"',
    ):
        assert part in html
    assert "<h1" not in html


@pytest.mark.parametrize(
    "source",
    [
        f"{'a|' * 300}\n{'-|' * 300}\n" + "x\n" * 3500,
        "|-|\n" * 5000,
        "x://" * 5000,
        "http://a.example " * 1000,
        "> " * 10_000 + "a",
        "[" * 20_000,
    ],
)
def test_no_text_grows_into_a_huge_page_or_takes_long(source: str) -> None:
    began = time.process_time()
    html = to_html(source)
    tree(source)
    assert time.process_time() - began < 5
    assert len(html) < 4 * len(source) + 20_000


def test_usual_tables_and_addresses_stay_what_they_are() -> None:
    rows = "".join(f"| Region {n} | {n} |\n" for n in range(200))
    html = to_html(
        f"> | Region | Places |\n> |---|---|\n> | DACH | 40 |\n\n| Region | Places |\n|---|---|\n{rows}\nhttps://a.example"
    )
    assert html.count("<table>") == 2
    assert html.count("<td>") == 402
    assert '<a href="https://a.example"' in html
