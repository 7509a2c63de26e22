"""Registering an account: no login before the address is proven, once, and no planted password."""

from datetime import datetime

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eventapp.accounts import throttling
from eventapp.accounts.models import AccountLink, User
from eventapp.accounts.service import hooks
from eventapp.audit.models import AuditEntry
from eventapp.audit.service import Actor
from eventapp.core.db import db
from tests.accounts.support import PASSWORD, Device, add_passkey, at_once, is_in, link_in, log_in, options_on, passkey_form
from tests.support import factories
from tests.support.browsing import mails, send
from tests.support.pages import PageClient, fields

NEW = "nina@donau.example"


@pytest.fixture(autouse=True)
def alone(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without waiting, and without what later features do."""
    monkeypatch.setattr(throttling, "ANSWER_SECONDS", 0.0)
    monkeypatch.setattr(hooks, "ON_VERIFIED", [])


def register(client: PageClient, email: str = NEW, password: str = PASSWORD, **values: str) -> str:
    answer = send(client, "/register-account", {"email": email, "name": "Nina Novak", "password": password, **values})
    assert (answer.status_code, answer.location) == (302, "/register-account/sent"), answer.text
    return client.get(answer.location).text


def users() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(User.email).order_by(User.id)))


def test_the_public_entry_offers_exactly_two_ways(client: PageClient) -> None:
    page = client.get("/").text
    account = page[page.index('class="site-account"') : page.index("theme-toggle")]
    assert ">Log in</a>" in account
    assert ">Register Account</a>" in account
    assert account.count("<a ") == 2
    assert ">Register Account</a>" in client.get("/login").text


def test_no_login_before_the_address_is_proven(app: Flask, client: PageClient) -> None:
    assert "We have sent you a mail" in register(client)
    assert users() == []
    link = link_in("accounts.sign_up", NEW)
    page = client.get(link)
    assert NEW in page.text
    assert "Nina Novak" in page.text
    assert client.get(link).status_code == 200
    assert users() == [], "a mail scanner opens links"
    answer = send(client, link)
    assert (answer.status_code, answer.location) == (302, "/account/")
    made = db.session.scalars(select(User)).one()
    assert (made.email, made.name, made.active) == (NEW, "Nina Novak", True)
    assert made.verified_at is not None
    assert is_in(client)
    assert send(app.test_client(), "/login", {"email": NEW, "password": PASSWORD}).status_code == 302  # type: ignore[arg-type]


def test_the_link_works_once_and_forgets_the_password(client: PageClient, app: Flask) -> None:
    register(client)
    link = link_in("accounts.sign_up")
    send(client, link)
    db.session.rollback()
    assert db.session.scalars(select(AccountLink.details)).all() == [{}]
    other = app.test_client()
    answer = other.get(link)
    assert (answer.status_code, answer.location) == (302, "/register-account")


def test_the_link_ends_after_a_day(client: PageClient, clock: time_machine.Traveller) -> None:
    register(client)
    clock.shift(24 * 3600 + 1)
    assert client.get(link_in("accounts.sign_up")).location == "/register-account"


def test_a_password_cannot_be_planted_on_somebody_else(app: Flask, client: PageClient) -> None:
    """Whoever opens the mail in another browser chooses the password; the one of the stranger is worth nothing."""
    register(client, password="the stranger's own words")
    owner = app.test_client()
    link = link_in("accounts.sign_up")
    data = fields(owner.get(link).text)
    assert "password" in data
    assert owner.post(link, data={**data, "password": "short"}).status_code == 422
    assert users() == []
    assert owner.post(link, data={**data, "password": PASSWORD, "once_key": ""}).status_code == 302
    assert log_in(client, NEW, "the stranger's own words").status_code == 422
    assert log_in(client, NEW).status_code == 302


def test_whoever_has_a_login_is_told_by_mail_only(app: Flask, client: PageClient) -> None:
    there = factories.user(NEW, password=PASSWORD)
    page = register(client)
    other = app.test_client()
    assert isinstance(other, PageClient)
    assert page == register(other, "fresh@donau.example")
    assert [m.kind for m in mails(to=NEW)] == ["accounts.there_is_a_login"]
    text = mails(to=NEW)[0].text
    assert "/login/link" in text
    assert "/reset" in text
    assert users() == [NEW]
    assert log_in(client, NEW).status_code == 302
    assert there.password


def test_a_disabled_login_does_not_come_back(client: PageClient) -> None:
    gone = factories.user(NEW, password=PASSWORD)
    gone.active = False
    db.session.commit()
    register(client)
    assert "switched off" in mails(to=NEW)[0].text
    assert "/login/link" not in mails(to=NEW)[0].text


def test_a_login_that_came_meanwhile_stays_as_it_is(client: PageClient) -> None:
    register(client, password="another password of mine")
    factories.user(NEW, password=PASSWORD)
    answer = send(client, link_in("accounts.sign_up"))
    assert answer.location == "/login"
    assert not is_in(client)
    assert log_in(client, NEW).status_code == 302


def test_twenty_at_once_make_one_login(app: Flask, client: PageClient) -> None:
    register(client)
    link = link_in("accounts.sign_up")
    browsers = [app.test_client() for _n in range(20)]
    pages = [fields(b.get(link).text) for b in browsers]
    db.session.commit()

    def one(n: int) -> str:
        with app.app_context():
            return str(browsers[n].post(link, data={**pages[n], "password": f"{PASSWORD} {n}"}).location)

    found = at_once(app, 20, one)
    assert sorted(found).count("/account/") == 1, found
    assert users() == [NEW]
    assert sum(is_in(b) for b in browsers) == 1  # type: ignore[arg-type]


def test_with_a_passkey_instead(client: PageClient, app: Flask) -> None:
    register(client, password="", use_passkey="y")
    answer = send(client, link_in("accounts.sign_up"))
    assert answer.location.startswith("/account/first?next=")
    page = client.get(answer.location).text
    device = Device()
    data = {**passkey_form(page), "name": "Phone", "answer": device.create(options_on(page))}
    done = client.post(answer.location, data=data)
    assert (done.status_code, done.location) == (302, "/account/"), done.text
    assert client.get(answer.location).location == "/account/"
    assert db.session.scalars(select(User.password)).one() is None


def test_on_a_bare_ip_address_there_are_no_passkeys(client: PageClient, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "BASE_URL", "http://127.0.0.1:5000")
    assert "use_passkey" not in client.get("/register-account").text
    refused = send(client, "/register-account", {"email": NEW, "name": "Nina Novak", "password": "", "use_passkey": "y"})
    assert refused.status_code == 422, "the password is needed"
    register(client)
    assert [m.kind for m in mails(to=NEW)] == ["accounts.sign_up"]


def test_without_a_passkey_after_all(client: PageClient) -> None:
    register(client, password="", use_passkey="y")
    first = send(client, link_in("accounts.sign_up")).location
    page = client.get(first).text
    token = passkey_form(page)
    assert client.post(first, data={**token, "name": "x", "answer": "{}"}).status_code == 422
    answer = client.post(first, data={"csrf_token": token["csrf_token"], "password": PASSWORD})
    assert answer.location == "/account/", answer.text
    assert is_in(client)
    assert add_passkey(client, Device()).status_code == 302


def test_later_features_hear_of_it_and_say_where_to_go(client: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []

    def join(user: User, by: Actor, at: datetime) -> str:
        heard.append(f"{user.email} {by.actor_name}")
        return "/events/summit/"

    monkeypatch.setattr(hooks, "ON_VERIFIED", [join])
    register(client)
    assert send(client, link_in("accounts.sign_up")).location == "/events/summit/"
    assert heard == [f"{NEW} {NEW}"]


@pytest.mark.parametrize(
    "name", ["<b>x</b>", "https://evil.example/now", "=1+1", "\u202egnp", "a" * 200, "Nina\r\nBcc: x@evil.example", "{{ 7*7 }}"]
)
def test_hostile_names_stay_text(client: PageClient, name: str) -> None:
    send(client, "/register-account", {"email": NEW, "name": name, "password": PASSWORD})
    mail = mails("accounts.sign_up")[0]
    assert mail.to_name == "", "a stranger may have typed it"
    for part in (mail.subject, mail.text, mail.html):
        assert name not in part
        assert "evil.example" not in part
    send(client, link_in("accounts.sign_up"))
    assert is_in(client)


@pytest.mark.parametrize("email", ["", "no address", "a@b@c.example", "x" * 300 + "@donau.example", "a@127.0.0.1"])
def test_what_is_no_address_is_refused(client: PageClient, email: str) -> None:
    assert send(client, "/register-account", {"email": email, "name": "N", "password": PASSWORD}).status_code == 422
    assert mails() == []


def test_no_secret_stands_in_the_log(client: PageClient) -> None:
    register(client)
    send(client, link_in("accounts.sign_up"))
    token = link_in("accounts.sign_up").rpartition("/")[2]
    entries = str([(e.action, e.changes, e.object_name) for e in db.session.scalars(select(AuditEntry))])
    assert "user.registered" in entries
    assert PASSWORD not in entries
    assert token not in entries
    assert "$argon2" not in entries
