"""Passkeys, answered by a device of our own: made, used, refused when anything about the answer is not right."""

import json

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts import fresh_proof
from eventapp.accounts.models import Passkey, User
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from tests.accounts.support import (
    PASSWORD,
    Device,
    add_passkey,
    at_once,
    enter_by_passkey,
    is_in,
    log_in,
    options_on,
    passkey_form,
)
from tests.support import factories
from tests.support.browsing import mails, send
from tests.support.pages import PageClient, fields


@pytest.fixture
def user(app: Flask) -> User:
    return factories.user("petra@donau.example", password=PASSWORD)


@pytest.fixture
def device(app: Flask, user: User) -> Device:
    """A device with a passkey of the user."""
    browser = fresh(app)
    log_in(browser, user.email)
    made = Device()
    assert add_passkey(browser, made).location == "/account/passkeys"
    return made


def fresh(app: Flask) -> PageClient:
    client = app.test_client()
    assert isinstance(client, PageClient)
    return client


def keys() -> list[Passkey]:
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(select(Passkey)))


def test_made_and_used(app: Flask, client: PageClient, device: Device, user: User) -> None:
    (key,) = keys()
    assert (key.name, key.transports, key.sign_count, key.used_at) == ("My phone", "internal", 0, None)
    options = options_on(client.get("/login").text)
    assert options["rpId"] == "events.test"
    assert options["userVerification"] == "required"
    assert options.get("allowCredentials", []) == []
    answer = enter_by_passkey(client, device, "/login?next=/account/sessions")
    assert (answer.status_code, answer.location) == (302, "/account/sessions")
    assert "Passkey" in client.get("/account/sessions").text
    assert keys()[0].sign_count == 1
    assert keys()[0].used_at is not None
    assert [m.to_address for m in mails("accounts.second_factor")] == [user.email]
    assert user.email not in json.dumps(options), "the page tells nobody who has passkeys"


def test_creating_asks_for_a_verified_key_that_finds_itself(client: PageClient, user: User) -> None:
    log_in(client, user.email)
    options = options_on(client.get("/account/passkeys").text)
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert "authenticatorAttachment" not in options["authenticatorSelection"], "phones and keys alike"
    assert user.email not in options["user"]["id"]


def test_an_answer_works_once(app: Flask, client: PageClient, device: Device) -> None:
    page = client.get("/login").text
    with client.session_transaction() as session:
        cookie = dict(session)
    data = {**passkey_form(page), "answer": device.get(options_on(page))}
    assert client.post("/login/passkey", data=data).status_code == 302
    thief = fresh(app)
    with thief.session_transaction() as session:
        session.update(cookie)
    again = thief.post("/login/passkey", data={**data, "once_key": ""})
    assert again.status_code == 422
    assert "This passkey did not work here." in again.text
    assert not is_in(thief)


def test_twenty_times_at_once_is_once(app: Flask, client: PageClient, device: Device) -> None:
    page = client.get("/login").text
    with client.session_transaction() as session:
        cookie = dict(session)
    data = {**passkey_form(page), "answer": device.get(options_on(page)), "once_key": ""}
    browsers = [fresh(app) for _n in range(20)]
    for browser in browsers:
        with browser.session_transaction() as session:
            session.update(cookie)
    db.session.commit()

    def one(n: int) -> int:
        with app.app_context():
            return browsers[n].post("/login/passkey", data=data).status_code

    assert sorted(at_once(app, 20, one)).count(302) == 1


def test_a_counter_that_went_back_is_a_copy(app: Flask, client: PageClient, device: Device) -> None:
    device.counter = 41
    assert enter_by_passkey(client, device).status_code == 302
    device.counter = 40
    assert enter_by_passkey(fresh(app), device).status_code == 422


def summary(page: str) -> str:
    """What the page says is wrong."""
    start = page.index('class="error-summary"')
    return page[start : page.index("</ul>", start)]


