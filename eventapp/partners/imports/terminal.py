"""What the commands that import share: the file, the two options, and the counts on the screen."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from eventapp.core.commands import fail, print_json
from eventapp.core.errors import RuleError
from eventapp.partners.imports import readers, service
from eventapp.partners.imports.reasons import no_column, same_header, sentence
from eventapp.partners.models import ImportKind

SHOWN = 20

file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
dry_run_option = click.option("--dry-run", is_flag=True, help="Only say what would happen.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def run(kind: ImportKind, file: Path, carry_out: Callable[[bytes], dict[str, Any]], *, dry_run: bool, as_json: bool) -> None:
    """Reads the file, lets `carry_out` import its content, and tells what was found. Ends with one line on what is wrong."""
    try:
        content = file.read_bytes()
        found = {"file": service.about_file(file.name, readers.read(content)), **carry_out(content)}
    except RuleError as error:
        fail(error.message)
        return
    except OSError as error:
        fail(f"{file}: {error.strerror}")
        return
    if as_json:
        print_json({**found, "dry_run": dry_run})
    else:
        _tell(kind, found, dry_run)


def _tell(kind: ImportKind, found: dict[str, Any], dry_run: bool) -> None:
    """The counts in lines, and the first rows that were refused."""
    for name, value in service.numbers_of(found).items():
        click.echo(f"{name.replace('_', ' '):<34}{value:>8,}")
    for same in found["same_headers"]:
        click.echo(same_header(kind, same["field"], same["header"], same["columns"], same["taken"]))
    # What is wrong with the file as a whole is said once, and not of each row.
    alike = [row for row in found["rejected_rows"] if row["reason"] == "no_column"]
    if alike:
        click.echo(no_column(found["columns_missing"], kind, len(alike)))
    others = [row for row in found["rejected_rows"] if row["reason"] != "no_column"]
    for row in others[:SHOWN]:
        reason = f"{row['reason']}:{row['field']}" if "field" in row else row["reason"]
        click.echo(f"line {row['line']}: {sentence(kind, reason, found['rejected_values'].get(row['record']))}")
    if len(others) > SHOWN:
        click.echo(f"… and {len(others) - SHOWN} more")
    if dry_run:
        click.echo("Nothing was written.")
