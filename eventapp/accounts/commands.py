"""Commands about logins: `eventapp user add|list|disable`."""

import sys

import click

from eventapp.accounts import queries, service
from eventapp.accounts.models import Role
from eventapp.accounts.permissions import roles_of
from eventapp.accounts.staff import service as staff
from eventapp.audit.service import NamedActor
from eventapp.core.clock import now
from eventapp.core.commands import fail, print_json, with_app
from eventapp.core.db import transaction
from eventapp.core.email import EmailError, normal_address
from eventapp.core.errors import RuleError

ACTOR = NamedActor("command line")


@click.command()
@click.argument("email")
@click.option("--role", "roles", multiple=True, type=click.Choice([role.value for role in Role]), help="What the login may do.")
@click.option("--name", default="", help="The person's name.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input, one line.")
@with_app
def add(email: str, roles: tuple[str, ...], name: str, password_stdin: bool) -> None:
    """Adds a login. Without a password the person sets one by "Forgot your password?"."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    try:
        with transaction():
            user = service.add_user(email, name=name, password=password, roles=[Role(r) for r in roles], by=ACTOR, at=now())
    except EmailError:
        fail(f"{email!r} is not an e-mail address")
    except RuleError as error:
        fail(error.message)
    else:
        click.echo(f"Added {user.email}" + (f" as {', '.join(roles)}" if roles else ""))


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
@with_app
def list_users(as_json: bool) -> None:
    """Lists the logins."""
    at = now()
    found = [(user, sorted(role.value for role in roles_of(user, at))) for user in queries.users()]
    if as_json:
        print_json([{"email": u.email, "name": u.name, "active": u.active, "roles": roles} for u, roles in found])
        return
    for user, roles in found:
        click.echo("  ".join(filter(None, [user.email, user.name, ", ".join(roles), "" if user.active else "(disabled)"])))


@click.command()
@click.argument("email")
@with_app
def disable(email: str) -> None:
    """Disables a login: it is out at its next request."""
    try:
        address = normal_address(email)
    except EmailError:
        address = email
    try:
        with transaction():
            user = queries.user_by_address(address)
            if user is not None:
                staff.disable_from_outside(user, by=ACTOR, at=now())
    except RuleError as error:
        fail(error.message)
    if user is None:
        fail(f"There is no login for {email}")
    click.echo(f"Disabled {address}")


COMMANDS = {"user": [add, list_users, disable]}
