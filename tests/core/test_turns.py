"""Requests of one process go one after another, and a long one stops nobody for long."""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client

from eventapp.core.web import turns
from eventapp.core.web.turns import Turns
from eventapp.serving import with_front

SOON = 5


class Application:
    """Tells how many it answers at once; a request may be made to wait, or to fail."""

    def __init__(self) -> None:
        self.inside = self.most = 0
        self.counting = threading.Lock()
        self.entered = threading.Semaphore(0)

    def __call__(self, environ: dict[str, Any], _start_response: Callable[..., Any]) -> Iterable[bytes]:
        with self.counting:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self.entered.release()
        try:
            environ.get("work", lambda: None)()
            return [b"done"]
        finally:
            with self.counting:
                self.inside -= 1


@pytest.fixture
def long_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LONGEST_SECONDS", 60)


def ask(front: Turns, pool: ThreadPoolExecutor, work: Callable[[], Any] = lambda: None) -> Future[Iterable[bytes]]:
    return pool.submit(front, {"work": work}, lambda *_: None)


def most_at_once(call: Callable[[Application], Callable[..., Iterable[bytes]]]) -> int:
    app = Application()
    front = call(app)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(front, {"work": lambda: time.sleep(0.005)}, lambda *_: None) for _n in range(24)]
        assert all(one.result(SOON) == [b"done"] for one in asked)
    return app.most


@pytest.mark.usefixtures("long_turns")
def test_one_after_another() -> None:
    assert most_at_once(Turns) == 1


def test_without_turns_they_are_at_it_at_once() -> None:
    assert most_at_once(lambda app: app) > 1


def test_a_long_one_is_overtaken_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LONGEST_SECONDS", 0.05)
    app = Application()
    front = Turns(app)
    let_go = threading.Event()
    with ThreadPoolExecutor(3) as pool:
        long = ask(front, pool, lambda: let_go.wait(SOON))
        assert app.entered.acquire(timeout=SOON)
        assert ask(front, pool).result(SOON) == [b"done"]
        assert not long.done()
        let_go.set()
        assert long.result(SOON) == [b"done"]


def test_whoever_was_overtaken_does_not_end_the_turn_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LONGEST_SECONDS", 0.05)
    app = Application()
    front = Turns(app)
    let_go, still_going = threading.Event(), threading.Event()
    with ThreadPoolExecutor(3) as pool:
        long = ask(front, pool, lambda: let_go.wait(SOON))
        assert app.entered.acquire(timeout=SOON)
        second = ask(front, pool, lambda: still_going.wait(SOON))
        assert app.entered.acquire(timeout=SOON)
        monkeypatch.setattr(turns, "LONGEST_SECONDS", 60)
        let_go.set()
        long.result(SOON)
        third = ask(front, pool)
        assert not app.entered.acquire(timeout=0.2)
        still_going.set()
        assert (second.result(SOON), third.result(SOON)) == ([b"done"], [b"done"])


@pytest.mark.usefixtures("long_turns")
def test_an_error_gives_the_turn_back() -> None:
    app = Application()
    front = Turns(app)

    def fail() -> None:
        raise LookupError

    with ThreadPoolExecutor(2) as pool:
        assert isinstance(ask(front, pool, fail).exception(SOON), LookupError)
        assert ask(front, pool).result(SOON) == [b"done"]


def test_they_stand_in_front_of_the_pages_and_behind_the_static_files(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    passed: list[str] = []
    take = Turns._take

    def noted(self: Turns) -> threading.Lock:
        passed.append("turn")
        return take(self)

    monkeypatch.setattr(Turns, "_take", noted)
    front = Client(with_front(app))
    host = {"Host": "localhost"}
    assert front.get("/healthz", headers=host).status_code == 200
    assert passed == ["turn"]
    assert front.get("/static/css/agenda-public.css", headers=host).status_code == 200
    assert passed == ["turn"]
