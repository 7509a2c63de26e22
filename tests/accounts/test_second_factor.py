"""The second factor: on only with a working app, no code twice, recovery codes once each."""

import re
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eventapp.accounts import throttling, totp
from eventapp.accounts.models import RecoveryCode, User
from eventapp.accounts.service import second_factor as service
from eventapp.audit.models import AuditEntry
from eventapp.core.crypto import decrypt
from eventapp.core.db import db, transaction
from tests.accounts.support import PASSWORD, Device, add_passkey, at_once, enter_by_passkey, is_in, link_in, log_in
from tests.conftest import NOW
from tests.support import factories
from tests.support.browsing import mails, send
from tests.support.pages import PageClient, fields

ADDRESS = "petra@donau.example"
pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttling, "ANSWER_SECONDS", 0.0)


@pytest.fixture
def user(app: Flask, clock: time_machine.Traveller) -> User:
    return factories.user(ADDRESS, password=PASSWORD)


@pytest.fixture
def secret(user: User) -> str:
    """The secret of the user's app; the second factor is on since an hour."""
    made = totp.new_secret()
    at = NOW - timedelta(hours=1)
    service.turn_on(user, made, totp.code_of(made, totp.step_at(at)), by=user, at=at)
    factories.commit()
    return made


def code(secret: str, at: datetime | None = None, steps: int = 0) -> str:
    return totp.code_of(secret, totp.step_at(at or datetime.now().astimezone()) + steps)


def fresh(app: Flask) -> PageClient:
    client = app.test_client()
    assert isinstance(client, PageClient)
    return client


def second(client: PageClient, typed: str) -> int:
    return send(client, "/login/second", {"code": typed}).status_code


