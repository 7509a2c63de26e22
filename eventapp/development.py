"""`eventapp migration`: for people who change tables."""

import click
import flask_migrate
from alembic.script import ScriptDirectory
from flask import current_app

from eventapp.core.commands import with_app


@click.command()
@click.argument("message")
@with_app
def migration(message: str) -> None:
    """Writes a migration from the difference between the models and the database, numbered after the last one."""
    directory = current_app.config["MIGRATIONS"]
    last = ScriptDirectory(directory).get_current_head() or "0000"
    flask_migrate.revision(directory=directory, message=message, autogenerate=True, rev_id=f"{int(last) + 1:04d}")


COMMANDS = {"": [migration]}
