"""What a request has read ends with a commit, so that Postgres keeps the statements that it has prepared."""

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text

from eventapp.core import db as database
from eventapp.core import tables
from eventapp.core.db import begin_reading, db, plan_for_values, rollback, writing
from eventapp.core.portions import apart
from eventapp.events.models import Event
from tests.support import factories
from tests.support.databases import Backend, PostgresBackend
from tests.support.pages import PageClient

# The driver prepares a statement at its sixth time; the server thinks of one plan for all values after five more.
OFTEN = 16


@pytest.fixture
def postgres(app: Flask, backend: Backend) -> PostgresBackend:
    if not isinstance(backend, PostgresBackend):
        pytest.skip("SQLite keeps no prepared statements")
    return backend


def prepared() -> int:
    return int(db.session.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar_one())


def read_often() -> None:
    for _n in range(OFTEN):
        end = begin_reading()
        db.session.execute(text("SELECT count(*) FROM event WHERE id > :n"), {"n": 0})
        end()


def test_statements_stay_prepared_over_requests(postgres: PostgresBackend) -> None:
    db.engine.dispose()
    read_often()
    assert prepared() >= 1


def test_without_the_commit_they_are_forgotten(postgres: PostgresBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "end_reading", db.session.rollback)
    db.engine.dispose()
    read_often()
    assert prepared() == 0


def plans() -> tuple[int, int]:
    planned = "SELECT sum(generic_plans), sum(custom_plans) FROM pg_prepared_statements WHERE statement LIKE :what"
    generic, custom = db.session.execute(text(planned), {"what": "%FROM event WHERE id%"}).one()
    return int(generic), int(custom)


def test_one_plan_may_serve_all_values(postgres: PostgresBackend) -> None:
    db.engine.dispose()
    read_often()
    assert plans()[0] > 0


def test_lists_and_files_are_planned_for_their_values(postgres: PostgresBackend) -> None:
    db.engine.dispose()
    for _n in range(OFTEN):
        with apart():
            db.session.execute(text("SELECT count(*) FROM event WHERE id > :n"), {"n": 0})
    generic, custom = plans()
    assert (generic, custom > 0) == (0, True)


def test_a_list_asks_for_it(client: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(tables, "plan_for_values", lambda: asked.append(True))
    client.sign_in(factories.organizer())
    client.get("/admin/companies/")
    assert asked


def test_it_ends_with_the_transaction(postgres: PostgresBackend) -> None:
    mode = text("SHOW plan_cache_mode")
    plan_for_values()
    inside = db.session.scalar(mode)
    db.session.commit()
    assert (inside, db.session.scalar(mode)) == ("force_custom_plan", "auto")


def test_pages_leave_them_prepared(postgres: PostgresBackend, client: PageClient) -> None:
    event = factories.event()
    db.session.commit()
    db.session.remove()
    db.engine.dispose()
    for _n in range(OFTEN):
        client.get(f"/events/{event.slug}/register")
    assert prepared() >= 1


def test_what_was_written_and_not_saved_is_given_up(app: Flask) -> None:
    event = factories.event(title="Before")
    db.session.commit()
    end = begin_reading()
    with writing():
        db.session.execute(database.table(Event).update().values(title="After"))
    end()
    rollback()
    assert db.session.scalar(text("SELECT title FROM event")) == event.title == "Before"


def test_what_was_changed_in_memory_only_is_given_up(app: Flask) -> None:
    event = factories.event(title="Before")
    db.session.commit()
    end = begin_reading()
    event = db.session.get_one(Event, event.id)
    event.title = "After"
    end()
    db.session.remove()
    assert db.session.scalar(text("SELECT title FROM event")) == "Before"


def test_a_connection_that_broke_meanwhile_ends_quietly(postgres: PostgresBackend) -> None:
    end = begin_reading()
    process = db.session.scalar(text("SELECT pg_backend_pid()"))
    with psycopg.connect(postgres.admin_url, autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", [process])
    end()
    assert db.session.scalar(text("SELECT 1")) == 1
