"""G13: user text never becomes code.

Names, titles and notes that hold HTML, Markdown, addresses, templates, formulas and line ends go into every page, mail,
calendar, export and JSON-LD. What comes out is read by a parser: no element, no attribute, no link, no header, no formula
that was not there with plain names.
"""

import csv
import email
import email.policy
import io
import json
import re
from typing import Any

import html5lib
import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select

from eventapp.core import exports
from eventapp.core.db import db
from eventapp.mail import render as mail_render
from eventapp.mail.message import message_of
from eventapp.mail.models import OutboxMail
from eventapp.registrations.models import Registration
from tests.guarantees.world import World, browser, path_of, routes
from tests.support import factories
from tests.support.browsing import send
from tests.support.pages import fields

EVIL = [
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "'><svg/onload=alert(1)>",
    "[click](http://evil.example/x)",
    "http://evil.example/login",
    "www.evil.example",
    "{{ 7 * 7 }}{% for x in y %}",
    "%(n)s %s {0} ${x}",
    "</textarea></title></script>",
    '=HYPERLINK("http://evil.example")',
    "\r\nBcc: victim@x.example\r\n\r\nhello",
    "javascript:alert(1)",
    "<!-- --><![CDATA[",
    "\u202egpj.exe",
]


@pytest.fixture
def evil(app: Flask, world: World) -> World:
    """A registration, an event and a company for each text."""
    client = browser(app, world.organizer)
    for n, text in enumerate(EVIL):
        title, name = text[:150], text[:100]
        company = factories.organisation(f"{text} AG", domain=f"c{n}.example", city=name, notes=text)
        event = factories.event(title=title, summary=text, description=text, venue=title, city=name, sender_name=name)
        person = {"given_name": name, "family_name": name, "address": f"p@c{n}.example"}
        values = {"company": company.programme_id or "", **person}
        assert send(client, f"/admin/events/{event.slug}/registrations/add", values).status_code == 302
        assert send(client, "/admin/events/summit/registrations/add", {**values, "mode": "virtual"}).status_code == 302
    for one in db.session.scalars(select(Registration)):
        text = EVIL[one.id % len(EVIL)]
        send(browser(app), f"/r/{one.token}/edit", {"badge_name": text[:150], "note": text})
    return world


# QR codes, and what was drawn anew of pictures that were sent.
OUR_PICTURES = re.compile(r"/r/|/account/second-factor/|/events/[\w-]+/agenda/|/admin/events/[\w-]+/agenda/")


def strange(html: str) -> list[str]:
    """Elements, attributes and links that no template of ours writes."""
    found = []
    document = html5lib.parse(html, namespaceHTMLElements=False)
    for element in document.iter():
        if not isinstance(element.tag, str):
            continue
        # A link that an organizer wrote in Markdown is one, and says that we do not vouch for it.
        vouched = element.get("rel") != "noopener nofollow"
        for name, value in element.items():
            place = name in ("src", "href", "action")
            code = place and re.match(r"\s*(javascript|data|vbscript):", value, re.IGNORECASE)
            if name.startswith("on") or code or (place and vouched and "evil.example" in value.partition("?")[0]):
                found.append(f"<{element.tag} {name}={value}>")
        if element.tag == "img" and not OUR_PICTURES.match(element.get("src") or ""):
            found.append("<img>")
        if element.tag == "script" and element.get("type") == "application/ld+json":
            json.loads("".join(element.itertext()))
        elif element.tag == "script" and not (element.get("src") or "").startswith("/"):
            found.append("<script>")
    return found


def pages_of(app: Flask, world: World) -> dict[str, str]:
    """Every page that shows such a text, and the search for it."""
    client = browser(app, world.organizer)
    found = {}
    for rule in routes(app, "GET"):
        path = path_of(world, rule, world.mine)
        answer = client.get(path, query_string={"q": EVIL[1], "next": EVIL[-3]})
        if answer.mimetype == "text/html":
            found[rule.endpoint] = answer.text
        if rule.arguments == {"slug"}:
            for slug in db.session.scalars(select(factories.Event.slug)).all():
                found[f"{rule.endpoint} {slug}"] = client.get(path_of(world, rule, world.mine, slug=slug)).text
    for one in db.session.scalars(select(Registration)).all():
        found[f"link {one.id}"] = client.get(f"/r/{one.token}").text
    for mail in db.session.scalars(select(OutboxMail.id)).all():
        found[f"mail page {mail}"] = client.get(f"/admin/mail/{mail}").text
    return found


