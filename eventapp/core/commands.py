"""What commands share: the app context, JSON output, a progress bar."""

import functools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from eventapp.core.doors import Door, through
from eventapp.settings import Settings


def with_app(command: Callable[..., Any], *, pages: bool = True) -> Callable[..., Any]:
    """Runs the command inside the application's context; what it does came in as a command.

    A database that is not there, has no tables or does not answer ends it with one line that says how to mend that.
    Without `pages` the application has none before a link is written, which spares half of its memory.
    """

    @click.pass_obj
    @functools.wraps(command)
    def wrapped(settings: Settings, *args: Any, **kwargs: Any) -> Any:
        from eventapp.app import create_app  # the app knows every feature; a feature's command may not at import

        try:
            with create_app(settings, pages=pages).app_context(), through(Door.COMMAND):
                return command(*args, **kwargs)
        except DBAPIError as error:
            remedy = remedy_for(error, settings)
            if remedy is None:
                raise
            fail(remedy)

    return wrapped


# What the databases say of tables and columns that are not there: SQLite in words, Postgres by code.
NOT_THERE = ("no such table", "no such column", "has no column named")
NOT_THERE_CODES = ("42P01", "42703")


def remedy_for(error: DBAPIError, settings: Settings) -> str | None:
    """What is wrong with the database as a whole and how to mend it, in one line; none if the error is another one."""
    said = " ".join(str(error.orig).split())
    if any(text in said for text in NOT_THERE) or getattr(error.orig, "sqlstate", None) in NOT_THERE_CODES:
        return f"The tables are missing or old ({said.partition(' LINE ')[0]}). Make them: eventapp migrate"
    path = Path(make_url(settings.database_url).database or "")
    if "unable to open database file" in said or "readonly database" in said:
        if not path.parent.exists():
            if path.parent == settings.instance:
                return f"There is no database at {path} yet. Make it: eventapp migrate"
            return f"There is no folder {path.parent}. Make it, or change EVENTAPP_DATABASE_URL."
        return f"Cannot write the database {path}. Make its folder writable, or set EVENTAPP_INSTANCE to a folder of your own."
    if "file is not a database" in said:
        return f"{path} is no database. Set EVENTAPP_DATABASE_URL or EVENTAPP_INSTANCE to another one."
    if "database is locked" in said:
        return f"Somebody else has been writing to {path} all the time. Try again."
    if isinstance(error, OperationalError) and error.statement is None:
        return f"The database does not answer ({said}). Start it, or check EVENTAPP_DATABASE_URL."
    return None


def print_json(value: Any) -> None:
    """Prints one JSON object."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def fail(message: str) -> None:
    """Ends the command with one clear line."""
    click.echo(message, err=True)
    sys.exit(1)


class Bar:
    """A progress bar on standard error; silent where there is no terminal."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.shown = sys.stderr.isatty()

    def __call__(self, done: int, total: int) -> None:
        """Shows `done` of `total`."""
        if not self.shown or not total:
            return
        width = 30
        filled = int(width * done / total)
        end = "\n" if done >= total else ""
        sys.stderr.write(f"\r{self.label} [{'█' * filled}{'·' * (width - filled)}] {done:,} of {total:,}{end}")
        sys.stderr.flush()
