"""`eventapp migration`: for people who change tables."""

import click

from eventapp.core.commands import with_app


@click.command()
@click.argument("message")
@with_app
def migration(message: str) -> None:
    """Writes a migration from the difference between the models and the database, numbered after the last one."""
    from eventapp.core import migrations  # not with every command: see there

    migrations.write(message)


COMMANDS = {"": [migration]}
