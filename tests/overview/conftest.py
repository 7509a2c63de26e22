"""Commands, called as a script calls them."""

from collections.abc import Callable

import click
import pytest
from click.testing import CliRunner, Result
from flask import Flask

from eventapp.core.db import db

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in the test's own application: a second one would keep the database file open."""
    monkeypatch.setattr("eventapp.app.create_app", lambda _settings, **_parts: app)

    def runner(command: click.Command, *arguments: str) -> Result:
        db.session.commit()
        result = CliRunner().invoke(command, arguments, obj=app.config["SETTINGS"])
        db.session.expire_all()
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        return result

    return runner
