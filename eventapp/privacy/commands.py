"""`eventapp purge`: deletes what has been kept long enough, now."""

import click

from eventapp.core.clock import now
from eventapp.core.commands import print_json, with_app
from eventapp.core.db import reading, rollback
from eventapp.privacy import purging


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say how much it would be.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@with_app
def purge(dry_run: bool, as_json: bool) -> None:
    """Deletes what has been kept long enough. The worker does it once a day by itself."""
    at = now()
    if dry_run:
        with reading():
            found = purging.preview(at)
            rollback()
    else:
        found = [purging.purge(kind, at) for kind in purging.KINDS]
    if as_json:
        print_json({"dry_run": dry_run, "rows": {done.kind: done.rows for done in found}})
        return
    for done in found:
        click.echo(f"{done.rows:>9,}  {done.kind}, older than {done.before:%Y-%m-%d %H:%M} UTC")


COMMANDS = {"": [purge]}
