"""G6: no confirmed registration without its mail, no mail without its registration.

The request is broken off at each statement that it sends, one after the other, and at the commit.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from eventapp.core.db import db
from eventapp.mail.models import OutboxMail
from eventapp.places.queries import miscounts
from eventapp.registrations import mails
from eventapp.registrations.models import Registration, RegistrationStatus
from eventapp.registrations.tallies import miscounted
from tests.guarantees.test_g05_once import Act, by_link, organize, register
from tests.guarantees.world import World, browser


class CrashError(BaseException):
    """The process ends here: nothing above may catch it."""


@contextmanager
def crash_at(number: int) -> Iterator[list[str]]:
    """Breaks off at the statement of that number, counted from 1, or at the commit behind the last one."""
    seen: list[str] = []

    def statement(_c: Any, _cursor: Any, sql: str, *_rest: Any) -> None:
        seen.append(sql)
        if len(seen) == number:
            raise CrashError

    def commit(_connection: Any) -> None:
        seen.append("COMMIT")
        if len(seen) == number:
            raise CrashError

    event.listen(db.engine, "before_cursor_execute", statement)
    event.listen(db.engine, "commit", commit)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", statement)
        event.remove(db.engine, "commit", commit)


def state() -> tuple[int, int, int]:
    """Registrations that hold or want a place, cancelled ones, and mails."""
    db.session.rollback()
    active = select(func.count()).select_from(Registration).where(Registration.status != RegistrationStatus.CANCELLED)
    total = select(func.count()).select_from(Registration)
    sent = select(func.count()).select_from(OutboxMail)
    found = [db.session.scalar(query) or 0 for query in (active, total, sent)]
    assert (miscounts(), miscounted()) == ([], [])
    db.session.rollback()
    return found[0], found[1] - found[0], found[2]


ACTS: dict[str, tuple[str, Act]] = {
    "register": ("company", register),
    "cancel": ("company", by_link("cancel")),
    "move": ("organizer", organize("summit/move/to/virtual", step="do")),
}


def crash_everywhere(app: Flask, world: World, act: str) -> list[tuple[int, int, int]]:
    """The states after each crash, and the one after the first try that went through."""
    who, form = ACTS[act]
    client = browser(app, world.organizer if who == "organizer" else world.mine.admin)
    url, data = form(client, world)
    states = []
    for number in range(1, 400):
        with crash_at(number) as seen:
            try:
                answer = client.post(url, data=data)
            except CrashError:
                answer = None
        if answer is not None:
            assert answer.status_code == 302
            assert len(seen) < number
            assert number > 15, "every statement was tried"
            return [*states, state()]
        with app.app_context():
            db.session.rollback()
            db.session.remove()
        states.append(state())
    raise AssertionError("it never went through")


@pytest.mark.parametrize(("act", "expected"), [("register", (1, 0, 2)), ("cancel", (-1, 1, 2)), ("move", (0, 0, 10))])
def test_both_or_neither(app: Flask, world: World, act: str, expected: tuple[int, int, int]) -> None:
    """Registering sends a mail and a summary; cancelling tells whoever goes and whoever moves up; a move tells all."""
    before = state()
    *crashed, done = crash_everywhere(app, world, act)
    assert set(crashed) == {before}
    assert tuple(b - a for a, b in zip(before, done, strict=True)) == expected


def test_control_a_commit_before_the_mail_loses_it(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real = mails.send_status

    def late(*arguments: Any, **named: Any) -> None:
        db.session.commit()
        real(*arguments, **named)

    monkeypatch.setattr(mails, "send_status", late)
    before = state()
    client = browser(app, world.mine.admin)
    url, data = register(client, world)
    halves = set()
    for number in range(10, 200):
        with crash_at(number), suppress(CrashError):
            client.post(url, data=data)
        with app.app_context():
            db.session.rollback()
            db.session.remove()
        halves.add(state())
        if any(s[0] > before[0] and s[2] == before[2] for s in halves):
            return
    raise AssertionError("the crash between the two was never seen: the guarantee proves nothing")
