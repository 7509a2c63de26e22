"""Signing in and out: alike for everybody who does not get in, and never to another site."""

import re
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from eventapp.accounts.demo import DEMO_LOGINS, DEMO_PASSWORD
from eventapp.accounts.models import Role, User
from eventapp.core.db import db
from tests.support import factories
from tests.support.pages import PageClient, fields

PASSWORD = "correct horse battery"
HOSTILE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/%09/evil.example\t",
    "/\t/evil.example",
    "https:evil.example",
    "https://evil.example/",
    "http:///evil.example",
    "javascript:alert(1)",
    "/ok\r\nLocation: https://evil.example",
    "evil.example",
    "//evil.example/%2e%2e",
]


def sign_in(client: PageClient, email: str, password: str, next_page: str = "") -> TestResponse:
    data = fields(client.get("/login").text, "/login")
    return client.post("/login", data={**data, "email": email, "password": password, "next": next_page})


@pytest.fixture
def organizer(app: Flask) -> User:
    return factories.user("olga@karmin.example", Role.ORGANIZER, password=PASSWORD)


@pytest.mark.usefixtures("organizer")
def test_signs_in_and_out(client: PageClient) -> None:
    answer = sign_in(client, " Olga@Karmin.example ", PASSWORD)
    assert (answer.status_code, answer.location) == (302, "/admin/")
    page = client.get("/account/").text
    assert "olga@karmin.example" in page
    assert "Organizer" in page
    assert client.get("/logout").status_code == 405
    assert client.get("/account/").status_code == 200
    client.post("/logout", data={"csrf_token": fields(page, "/logout")["csrf_token"]})
    answer = client.get("/account/")
    assert (answer.status_code, answer.location) == (302, "/login?next=/account/")


def test_company_admin_goes_to_the_events(app: Flask, client: PageClient) -> None:
    factories.user("petra@partner.example", password=PASSWORD)
    assert sign_in(client, "petra@partner.example", PASSWORD).location == "/"


@pytest.mark.usefixtures("organizer")
def test_all_refusals_look_alike(client: PageClient) -> None:
    disabled = factories.user("gone@karmin.example", password=PASSWORD)
    disabled.active = False
    factories.user("nopassword@karmin.example")
    db.session.commit()
    pages = set()
    tries = [
        ("olga@karmin.example", "wrong password"),
        ("nobody@karmin.example", PASSWORD),
        ("gone@karmin.example", PASSWORD),
        ("nopassword@karmin.example", PASSWORD),
    ]
    for email, password in tries:
        answer = sign_in(client, email, password)
        assert answer.status_code == 422
        assert PASSWORD not in answer.text
        page = answer.text.replace(email, "EMAIL")
        pages.add(re.sub(r'(name="(csrf_token|once_key)"[^>]*value=")[^"]*', r"\1", page))
    assert len(pages) == 1
    assert "The e-mail or the password is wrong." in pages.pop()


def test_the_same_work_is_done_for_nobody(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The costly part runs once whoever asks; time itself is too noisy to compare in a test."""
    from eventapp.accounts import passwords

    known = factories.user("known@karmin.example", password=PASSWORD)
    off = factories.user("off@karmin.example", password=PASSWORD)
    off.active = False
    bare = factories.user("bare@karmin.example")
    passwords.matches(None, "warm up")
    calls: list[Any] = []
    real = passwords.verify_password
    monkeypatch.setattr(passwords, "verify_password", lambda *args: (calls.append(args), real(*args))[1])
    for user in (known, off, bare, None):
        calls.clear()
        assert passwords.matches(user, "wrong password") is False
        assert len(calls) == 1
        assert calls[0][1].startswith("$argon2")


@pytest.mark.usefixtures("organizer")
@pytest.mark.parametrize("target", HOSTILE)
def test_stays_on_the_site(client: PageClient, target: str) -> None:
    assert sign_in(client, "olga@karmin.example", PASSWORD, target).location == "/admin/"
    assert client.get("/login", query_string={"next": target}).location == "/admin/"


@pytest.mark.usefixtures("organizer")
def test_goes_back_to_where_one_was(client: PageClient) -> None:
    answer = client.get("/account/password?x=1")
    assert answer.location == "/login?next=/account/password?x%3D1"
    data = fields(client.get(answer.location).text, "/login")
    assert data["next"] == "/account/password?x=1"
    answer = client.post("/login", data={**data, "email": "olga@karmin.example", "password": PASSWORD})
    assert answer.location == "/account/password?x=1"


@pytest.mark.usefixtures("organizer")
def test_needs_its_csrf_token(client: PageClient) -> None:
    data = fields(client.get("/login").text, "/login")
    del data["csrf_token"]
    answer = client.post("/login", data={**data, "email": "olga@karmin.example", "password": PASSWORD})
    assert answer.status_code == 400
    assert client.get("/account/").status_code == 302


def test_the_session_is_a_new_one(app: Flask, client: PageClient, organizer: User) -> None:
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
    token = fields(client.get("/login").text, "/login")["csrf_token"]
    sign_in(client, organizer.email, PASSWORD)
    with client.session_transaction() as session:
        assert "planted" not in session
        assert session["_user_id"] == organizer.fs_uniquifier
    assert client.post("/logout", data={"csrf_token": token}).status_code == 400


def test_a_disabled_user_is_out_at_the_next_request(app: Flask, client: PageClient, organizer: User) -> None:
    sign_in(client, organizer.email, PASSWORD)
    assert client.get("/admin/log/").status_code == 200
    organizer.active = False
    db.session.commit()
    assert client.get("/admin/log/").status_code == 302


def test_a_lost_role_counts_at_the_next_request(app: Flask, client: PageClient, organizer: User) -> None:
    sign_in(client, organizer.email, PASSWORD)
    assert client.get("/admin/log/").status_code == 200
    organizer.grants.clear()
    db.session.commit()
    assert client.get("/admin/log/").status_code == 403


def test_no_token_in_an_address_signs_in(app: Flask, client: PageClient, organizer: User) -> None:
    token = organizer.get_auth_token()
    assert client.get("/account/", query_string={"auth_token": token}).status_code == 302
    assert client.get("/account/", headers={"Authentication-Token": token}).status_code == 302


def test_only_our_routes_exist(app: Flask) -> None:
    found = {rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint.startswith("security.")}
    assert found == {"security.login", "security.logout", "security.forgot_password", "security.reset_password"}


def test_the_demo_shows_its_logins_and_nobody_else_does(app: Flask, client: PageClient) -> None:
    page = client.get("/login").text
    assert DEMO_PASSWORD not in page
    factories.user(DEMO_LOGINS[1][0], password=DEMO_PASSWORD)
    page = client.get("/login").text
    assert DEMO_PASSWORD in page
    assert DEMO_LOGINS[1][0] in page
    assert DEMO_LOGINS[2][0] not in page


def test_a_signed_in_page_costs_one_query_for_the_user(
    app: Flask, client: PageClient, organizer: User, count_queries: Any
) -> None:
    client.sign_in(organizer)
    with count_queries() as queries:
        client.get("/account/")
    about_users = [s for s in queries.statements if "user_account" in s]
    assert len(about_users) == 1, about_users
