"""The organizer's pages of messages, and what registering does with an event's own texts."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.events.models import Event
from eventapp.partners.models import Organisation, Person
from eventapp.registrations import service as registrations
from eventapp.registrations.messages import composing
from eventapp.registrations.messages.kinds import ALL
from eventapp.registrations.messages.models import MessageSetting, MessageText
from eventapp.registrations.models import Registration
from tests.support import factories
from tests.support.browsing import mails, press, send, send_page
from tests.support.pages import PageClient, fields

LIST = "/admin/events/summit/messages/"
CONFIRMED = f"{LIST}confirmed"


@pytest.fixture(autouse=True)
def _time(clock: time_machine.Traveller) -> None:
    """The events of these tests lie ahead."""


@pytest.fixture
def event(app: Flask) -> Event:
    return factories.event(title="Summit", slug="summit")


@pytest.fixture
def company(app: Flask) -> Organisation:
    return factories.organisation("Donau Systemhaus GmbH", domain="donau.example")


@pytest.fixture
def organizer(client: PageClient, event: Event) -> PageClient:
    return client.sign_in(factories.organizer("orga@karmin.example"))


def save(client: PageClient, url: str = CONFIRMED, **values: Any) -> Any:
    return send(
        client, url, {"subject": "Welcome to {event}", "body": "Dear {name},\n\nwelcome.\n\n{link}", **values}, action=url
    )


def test_the_list_shows_every_message(organizer: PageClient) -> None:
    page = organizer.get(LIST).text
    for kind in ALL:
        assert (f'href="{LIST}{kind.key}"' in page) is not kind.further
        assert kind.further or str(kind.label) in page
    assert "17 May 2027, 09:00 Vienna (UTC+2)" in page


def test_pages_ask_little(organizer: PageClient, event: Event, company: Organisation, count_queries: Callable[[], Any]) -> None:
    for people in (0, 1, 4):
        if people:
            factories.register(event, company, *(factories.attendee() for _n in range(people)))
        for url in (LIST, CONFIRMED, f"{LIST}before_1d"):
            with count_queries() as queries:
                organizer.get(url)
            assert len(queries) <= 12, (url, people, queries.statements)


def test_an_own_text_is_used_from_then_on(organizer: PageClient, event: Event, company: Organisation) -> None:
    answer = save(organizer)
    assert answer.status_code == 302
    page = organizer.get(answer.location).text
    assert "Saved. It is used from now on." in page
    assert "Your own text." in page
    db.session.refresh(event)
    one = factories.registration(event, company, "Ada", "Lang", email="ada@donau.example")
    (mail,) = mails("registrations.confirmed")
    assert mail.subject == "Welcome to Summit"
    assert mail.text == f"Dear Ada Lang,\n\nwelcome.\n\nhttp://events.test/r/{one.token}\n"
    assert "Dear Ada Lang," in mail.html
    assert mail.calendar_method == "REQUEST"
    assert "EN" in organizer.get(LIST).text


def test_an_event_without_own_texts_is_asked_nothing_more(
    organizer: PageClient, event: Event, company: Organisation, count_queries: Callable[[], Any]
) -> None:
    factories.registration(event, company)
    with count_queries() as plain:
        factories.registration(event, company)
    save(organizer)
    db.session.refresh(event)
    factories.registration(event, company)
    with count_queries() as own:
        factories.registration(event, company)
    assert len(own) - len(plain) == 1


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"body": "Dear {nmae}"}, "Did you mean {name}?"),
        ({"subject": "Hi {link}"}, "cannot stand in a subject"),
        ({"body": ""}, "Enter a text, or go back to ours."),
        ({"subject": ""}, "Enter a subject."),
        ({"body": "x" * 20_001}, "At most 20000 characters."),
        ({"subject": "x" * 201}, "At most 200 characters."),
    ],
)
def test_a_wrong_text_is_refused_with_everything_typed(organizer: PageClient, values: dict[str, str], says: str) -> None:
    answer = save(organizer, **values)
    assert answer.status_code == 422
    assert says in answer.text
    assert "<title>Error:" in answer.text
    found = fields(answer.text, CONFIRMED)
    for name, value in values.items():
        assert found[name] == value
    assert db.session.scalars(select(MessageText)).all() == []


def test_preview_without_saving(organizer: PageClient, event: Event, company: Organisation) -> None:
    long = "Maximiliane Theodora von und zu Hohenstein-Lichtenberg"
    factories.registration(event, company, "Al", "Bo", email="al@donau.example")
    factories.registration(event, company, *long.split(" ", 1), email="max@donau.example")
    far = factories.registration(event, company, "Yuki", "Abe", email="yuki@donau.example")
    db.session.get_one(Person, far.person_id).time_zone = "Asia/Tokyo"
    factories.commit()
    answer = save(organizer, body="Dear {name}, **see** {link}", preview="1")
    assert answer.status_code == 200
    assert fields(answer.text, CONFIRMED)["body"] == "Dear {name}, **see** {link}"
    for name in (long, "Yuki Abe", "Al Bo"):
        assert f"Dear {name}, <strong>see</strong>" in answer.text
        assert f"Dear {name}, see http" in answer.text
    assert "Asia/Tokyo" in answer.text
    assert db.session.scalars(select(MessageText)).all() == []
    for one in db.session.scalars(select(Registration)):
        assert one.token not in answer.text, "whoever writes texts gets nobody's link"


def test_preview_before_anybody_is_registered(organizer: PageClient) -> None:
    for kind in ALL:
        page = organizer.get(f"{LIST}{kind.key}").text
        assert "made up" in page
        assert "von Hohenstein-Lichtenberg" in page


def test_send_a_test_to_me(organizer: PageClient, event: Event, company: Organisation) -> None:
    one = factories.registration(event, company, "Ada", "Lang", email="ada@donau.example")
    answer = press(organizer, CONFIRMED, f"{CONFIRMED}/test?language=en")
    assert "Sent to orga@karmin.example." in organizer.get(answer.location).text
    (mail,) = mails(to="orga@karmin.example")
    assert mail.subject == "[Test] Your place is confirmed: Summit"
    assert "Hello Ada Lang," in mail.text
    assert one.token not in mail.text + mail.html


def test_texts_by_language(organizer: PageClient, event: Event, company: Organisation) -> None:
    german = f"{CONFIRMED}?language=de"
    assert "There is no text in German yet" in organizer.get(german).text
    assert save(organizer, german, subject="Willkommen bei {event}", body="Hallo {name},\n\nam {start_day}").status_code == 302
    db.session.refresh(event)
    people = [factories.person(company, f"P{n}", "X", f"p{n}@donau.example", language=lang) for n, lang in enumerate(LANGUAGES)]
    company.language = "de-AT"
    made = [
        factories.registration(event, company, p.given_name, "X", email=f"{p.given_name.lower()}@donau.example") for p in people
    ]
    assert len(made) == len(LANGUAGES)
    subjects = [m.subject for m in mails("registrations.confirmed")]
    german_subject, english = "Willkommen bei Summit", "Your place is confirmed: Summit"
    assert subjects == [german_subject, german_subject, english, english, german_subject]
    first = mails("registrations.confirmed")[0]
    assert "am 18 Mai 2027" in first.text, "the month as that language says it"
    assert '<html lang="de" dir="ltr">' in first.html


LANGUAGES = ["de", "de-DE", "en-GB", "fr", ""]


def test_back_to_our_own_text(organizer: PageClient, event: Event, company: Organisation) -> None:
    save(organizer)
    page = organizer.get(CONFIRMED)
    assert "Compared with our own text" in page.text
    press(organizer, CONFIRMED, f"{CONFIRMED}/reset?language=en")
    assert db.session.scalars(select(MessageText)).all() == []
    assert "This is our own text." in organizer.get(CONFIRMED).text
    db.session.refresh(event)
    factories.registration(event, company)
    assert mails("registrations.confirmed")[0].subject == "Your place is confirmed: Summit"


def test_switching_off_and_the_hour(organizer: PageClient, event: Event, company: Organisation) -> None:
    url = f"{LIST}before_1d"
    form = f"{url}/switch?language=en"
    assert send(organizer, url, {"enabled": "y", "hour": "17"}, action=form).status_code == 302
    assert "17 May 2027, 17:00 Vienna (UTC+2)" in organizer.get(LIST).text
    page = organizer.get(CONFIRMED)
    data = {k: v for k, v in fields(page.text, f"{CONFIRMED}/switch").items() if k != "enabled"}
    assert organizer.post(f"{CONFIRMED}/switch?language=en", data=data).status_code == 302
    assert "This message is off. Nobody gets the link to their registration" in organizer.get(CONFIRMED).text
    db.session.refresh(event)
    factories.registration(event, company)
    assert mails("registrations.confirmed") == []
    rows = {row.kind: (row.enabled, row.hour) for row in db.session.scalars(select(MessageSetting))}
    assert rows == {"before_1d": (True, 17), "confirmed": (False, None)}


@pytest.mark.parametrize("hour", ["24", "-1", "x", "9" * 50, "٣", "\x00"])
def test_an_hour_that_is_none_is_refused(organizer: PageClient, hour: str) -> None:
    url = f"{LIST}before_1d"
    answer = send(organizer, url, {"enabled": "y", "hour": hour}, action=f"{url}/switch?language=en")
    assert answer.status_code == 422
    assert "There is a problem" in answer.text


def test_two_who_edit_the_same_text(organizer: PageClient) -> None:
    mine = organizer.get(CONFIRMED)
    save(organizer, body="Theirs {name}")
    answer = send_page(organizer, mine, CONFIRMED, {"subject": "x", "body": "Mine {name}"}, action=CONFIRMED)
    assert answer.status_code == 409
    assert "Mine {name}" in answer.text
    assert "Theirs {name}" in answer.text
    again = send_page(organizer, answer, CONFIRMED, {}, action=CONFIRMED)
    assert again.status_code == 302
    assert db.session.scalars(select(MessageText)).one().body == "Mine {name}"


def test_twice_the_same_click_is_one(organizer: PageClient) -> None:
    page = organizer.get(CONFIRMED)
    data = {**fields(page.text, CONFIRMED), "body": "Hello {name}"}
    first, second = (organizer.post(CONFIRMED, data=data) for _n in range(2))
    assert (first.status_code, second.status_code) == (302, 302)
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "messages.text")).all()
    assert len(entries) == 1


def test_each_change_stands_in_the_log(organizer: PageClient, event: Event) -> None:
    save(organizer)
    press(organizer, CONFIRMED, f"{CONFIRMED}/reset?language=en")
    actions = [
        e.action
        for e in db.session.scalars(select(AuditEntry).where(AuditEntry.action.like("messages.%")).order_by(AuditEntry.id))
    ]
    assert actions == ["messages.text", "messages.text_removed"]
    log = organizer.get(f"/admin/log/?group=messages&event={event.id}").text
    assert "Changed the text of a message" in log


@pytest.mark.parametrize("path", ["nothing", "confirmed/x", "CONFIRMED", "%00", "confirmed%00"])
def test_an_unknown_message_is_not_there(organizer: PageClient, path: str) -> None:
    assert organizer.get(f"{LIST}{path}").status_code == 404


@pytest.mark.parametrize("language", ["xx", "%00", "de-DE", "../../x", "9" * 300])
def test_an_unknown_language_is_english(organizer: PageClient, language: str) -> None:
    page = organizer.get(f"{CONFIRMED}?language={language}")
    assert page.status_code == 200
    assert "This is our own text." in page.text


def test_hostile_values_stay_text(organizer: PageClient, event: Event, company: Organisation) -> None:
    evil = "[x](http://evil.example/) <script>alert(1)</script> {link}\r\nBcc: v@x.example \u202e"
    factories.registration(event, company, evil[:100], "x", email="e@donau.example")
    save(organizer, body="{name}\n\n**{name}**\n\n<script>alert(1)</script>", subject="{name} {event}")
    page = organizer.get(CONFIRMED).text
    assert "<script>alert" not in page
    assert 'href="http://evil.example' not in page
    db.session.refresh(event)
    factories.registration(event, company, evil[:100], "y", email="f@donau.example")
    mail = mails("registrations.confirmed")[-1]
    assert "\n" not in mail.subject
    assert "<script>alert" not in mail.html
    assert "http://evil" not in mail.html


def test_an_event_text_with_nul_is_cleaned(organizer: PageClient) -> None:
    assert save(organizer, subject="a\x00b", body="Hello\x00 {name}").status_code == 302
    row = db.session.scalars(select(MessageText)).one()
    assert (row.subject, row.body) == ("a b", "Hello {name}")


def test_who_moves_up_or_is_changed_is_told_so(app: Flask, company: Organisation) -> None:
    event = factories.event(capacity=1)
    first = factories.registration(event, company, "Ada", "Lang", email="ada@donau.example")
    factories.registration(event, company, "Ben", "Moser", email="ben@donau.example")
    registrations.cancel([first], reason="Ill", by=factories.TESTS, at=factories.AT)
    factories.commit()
    assert [m.kind.removeprefix("registrations.") for m in mails()] == ["confirmed", "waiting", "cancelled", "promoted"]
    assert "Reason: Ill" in mails("registrations.cancelled")[0].text
    assert mails("registrations.promoted")[0].calendar_method == "REQUEST"


def test_who_only_waited_has_nothing_in_the_calendar_to_take_away(app: Flask, company: Organisation) -> None:
    event = factories.event(capacity=0)
    one = factories.registration(event, company, "Ada", "Lang", email="ada@donau.example")
    registrations.cancel([one], reason="", by=factories.TESTS, at=factories.AT)
    factories.commit()
    assert mails("registrations.cancelled")[0].calendar is None


def test_our_texts_in_english_for_whom_we_do_not_speak_to(app: Flask) -> None:
    assert composing.default_text("confirmed", "tlh") == composing.default_text("confirmed", "en")
