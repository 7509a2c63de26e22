"""Waiting for SQLite's one writer."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from eventapp.accounts.models import Role
from eventapp.core import engine as module
from eventapp.core.db import db, reading, writing
from eventapp.core.engine import is_busy
from eventapp.mail.sender import drain
from tests.support import factories, pages
from tests.support.pages import PageClient


@pytest.fixture
def other(app: Flask) -> Iterator[sqlite3.Connection]:
    """Another process's connection, which holds the write lock."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("Postgres locks rows")
    with closing(sqlite3.connect(db.engine.url.database or "", isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection


def busy_timeout() -> int:
    return int(db.session.execute(text("PRAGMA busy_timeout")).scalar_one())


def test_the_log_is_written_back_once_it_is_long(other: sqlite3.Connection) -> None:
    with reading():
        assert db.session.scalar(text("PRAGMA wal_autocheckpoint")) == module.LOG_PAGES


def test_whoever_writes_waits_for_the_lock_and_gets_it(other: sqlite3.Connection) -> None:
    threading.Timer(0.2, lambda: other.execute("COMMIT")).start()
    db.session.execute(text("UPDATE pool SET taken = taken"))
    assert busy_timeout() == module.BUSY_MILLISECONDS


def test_a_lock_that_is_not_given_back_is_told_as_busy(other: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TRIES", 3)
    with pytest.raises(OperationalError, match="locked") as refused:
        db.session.execute(text("UPDATE pool SET taken = taken"))
    assert is_busy(refused.value)
    db.session.rollback()
    other.execute("ROLLBACK")
    db.session.execute(text("UPDATE pool SET taken = taken"))
    assert busy_timeout() == module.BUSY_MILLISECONDS


def test_whoever_reads_does_not_wait(other: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TRIES", 1)
    with reading():
        assert db.session.scalar(text("SELECT count(*) FROM pool")) == 0


def test_what_was_read_before_writing_goes_on_and_is_read_anew(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another one has committed since the reading transaction began is there once it may write."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("each statement on Postgres sees what was committed before it")
    count = text("SELECT count(*) FROM pool")
    with reading():
        assert db.session.scalar(count) == 0
    with closing(sqlite3.connect(db.engine.url.database or "")) as connection:
        connection.execute("INSERT INTO pool (taken, overbooked, waiting, \"order\") VALUES (0, 0, 0, 'first_come')")
        connection.commit()
    monkeypatch.setattr(module, "TRIES", 1)
    with writing():
        assert db.session.scalar(count) == 1
        db.session.execute(text("UPDATE pool SET taken = 1"))


def test_a_form_that_is_refused_does_not_wait(client: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The write lock is taken where a form is saved; one with errors is shown again without it."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("Postgres locks rows")
    client.sign_in(factories.user("ona@karmin.example", Role.ORGANIZER))
    url = "/admin/events/new"
    fields = {**pages.fields(client.get(url).text), "title": ""}
    monkeypatch.setattr(module, "TRIES", 1)
    with closing(sqlite3.connect(db.engine.url.database or "", isolation_level=None)) as connection:
        db.session.rollback()
        connection.execute("BEGIN IMMEDIATE")
        assert client.post(url, data=fields).status_code == 422
        connection.execute("ROLLBACK")


def test_a_worker_with_nothing_to_send_does_not_wait(other: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TRIES", 1)
    assert drain() == 0
