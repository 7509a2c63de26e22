"""`eventapp import agenda EVENT FILE`."""

from pathlib import Path

import click

from eventapp.accounts.models import Role
from eventapp.accounts.permissions import Viewer
from eventapp.agenda.imports import service
from eventapp.audit.service import NamedActor
from eventapp.core.clock import now
from eventapp.core.commands import fail, print_json, with_app
from eventapp.core.db import rollback, transaction
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.events import queries as events
from eventapp.partners.imports.terminal import dry_run_option, file_argument, json_option

ACTOR = NamedActor("command line")


@click.command("agenda")
@click.argument("event")
@file_argument
@dry_run_option
@json_option
@with_app
def agenda(event: str, file: Path, dry_run: bool, as_json: bool) -> None:
    """Takes in a schedule.json of another tool as the draft of EVENT's agenda. The same file again changes nothing."""
    try:
        with transaction():
            found = events.event_by_slug(Viewer(roles=frozenset({Role.SYSTEM_ADMIN})), event)
            outcome = service.take_over(found, file.read_bytes(), by=ACTOR, at=now())
            numbers, rejected = outcome.numbers(), outcome.schedule.rejected
            if dry_run:
                rollback()
    except NotFoundError:
        fail(f"There is no event {event!r}.")
    except RuleError as error:
        fail(error.message)
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    if as_json:
        print_json({**numbers, "rejected_rows": rejected, "dry_run": dry_run})
        return
    for name, value in numbers.items():
        if isinstance(value, int):
            click.echo(f"{name.replace('_', ' '):<34}{value:>8,}")
    for title, reason in rejected[:20]:
        click.echo(f"{title}: {reason}")
    if dry_run:
        click.echo("Nothing was written.")


COMMANDS = {"import": [agenda]}
