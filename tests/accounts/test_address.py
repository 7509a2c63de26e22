"""Changing one's address: the new one confirms, the old one is told and can take it back."""

import re
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eventapp.accounts import throttling
from eventapp.accounts.models import Identity, IdentityProvider, Passkey, User
from eventapp.accounts.service import hooks
from eventapp.audit.models import AuditEntry
from eventapp.audit.service import Actor
from eventapp.core.clock import now as at_present
from eventapp.core.db import db
from tests.accounts.support import PASSWORD, Device, add_passkey, at_once, is_in, link_in, log_in
from tests.support import factories
from tests.support.browsing import mails, send
from tests.support.pages import PageClient, fields

OLD, NEW = "petra@donau.example", "petra.huber@donau.example"


@pytest.fixture(autouse=True)
def alone(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without waiting, and without what later features do."""
    monkeypatch.setattr(throttling, "ANSWER_SECONDS", 0.0)
    monkeypatch.setattr(hooks, "ON_ADDRESS_CHANGED", [])


@pytest.fixture
def user(app: Flask) -> User:
    return factories.user(OLD, password=PASSWORD)


@pytest.fixture
def signed_in(client: PageClient, user: User) -> PageClient:
    log_in(client, OLD)
    return client


def address(user: User) -> str:
    db.session.rollback()
    db.session.refresh(user)
    return user.email


def test_the_new_address_confirms_and_the_old_is_told(signed_in: PageClient, user: User, app: Flask) -> None:
    assert send(signed_in, "/account/address", {"email": NEW}).location == "/account/"
    assert address(user) == OLD
    link = link_in("accounts.confirm_address", NEW)
    page = signed_in.get(link).text
    assert OLD in page
    assert NEW in page
    assert address(user) == OLD, "opening is not confirming"
    assert send(signed_in, link).status_code == 302
    assert address(user) == NEW
    assert is_in(signed_in), "sessions stay"
    assert [m.to_address for m in mails("accounts.address_changed")] == [OLD]
    other = app.test_client()
    assert isinstance(other, PageClient)
    assert other.get(link).location == "/account/address"
    assert log_in(other, OLD).status_code == 422
    assert log_in(other, NEW).status_code == 302


def test_a_click_by_somebody_else_confirms_nothing(signed_in: PageClient, user: User, app: Flask) -> None:
    """A stranger may have asked for the address of whoever reads that mailbox."""
    send(signed_in, "/account/address", {"email": NEW})
    link = link_in("accounts.confirm_address", NEW)
    token = fields(signed_in.get(link).text)
    other = app.test_client()
    assert isinstance(other, PageClient)
    answer = other.get(link)
    assert answer.location == f"/login?next={link}"
    assert f"Log in as {OLD} first." in other.get(answer.location).text
    csrf = fields(other.get("/login").text, "/login")["csrf_token"]
    assert other.post(link, data={**token, "csrf_token": csrf}).location == f"/login?next={link}"
    assert address(user) == OLD
    other.sign_in(factories.user("xaver@isar.example"))
    assert other.get(link).location == "/account/"
    assert OLD in other.get("/account/").text, "it says whose login the link is for"
    csrf = fields(other.get("/account/address").text)["csrf_token"]
    assert other.post(link, data={**token, "csrf_token": csrf}).location == "/account/"
    assert address(user) == OLD
    assert mails("accounts.address_changed") == []
    fresh = app.test_client()
    assert isinstance(fresh, PageClient)
    assert log_in(fresh, OLD, next_page=link).location == link
    send(fresh, link)
    assert address(user) == NEW


def test_the_old_address_takes_it_back(signed_in: PageClient, user: User, app: Flask, clock: time_machine.Traveller) -> None:
    log_in(signed_in, OLD)
    send(signed_in, "/account/address", {"email": NEW})
    send(signed_in, link_in("accounts.confirm_address"))
    assert add_passkey(signed_in, Device(), "of the thief").status_code == 302
    clock.shift(timedelta(days=6).total_seconds())
    owner = app.test_client()
    assert isinstance(owner, PageClient)
    link = link_in("accounts.address_changed", OLD)
    assert OLD in owner.get(link).text
    assert send(owner, link).location == "/reset"
    assert address(user) == OLD
    assert not is_in(signed_in)
    assert log_in(owner, OLD).status_code == 422, "the password may be the thief's"
    assert db.session.scalars(select(Passkey)).all() == []
    assert owner.get(link).location == "/login"


def test_the_way_back_takes_all_means_since_the_change_was_asked_for(
    signed_in: PageClient, user: User, app: Flask, clock: time_machine.Traveller
) -> None:
    log_in(signed_in, OLD)
    assert add_passkey(signed_in, Device(), "of the owner").status_code == 302
    provider = IdentityProvider(
        **{"key": "idp", "label": "IdP", "issuer": "https://idp.example", "client_id": "c", "client_secret": "s"},
        created_at=at_present(),
    )
    db.session.add(provider)
    db.session.flush()
    db.session.add(Identity(user_id=user.id, provider_id=provider.id, subject="owner", created_at=at_present()))
    db.session.commit()
    clock.shift(8 * 60)
    send(signed_in, "/account/address", {"email": "first@evil.example"})
    assert add_passkey(signed_in, Device(), "of the thief").status_code == 302
    user.totp_secret, user.totp_since = "x", at_present()
    db.session.add(Identity(user_id=user.id, provider_id=provider.id, subject="thief", created_at=at_present()))
    db.session.commit()
    clock.shift(60)
    send(signed_in, "/account/address", {"email": NEW})
    send(signed_in, link_in("accounts.confirm_address", NEW))
    owner = app.test_client()
    assert isinstance(owner, PageClient)
    send(owner, link_in("accounts.address_changed", OLD))
    assert address(user) == OLD
    assert db.session.scalars(select(Passkey.name)).all() == ["of the owner"]
    assert db.session.scalars(select(Identity.subject)).all() == ["owner"]
    assert (user.totp_secret, user.totp_since) == (None, None)


def test_the_way_back_ends_after_a_week(signed_in: PageClient, clock: time_machine.Traveller) -> None:
    log_in(signed_in, OLD)
    send(signed_in, "/account/address", {"email": NEW})
    send(signed_in, link_in("accounts.confirm_address"))
    clock.shift(timedelta(days=7, seconds=1).total_seconds())
    assert signed_in.get(link_in("accounts.address_changed")).location == "/login"


def test_the_way_back_outlives_a_new_password_and_a_second_change(signed_in: PageClient, user: User) -> None:
    send(signed_in, "/account/address", {"email": NEW})
    send(signed_in, link_in("accounts.confirm_address"))
    first = link_in("accounts.address_changed", OLD)
    send(signed_in, "/account/password", {"current_password": PASSWORD, "password": "the thief's own words"})
    send(signed_in, "/account/address", {"email": "thief@evil.example"})
    send(signed_in, link_in("accounts.confirm_address", "thief@evil.example"))
    second = link_in("accounts.address_changed", NEW)
    send(signed_in, first)
    assert address(user) == OLD
    assert signed_in.get(second).location == "/login", "the later way back would undo the undoing"


def test_it_needs_proof(client: PageClient, user: User, clock: time_machine.Traveller) -> None:
    log_in(client, OLD)
    clock.shift(11 * 60)
    answer = client.get("/account/address")
    assert answer.location == "/account/confirm?next=/account/address"
    assert client.post("/account/address", data={"csrf_token": "x", "email": NEW}).status_code == 400
    page = client.get(answer.location).text
    token = fields(page, "/account/confirm")["csrf_token"]
    assert client.post(answer.location, data={"csrf_token": token, "current_password": "wrong"}).status_code == 422
    done = client.post(answer.location, data={"csrf_token": token, "current_password": PASSWORD})
    assert done.location == "/account/address"
    assert client.get("/account/address").status_code == 200
    clock.shift(21 * 60)
    data = {"csrf_token": token, "email": NEW}
    assert client.post("/account/address", data=data).location == "/account/confirm?next=/account/address"
    assert mails("accounts.confirm_address") == []


def test_somebody_else_s_address_answers_alike(signed_in: PageClient, user: User) -> None:
    factories.user("xaver@isar.example")
    pages = []
    for email in ("xaver@isar.example", "nobody@isar.example"):
        answer = send(signed_in, "/account/address", {"email": email})
        page = re.sub(r'name="csrf_token" value="[^"]*"', "", signed_in.get("/account/").text)
        pages.append((answer.status_code, answer.location, page))
    assert pages[0] == pages[1]
    assert [m.to_address for m in mails("accounts.address_is_taken")] == ["xaver@isar.example"]
    assert address(user) == OLD
    answer = send(signed_in, "/account/address", {"email": OLD})
    assert answer.status_code == 422
    assert "This is your address already." in answer.text


def test_an_address_taken_meanwhile_is_not_taken_over(signed_in: PageClient, user: User) -> None:
    send(signed_in, "/account/address", {"email": NEW})
    factories.user(NEW)
    assert send(signed_in, link_in("accounts.confirm_address")).status_code == 302
    assert address(user) == OLD


def test_a_newer_request_makes_the_older_worthless(signed_in: PageClient) -> None:
    send(signed_in, "/account/address", {"email": NEW})
    older = link_in("accounts.confirm_address")
    send(signed_in, "/account/address", {"email": "p.huber@donau.example"})
    assert signed_in.get(older).location == "/account/address"


def test_twenty_at_once_change_it_once(signed_in: PageClient, user: User, app: Flask) -> None:
    send(signed_in, "/account/address", {"email": NEW})
    link = link_in("accounts.confirm_address")
    browsers = [app.test_client().sign_in(user) for _n in range(20)]  # type: ignore[attr-defined]
    pages = [fields(b.get(link).text) for b in browsers]
    db.session.commit()

    def one(n: int) -> int:
        with app.app_context():
            return browsers[n].post(link, data=pages[n]).status_code

    assert at_once(app, 20, one) == [302] * 20
    assert len(mails("accounts.address_changed")) == 1
    changed = select(AuditEntry).where(AuditEntry.action == "user.address_changed")
    assert [e.changes for e in db.session.scalars(changed)] == [{"email": [OLD, NEW]}]


def test_later_features_hear_of_it(signed_in: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[str, str]] = []

    def note(user: User, old: str, by: Actor, at: datetime) -> None:
        heard.append((old, user.email))

    monkeypatch.setattr(hooks, "ON_ADDRESS_CHANGED", [note])
    send(signed_in, "/account/address", {"email": NEW})
    send(signed_in, link_in("accounts.confirm_address"))
    assert heard == [(OLD, NEW)]
