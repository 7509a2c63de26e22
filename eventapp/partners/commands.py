"""Importing from the command line."""

from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import OperationalError, ProgrammingError

from eventapp.audit.service import NamedActor
from eventapp.core.clock import now
from eventapp.core.commands import Bar, fail, print_json, with_app
from eventapp.core.db import reading, transaction
from eventapp.core.errors import RuleError
from eventapp.partners.imports import queries, readers, service
from eventapp.partners.imports.reasons import sentence
from eventapp.partners.imports.undo import undo as take_back
from eventapp.partners.models import ImportKind

SHOWN = 20
ACTOR = "command line"

file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
dry_run_option = click.option("--dry-run", is_flag=True, help="Only say what would happen.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.command("partners")
@file_argument
@dry_run_option
@json_option
@with_app
def partners(file: Path, dry_run: bool, as_json: bool) -> None:
    """Takes in companies from a CSV or XLSX file; known ones, by programme ID, are updated."""
    _import(ImportKind.PARTNERS, file, dry_run, as_json)


@click.command("people")
@file_argument
@dry_run_option
@json_option
@with_app
def people(file: Path, dry_run: bool, as_json: bool) -> None:
    """Takes in people from a CSV or XLSX file; known ones, by e-mail, are updated."""
    _import(ImportKind.PEOPLE, file, dry_run, as_json)


@click.command("undo")
@with_app
def undo() -> None:
    """Takes the last import back, if nothing hangs on it."""
    try:
        with transaction():
            batch_id = queries.last_applied()
            if batch_id is None:
                raise RuleError("There is no import to undo.")
            name = queries.batch(batch_id).file_name
            take_back(batch_id, by=NamedActor(ACTOR), at=now())
    except RuleError as error:
        fail(error.message)
    click.echo(f"Undone: {name}")


def _import(kind: ImportKind, file: Path, dry_run: bool, as_json: bool) -> None:
    try:
        content = file.read_bytes()
        found = {"file": service.about_file(file.name, readers.read(content)), **_carry_out(kind, file, content, dry_run)}
    except RuleError as error:
        fail(error.message)
        return
    except OSError as error:
        fail(f"{file}: {error.strerror}")
        return
    except (OperationalError, ProgrammingError) as error:
        if "no such table" not in str(error.orig) and "does not exist" not in str(error.orig):
            raise
        fail("The database has no tables yet. Run: eventapp migrate")
        return
    if as_json:
        print_json({**found, "dry_run": dry_run})
    else:
        _tell(kind, found, dry_run)


def _carry_out(kind: ImportKind, file: Path, content: bytes, dry_run: bool) -> dict[str, Any]:
    at, bar = now(), Bar("Comparing" if dry_run else "Importing")
    if dry_run:
        with reading():
            return service.dry_run(kind, content, at=at, tell=bar)
    with transaction():
        batch = service.begin(kind, file.name, content, by=NamedActor(ACTOR), at=at)
        return service.apply(batch.id, by=NamedActor(ACTOR), at=at, tell=bar)


def _tell(kind: ImportKind, found: dict[str, Any], dry_run: bool) -> None:
    """The counts in lines, and the first rows that were refused."""
    for name, value in service.numbers_of(found).items():
        click.echo(f"{name.replace('_', ' '):<34}{value:>8,}")
    for row in found["rejected_rows"][:SHOWN]:
        reason = f"{row['reason']}:{row['field']}" if "field" in row else row["reason"]
        click.echo(f"line {row['line']}: {sentence(kind, reason)}")
    if len(found["rejected_rows"]) > SHOWN:
        click.echo(f"… and {len(found['rejected_rows']) - SHOWN} more")
    if dry_run:
        click.echo("Nothing was written.")


COMMANDS = {"import": [partners, people, undo]}
