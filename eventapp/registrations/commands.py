"""`eventapp export registrations EVENT`."""

import sys
from pathlib import Path

import click

from eventapp.accounts.models import Role
from eventapp.accounts.permissions import Viewer
from eventapp.audit.service import NamedActor, record
from eventapp.core import exports as files
from eventapp.core.clock import now
from eventapp.core.commands import fail, with_app
from eventapp.core.db import reading, transaction
from eventapp.core.errors import NotFoundError
from eventapp.events import queries as events
from eventapp.registrations import exports


@click.command("registrations")
@click.argument("event")
@click.option("--format", "kind", type=click.Choice(["csv", "xlsx", "json"]), default="csv", show_default=True)
@click.option(
    "--preset", type=click.Choice(sorted(files.PRESETS)), default="plain", show_default=True, help="How a CSV is written."
)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write; default standard output.")
@with_app
def registrations(event: str, kind: str, preset: str, output: Path | None) -> None:
    """The attendees of EVENT (its address, like epc-2027), one row for each registration."""
    try:
        found = events.event_by_slug(Viewer(roles=frozenset({Role.SYSTEM_ADMIN})), event)
    except NotFoundError:
        fail(f"There is no event {event!r}.")
    name = preset if kind == "csv" else kind
    with transaction():
        record(
            "registrations.export",
            by=NamedActor("command line"),
            at=now(),
            object_type="event",
            object_id=found.id,
            object_name=found.title,
            event_id=found.id,
            changes={"format": name},
        )
    with reading():
        chunks = files.write(exports.rows(found), exports.columns(), name, title=found.title, zone=found.time_zone)
        if output is None:
            for chunk in chunks:
                sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
            return
        try:
            with output.open("wb") as file:
                for chunk in chunks:
                    file.write(chunk)
        except OSError as error:
            fail(f"{output} cannot be written: {error.strerror}.")


COMMANDS = {"export": [registrations]}
