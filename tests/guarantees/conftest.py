"""The world that the guarantees are tried in."""

from collections.abc import Callable

import pytest
import time_machine
from flask import Flask

from eventapp.core import saving
from eventapp.core.db import db, rollback
from tests.guarantees.world import World, build


@pytest.fixture
def world(app: Flask, clock: time_machine.Traveller) -> World:
    """Two companies, an event, an organizer, at the tests' moment."""
    return build(app)


@pytest.fixture
def nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Requests do everything but commit, so that each of many meets the same world. The database has had its say by then."""

    def flush_only() -> None:
        db.session.flush()
        rollback()

    monkeypatch.setattr(saving, "commit", flush_only)
    return flush_only
