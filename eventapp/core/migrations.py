"""Changing the tables of the database: all that Alembic does for us.

Imported only where that happens: Alembic and what it brings along are 12 MB, which no server and no export needs.
"""

import flask_migrate
from alembic.script import ScriptDirectory
from flask import current_app

from eventapp.core.db import db


def _directory() -> str:
    """The folder of the migrations, made known to the library."""
    directory: str = current_app.config["MIGRATIONS"]
    if "migrate" not in current_app.extensions:
        flask_migrate.Migrate(
            current_app._get_current_object(),  # type: ignore[attr-defined] # a proxy for the app
            db,
            directory=directory,
            render_as_batch=True,
            compare_type=True,
        )
    return directory


def upgrade() -> None:
    """Brings the database to the newest revision."""
    flask_migrate.upgrade(directory=_directory())


def check() -> None:
    """Ends the process with an error if the models ask for another database than the migrations make."""
    flask_migrate.check(directory=_directory())


def write(message: str) -> None:
    """Writes a migration from the difference between the models and the database, numbered after the last one."""
    directory = _directory()
    last = ScriptDirectory(directory).get_current_head() or "0000"
    flask_migrate.revision(directory=directory, message=message, autogenerate=True, rev_id=f"{int(last) + 1:04d}")
