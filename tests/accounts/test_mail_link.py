"""Signing in by a link in a mail: once, for 15 minutes, by its button, and not past the second factor."""

import pytest
import time_machine
from flask import Flask

from eventapp.accounts import service, throttling
from eventapp.accounts.models import Role, User
from eventapp.accounts.service import hooks
from eventapp.core.db import db
from tests.accounts.support import PASSWORD, at_once, is_in, link_in
from tests.support import factories
from tests.support.browsing import mails, send
from tests.support.pages import PageClient, fields

ADDRESS = "petra@donau.example"


@pytest.fixture(autouse=True)
def alone(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without waiting, and without what later features do."""
    monkeypatch.setattr(throttling, "ANSWER_SECONDS", 0.0)
    monkeypatch.setattr(hooks, "ON_VERIFIED", [])


@pytest.fixture
def user(app: Flask) -> User:
    return factories.user(ADDRESS, Role.ORGANIZER, password=PASSWORD)


def ask(client: PageClient, email: str = ADDRESS) -> None:
    assert send(client, "/login/link", {"email": email}).location == "/login"


@pytest.mark.usefixtures("user")
def test_the_button_signs_in_and_opening_does_not(client: PageClient) -> None:
    ask(client)
    link = link_in("accounts.sign_in", ADDRESS)
    assert ADDRESS in client.get(link).text
    assert not is_in(client)
    answer = send(client, link)
    assert (answer.status_code, answer.location) == (302, "/admin/")
    assert is_in(client)


@pytest.mark.usefixtures("user")
def test_once_and_for_a_quarter_of_an_hour(app: Flask, client: PageClient, clock: time_machine.Traveller) -> None:
    ask(client)
    link = link_in("accounts.sign_in")
    send(client, link)
    assert app.test_client().get(link).location == "/login/link"
    other = app.test_client()
    assert isinstance(other, PageClient)
    ask(other)
    clock.shift(15 * 60 + 1)
    assert other.get(link_in("accounts.sign_in")).location == "/login/link"


def test_nobody_and_the_disabled_get_no_mail_and_the_same_answer(client: PageClient, user: User) -> None:
    user.active = False
    db.session.commit()
    ask(client)
    ask(client, "unknown@donau.example")
    assert mails() == []


def test_it_dies_with_the_login_the_sessions_and_the_address(client: PageClient, user: User) -> None:
    for end in (
        lambda: setattr(user, "active", False),
        lambda: service.end_sessions(user, at=factories.AT),
        lambda: setattr(user, "email", "other@donau.example"),
    ):
        user.email, user.active = ADDRESS, True
        db.session.commit()
        ask(client)
        link = link_in("accounts.sign_in")
        page = client.get(link)
        end()
        db.session.commit()
        assert client.post(link, data=fields(page.text)).location == "/login/link"
        assert not is_in(client)


@pytest.mark.usefixtures("user")
def test_twenty_at_once_sign_in_one(app: Flask, client: PageClient) -> None:
    ask(client)
    link = link_in("accounts.sign_in")
    browsers = [app.test_client() for _n in range(20)]
    pages = [fields(b.get(link).text) for b in browsers]
    db.session.commit()

    def one(n: int) -> str:
        with app.app_context():
            return str(browsers[n].post(link, data=pages[n]).location)

    assert sorted(at_once(app, 20, one)).count("/admin/") == 1
    assert sum(is_in(b) for b in browsers) == 1  # type: ignore[arg-type]


@pytest.mark.usefixtures("user")
@pytest.mark.parametrize("token", ["A" * 43, "a.b.c.d.e.f", "x" * 400])
def test_unknown_links_lead_back(client: PageClient, token: str) -> None:
    for url in (f"/login/link/{token}", f"/register-account/{token}", f"/account/address/undo/{token}"):
        assert client.get(url).status_code == 302
    assert client.get("/login/link/%00abcdefgh").status_code == 404
