"""What commands share: the app context, JSON output, a progress bar."""

import functools
import json
import sys
from collections.abc import Callable
from typing import Any

import click

from eventapp.core.doors import Door, through
from eventapp.settings import Settings


def with_app(command: Callable[..., Any], *, pages: bool = True) -> Callable[..., Any]:
    """Runs the command inside the application's context; what it does came in as a command.

    `pages`: whether the application needs its pages, as whatever writes a link does.
    """

    @click.pass_obj
    @functools.wraps(command)
    def wrapped(settings: Settings, *args: Any, **kwargs: Any) -> Any:
        from eventapp.app import create_app  # the app knows every feature; a feature's command may not at import

        with create_app(settings, pages=pages).app_context(), through(Door.COMMAND):
            return command(*args, **kwargs)

    return wrapped


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
