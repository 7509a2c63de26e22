"""Showing once more who one is: what the page offers, and a code by mail for whoever has nothing else."""

import re

import pytest
import time_machine
from flask import Flask

from eventapp.accounts.models import User
from tests.accounts.support import PASSWORD, Device, add_passkey, at_once, log_in
from tests.support import factories
from tests.support.browsing import mails
from tests.support.pages import PageClient, fields

WHERE = "/account/confirm?next=/account/address"


@pytest.fixture
def user(app: Flask) -> User:
    return factories.user("petra@donau.example")


@pytest.fixture
def old(client: PageClient, user: User, clock: time_machine.Traveller) -> PageClient:
    """Logged in some time ago at the company's provider, without a password here."""
    client.sign_in(user)
    clock.shift(11 * 60)
    return client


def ask(client: PageClient) -> str:
    """Asks for a code; gives the one in the mail."""
    token = fields(client.get(WHERE).text, "/account/confirm")["csrf_token"]
    assert client.post(WHERE, data={"csrf_token": token, "send_code": "y"}).location == WHERE
    found = re.search(r"^(\d{6})$", mails("accounts.mail_code")[-1].text, re.MULTILINE)
    assert found
    return found[1]


def type_code(client: PageClient, code: str) -> tuple[int, str | None]:
    token = fields(client.get(WHERE).text, "/account/confirm")["csrf_token"]
    answer = client.post(WHERE, data={"csrf_token": token, "mail_code": code})
    return answer.status_code, answer.location


def test_whoever_has_no_password_gets_a_code(old: PageClient) -> None:
    page = old.get(WHERE).text
    assert "we send a code to petra@donau.example" in page
    assert "Log out" not in page.partition("<main")[2]
    assert mails("accounts.mail_code") == [], "opening the page sends nothing"
    code = ask(old)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    assert type_code(old, wrong) == (422, None)
    assert old.get("/account/address").status_code == 302
    assert type_code(old, f" {code[:3]} {code[3:]} ") == (302, "/account/address")
    assert old.get("/account/address").status_code == 200


def test_it_works_once_and_not_for_long(old: PageClient, clock: time_machine.Traveller) -> None:
    code = ask(old)
    with old.session_transaction() as session:
        kept = session["mail_code"]
    assert code not in kept
    assert type_code(old, code)[0] == 302
    clock.shift(5)
    with old.session_transaction() as session:
        session["mail_code"] = kept
    assert type_code(old, code) == (422, None)
    first, second = ask(old), ask(old)
    assert first == second or type_code(old, first) == (422, None)
    clock.shift(10 * 60 + 1)
    assert type_code(old, second) == (422, None)


def test_it_is_for_the_browser_and_the_login_that_asked(old: PageClient, app: Flask, user: User) -> None:
    code = ask(old)
    with old.session_transaction() as session:
        kept = session["mail_code"]
    other = app.test_client()
    assert isinstance(other, PageClient)
    other.sign_in(user)
    assert type_code(other, code) == (422, None)
    stranger = app.test_client()
    assert isinstance(stranger, PageClient)
    stranger.sign_in(factories.user("xaver@isar.example"))
    with stranger.session_transaction() as session:
        session["mail_code"] = kept
    assert type_code(stranger, code) == (422, None)


def test_guesses_are_counted(old: PageClient) -> None:
    code = ask(old)
    token = fields(old.get(WHERE).text, "/account/confirm")["csrf_token"]
    statuses = [old.post(WHERE, data={"csrf_token": token, "mail_code": "x"}).status_code for _n in range(11)]
    assert statuses == [422] * 10 + [429]
    assert old.post(WHERE, data={"csrf_token": token, "mail_code": code}).status_code == 429
    asked = [old.post(WHERE, data={"csrf_token": token, "send_code": "y"}).status_code for _n in range(3)]
    assert asked == [302, 302, 429]


def test_one_code_at_the_same_moment_is_used_once(old: PageClient, app: Flask) -> None:
    code = ask(old)
    with old.session_transaction() as session:
        kept = dict(session)
    token = fields(old.get(WHERE).text, "/account/confirm")["csrf_token"]

    def one(_n: int) -> int:
        client = app.test_client()
        with client.session_transaction() as session:
            session.update(kept)
        return client.post(WHERE, data={"csrf_token": token, "mail_code": code}).status_code

    assert sorted(at_once(app, 4, one)) == [302, 422, 422, 422]


def test_whoever_has_a_password_or_a_passkey_gets_none(app: Flask, client: PageClient, clock: time_machine.Traveller) -> None:
    for email in ("anna@donau.example", "ben@donau.example"):
        factories.user(email, password=PASSWORD)
    log_in(client, "anna@donau.example")
    other = app.test_client()
    assert isinstance(other, PageClient)
    log_in(other, "ben@donau.example")
    add_passkey(other, Device())
    for one in (client, other):
        page = one.get(WHERE).text
        assert "Send the code" not in page
        token = fields(page, "/account/confirm")["csrf_token"]
        one.post(WHERE, data={"csrf_token": token, "send_code": "y"})
    assert mails("accounts.mail_code") == []
