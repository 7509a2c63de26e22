"""The engine: how connections begin and keep well on either database."""

import math
import random
import sqlite3
import time
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from eventapp.core import db as sessions
from eventapp.core.db import WRITING, db

BUSY_MILLISECONDS, TRIES = 30_000, 24_000
LOG_PAGES = 10_000
IDLE_SECONDS = 1


def init_db(app: Flask) -> None:
    """Binds the engine to the app, and prepares its connections."""
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)


def engine_options(url: str) -> dict[str, Any]:
    """Pool and isolation for a database URL. READ COMMITTED is pinned: the guarded updates count on it.

    Values of statements stay out of error messages, and so out of the log: they are people, tokens and passwords.
    """
    common = {"hide_parameters": True}
    if url.startswith("sqlite"):
        return {**common, "connect_args": {"timeout": 30, "check_same_thread": False}}
    return {**common, "isolation_level": "READ COMMITTED", "pool_size": 10, "max_overflow": 10}


def prepare_engine(engine: Engine) -> None:
    """Says how connections begin: on Postgres that they are looked at after a rest.

    On SQLite WAL, foreign keys, and explicit transactions. With the driver's own transactions 64 of 200 parallel
    increments survive without any error, so we send BEGIN ourselves: IMMEDIATE for everything that may write, since a
    deferred one that turns into a write fails at once with "database is locked".
    """
    if engine.dialect.name != "sqlite":
        _ask_who_was_idle(engine)
        return

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
        # 4 MB for each thread that has a connection. More gains nothing: the system has the file in its memory anyway.
        cursor.execute("PRAGMA cache_size=-4000")
        # Whoever commits writes the log back into the file once it is that long: 40 MB, so the pages that everybody changes are
        # written once for several hundred registrations and not for twenty.
        cursor.execute(f"PRAGMA wal_autocheckpoint={LOG_PAGES}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        statement = sessions.begin_statement()
        driver: Any = connection.connection.dbapi_connection
        if statement == WRITING:
            _take_write_lock(driver)
        else:
            driver.execute(statement)  # past the library's own way of sending one, which takes ten times as long


def _ask_who_was_idle(engine: Engine) -> None:
    """Looks whether the server is still there before a connection is used that has lain idle for a second.

    So a restart of the server costs nobody a request, but for those at that very moment, and a busy application is
    spared two round trips for each request.
    """

    @event.listens_for(engine, "checkin")
    def put_back(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def take(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        if time.monotonic() - record.info.get("idle_since", math.inf) < IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error


def _take_write_lock(connection: Any) -> None:
    """Begins a transaction with the write lock; tries about every millisecond, half a minute long.

    SQLite itself sleeps longer after each try, up to a tenth of a second, so whoever has waited longest tries least
    often: with many writers the lock lay idle for a third of the time, and some waited for seconds while others passed.
    """
    connection.execute("PRAGMA busy_timeout=0")
    try:
        for tries_left in reversed(range(TRIES)):
            try:
                connection.execute(WRITING)
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or not tries_left:
                    raise OperationalError(WRITING, None, error) from error
            # At random, so that those who wait do not wake together; more often at first, since few wait as a rule.
            time.sleep(random.uniform(0.0002, 0.0007) if TRIES - tries_left < 20 else random.uniform(0.0005, 0.002))
    finally:
        connection.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")


def is_busy(error: OperationalError) -> bool:
    """Whether the database only asks to try again (locked file, deadlock, restart)."""
    text = str(error.orig).lower()
    return "locked" in text or "deadlock" in text or "terminating" in text or "connection" in text
