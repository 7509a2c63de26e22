"""Tries are counted per account and per network, on both databases, also when they come at once."""

import threading
from datetime import datetime, timedelta

import pytest
from flask import Flask

from eventapp.accounts import service
from eventapp.accounts.models import Attempt
from eventapp.accounts.rules import SIGN_INS_PER_ACCOUNT, TRIES_PER_ACCOUNT, TRIES_PER_NETWORK, WINDOW, network_of, wait_for
from eventapp.core.db import db, transaction
from tests.support import factories
from tests.support.pages import PageClient, fields

PASSWORD = "correct horse battery"


def attempt(client: PageClient, email: str, password: str = "wrong", network: str = "192.0.2.7") -> tuple[int, str | None]:
    data = fields(client.get("/login").text, "/login")
    answer = client.post(
        "/login", data={**data, "email": email, "password": password}, environ_overrides={"REMOTE_ADDR": network}
    )
    return answer.status_code, answer.headers.get("Retry-After")


@pytest.mark.parametrize("email", ["known@karmin.example", "unknown@karmin.example"])
def test_ten_tries_for_an_account(app: Flask, client: PageClient, email: str) -> None:
    factories.user("known@karmin.example", password=PASSWORD)
    for _n in range(TRIES_PER_ACCOUNT):
        assert attempt(client, email) == (422, None)
    status, retry = attempt(client, email, PASSWORD)
    assert status == 429
    assert 0 < int(retry or 0) <= WINDOW.total_seconds()
    assert attempt(client, "other@karmin.example")[0] == 422


def test_a_stranger_does_not_lock_the_owner_out(app: Flask, client: PageClient) -> None:
    factories.user("known@karmin.example", password=PASSWORD)
    statuses = [attempt(client, "known@karmin.example")[0] for _n in range(12)]
    assert statuses == [422] * 10 + [429] * 2
    assert attempt(app.test_client(), "known@karmin.example", PASSWORD, network="198.51.100.1")[0] == 302  # type: ignore[arg-type]
    assert attempt(client, "known@karmin.example")[0] == 429, "the owner's success frees no stranger"


@pytest.mark.parametrize("email", ["known@karmin.example", "unknown@karmin.example"])
def test_fifty_tries_for_an_account_from_all_networks(app: Flask, client: PageClient, email: str) -> None:
    factories.user("known@karmin.example", password=PASSWORD)
    for n in range(SIGN_INS_PER_ACCOUNT):
        assert attempt(client, email, network=f"192.0.2.{n}") == (422, None)
    assert attempt(client, email, PASSWORD, network="198.51.100.1")[0] == 429
    assert attempt(client, "other@karmin.example")[0] == 422


def test_fifty_tries_from_a_network(app: Flask, client: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction():
        for n in range(TRIES_PER_NETWORK - 1):
            keys = [f"n{n}@karmin.example", "net:2001:db8:1:2::/64"]
            assert service.throttled("sign-in", keys, [10, 50], at=datetime.now().astimezone()) is None
    assert attempt(client, "a@karmin.example", network="2001:db8:1:2::1")[0] == 422
    assert attempt(client, "b@karmin.example", network="2001:db8:1:2:ffff::9")[0] == 429
    assert attempt(client, "b@karmin.example", network="2001:db8:1:3::9")[0] == 422


def test_success_forgives(app: Flask, client: PageClient) -> None:
    factories.user("known@karmin.example", password=PASSWORD)
    for _n in range(TRIES_PER_ACCOUNT - 1):
        attempt(client, "known@karmin.example")
    assert attempt(app.test_client(), "known@karmin.example", PASSWORD)[0] == 302  # type: ignore[arg-type]
    left = db.session.query(Attempt).count()
    assert left == 2 * (TRIES_PER_ACCOUNT - 1), "only the failures of the network and of the account in all stay"
    assert attempt(client, "known@karmin.example")[0] == 422


def test_the_page_says_how_long(app: Flask, client: PageClient) -> None:
    for _n in range(TRIES_PER_ACCOUNT):
        attempt(client, "x@karmin.example", network="127.0.0.1")
    data = fields(client.get("/login").text, "/login")
    answer = client.post("/login", data={**data, "email": "x@karmin.example", "password": "y"})
    assert "Try again in 15 minutes." in answer.text


def test_fifty_at_once_do_not_slip_past(app: Flask, now: datetime) -> None:
    through: list[int] = []
    barrier = threading.Barrier(50)

    def one(n: int) -> None:
        barrier.wait()
        with app.app_context(), transaction():
            if service.throttled("sign-in", ["x@karmin.example", f"net:{n}"], [10, 50], at=now) is None:
                through.append(n)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(through) == 10


def test_waiting_helps_and_old_tries_are_swept_up(app: Flask, now: datetime) -> None:
    with transaction():
        for _n in range(3):
            assert service.throttled("reset", ["x"], [3], at=now) is None
        assert service.throttled("reset", ["x"], [3], at=now + timedelta(minutes=5)) == timedelta(minutes=10)
        assert service.throttled("reset", ["x"], [3], at=now + WINDOW) is None
    assert "x" not in {row.key for row in db.session.query(Attempt)}, "addresses are not kept"
    with transaction():
        service.forget_old_attempts(now + timedelta(days=1, minutes=5))
    assert db.session.query(Attempt).count() == 1


def test_networks() -> None:
    assert network_of("192.0.2.7") == "192.0.2.7"
    assert network_of("::ffff:192.0.2.7") == "192.0.2.7"
    assert network_of("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64"
    assert network_of("fe80::1%eth0") == "fe80::/64"
    assert network_of(None) == network_of("nonsense") == "unknown"


def test_wait_counts_only_the_window(now: datetime) -> None:
    times = [now - timedelta(minutes=m) for m in (1, 2, 20)]
    assert wait_for(times, 3, now) is None
    assert wait_for(times, 2, now) == timedelta(minutes=13)
