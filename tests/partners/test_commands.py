"""`eventapp import` as scripts use it."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

from eventapp.core.db import db
from eventapp.partners.commands import COMMANDS
from eventapp.partners.models import ImportBatch, Organisation
from tests.partners.files import partners

BY_NAME = {command.name: command for command in COMMANDS["import"]}


@pytest.fixture
def call(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a command in the test's own application: a second one would keep the database file open."""
    monkeypatch.setattr("eventapp.app.create_app", lambda _settings, **_parts: app)

    def run(name: str, *arguments: str, code: int = 0) -> str:
        db.session.commit()
        result = CliRunner().invoke(BY_NAME[name], arguments, obj=app.config["SETTINGS"], catch_exceptions=False)
        db.session.rollback()
        db.session.expire_all()
        assert result.exit_code == code, result.output
        return result.output

    return run


def test_importing_by_command(call: Any, tmp_path: Path) -> None:
    file = tmp_path / "partners.csv"
    file.write_bytes(partners({}, {"Programme ID": "wrong"}))
    found = json.loads(call("partners", str(file), "--dry-run", "--json"))
    assert (found["companies_created"], found["rejected"], found["dry_run"]) == (1, 1, True)
    assert db.session.query(Organisation).count() == db.session.query(ImportBatch).count() == 0
    text = call("partners", str(file))
    assert "line 3: The programme ID “wrong” does not look like KP-123456." in text
    assert db.session.query(Organisation).count() == 1
    found = json.loads(call("partners", str(file), "--json"))
    assert (found["companies_created"], found["updated"], found["unchanged"]) == (0, 0, 1)
    assert found["file"] == {
        "name": "partners.csv",
        "encoding": "UTF-8 without BOM",
        "delimiter": ";",
        "line_end": "CRLF",
        "columns": 5,
        "physical_lines": 3,
    }
    call("undo")
    assert "Undone: partners.csv" in call("undo")
    assert db.session.query(Organisation).count() == 0
    assert "There is no import to undo." in call("undo", code=1)


def test_what_is_wrong_with_all_rows_is_said_once(call: Any, tmp_path: Path) -> None:
    file = tmp_path / "partners.csv"
    rows = "".join(f"Company {n};KP-1000{n:02}\n" for n in range(30))
    file.write_text(f"Account Name;Programme ID;Account name\n{rows.replace(chr(10), ';x' + chr(10))}Odd;nothing;x\n")
    text = call("partners", str(file), "--dry-run")
    assert "2 columns are called “Account Name” (1, 3). Column 1 counts as Account name.\n" in text
    said = "No column is matched to Partner type and Country, which new companies need: 30 rows are rejected for that.\n"
    assert text.count("No column") == text.count(said) == 1
    assert "line 32: The programme ID “nothing” does not look like KP-123456." in text
    found = json.loads(call("partners", str(file), "--dry-run", "--json"))
    assert found["rejected_by_reason"] == {"no_column": 30, "bad_programme_id": 1}
    assert (found["rejected_values"], found["columns_missing"]) == ({"31": "nothing"}, ["primary_type", "country_code"])


def test_files_that_cannot_be_imported_get_one_line(call: Any, tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    assert call("people", str(empty), code=1) == "The file is empty.\n"
    other = tmp_path / "other.csv"
    other.write_bytes(b"A;B\n1;2\n")
    assert call("people", str(other), code=1) == "No column is matched to: E-mail, Programme ID of the company.\n"
    call("people", str(tmp_path / "none.csv"), code=2)
