"""`eventapp export registrations EVENT` and `eventapp import registrations EVENT FILE`."""

import shutil
import sys
from functools import partial
from pathlib import Path
from typing import Any

import click

from eventapp.accounts.models import Role
from eventapp.accounts.permissions import Viewer
from eventapp.audit.service import NamedActor, record
from eventapp.core import exports as files
from eventapp.core.clock import now
from eventapp.core.commands import Bar, fail, with_app
from eventapp.core.db import reading, transaction
from eventapp.core.errors import NotFoundError
from eventapp.events import queries as events
from eventapp.events.models import Event
from eventapp.partners.imports import service as applying
from eventapp.partners.imports import terminal
from eventapp.partners.imports.terminal import dry_run_option, file_argument, json_option
from eventapp.partners.models import ImportKind
from eventapp.registrations import exports
from eventapp.registrations.imports import service as importing

ACTOR = NamedActor("command line")


@click.command("registrations")
@click.argument("event")
@click.option("--format", "kind", type=click.Choice(["csv", "xlsx", "json"]), default="csv", show_default=True)
@click.option(
    "--preset", type=click.Choice(sorted(files.PRESETS)), default="plain", show_default=True, help="How a CSV is written."
)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write; default standard output.")
@partial(with_app, pages=False)
def registrations(event: str, kind: str, preset: str, output: Path | None) -> None:
    """The attendees of EVENT (its address, like epc-2027), one row for each registration."""
    found = _event(event)
    name = preset if kind == "csv" else kind
    with transaction():
        record(
            "registrations.export",
            by=ACTOR,
            at=now(),
            object_type="event",
            object_id=found.id,
            object_name=found.title,
            event_id=found.id,
            changes={"format": name},
        )
    with reading():
        file = files.make(exports.rows(found), exports.columns(), name, title=found.title, zone=found.time_zone)
        if output is None:
            shutil.copyfileobj(file, sys.stdout.buffer)
            sys.stdout.buffer.flush()
            return
        try:
            with output.open("wb") as target:
                shutil.copyfileobj(file, target)
        except OSError as error:
            fail(f"{output} cannot be written: {error.strerror}.")


def _event(slug: str) -> Event:
    try:
        return events.event_by_slug(Viewer(roles=frozenset({Role.SYSTEM_ADMIN})), slug)
    except NotFoundError:
        fail(f"There is no event {slug!r}.")
        raise


@click.command("registrations")
@click.argument("event")
@file_argument
@dry_run_option
@json_option
@with_app
def import_registrations(event: str, file: Path, dry_run: bool, as_json: bool) -> None:
    """Takes in the registrations of EVENT from another tool's CSV or XLSX file.

    Rows whose company is not clear wait on the event's pages for somebody to say which is meant.
    """

    def carry_out(content: bytes) -> dict[str, Any]:
        at, bar = now(), Bar("Comparing" if dry_run else "Importing")
        if dry_run:
            with reading():
                return importing.dry_run(_event(event), content, at=at, tell=bar)
        with transaction():
            batch = importing.begin(_event(event), file.name, content, by=ACTOR, at=at)
            return applying.apply(batch.id, by=ACTOR, at=at, tell=bar)

    terminal.run(ImportKind.REGISTRATIONS, file, carry_out, dry_run=dry_run, as_json=as_json)


COMMANDS = {"export": [registrations], "import": [import_registrations]}
