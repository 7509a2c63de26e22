"""Importing from the command line."""

from functools import partial
from pathlib import Path
from typing import Any

import click

from eventapp.audit.service import NamedActor
from eventapp.core.clock import now
from eventapp.core.commands import Bar, fail, with_app
from eventapp.core.db import reading, transaction
from eventapp.core.errors import RuleError
from eventapp.partners.imports import queries, service, terminal
from eventapp.partners.imports.terminal import dry_run_option, file_argument, json_option
from eventapp.partners.imports.undo import undo as take_back
from eventapp.partners.models import ImportKind

ACTOR = "command line"

# Links are written only where companies end, with which there are joint plans.
without_pages = partial(with_app, pages=False)


@click.command("partners")
@file_argument
@dry_run_option
@json_option
@without_pages
def partners(file: Path, dry_run: bool, as_json: bool) -> None:
    """Takes in companies from a CSV or XLSX file; known ones, by programme ID, are updated."""
    _import(ImportKind.PARTNERS, file, dry_run, as_json)


@click.command("people")
@file_argument
@dry_run_option
@json_option
@without_pages
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
    def carry_out(content: bytes) -> dict[str, Any]:
        at, bar = now(), Bar("Comparing" if dry_run else "Importing")
        if dry_run:
            with reading():
                return service.dry_run(kind, content, at=at, tell=bar)
        with transaction():
            batch = service.begin(kind, file.name, content, by=NamedActor(ACTOR), at=at)
            return service.apply(batch.id, by=NamedActor(ACTOR), at=at, tell=bar)

    terminal.run(kind, file, carry_out, dry_run=dry_run, as_json=as_json)


COMMANDS = {"import": [partners, people, undo]}
