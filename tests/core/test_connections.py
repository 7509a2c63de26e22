"""Connections to Postgres that broke while nobody used them are found before somebody does."""

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from eventapp.core import engine
from eventapp.core.db import db
from tests.support.databases import Backend, PostgresBackend


@pytest.fixture
def postgres(app: Flask, backend: Backend) -> PostgresBackend:
    if not isinstance(backend, PostgresBackend):
        pytest.skip("SQLite has no server")
    db.engine.dispose()  # else another one may be at hand, which an earlier test has ended
    return backend


def use() -> int:
    """Uses a connection and gives it back; returns the process behind it."""
    found = db.session.scalar(text("SELECT pg_backend_pid()"))
    db.session.rollback()
    assert found is not None
    return int(found)


def end(server: PostgresBackend, process: int) -> None:
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", [process])


def test_one_that_broke_while_idle_is_replaced(postgres: PostgresBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    first = use()
    end(postgres, first)
    monkeypatch.setattr(engine, "IDLE_SECONDS", 0)
    assert use() != first


def test_one_just_used_is_taken_as_it_is_and_fails_once(postgres: PostgresBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "IDLE_SECONDS", 60)
    asked = []
    monkeypatch.setattr(db.engine.dialect, "do_ping", lambda *_a: asked.append(1))
    first = use()
    assert use() == first
    end(postgres, first)
    with pytest.raises(OperationalError):
        use()
    db.session.rollback()
    assert use() != first
    assert asked == []
