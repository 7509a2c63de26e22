"""Texts with placeholders: every kind has a right one of ours, wrong ones are refused, values stay text."""

import html5lib
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from eventapp.core.markdown import to_parts
from eventapp.registrations.messages import texts
from eventapp.registrations.messages.composing import default_text
from eventapp.registrations.messages.kinds import ALL, KINDS, Kind
from eventapp.registrations.messages.placeholders import PLACEHOLDERS, Shape
from eventapp.registrations.models import RegistrationStatus

CONFIRMED = KINDS["confirmed"].placeholders
LINK = "http://events.test/r/abc?x=1&y=2"
VALUES: dict[str, texts.Value] = {
    "name": "Ada & Co. <b>",
    "event": "Summit",
    "link": LINK,
    "where": "",
    "contact": "events@karmin.example",
}


def fill(subject: str, body: str, **values: texts.Value) -> texts.Written:
    return texts.read(subject, body).fill({**VALUES, **values})


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.key)
def test_our_own_text_of_each_kind_may_be_saved(app: Flask, kind: Kind) -> None:
    subject, body = default_text(kind.key, "en")
    assert texts.check(subject, body, kind.placeholders) == []
    assert len(subject) <= 200
    template = texts.read(subject, body)
    assert template.keys <= set(kind.placeholders)
    assert len(template.paragraphs) >= 3
    assert kind.key == kind.key[:24]


def test_each_status_has_its_message(app: Flask) -> None:
    assert {status.value for status in RegistrationStatus} <= KINDS.keys()


def test_every_placeholder_is_offered_somewhere_and_known() -> None:
    offered = {key for kind in ALL for key in kind.placeholders}
    assert offered == PLACEHOLDERS.keys()
    assert all(str(placeholder.label) for placeholder in PLACEHOLDERS.values())


def test_both_halves_are_filled_in() -> None:
    written = fill("Hi {name}", "# {event}\n\nHello **{name}**,\n\n[Open it]({link})\n\nor here: {link}")
    assert written.subject == "Hi Ada & Co. <b>"
    assert written.text == f"Summit\n\nHello Ada & Co. <b>,\n\nOpen it:\n{LINK}\n\nor here: {LINK}\n"
    assert "<h1>Summit</h1>" in written.html
    assert "<strong>Ada &amp; Co. &lt;b&gt;</strong>" in written.html
    assert 'class="button" href="http://events.test/r/abc?x=1&amp;y=2"' in written.html
    assert written.html.count("<a ") == 2


def test_a_paragraph_with_nothing_to_say_is_left_out() -> None:
    body = "Where: {where}\n\nWrite to {contact}."
    assert fill("x", body).text == "Write to events@karmin.example.\n"
    assert fill("x", body, where="Wien", contact="").text == "Where: Wien\n"


@pytest.mark.parametrize(
    ("subject", "body", "field", "says"),
    [
        ("Hi {nmae}", "x", "subject", "Did you mean {name}"),
        ("Hi {link}", "x", "subject", "cannot stand in a subject"),
        ("Hi {details}", "x", "subject", "cannot stand in a subject"),
        ("x", "Hello {nam}", "body", "Did you mean {name}"),
        ("x", "Hello {Name}", "body", "Did you mean {name}"),
        ("x", "Hello {full name}", "body", "Did you mean {name}"),
        ("x", "{deadline}", "body", "is no placeholder here"),
        ("x", "{zzzzqq}", "body", "Pick one from the list"),
        ("x", "{}", "body", ""),
        ("x", "See {details} there", "body", "a paragraph of its own"),
        ("x", "- {details}", "body", "a paragraph of its own"),
        ("x", "[x]({name})", "body", "is no link"),
        ("x", "[x](https://shop.example/{name})", "body", "is no link"),
        ("x", "[x](https://shop.example/?back={link})", "body", "must be its beginning"),
        ("x", "https://shop.example/{event}", "body", "is no link"),
        ("x", "[x]({lnik})", "body", "Did you mean {link}"),
        ("x", "`{nope}`", "body", "is no placeholder"),
        ("x", "{__class__}", "body", "is no placeholder"),
        ("x", "{name.__class__}", "body", "is no placeholder"),
        ("x", "{name!r}", "body", "is no placeholder"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(subject: str, body: str, field: str, says: str) -> None:
    problems = texts.check(subject, body, CONFIRMED)
    if not says:
        assert problems == []
        return
    assert problems[0].field == field
    assert says in problems[0].message, problems[0].message


@pytest.mark.parametrize(
    "body", ["{name}", "{ name }", "[x]({link})", "[x]({link}/details)", "{link}", "a { b } c"[:1], "{details}"]
)
def test_what_is_right_is_saved(body: str) -> None:
    assert texts.check("x", body, CONFIRMED) == []


EVIL = [
    "[click](http://evil.example/x)",
    "http://evil.example/login",
    "www.evil.example",
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "{link} {event} %7Blink%7D",
    "{{ 7 * 7 }}",
    "a\r\nBcc: victim@x.example",
    "\u202egpj.exe",
    "# heading\n\n- list",
]


@pytest.mark.parametrize("evil", EVIL)
def test_values_are_never_read_again(evil: str) -> None:
    body = "Hello {name},\n\n**{name}** [go on]({link}) `{name}`\n\n- {name}"
    written = fill("For {name}", body, name=evil)
    tree = html5lib.parseFragment(written.html, namespaceHTMLElements=False)
    assert {e.get("href") for e in tree.iter("a")} == {LINK}
    assert not [e for e in tree.iter() if e.tag in ("img", "script", "h1")]
    assert len(list(tree.iter("li"))) == 1
    assert "\n" not in written.subject
    assert "http://evil.example/login" not in written.text, "no mail program makes a link of it"
    assert "www.evil.example" not in written.text


@given(source=st.text(max_size=200))
def test_any_text_can_be_read_in_both_halves(source: str) -> None:
    """Whatever passes the check can be filled in; whatever does not is refused with words."""
    subject = "x"
    problems = texts.check(subject, source, CONFIRMED)
    if problems:
        assert all(p.message for p in problems)
        return
    template = texts.read(subject, source)
    values = {k: "" if PLACEHOLDERS[k].shape is Shape.BLOCK else "v" for k in template.keys}
    html5lib.parseFragment(template.fill(values).html)


def test_markdown_as_plain_text() -> None:
    source = "# A\n\n*b* [c](https://d.example)\n\n[c](https://d.example)\n\n- e\n  - f\n- g\n\n3. h\n4. i"
    source += "\n\n> j\n\n---\n\n|k|l|\n|-|-|\n|m|n|"
    assert [part.text for part in to_parts(source)] == [
        *(
            "A",
            "b c (https://d.example)",
            "c:\nhttps://d.example",
            "- e\n  - f\n- g",
            "3. h\n4. i",
            "> j",
            "----",
            "k | l\nm | n",
        ),
    ]
