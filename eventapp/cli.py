"""The `eventapp` command. Each feature brings its own commands; this file knows where they are."""

import sys
from importlib import import_module
from typing import Any

import click

from eventapp.settings import Settings, SettingsError

# By group ("" for none) the module in which each command stands. Its `COMMANDS` has them by group as well.
COMMANDS = {
    "": {
        "serve": "eventapp.serving",
        "migrate": "eventapp.serving",
        "worker": "eventapp.mail.commands",
        "demo": "eventapp.overview.commands",
        "doctor": "eventapp.overview.commands",
        "purge": "eventapp.privacy.commands",
        "migration": "eventapp.development",
    },
    "import": {
        "partners": "eventapp.partners.commands",
        "people": "eventapp.partners.commands",
        "undo": "eventapp.partners.commands",
        "registrations": "eventapp.registrations.commands",
        "agenda": "eventapp.agenda.commands",
    },
    "export": {
        "registrations": "eventapp.registrations.commands",
    },
    "user": {
        "add": "eventapp.accounts.commands",
        "list": "eventapp.accounts.commands",
        "disable": "eventapp.accounts.commands",
    },
}


class CommandGroup(click.Group):
    """Commands that are imported when they are asked for: one feature's command carries no other feature along."""

    def __init__(self, *args: Any, place: str = "", **more: Any) -> None:
        super().__init__(*args, **more)
        self.place = place

    def list_commands(self, context: click.Context) -> list[str]:
        """The names of all of them, with the groups among them."""
        return sorted({*super().list_commands(context), *COMMANDS[self.place]})

    def get_command(self, context: click.Context, cmd_name: str) -> click.Command | None:
        """One of them by its name; none if there is no such."""
        module = COMMANDS[self.place].get(cmd_name)
        if module is None:
            return super().get_command(context, cmd_name)
        there: list[click.Command] = import_module(module).COMMANDS[self.place]
        return next(command for command in there if command.name == cmd_name)


@click.group(cls=CommandGroup)
@click.pass_context
def main(context: click.Context) -> None:
    """Partner events: serve, migrate, import, export, check."""
    try:
        context.obj = Settings.from_environ()
    except SettingsError as error:
        for problem in error.problems:
            click.echo(problem, err=True)
        sys.exit(2)


@main.group("import", cls=CommandGroup, place="import")
def import_group() -> None:
    """Takes in a file."""


@main.group("export", cls=CommandGroup, place="export")
def export_group() -> None:
    """Writes a file."""


@main.group("user", cls=CommandGroup, place="user")
def user_group() -> None:
    """Logins."""


if __name__ == "__main__":
    main(prog_name="eventapp")
