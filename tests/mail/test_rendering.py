"""What people typed stays what they typed, and never becomes a link."""

from datetime import UTC, datetime

import pytest
from flask import Flask

from eventapp.mail.models import OutboxMail
from eventapp.mail.render import defused, render
from tests.mail.conftest import Queue

LINK = "http://events.test/reset/abc.def?x=1&y=2"


def test_text_is_not_escaped_and_html_is(app: Flask) -> None:
    subject, text, html = render("accounts/reset", name="R&D <b>Team</b>", link=LINK, hours=2)
    assert subject == "Set a new password for eventapp"
    assert "Hello R&D <b>Team</b>," in text
    assert LINK in text
    assert text.startswith("Hello ")
    assert "Hello R&amp;D &lt;b&gt;Team&lt;/b&gt;," in html
    assert 'href="http://events.test/reset/abc.def?x=1&amp;y=2"' in html
    assert "2 hours" in text


def test_values_are_not_read_again(app: Flask) -> None:
    _subject, text, html = render("accounts/reset", name="{{ 7 * 7 }} %(site)s **bold** {% raw %}", link=LINK, hours=1)
    assert "{{ 7 * 7 }} %(site)s **bold** {% raw %}" in text
    assert "{{ 7 * 7 }} %(site)s **bold** {% raw %}" in html
    assert "<strong>" not in html
    assert "1 hour." in text


def test_a_name_is_no_link(app: Flask) -> None:
    _subject, _text, html = render("accounts/reset", name="http://evil.example/login www.evil.example", link=LINK, hours=1)
    assert "http://evil.example" not in html
    assert "www.evil" not in html
    assert 'href="http://evil' not in html


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<p>https://evil.example</p>", "<p>https://&#8203;evil.&#8203;example</p>"),
        ("<p>evil.example</p>", "<p>evil.&#8203;example</p>"),
        ("<p>Version 2.1, at 10.30. Right?</p>", "<p>Version 2.1, at 10.30. Right?</p>"),
        ("<p>team@karmin.example</p>", "<p>team@karmin.example</p>"),
        ("<p>x@y.example/path.html</p>", "<p>x@y.&#8203;example/path.&#8203;html</p>"),
        ('<a href="https://a.example">https://a.example</a>', '<a href="https://a.example">https://a.example</a>'),
        ("<style>a.b { color: red }</style>", "<style>a.b { color: red }</style>"),
    ],
)
def test_addresses_outside_links_are_broken_up(before: str, after: str) -> None:
    assert defused(before) == after


def test_control_characters_are_gone(queue: Queue) -> None:
    mail: OutboxMail = queue(
        to_name="Eve\r\nBcc: x", subject="A\x00B\nC", text="a\x00b\nc", html="<p>\x1b</p>", at=datetime.now(UTC)
    )
    assert mail.to_name == "Eve Bcc: x"
    assert mail.subject == "A B C"
    assert mail.text == "ab\nc"
    assert mail.html == "<p></p>"
    assert mail.message_id.endswith("@events.test>")


def test_too_long_is_cut(queue: Queue) -> None:
    mail = queue(to_name="N" * 500, subject="S" * 500, from_name="F" * 500)
    assert (len(mail.to_name), len(mail.subject), len(mail.from_name)) == (200, 250, 120)
