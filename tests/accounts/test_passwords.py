"""A forgotten password and a new one."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from eventapp.accounts import throttling
from eventapp.accounts.models import User
from eventapp.accounts.passwords import matches
from eventapp.accounts.rules import MAILS_PER_ADDRESS
from eventapp.core.db import db
from eventapp.mail.models import OutboxMail
from tests.support import factories
from tests.support.pages import PageClient, fields

OLD, NEW = "correct horse battery", "staple of new words"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttling, "ANSWER_SECONDS", 0.0)


def ask(client: PageClient, email: str) -> tuple[int, str | None, str]:
    answer = client.post("/reset", data={**fields(client.get("/reset").text), "email": email})
    shown = client.get("/login").text if answer.status_code == 302 else answer.text
    return answer.status_code, answer.location, shown


def mails() -> list[OutboxMail]:
    return list(db.session.query(OutboxMail).order_by(OutboxMail.id))


def link_in(mail: OutboxMail) -> str:
    found = re.search(r"http://events\.test(/reset/\S+)", mail.text)
    assert found
    return found[1]


def test_link_by_mail_sets_a_new_password(app: Flask, client: PageClient) -> None:
    user = factories.user("olga@karmin.example", name="Olga R&D", password=OLD)
    other = app.test_client()
    assert isinstance(other, PageClient)
    other.sign_in(user)
    assert other.get("/account/").status_code == 200
    status, location, shown = ask(client, "Olga@karmin.example")
    assert (status, location) == (302, "/login")
    assert "If there is a login for this address" in shown
    mail = mails()[0]
    assert (mail.to_address, mail.kind) == ("olga@karmin.example", "accounts.reset")
    assert "Hello Olga R&D," in mail.text
    assert "Hello Olga R&amp;D," in mail.html
    link = link_in(mail)
    answer = client.post(link, data={**fields(client.get(link).text), "password": "short"})
    assert answer.status_code == 422
    assert "Use at least 10 characters." in answer.text
    answer = client.post(link, data={**fields(client.get(link).text), "password": NEW})
    assert answer.location == "/login"
    db.session.expire_all()
    assert matches(user, NEW)
    assert not matches(user, OLD)
    assert other.get("/account/").status_code == 302, "old sessions have ended"
    assert client.get(link).location == "/reset", "the link works once"
    assert mails()[1].kind == "accounts.password_changed"


def test_unknown_and_disabled_get_the_same_answer_and_no_mail(app: Flask, client: PageClient) -> None:
    gone = factories.user("gone@karmin.example", password=OLD)
    gone.active = False
    factories.user("known@karmin.example", password=OLD)
    answers = {ask(client, email) for email in ("gone@karmin.example", "nobody@karmin.example", "known@karmin.example")}
    assert len({(status, location) for status, location, _shown in answers}) == 1
    tokens = re.compile(r'(name="(csrf_token|once_key)"[^>]*value=")[^"]*')
    assert len({tokens.sub(r"\1", shown) for _status, _location, shown in answers}) == 1
    assert [m.to_address for m in mails()] == ["known@karmin.example"]


def test_the_answer_takes_as_long_for_nobody(app: Flask, client: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttling, "ANSWER_SECONDS", 0.2)
    started = datetime.now(UTC)
    ask(client, "nobody@karmin.example")
    assert datetime.now(UTC) - started >= timedelta(seconds=0.2)


def test_links_come_from_the_base_url(app: Flask, client: PageClient) -> None:
    factories.user("olga@karmin.example", password=OLD)
    data = {**fields(client.get("/reset").text), "email": "olga@karmin.example"}
    client.post("/reset", data=data, headers={"X-Forwarded-Host": "evil.example"})
    assert link_in(mails()[0])
    assert "evil" not in mails()[0].text


def test_a_link_grows_old(app: Flask, client: PageClient) -> None:
    factories.user("olga@karmin.example", password=OLD)
    ask(client, "olga@karmin.example")
    link = link_in(mails()[0])
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=1, minutes=59), tick=False):
        assert client.get(link).status_code == 200
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2, minutes=1), tick=False):
        assert client.get(link).status_code == 302
    assert client.get("/reset/nonsense").location == "/reset"
    assert client.get(link[:-3] + "abc").location == "/reset"


def test_nobody_fills_a_mailbox(app: Flask, client: PageClient) -> None:
    factories.user("olga@karmin.example", password=OLD)
    for _n in range(MAILS_PER_ADDRESS):
        assert ask(client, "olga@karmin.example")[0] == 302
    assert ask(client, "olga@karmin.example")[0] == 429
    for _n in range(MAILS_PER_ADDRESS):
        assert ask(client, "nobody@karmin.example")[0] == 302
    assert ask(client, "nobody@karmin.example")[0] == 429
    assert len(mails()) == MAILS_PER_ADDRESS


def test_changes_the_password_and_keeps_this_session(app: Flask, client: PageClient) -> None:
    user = factories.user("olga@karmin.example", password=OLD)
    other = app.test_client()
    assert isinstance(other, PageClient)
    client.sign_in(user)
    other.sign_in(user)
    form = fields(client.get("/account/password").text)
    answer = client.post("/account/password", data={**form, "current_password": "wrong one", "password": NEW})
    assert answer.status_code == 422
    assert "This is not your current password." in answer.text
    assert not matches(db.session.get_one(User, user.id), NEW)
    form = fields(client.get("/account/password").text)
    answer = client.post("/account/password", data={**form, "current_password": OLD, "password": NEW})
    assert answer.location == "/account/"
    assert client.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302
    assert matches(db.session.get_one(User, user.id), NEW)
