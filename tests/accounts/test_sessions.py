"""Sessions are rows: a cookie is worth what its row is."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eventapp.accounts import devices
from eventapp.accounts.models import User, UserSession
from eventapp.accounts.service.sessions import forget_old_sessions
from eventapp.core.db import db, transaction
from tests.accounts.support import PASSWORD, is_in, log_in
from tests.conftest import NOW
from tests.support import factories
from tests.support.browsing import send
from tests.support.pages import PageClient, fields

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Safari/537.36"
EDGE = f"{CHROME} Edg/150.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 (KHTML, like Gecko) Version/19 Safari/604"


@pytest.fixture
def user(app: Flask) -> User:
    return factories.user("petra@donau.example", password=PASSWORD)


def another(app: Flask, agent: str = FIREFOX, network: str = "198.51.100.77") -> PageClient:
    client = app.test_client()
    assert isinstance(client, PageClient)
    client.environ_base |= {"HTTP_USER_AGENT": agent, "REMOTE_ADDR": network}
    assert log_in(client, "petra@donau.example").status_code == 302
    return client


def rows() -> list[UserSession]:
    db.session.rollback()
    return list(db.session.scalars(select(UserSession).order_by(UserSession.id)))


@pytest.mark.usefixtures("user")
def test_the_page_shows_the_devices_in_words(app: Flask) -> None:
    mine, other = another(app), another(app, IPHONE, "2001:db8:7:8:9::1")
    page = mine.get("/account/sessions").text
    assert "Firefox, Linux" in page
    assert "Safari, iPhone" in page
    assert "198.51.100.0/24" in page
    assert "2001:db8:7::/48" in page
    assert "198.51.100.77" not in page
    assert page.count("This device") == 1
    assert is_in(other)


@pytest.mark.usefixtures("user")
def test_one_device_or_all_the_others_can_be_logged_out(app: Flask) -> None:
    mine, second, third, fourth = (another(app) for _n in range(4))
    assert send(mine, "/account/sessions", action=f"/account/sessions/{rows()[1].id}/end").status_code == 302
    assert [is_in(c) for c in (mine, second, third, fourth)] == [True, False, True, True]
    send(mine, "/account/sessions", action="/account/sessions/end-others")
    assert [is_in(c) for c in (mine, second, third, fourth)] == [True, False, False, False]
    assert "You are logged in nowhere else." in mine.get("/account/sessions").text


@pytest.mark.usefixtures("user")
def test_nobody_ends_another_s_session(app: Flask, client: PageClient) -> None:
    mine = another(app)
    client.sign_in(factories.user("xaver@isar.example"))
    token = fields(client.get("/account/").text, "/logout")["csrf_token"]
    theirs = client.post(f"/account/sessions/{rows()[0].id}/end", data={"csrf_token": token})
    nothing = client.post("/account/sessions/987654/end", data={"csrf_token": token})
    assert (theirs.status_code, nothing.status_code) == (404, 404)
    assert is_in(mine)


def test_a_new_password_and_disabling_end_them_all(app: Flask, user: User) -> None:
    mine, other = another(app), another(app)
    send(mine, "/account/password", {"current_password": PASSWORD, "password": "another battery horse"})
    assert [is_in(c) for c in (mine, other)] == [True, False]
    assert sum(row.ended_at is None for row in rows()) == 1
    user.active = False
    db.session.commit()
    assert not is_in(mine)


@pytest.mark.usefixtures("user")
def test_the_cookie_without_its_row_is_worth_nothing(app: Flask, client: PageClient) -> None:
    log_in(client, "petra@donau.example")
    for change in ({"key": "A" * 43}, {"key": None}, {"key": 7}, {"key": ["x"]}):
        with client.session_transaction() as session:
            kept = dict(session)
            session.update(change)
        assert not is_in(client), change
        with client.session_transaction() as session:
            session.update(kept)
    assert is_in(client)
    db.session.delete(rows()[0])
    db.session.commit()
    assert not is_in(client)


def test_a_row_of_somebody_else_does_not_help(app: Flask, client: PageClient, user: User) -> None:
    client.sign_in(factories.user("xaver@isar.example"))
    with client.session_transaction() as session:
        session["_user_id"] = user.fs_uniquifier
    assert not is_in(client)


@pytest.mark.usefixtures("user")
def test_use_is_noted_hourly_and_by_writing_requests_only(app: Flask, clock: time_machine.Traveller) -> None:
    mine = another(app)
    token = fields(mine.get("/account/").text, "/logout")["csrf_token"]
    clock.shift(3601)
    mine.get("/account/")
    assert rows()[0].seen_at == rows()[0].created_at
    mine.post("/account/sessions/end-others", data={"csrf_token": token})
    seen = rows()[0].seen_at
    assert seen >= NOW + timedelta(hours=1)
    clock.shift(600)
    mine.post("/account/sessions/end-others", data={"csrf_token": token})
    assert rows()[0].seen_at == seen


@pytest.mark.usefixtures("user")
def test_use_is_noted_also_by_what_is_refused(app: Flask, clock: time_machine.Traveller) -> None:
    mine = another(app)
    token = fields(mine.get("/account/").text, "/logout")["csrf_token"]
    clock.shift(3601)
    refused = mine.post("/account/password", data={"csrf_token": token, "password": "wrong"})
    assert refused.status_code == 422
    db.session.remove()
    assert rows()[0].seen_at >= NOW + timedelta(hours=1)


@pytest.mark.usefixtures("user")
def test_a_session_that_nobody_uses_ends(app: Flask, clock: time_machine.Traveller) -> None:
    mine = another(app)
    clock.shift(timedelta(days=91).total_seconds())
    assert not is_in(mine)
    with transaction():
        forget_old_sessions(NOW + timedelta(days=119))
    assert len(rows()) == 1
    with transaction():
        forget_old_sessions(NOW + timedelta(days=121))
    assert rows() == []


def test_a_page_costs_no_query_more_than_the_user(app: Flask, client: PageClient, user: User, count_queries: Any) -> None:
    client.sign_in(user)
    with count_queries() as queries:
        client.get("/account/password")
    assert len([s for s in queries.statements if "user_session" in s]) == 1
    assert len([s for s in queries.statements if "policy" in s and "user_session" not in s]) == 0


def test_devices_in_words() -> None:
    assert devices.device_of(FIREFOX) == "Firefox, Linux"
    assert devices.device_of(CHROME) == "Chrome, Windows"
    assert devices.device_of(EDGE) == "Edge, Windows"
    assert devices.device_of(IPHONE) == "Safari, iPhone"
    assert devices.device_of("curl/8") == ""
    assert devices.device_of("<script>\x00") == ""
    assert devices.short_network("::ffff:192.0.2.7") == "192.0.2.0/24"
    assert devices.short_network("nonsense") == devices.short_network(None) == ""
