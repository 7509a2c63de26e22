"""What each figure is held against: the least that does the same kind of work on the same stack.

`app` is a bare Flask application. Run as a program, this module writes a CSV with the bare driver.
"""

import csv
import json
import os
import sys
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, redirect, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event, text
from werkzeug.wrappers import Response as BaseResponse

from bench.databases import connect
from eventapp.core.engine import LOG_PAGES

URL, WEIGHT = "BENCH_FLOOR_URL", "BENCH_FLOOR_WEIGHT"


REGISTER = {
    name: text(statement)
    for name, statement in {
        "key": "SELECT location FROM one_time_key WHERE key = :key",
        "event": "SELECT id FROM event WHERE slug = :slug AND status = 'published'",
        "person": "SELECT person_id FROM person_email WHERE address = :address",
        "company": "SELECT organisation_id FROM membership WHERE person_id = :person AND state = 'active'",
        "registered": "SELECT id FROM registration WHERE event_id = :event AND person_id = :person AND status <> 'cancelled'",
        # One after the other: together, two of them now and then locked the two rows crosswise on Postgres.
        "pool": "UPDATE pool SET taken = taken + 1 WHERE id = 1 AND (capacity IS NULL OR taken < capacity)",
        "mode": "UPDATE pool SET taken = taken + 1 WHERE id = 2 AND (capacity IS NULL OR taken < capacity)",
        "booking": "INSERT INTO booking (size, state, queued_at) VALUES (1, 'held', :at) RETURNING id",
        "needs": "INSERT INTO booking_pool (booking_id, pool_id) VALUES (:booking, 1), (:booking, 2)",
        "registration": "INSERT INTO registration (event_id, organisation_id, person_id, booking_id, name, mode, status, code,"
        " token, uid, sequence, badge_name, note, source, registered_at, registered_by, cancel_reason, version)"
        " VALUES (:event, :company, :person, :booking, :address, 'in_person', 'confirmed', substr(:code, 1, 12),"
        " :token, :uid, 0, '', :note, 'person', :at, :address, '', 1)",
        "tally": "INSERT INTO registration_tally (event_id, organisation_id, mode, status, people) VALUES (:event, :company,"
        " 'in_person', 'confirmed', 1) ON CONFLICT (event_id, organisation_id, mode, status)"
        " DO UPDATE SET people = registration_tally.people + 1",
        "audit": "INSERT INTO audit_entry (at, action, actor, object_type, object_name, event_id, organisation_id, changes)"
        " VALUES (:at, 'bench', :address, 'registration', :address, :event, :company, '{}')",
        "mail": "INSERT INTO outbox_mail (message_id, kind, about, to_name, to_address, from_name, reply_to, subject, text,"
        " html, state, attempts, run_after, created_at, error) VALUES (:message, 'bench', 'event:1', '', :address, '', '',"
        " 'Registered', :note, :note, 'queued', 0, :at, :at, '')",
        "once": "INSERT INTO one_time_key (key, owner, body, location, used_at) VALUES (:key, 'public', '', '', :at)",
    }.items()
}


def make_app() -> Flask:
    """A page of a given weight with one query, and an insert in one transaction."""
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ[URL].replace("postgresql://", "postgresql+psycopg://")
    db = SQLAlchemy(app)
    weight = int(os.environ[WEIGHT])
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            _own_transactions(db)

    @app.get("/healthz")
    def health() -> str:
        return "ok"

    @app.get("/page")
    def page() -> str:
        """One query, and HTML of that weight around what it gave."""
        slug = request.args["slug"]
        title, summary = db.session.execute(text("SELECT title, summary FROM event WHERE slug = :slug"), {"slug": slug}).one()
        start = f"<!DOCTYPE html><title>{title}</title><p>{summary}</p>"
        return start + "x" * (weight - len(start))

    @app.post("/insert")
    def insert() -> BaseResponse:
        """One INSERT, committed."""
        db.session.execute(
            text("INSERT INTO bench_floor (name, address, note) VALUES (:name, :address, :note)"),
            {"name": request.form["name"], "address": request.form["address"], "note": request.form["note"]},
        )
        db.session.commit()
        return redirect("/page?slug=empty-day")

    @app.post("/register")
    def register() -> BaseResponse:
        """The same rows as a registration leaves behind, by hand: no objects, no forms, no rendering."""
        now = datetime.now(UTC).replace(tzinfo=None) if db.engine.dialect.name == "sqlite" else datetime.now(UTC)
        values = {"slug": request.args["slug"], "address": request.form["address"], "note": request.form["note"], "at": str(now)}
        values |= {name: uuid.uuid4().hex for name in ("key", "code", "token", "uid", "message")}
        for name, statement in REGISTER.items():
            result = db.session.execute(statement, values)
            if name in ("event", "person", "company", "booking"):
                values[name] = result.scalar_one()
            elif name in ("pool", "mode"):
                assert result.rowcount == 1  # type: ignore[attr-defined] # an UPDATE has one
        db.session.commit()
        return redirect(f"/page?slug={values['slug']}")

    @app.post("/group")
    def group() -> BaseResponse:
        """Several rows in one transaction."""
        values = [{"name": name, "address": "", "note": ""} for name in request.form.getlist("name")]
        db.session.execute(text("INSERT INTO bench_floor (name, address, note) VALUES (:name, :address, :note)"), values)
        db.session.commit()
        return redirect("/page?slug=empty-day")

    @app.post("/take")
    def take() -> Response:
        """A place if there is one, else a row that waits; committed."""
        update = text("UPDATE pool SET taken = taken + 1 WHERE id = 7 AND taken < capacity")
        state = "held" if db.session.execute(update).rowcount else "waiting"  # type: ignore[attr-defined]
        values = {"name": state, "address": request.form["address"], "note": ""}
        db.session.execute(text("INSERT INTO bench_floor (name, address, note) VALUES (:name, :address, :note)"), values)
        db.session.commit()
        return Response(state)

    return app


def _own_transactions(db: SQLAlchemy) -> None:
    """The settings of the application's connections: WAL, and a write lock from the start of a POST."""

    @event.listens_for(db.engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=15000", f"wal_autocheckpoint={LOG_PAGES}"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(db.engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if request.method == "POST" else "BEGIN")


def write_csv(url: str, query: str, path: str) -> None:
    """Rows straight from the driver's cursor into Python's csv writer."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        connection = connect(url)
        cursor = connection.execute(query)
        writer.writerow([column[0] for column in cursor.description])
        writer.writerows(cursor)
        connection.close()


def copy_csv(url: str, query: str, path: str) -> None:
    """What Postgres writes by itself."""
    with (
        open(path, "wb") as file,
        connect(url) as connection,
        connection.cursor().copy(f"COPY ({query}) TO STDOUT CSV HEADER") as copy,
    ):
        for chunk in copy:
            file.write(chunk)


if os.environ.get(WEIGHT):
    app = make_app()

if __name__ == "__main__":
    how = {"csv": write_csv, "copy": copy_csv}[sys.argv[1]]
    began = time.perf_counter()
    how(*sys.argv[2:5])
    json.dump({"seconds": time.perf_counter() - began}, sys.stdout)
