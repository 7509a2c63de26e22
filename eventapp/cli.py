"""The `eventapp` command. Each feature brings its own commands; this file puts them together."""

import sys
from importlib import import_module

import click

from eventapp.settings import Settings, SettingsError

# Modules whose `commands` (name of the group or "" → click commands) make up the command line.
MODULES = (
    "eventapp.accounts.commands",
    "eventapp.mail.commands",
    "eventapp.partners.commands",
    "eventapp.registrations.commands",
    "eventapp.agenda.commands",
    "eventapp.privacy.commands",
    "eventapp.overview.commands",
    "eventapp.serving",
    "eventapp.development",
)


@click.group()
@click.pass_context
def main(context: click.Context) -> None:
    """Partner events: serve, migrate, import, export, check."""
    try:
        context.obj = Settings.from_environ()
    except SettingsError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        sys.exit(2)


@main.group("import")
def import_group() -> None:
    """Takes in a file."""


@main.group("export")
def export_group() -> None:
    """Writes a file."""


@main.group("user")
def user_group() -> None:
    """Logins."""


GROUPS = {"": main, "import": import_group, "export": export_group, "user": user_group}


def load() -> click.Group:
    """The whole command line."""
    for module in MODULES:
        for group, commands in import_module(module).COMMANDS.items():
            for command in commands:
                GROUPS[group].add_command(command)
    return main


if __name__ == "__main__":
    load()(prog_name="eventapp")