def in_pages(app: Flask, evil: World) -> None:
    pages = pages_of(app, evil)
    assert len(pages) > 100
    assert {name: strange(text) for name, text in pages.items() if strange(text)} == {}
    assert any("onerror=alert(1)" in text for text in pages.values()), "the texts are shown, as text"
    assert not [name for name, text in pages.items() if ">49<" in text or " 49{" in text]


def in_mails(app: Flask, evil: World) -> None:
    mails = db.session.scalars(select(OutboxMail)).all()
    assert len(mails) > 2 * len(EVIL)
    for mail in mails:
        assert strange(mail.html) == []
        raw = message_of(mail, "events@karmin.example", "Karmin").as_bytes()
        parsed = email.message_from_bytes(raw, policy=email.policy.default)
        assert parsed["Bcc"] is None
        assert [str(a.addr_spec) for a in parsed["To"].addresses] == [mail.to_address]
        assert len(parsed.get_all("Subject")) == len(parsed.get_all("From")) == 1
        assert not re.search(r"[\r\n]", str(parsed["Subject"]))
        # Outside of our own links nothing looks like an address that a mail program would make clickable.
        plain = "".join(html5lib.parseFragment(re.sub(r"<a .*?</a>|<style.*?</style>", "", mail.html, flags=re.S)).itertext())
        assert not re.search(r"https?://evil|www\.evil", plain), plain


def in_calendars(app: Flask, evil: World) -> None:
    client = browser(app)
    for one in db.session.scalars(select(Registration)).all():
        text = client.get(f"/r/{one.token}/event.ics").text
        calendar = Calendar.from_ical(text)
        assert len(calendar.walk()) == 2
        assert not [line for line in text.split("\r\n") if line.startswith(("Bcc", "ATTACH", "BEGIN:VALARM"))]
    for mail in db.session.scalars(select(OutboxMail).where(OutboxMail.calendar.is_not(None))).all():
        (found,) = Calendar.from_ical(mail.calendar or "").walk("VEVENT")
        assert str(found["ATTENDEE"]) == f"mailto:{mail.to_address}"


def csv_of(app: Flask, world: World) -> list[list[str]]:
    client = browser(app, world.organizer)
    url = "/admin/events/summit/registrations/export"
    form = fields(client.get("/admin/events/summit/registrations/").text, url)
    data = client.post(url, data={**form, "format": "excel-eu"}).get_data()
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))


def in_exports(app: Flask, evil: World) -> None:
    header, *rows = csv_of(app, evil)
    assert len(rows) == len(EVIL) + 8
    for row in rows:
        assert len(row) == len(header)
        assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    given = {exports.original(row[header.index("given_name")]) for row in rows}
    assert {" ".join(text.split()).strip()[:100] for text in EVIL} <= given, "and all come back as they were"


def in_file_names_and_headers(app: Flask, evil: World) -> None:
    client = browser(app, evil.organizer)
    for slug in db.session.scalars(select(factories.Event.slug)).all():
        url = f"/admin/events/{slug}/registrations/export"
        form = fields(client.get(f"/admin/events/{slug}/registrations/").text, url)
        for kind in ("json", "xlsx"):
            answer = client.post(url, data={**form, "format": kind})
            assert re.fullmatch(
                rf'attachment; filename="{slug}_attendees_[\dTZ-]+\.{kind}"', answer.headers["Content-Disposition"]
            )


def test_text_stays_text_everywhere(app: Flask, evil: World) -> None:
    in_pages(app, evil)
    in_mails(app, evil)
    in_calendars(app, evil)
    in_exports(app, evil)
    in_file_names_and_headers(app, evil)


def test_control_unescaped_pages_show(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    event: Any = factories.event(title=EVIL[0])
    monkeypatch.setattr(app.jinja_env, "autoescape", False)
    monkeypatch.setattr(app.jinja_env, "bytecode_cache", None)  # it holds templates that escape
    app.jinja_env.cache.clear()  # type: ignore[union-attr]
    try:
        assert strange(browser(app, world.organizer).get(f"/events/{event.slug}/").text)
    finally:
        app.jinja_env.cache.clear()  # type: ignore[union-attr]


def test_control_addresses_in_names_become_links_in_mails(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_render, "defused", lambda html: html)
    factories.registration(world.event, world.mine.company, "http://evil.example/login", "x", email="e@donau.example")
    mail = db.session.scalars(select(OutboxMail).where(OutboxMail.to_address == "e@donau.example")).one()
    assert "http://evil" in mail.html


def test_control_formulas_show(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    factories.registration(world.event, world.mine.company, "=1+1", "x", email="e@donau.example")
    monkeypatch.setattr(exports, "neutral", lambda value: value)
    monkeypatch.setattr(exports, "_FIRST", frozenset())
    assert any(cell.startswith("=") for row in csv_of(app, world) for cell in row)
