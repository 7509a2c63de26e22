"""Commands over the whole installation: `eventapp demo` and `eventapp doctor`."""

import sys

import click

from eventapp.accounts.demo import DEMO_PASSWORD
from eventapp.accounts.queries import demo_logins
from eventapp.core.clock import now
from eventapp.core.commands import Bar, fail, print_json, with_app
from eventapp.core.db import transaction
from eventapp.overview import demo as made_up
from eventapp.overview import doctor as checks
from eventapp.overview import migrations


@click.command()
@click.option("--reset", is_flag=True, help="Delete everything first, then load the demo.")
@click.option("--yes", is_flag=True, help="With --reset: also delete what is not the demo's.")
@click.option("--quiet", is_flag=True, help="Do not print the logins.")
@with_app
def demo(reset: bool, yes: bool, quiet: bool) -> None:
    """Fills an empty database with the demo: 3,000 companies, 9,000 people, three events."""
    try:
        made_up.refuse_in_production()
        if not migrations.at_head():
            fail("The tables are missing or old. Make them first: eventapp migrate")
        if reset and not yes and (others := made_up.strangers()):
            fail(
                f"Not all of this is the demo: {', '.join(others)} would be lost. To delete them too: eventapp demo --reset --yes"
            )
        with transaction():
            if reset:
                made_up.wipe()
            made_up.load(at=now(), progress=Bar("Making up the demo"))
    except made_up.DemoError as error:
        fail(str(error))
    if quiet:
        return
    click.echo(f"The demo is loaded. Logins, all with the password {DEMO_PASSWORD}:")
    for login in demo_logins():
        click.echo(f"  {login.email}  ({login.label})")


@click.command()
@click.option("--strict", is_flag=True, help="Follow the whole log; end with an error on warnings, too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@with_app
def doctor(strict: bool, as_json: bool) -> None:
    """Recounts every pool and checks what must always be true. Ends with 1 if something is wrong."""
    with checks.snapshot():
        results = checks.examine(now(), None if as_json else Bar("Checking"), strict=strict)
    errors, warnings = (sum(r.level == level for r in results) for level in ("error", "warning"))
    good = not errors and not (strict and warnings)
    if as_json:
        lines = [
            {"name": r.check.name, "ok": not r.found, "level": r.level, "found": r.found, "details": r.details} for r in results
        ]
        print_json({"ok": good, "errors": errors, "warnings": warnings, "checks": lines})
    else:
        for result in results:
            _print(result)
        click.echo(f"{len(results)} checks, {errors} errors, {warnings} warnings")
    if not good:
        sys.exit(1)


def _print(result: checks.Result) -> None:
    number = f" ({result.found:,})" if result.found > 1 else ""
    click.echo(f"{result.level:<8} {result.check.title}{number}")
    for line in result.details:
        click.echo(f"         {line}")
    if result.found > len(result.details):
        click.echo(f"         and {result.found - len(result.details):,} more")


COMMANDS = {"": [demo, doctor]}
