"""`eventapp user …`, as a script calls it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from eventapp.accounts.commands import COMMANDS
from eventapp.accounts.models import Role
from eventapp.accounts.passwords import matches
from eventapp.accounts.queries import user_by_address
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.settings import Settings

BY_NAME = {command.name: command for command in COMMANDS["user"]}


@pytest.fixture
def run(app: Flask, monkeypatch: pytest.MonkeyPatch) -> object:
    """Runs a command in the test's own application: a second one would keep the database file open."""
    settings: Settings = app.config["SETTINGS"]
    monkeypatch.setattr("eventapp.app.create_app", lambda _settings, **_parts: app)

    def runner(name: str, *args: str, stdin: str = "") -> Result:
        db.session.commit()
        result = CliRunner().invoke(BY_NAME[name], args, input=stdin, obj=settings)
        db.session.expire_all()
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        return result

    return runner


def test_adds_lists_and_disables(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    result = run(
        "add", "Olga@Karmin.example", "--role", "organizer", "--name", "Olga", "--password-stdin", stdin="long enough 1\n"
    )
    assert (result.exit_code, result.output) == (0, "Added olga@karmin.example as organizer\n")
    user = user_by_address("olga@karmin.example")
    assert user is not None
    assert matches(user, "long enough 1")
    assert [grant.role for grant in user.grants] == [Role.ORGANIZER]
    listed = json.loads(run("list", "--json").stdout)
    assert listed == [{"email": "olga@karmin.example", "name": "Olga", "active": True, "roles": ["organizer"]}]
    assert run("disable", "olga@karmin.example").exit_code == 0
    assert "(disabled)" in run("list").output
    actions = [entry.action for entry in db.session.query(AuditEntry).order_by(AuditEntry.id)]
    assert actions == ["user.added", "user.granted", "user.disabled"]


@pytest.mark.parametrize(
    ("args", "stdin", "line"),
    [
        (["no-address"], "", "'no-address' is not an e-mail address"),
        (["a@karmin.example", "--password-stdin"], "short\n", "Use at least 10 characters."),
        (["twice@karmin.example"], "", "There is a login for twice@karmin.example already."),
    ],
)
def test_says_in_one_line_what_is_wrong(run, args: list[str], stdin: str, line: str) -> None:  # type: ignore[no-untyped-def]
    run("add", "twice@karmin.example")
    result = run("add", *args, stdin=stdin)
    assert result.exit_code == 1
    assert result.stderr.strip() == line


def test_disabling_nobody(run) -> None:  # type: ignore[no-untyped-def]
    result = run("disable", "nobody@karmin.example")
    assert result.exit_code == 1
    assert result.stderr.strip() == "There is no login for nobody@karmin.example"