def test_the_vectors_of_the_rfc() -> None:
    """RFC 6238, appendix B, SHA-1, the last six of eight digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for seconds, digits in ((59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")):
        assert totp.code_of(secret, seconds // 30) == digits


def test_set_up_and_the_next_sign_in(app: Flask, client: PageClient, user: User, clock: time_machine.Traveller) -> None:
    log_in(client, ADDRESS)
    page = client.get("/account/second-factor/set-up")
    assert client.get("/account/second-factor/code.svg").mimetype == "image/svg+xml"
    assert fresh(app).get("/account/second-factor/code.svg").status_code == 302
    key = re.search(r'id="key">([A-Z2-7 ]+)<', page.text)
    assert key
    secret = key[1].replace(" ", "")
    with client.session_transaction() as session:
        assert secret not in str(dict(session)), "the cookie is no secret place"
    wrong = client.post("/account/second-factor/set-up", data={**fields(page.text), "code": "000000"})
    assert wrong.status_code == 422
    assert db.session.scalars(select(User.totp_secret)).one() is None
    done = client.post("/account/second-factor/set-up", data={**fields(page.text), "code": code(secret)})
    codes = re.findall(r"<li><code>([a-z0-9-]+)</code>", done.text)
    assert len(set(codes)) == 10
    assert "recovery-codes.txt" in done.text
    assert codes[0] not in client.get("/account/second-factor").text
    stored = db.session.scalars(select(User.totp_secret)).one()
    assert stored is not None
    assert secret not in stored
    assert decrypt(stored, "totp") == secret
    assert decrypt(stored, "other") is None
    assert not set(codes) & set(db.session.scalars(select(RecoveryCode.code_hash)))
    clock.shift(60)
    other = fresh(app)
    answer = log_in(other, ADDRESS, next_page="/account/sessions")
    assert answer.location == "/login/second"
    assert not is_in(other)
    assert second(other, "123456") == 422
    done = send(other, "/login/second", {"code": code(secret)})
    assert done.location == "/account/sessions"
    assert is_in(other)
    entries = str([(e.action, e.changes) for e in db.session.scalars(select(AuditEntry))])
    assert "user.second_factor_on" in entries
    assert secret not in entries
    assert codes[0] not in entries


def test_no_code_works_twice(app: Flask, secret: str, clock: time_machine.Traveller) -> None:
    first, again, later = fresh(app), fresh(app), fresh(app)
    now = code(secret)
    for client in (first, again, later):
        log_in(client, ADDRESS)
    assert second(first, now) == 302
    assert second(again, now) == 422
    assert second(again, code(secret, steps=-1)) == 422, "nor one before it"
    clock.shift(30)
    assert second(later, f" {code(secret)[:3]} {code(secret)[3:]} ") == 302


def test_a_code_at_once_is_one_sign_in(app: Flask, secret: str) -> None:
    browsers = [fresh(app) for _n in range(12)]
    pages = []
    for n, browser in enumerate(browsers):
        browser.environ_base["REMOTE_ADDR"] = f"192.0.2.{n}"
        log_in(browser, ADDRESS)
        pages.append(fields(browser.get("/login/second").text))
    typed = code(secret)
    db.session.commit()

    def one(n: int) -> int:
        with app.app_context():
            return browsers[n].post("/login/second", data={**pages[n], "code": typed}).status_code

    assert at_once(app, 12, one).count(302) == 1


def test_clocks_may_be_a_step_apart(app: Flask, secret: str, clock: time_machine.Traveller) -> None:
    for steps, status in ((-2, 422), (2, 422), (-1, 302), (1, 302)):
        clock.shift(300)
        client = fresh(app)
        log_in(client, ADDRESS)
        assert second(client, code(secret, steps=steps)) == status, steps


def test_a_recovery_code_works_once_and_is_told(app: Flask, user: User, secret: str) -> None:
    with transaction():
        codes = service.renew_recovery_codes(user, by=user, at=NOW)
    first, again = fresh(app), fresh(app)
    log_in(first, ADDRESS)
    log_in(again, ADDRESS)
    assert second(first, codes[3].upper().replace("-", " ")) == 302
    assert second(again, codes[3]) == 422
    assert second(again, codes[4]) == 302
    assert len(mails("accounts.second_factor")) == 2
    assert "8" in first.get("/account/second-factor").text


def test_new_recovery_codes_end_the_old(app: Flask, client: PageClient, user: User, secret: str) -> None:
    with transaction():
        old = service.renew_recovery_codes(user, by=user, at=NOW)
    log_in(client, ADDRESS)
    second(client, code(secret))
    page = client.get("/account/second-factor").text
    data = {"csrf_token": fields(page, "/recovery-codes")["csrf_token"]}
    new = re.findall(r"<li><code>([a-z0-9-]+)</code>", client.post("/account/second-factor/recovery-codes", data=data).text)
    assert len(new) == 10
    other = fresh(app)
    log_in(other, ADDRESS)
    assert second(other, old[0]) == 422
    assert second(other, new[0]) == 302


def test_guesses_are_counted_for_the_account(app: Flask, secret: str) -> None:
    statuses = []
    for n in range(12):
        client = fresh(app)
        client.environ_base["REMOTE_ADDR"] = f"192.0.2.{n}"
        log_in(client, ADDRESS)
        statuses.append(second(client, f"{n:06}"))
    assert statuses == [422] * 10 + [429] * 2


def test_the_first_step_does_not_last(app: Flask, client: PageClient, secret: str, clock: time_machine.Traveller) -> None:
    log_in(client, ADDRESS)
    clock.shift(601)
    assert client.get("/login/second").location == "/login"
    assert fresh(app).get("/login/second").location == "/login"


def test_a_new_password_ends_the_first_step(app: Flask, client: PageClient, secret: str, user: User) -> None:
    log_in(client, ADDRESS)
    user.fs_uniquifier = "x" * 64
    db.session.commit()
    assert client.get("/login/second").location == "/login"


def test_after_a_mail_link_as_well(client: PageClient, secret: str) -> None:
    send(client, "/login/link", {"email": ADDRESS})
    assert send(client, link_in("accounts.sign_in")).location == "/login/second"
    assert not is_in(client)
    assert second(client, code(secret)) == 302


def test_a_passkey_counts_as_both(app: Flask, client: PageClient, secret: str) -> None:
    log_in(client, ADDRESS)
    second(client, code(secret))
    device = Device()
    add_passkey(client, device)
    other, third = fresh(app), fresh(app)
    assert enter_by_passkey(other, device).location == "/"
    assert is_in(other)
    log_in(third, ADDRESS, next_page="/account/sessions")
    assert enter_by_passkey(third, device, "/login/second").location == "/account/sessions"


def test_the_passkey_of_another_is_no_second_step(app: Flask, client: PageClient, secret: str, user: User) -> None:
    log_in(client, ADDRESS)
    second(client, code(secret))
    add_passkey(client, Device())
    thief, theirs = fresh(app), Device()
    factories.user("xaver@isar.example", password=PASSWORD)
    log_in(thief, "xaver@isar.example")
    add_passkey(thief, theirs)
    other = fresh(app)
    log_in(other, ADDRESS)
    assert enter_by_passkey(other, theirs, "/login/second").location == "/login/second"
    assert not is_in(other)


def test_turning_it_off_needs_both(client: PageClient, user: User, secret: str, clock: time_machine.Traveller) -> None:
    log_in(client, ADDRESS)
    second(client, code(secret))
    clock.shift(60)
    url = "/account/second-factor/turn-off"
    assert send(client, url, {"current_password": "wrong", "code": code(secret)}).status_code == 422
    assert send(client, url, {"current_password": PASSWORD, "code": "000000"}).status_code == 422
    assert send(client, url, {"current_password": PASSWORD, "code": code(secret)}).location == "/account/second-factor"
    assert db.session.scalars(select(User.totp_secret)).one() is None
    assert db.session.scalars(select(RecoveryCode)).all() == []


@pytest.mark.parametrize("typed", ["", "１２３４５６", "12345", "1234567", "\x00" * 6, "-12345", "' OR 1=1", "a" * 41, "²²²²²²"])
def test_hostile_codes(client: PageClient, secret: str, typed: str) -> None:
    log_in(client, ADDRESS)
    assert second(client, typed) == 422


def test_with_another_secret_key_recovery_codes_still_work(app: Flask, client: PageClient, user: User, secret: str) -> None:
    with transaction():
        codes = service.renew_recovery_codes(user, by=user, at=NOW)
    user.totp_secret = "gAAAAA-unreadable"
    db.session.commit()
    log_in(client, ADDRESS)
    assert second(client, code(secret)) == 422
    assert second(client, codes[0]) == 302
