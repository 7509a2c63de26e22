"""Commands without a usable database end with one line that says how to mend it, and no traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path
from sqlite3 import OperationalError as SqliteError

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError, ProgrammingError

from eventapp.core.commands import remedy_for
from eventapp.settings import ROOT, Settings
from tests.conftest import settings_for
from tests.support.databases import Backend

# Each command in one process: what starts a process takes longer than what it does.
PROGRAM = """
import json, sys
from click.testing import CliRunner
from eventapp.cli import main
found = []
for command in json.loads(sys.argv[1]):
    done = CliRunner().invoke(main, command)
    told = None if done.exception is None or isinstance(done.exception, SystemExit) else repr(done.exception)
    found.append([done.exit_code, done.output, told])
print(json.dumps(found))
"""


def run(tmp_path: Path, url: str, instance: Path, *commands: list[str]) -> list[list[object]]:
    environ = {key: value for key, value in os.environ.items() if not key.startswith("EVENTAPP_")}
    environ |= {"EVENTAPP_INSTANCE": str(instance), "EVENTAPP_DATABASE_URL": url}
    arguments = [sys.executable, "-c", PROGRAM, json.dumps(commands)]
    done = subprocess.run(arguments, env=environ, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    found: list[list[object]] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture
def file(tmp_path: Path) -> str:
    made = tmp_path / "partners.csv"
    made.write_text("Account Name;Programme ID\nDonau;KP-182660\n")
    return str(made)


def commands(file: str) -> list[list[str]]:
    return [
        *(["import", "partners", file], ["import", "people", file], ["import", "undo"], ["import", "agenda", "x", file]),
        *(["import", "registrations", "x", file, "--dry-run"], ["export", "registrations", "x"], ["demo", "--reset"]),
        *(
            ["user", "add", "a@b.example"],
            ["user", "list"],
            ["user", "disable", "a@b.example"],
            ["purge"],
            ["purge", "--dry-run"],
            ["worker", "--once"],
        ),
    ]


def test_without_a_database(tmp_path: Path, file: str) -> None:
    instance = tmp_path / "new"
    line = f"There is no database at {instance / 'eventapp.sqlite'} yet. Make it: eventapp migrate\n"
    given = commands(file)
    assert run(tmp_path, "", instance, *given) == [[1, line, None]] * len(given)
    assert not instance.exists()


def test_without_tables(app: Flask, backend: Backend, tmp_path: Path, file: str) -> None:
    postgres = backend.url.startswith("postgresql")
    given = commands(file)
    url = f"{backend.url}{'&' if '?' in backend.url else '?'}options=-csearch_path%3Dnone" if postgres else ""
    for command, (code, text, told) in zip(given, run(tmp_path, url, tmp_path, *given), strict=True):
        assert (code, told) == (1, None), command
        assert str(text).startswith("The tables are missing or old"), command
        assert str(text).endswith(": eventapp migrate\n"), command
        assert str(text).count("\n") == 1, command


def test_out_of_reach(tmp_path: Path, file: str) -> None:
    given = [["migrate"], ["serve", "--port", "5987"], ["doctor"], *commands(file)]
    found = run(tmp_path, "postgresql://nobody:secret@127.0.0.1:1/none", tmp_path, *given)
    for command, (code, text, told) in zip(given, found, strict=True):
        assert (code, told) == (1, None), command
        assert str(text).startswith("The database does not answer (connection failed"), command
        assert str(text).endswith("). Start it, or check EVENTAPP_DATABASE_URL.\n"), command
        assert (str(text).count("\n"), "secret" in str(text)) == (1, False), command


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("unable to open database file", "There is no folder {0}/none. Make it, or change EVENTAPP_DATABASE_URL."),
        (
            "file is not a database",
            "{0}/none/x.sqlite is no database. Set EVENTAPP_DATABASE_URL or EVENTAPP_INSTANCE to another one.",
        ),
        ("database is locked", "Somebody else has been writing to {0}/none/x.sqlite all the time. Try again."),
        ("no such column: x.y", "The tables are missing or old (no such column: x.y). Make them: eventapp migrate"),
        ("near 'SELEC': syntax error", None),
    ],
)
def test_what_sqlite_says(tmp_path: Path, said: str, remedy: str | None) -> None:
    settings = settings_for(f"sqlite:///{tmp_path}/none/x.sqlite", tmp_path)
    error = OperationalError("SELECT 1", None, SqliteError(said))
    assert remedy_for(error, settings) == (remedy and remedy.format(tmp_path))


def test_a_file_that_may_not_be_written(tmp_path: Path) -> None:
    settings: Settings = settings_for(f"sqlite:///{tmp_path}/x.sqlite", tmp_path)
    for said in ("unable to open database file", "attempt to write a readonly database"):
        found = remedy_for(OperationalError(None, None, SqliteError(said)), settings)
        assert found is not None
        assert found.startswith(f"Cannot write the database {tmp_path}/x.sqlite. Make its folder writable")
    assert remedy_for(ProgrammingError("SELECT 1", None, Exception("something else")), settings) is None