def test_refusals_look_alike(app: Flask, device: Device, user: User) -> None:
    pages = set()
    stranger = Device()
    stranger.handle = device.handle
    elsewhere = Device(origin="http://evil.test")
    elsewhere.key, elsewhere.id, elsewhere.handle = device.key, device.id, device.handle
    careless = Device(verifies=False)
    careless.key, careless.id, careless.handle = device.key, device.id, device.handle
    other_handle = Device()
    other_handle.key, other_handle.id, other_handle.handle = device.key, device.id, "QUJD"
    for one in (stranger, elsewhere, careless, other_handle):
        one.counter = 100
        answer = enter_by_passkey(fresh(app), one)
        assert answer.status_code == 422
        pages.add(summary(answer.text))
    user.active = False
    db.session.commit()
    answer = enter_by_passkey(fresh(app), device)
    pages.add(summary(answer.text))
    assert len(pages) == 1
    assert "This passkey did not work here." in pages.pop()


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"response": 1}',
        '{"response": {}, "rawId": "!!!", "id": "x", "type": "public-key"}',
        '{"rawId": "AAAA", "id": "AAAA", "type": "public-key", "response": {"clientDataJSON": "AA"}}',
        '{"rawId": [], "response": {"userHandle": {}}}',
        "[" * 5000,
        '{"a":"\ud800"}'.encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
        "x" * 30_000,
        "\x00",
    ],
)
def test_hostile_answers(client: PageClient, device: Device, user: User, answer: str) -> None:
    page = client.get("/login").text
    assert client.post("/login/passkey", data={**passkey_form(page), "answer": answer}).status_code == 422
    log_in(client, user.email)
    page = client.get("/account/passkeys").text
    data = {**passkey_form(page), "name": "x", "answer": answer}
    assert client.post("/account/passkeys", data=data).status_code == 422
    assert len(keys()) == 1


def test_a_passkey_for_another_challenge_or_site_is_not_kept(client: PageClient, user: User) -> None:
    log_in(client, user.email)
    for spoil in ({"challenge": "A" * 43}, {"rp": {"id": "evil.test", "name": "x"}}):
        page = client.get("/account/passkeys").text
        options = {**options_on(page), **spoil}
        data = {**passkey_form(page), "name": "x", "answer": Device().create(options)}
        assert client.post("/account/passkeys", data=data).status_code == 422
    assert keys() == []


def test_named_and_removed(app: Flask, client: PageClient, device: Device, user: User) -> None:
    log_in(client, user.email)
    (key,) = keys()
    assert send(client, f"/account/passkeys/{key.id}", {"name": "  "}).status_code == 422
    send(client, f"/account/passkeys/{key.id}", {"name": "<b>Key</b>"})
    assert "&lt;b&gt;Key" in client.get("/account/passkeys").text
    stranger = fresh(app)
    stranger.sign_in(factories.user("xaver@isar.example"))
    token = fields(stranger.get("/account/").text, "/logout")["csrf_token"]
    for url in (f"/account/passkeys/{key.id}", f"/account/passkeys/{key.id}/remove"):
        assert stranger.post(url, data={"csrf_token": token, "name": "x"}).status_code == 404
    assert stranger.get(f"/account/passkeys/{key.id}").status_code == 404
    send(client, "/account/passkeys", action=f"/account/passkeys/{key.id}/remove")
    assert keys() == []
    assert enter_by_passkey(fresh(app), device).status_code == 422
    found = [e.action for e in db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    assert found.count("user.passkey_added") == found.count("user.passkey_removed") == 1


def test_a_passkey_proves_who_one_is(client: PageClient, device: Device, user: User, clock: object) -> None:
    client.sign_in(user)
    with client.session_transaction() as session:
        session["proof"] = 0
    page = client.get("/account/confirm?next=/account/address").text
    data = {**passkey_form(page), "answer": device.get(options_on(page))}
    assert client.post("/account/confirm/passkey", data=data).location == "/account/address"
    assert client.get("/account/address").status_code == 200


def test_a_passkey_proves_it_for_one_act(
    client: PageClient, device: Device, user: User, clock: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = fresh_proof.Act("Before you go on", lambda _values: ("Back", "/"))
    monkeypatch.setitem(fresh_proof.ACTS, "accounts.index", act)
    client.sign_in(user)
    page = client.get("/account/confirm?next=/account/").text
    assert "Before you go on" in page
    data = {**passkey_form(page), "answer": device.get(options_on(page))}
    assert client.post("/account/confirm/passkey", data=data).location == "/account/"
    with client.session_transaction() as session:
        assert session["proof_for"]["path"] == "/account/"
    page = client.get("/account/confirm?next=/account/address").text
    data = {**passkey_form(page), "answer": device.get(options_on(page))}
    client.post("/account/confirm/passkey", data=data)
    with client.session_transaction() as session:
        assert session["proof_for"]["path"] == "/account/", "what needs no proof of its own gets none"


def test_the_passkey_of_another_proves_nothing(app: Flask, client: PageClient, device: Device) -> None:
    client.sign_in(factories.user("xaver@isar.example", password=PASSWORD))
    with client.session_transaction() as session:
        session["proof"] = 0
        session["passkey_challenge"] = "A" * 43
    answer = device.get({"rpId": "events.test", "challenge": "A" * 43})
    token = fields(client.get("/account/confirm").text, "/account/confirm")["csrf_token"]
    client.post("/account/confirm/passkey", data={"csrf_token": token, "answer": answer, "next": "/account/address"})
    assert client.get("/account/address").status_code == 302
