"""G15: no account oracle. Answers are alike in text, status and time, whether there is a login, none, or a disabled one.

Passwords are hashed at their real cost here, since that is what time would tell by.
"""

import re
import statistics
import time
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from passlib.context import CryptContext

from eventapp.accounts import passwords, throttling
from eventapp.accounts.models import Role, User
from eventapp.accounts.service import attempts
from eventapp.core.db import db
from tests.guarantees.world import browser
from tests.support import factories
from tests.support.pages import PageClient, fields

PASSWORD = "correct horse battery"
KNOWN, DISABLED, UNKNOWN = "known@karmin.example", "disabled@karmin.example", "unknown@karmin.example"
ROUNDS = 5
# Medians may be so far apart, as a part of the slower one. Without a hash the answer takes a fraction of the time.
TOLERANCE = 0.4
# A busy machine makes differences where there are none, but not every time.
TRIES = 3


@pytest.fixture(autouse=True)
def accounts(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A known and a disabled login, hashed at real cost; nothing is throttled and answers need not wait long."""
    context = CryptContext(schemes=["argon2"], argon2__rounds=2, argon2__memory_cost=32_768, argon2__parallelism=1)
    monkeypatch.setattr(app.extensions["accounts"], "pwd_context", context)
    monkeypatch.setattr(attempts, "wait_for", lambda *_arguments: None)
    monkeypatch.setattr(throttling, "ANSWER_SECONDS", 0.15)
    passwords._nobodys_hash.cache_clear()
    factories.user(KNOWN, Role.ORGANIZER, password=PASSWORD)
    gone = factories.user(DISABLED, password=PASSWORD)
    gone.active = False
    db.session.commit()
    passwords.matches(None, "warm up")
    yield
    passwords._nobodys_hash.cache_clear()


def ask(client: PageClient, url: str, **values: str) -> tuple[int, str, str, float]:
    """Status, address, text and seconds of a form's answer; what the visitor typed is left out of the text."""
    data = {**fields(client.get(url).text, url if url == "/login" else None), **values}
    began = time.perf_counter()
    answer = client.post(url, data=data)
    seconds = time.perf_counter() - began
    text = answer.text + (client.get(answer.location).text if answer.location else "")
    for typed in values.values():
        text = text.replace(typed, "TYPED")
    text = re.sub(r'(name="(csrf_token|once_key)"[^>]*value=")[^"]*|data-options="[^"]*"', r"\1", text)
    return answer.status_code, str(answer.location), text, seconds


def login(client: PageClient, address: str) -> tuple[int, str, str, float]:
    return ask(client, "/login", email=address, password="a wrong password")


def reset(client: PageClient, address: str) -> tuple[int, str, str, float]:
    return ask(client, "/reset", email=address)


def mail_link(client: PageClient, address: str) -> tuple[int, str, str, float]:
    return ask(client, "/login/link", email=address)


def sign_up(client: PageClient, address: str) -> tuple[int, str, str, float]:
    return ask(client, "/register-account", email=address, name="Somebody", password=PASSWORD)


def change(client: PageClient, address: str) -> tuple[int, str, str, float]:
    user = db.session.query(User).filter_by(email="mover@karmin.example").one()
    client.sign_in(user)
    return ask(client, "/account/address", email=address)


Door = Callable[[PageClient, str], tuple[int, str, str, float]]
DOORS: dict[str, Door] = {
    "login": login,
    "reset": reset,
    "mail link": mail_link,
    "sign-up": sign_up,
    "change of address": change,
}


def differences(app: Flask, door: Door) -> list[str]:
    """In what the answers for known, disabled and unknown addresses differ."""
    if door is change:
        factories.user("mover@karmin.example", password=PASSWORD)
    seen: set[tuple[int, str, str]] = set()
    door(browser(app), UNKNOWN)
    for _try in range(TRIES):
        times: dict[str, list[float]] = {KNOWN: [], DISABLED: [], UNKNOWN: []}
        for _round in range(ROUNDS):
            for address, found in times.items():
                status, location, text, seconds = door(browser(app), address)
                seen.add((status, location, text))
                found.append(seconds)
        if len(seen) > 1:
            return ["text or status"]
        medians = [statistics.median(found) for found in times.values()]
        if max(medians) - min(medians) <= TOLERANCE * max(medians):
            return []
    return [f"time: {[round(m, 3) for m in medians]}"]


@pytest.mark.parametrize("name", DOORS)
def test_the_answer_tells_nothing(app: Flask, name: str) -> None:
    assert differences(app, DOORS[name]) == []


def test_control_a_password_that_is_compared_only_where_there_is_one(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    real = passwords.matches
    monkeypatch.setattr(passwords, "matches", lambda user, password: user is not None and user.active and real(user, password))
    assert any("time" in one for one in differences(app, login))


def test_control_a_mail_whose_work_shows(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a mail that takes its time, and no answer that waits for everybody alike."""
    from eventapp.accounts import mails

    real = mails.queue

    def slow(**values: object) -> int:
        time.sleep(0.1)
        return real(**values)  # type: ignore[arg-type]

    monkeypatch.setattr(mails, "queue", slow)
    assert differences(app, mail_link) == [], "as it is, the wait hides it"
    monkeypatch.setattr(throttling, "ANSWER_SECONDS", 0.0)
    assert any("time" in one for one in differences(app, mail_link))
