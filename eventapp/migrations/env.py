"""Runs migrations inside the application's context, on both databases."""

from typing import Any

from alembic import context
from flask import current_app

from eventapp.core.db import db

target = db.metadatas[None]


def run() -> None:
    """Upgrades over one connection. SQLite rebuilds tables, so its foreign keys are off meanwhile."""
    engine = db.engine
    options: dict[str, Any] = current_app.extensions["migrate"].configure_args
    with engine.connect() as connection:
        sqlite = connection.connection.dbapi_connection if engine.dialect.name == "sqlite" else None
        if sqlite is not None:
            # Only outside of a transaction. Dropping a table that is rebuilt would else take along what hangs on it.
            sqlite.execute("PRAGMA foreign_keys=OFF")
        context.configure(connection=connection, target_metadata=target, transaction_per_migration=True, **options)
        with context.begin_transaction():
            context.run_migrations()
        if sqlite is not None:
            broken = sqlite.execute("PRAGMA foreign_key_check").fetchall()
            sqlite.execute("PRAGMA foreign_keys=ON")
            if broken:
                raise RuntimeError(f"rows that hang on nothing after the migration: {broken[:5]}")


run()
