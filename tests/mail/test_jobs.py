"""The queue: a courtesy that may fail, and progress that other processes can read."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
from flask import Flask

from eventapp.core import jobs
from eventapp.core.db import db
from eventapp.core.jobs import JOBS, SWEEPS, Progress
from eventapp.mail.models import MailState, OutboxMail
from tests.mail.conftest import Queue


@pytest.fixture
def ran(app: Flask) -> Iterator[list[int]]:
    """What a job registered for this test was called with."""
    seen: list[int] = []
    jobs.run_waiting()
    jobs.job("test.note")(seen.append)
    yield seen
    del JOBS["test.note"]


def test_runs_by_name_with_its_ids(ran: list[int]) -> None:
    jobs.enqueue("test.note", 7)
    assert ran == []
    assert jobs.run_waiting() == 1
    assert ran == [7]


def test_a_failing_job_stops_nothing(ran: list[int]) -> None:
    jobs.enqueue("no.such.job", 1)
    jobs.enqueue("test.note", 1, 2, 3)
    jobs.enqueue("test.note", 8)
    assert jobs.run_waiting() == 3
    assert ran == [8]


def test_a_locked_queue_fails_no_request_and_loses_no_mail(app: Flask, queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs.run_waiting()
    storage = app.extensions["jobs"].huey.storage
    storage.close()
    monkeypatch.setattr(storage, "_timeout", 0.1)
    with closing(sqlite3.connect(storage.filename, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        mail = queue()
        jobs.progress("somewhere", 1, 2)
        other.execute("ROLLBACK")
    storage.close()
    assert jobs.run_waiting() == 0, "the poke was lost"
    jobs.run_sweeps(app)
    with app.app_context():
        assert db.session.get_one(OutboxMail, mail.id).state is MailState.SENT


def test_progress_is_seen_elsewhere(app: Flask) -> None:
    jobs.forget_progress("import:1")
    assert jobs.read_progress("import:1") is None
    jobs.progress("import:1", 0, 10, "Reading")
    for n in range(1, 10):
        jobs.progress("import:1", n, 10, "Writing")
    seen: list[Progress | None] = []

    def elsewhere() -> None:
        with app.app_context():
            seen.append(jobs.read_progress("import:1"))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert seen[0] is not None
    assert seen[0].done < 10
    jobs.progress("import:1", 10, 10, "Done")
    assert jobs.read_progress("import:1") == Progress(10, 10, "Done")
    assert not jobs.cancelled("import:1")
    jobs.cancel("import:1")
    assert jobs.cancelled("import:1")
    jobs.forget_progress("import:1")
    assert not jobs.cancelled("import:1")


def test_the_sweep_knows_its_jobs(app: Flask) -> None:
    assert {"mail.drain", "accounts.sweep"} <= set(SWEEPS)
