"""Fixtures: both databases, the app, a client that checks its pages, counted queries, a closed network."""

import gc
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import event as sa_event

from eventapp import create_app
from eventapp.accounts import throttling
from eventapp.agenda.public.views import pages as agenda_pages
from eventapp.core import db as core_db
from eventapp.core.db import db
from eventapp.events.views import pages
from eventapp.settings import Settings
from tests.support.databases import Backend, PostgresBackend, SqliteBackend, postgres_url
from tests.support.pages import PageClient, faultless

NOW = datetime(2027, 1, 20, 9, 0, tzinfo=UTC)
BASE_URL = "http://events.test"


@pytest.fixture(scope="session")
def worker_folder(worker_id_or_main: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=f"eventapp-{worker_id_or_main}-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def worker_id_or_main(request: pytest.FixtureRequest) -> str:
    return str(getattr(request.config, "workerinput", {}).get("workerid", "main"))


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory, worker_id_or_main: str) -> Path:
    """A folder that the workers of a run share."""
    own = tmp_path_factory.getbasetemp()
    folder = (own if worker_id_or_main == "main" else own.parent) / "shared"
    for name in ("templates", "pages"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    faultless.folder = folder / "pages"
    return folder


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def backend(request: pytest.FixtureRequest, worker_folder: Path, worker_id_or_main: str) -> Iterator[Backend]:
    """The database engine that the tests run on: each in turn."""
    if request.param == "sqlite":
        yield SqliteBackend(worker_folder)
        return
    run = getattr(request.config, "workerinput", {}).get("testrunuid", str(os.getpid()))
    shared = Path(tempfile.gettempdir()) / f"eventapp-postgres-{run[:12]}"
    made = PostgresBackend(postgres_url(shared), worker_id_or_main)
    yield made
    made.close()


def settings_for(url: str, instance: Path, **environ: str) -> Settings:
    """Settings of a test installation."""
    values = {
        "EVENTAPP_DATABASE_URL": url,
        "EVENTAPP_INSTANCE": str(instance),
        "EVENTAPP_BASE_URL": BASE_URL,
        "EVENTAPP_SECRET_KEY": "test-0123456789-abcdefghij-KLMNOPQR",
        **environ,
    }
    return Settings.from_environ(values)


def refuse_writing_reads(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
    """What only reads is committed at a request's end, so nothing may have been written past the session in it either."""
    if core_db._access.get() == "read" and statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE", "REPLACE")):
        raise AssertionError(f"written while only reading: {statement[:200]}")


@pytest.fixture(scope="session")
def built_app(backend: Backend, worker_folder: Path, run_folder: Path) -> Iterator[Flask]:
    app = create_app(
        settings_for(backend.url, worker_folder / "instance"),
        TESTING=True,
        PROPAGATE=True,
        SECURITY_PASSWORD_HASH="argon2",
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS={"argon2__rounds": 1, "argon2__memory_cost": 64, "argon2__parallelism": 1},
    )
    app.test_client_class = PageClient
    # Each template is compiled once for all workers and both databases, not once in each of their applications.
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(run_folder / "templates"))
    backend.prepare(app)
    with app.app_context():
        sa_event.listen(db.engine, "before_cursor_execute", refuse_writing_reads)
    # What is there by now stays: looking through it for garbage again and again was a fifteenth of the tests' time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(built_app: Flask, backend: Backend) -> Iterator[Flask]:
    """The app on a fresh database, with its context pushed."""
    backend.reset(built_app)
    # Ids begin at 1 again, so a page of another test's event would be taken for this one's.
    pages.pages.clear()
    agenda_pages.pages.clear()
    with built_app.app_context():
        yield built_app
        db.session.rollback()
        db.session.remove()


@pytest.fixture
def client(app: Flask) -> PageClient:
    """A browser without JavaScript that checks every page."""
    found = app.test_client()
    assert isinstance(found, PageClient)
    found.environ_base["HTTP_HOST"] = "events.test"
    return found


@pytest.fixture
def now() -> datetime:
    """The moment at which tests happen, unless they say otherwise."""
    return NOW


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The clock stands at `NOW` and goes on from there; `clock.shift(seconds)` and `clock.move_to(…)` turn it."""
    with time_machine.travel(NOW) as traveller:
        yield traveller


class Queries:
    """Statements that were sent, but for BEGIN and the like."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def __len__(self) -> int:
        return len(self.statements)


@pytest.fixture
def count_queries(app: Flask) -> Any:
    """`with count_queries() as queries: …`, then `len(queries)`."""

    @contextmanager
    def counting() -> Iterator[Queries]:
        queries = Queries()

        def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.upper().startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")):
                queries.statements.append(statement)

        sa_event.listen(db.engine, "before_cursor_execute", note)
        try:
            yield queries
        finally:
            sa_event.remove(db.engine, "before_cursor_execute", note)

    return counting


@pytest.fixture(autouse=True)
def answers_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers that take as long for unknown addresses as for known ones do not; tests of that set a time of their own."""
    monkeypatch.setattr(throttling, "ANSWER_SECONDS", 0.0)


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuses connections that leave the machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
