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
        context.configure(connection=connection, target_metadata=target, transaction_per_migration=True, **options)
        with context.begin_transaction():
            context.run_migrations()


run()
