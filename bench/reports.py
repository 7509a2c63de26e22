"""Taking in the report of a meeting tool: from the file to everybody's minutes."""

import csv
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import func, select

from bench import data
from bench.child import _counting as counting
from bench.child import peak_megabytes
from bench.figures import Figure
from bench.measures import Bench, _child
from eventapp import create_app
from eventapp.audit.service import NamedActor
from eventapp.core.clock import now
from eventapp.core.db import db, transaction
from eventapp.events.models import Event, EventKind
from eventapp.partners.imports import service as imports
from eventapp.partners.models import PersonEmail
from eventapp.registrations.models import Registration
from eventapp.training import queries
from eventapp.training.attendance.reports import service
from eventapp.training.enrolling import following
from eventapp.training.models import AttendanceInterval, Course, CourseVersion, Enrolment, Run, VersionStatus

HEAD = "Name,Join Time,Leave Time,Email,Role"


def reports(bench: Bench) -> Iterator[Figure]:
    """A report of a meeting tool with as many lines as people are enrolled, from the file to everybody's minutes."""
    lines = bench.sizes.short_list
    database = bench.engine.new("reports")
    data.generate(database, companies=max(20, lines // 3), people=lines, registrations=lines)
    with TemporaryDirectory(prefix="eventapp-report-") as folder:
        path = Path(folder) / "report.csv"
        app = create_app(database.settings())
        with app.app_context():
            with transaction():
                run_id, written = _run_of_everybody()
            path.write_text(written, encoding="utf-8")
            db.session.remove()
        took = _child(database.environ(), "report", str(run_id), str(path))
    name = f"report of {took['lines']:,.0f} lines taken in"
    note = f"preview and taking in, {took['people']:,.0f} people counted, {took['statements']:,.0f} statements"
    yield Figure(name, bench.kind, took["seconds"], "s", at_most=10, note=note)
    yield Figure(f"{name}, beside csv", bench.kind, took["seconds"], "s", took["floor"], "Python's csv reads the file")
    yield Figure(f"{name}, memory on top", bench.kind, took["MB"], "MB", at_most=40, note="beside the application as it starts")


def _run_of_everybody() -> tuple[int, str]:
    """A run of the event that everybody is registered for, and the report of a meeting in which they all were."""
    event = db.session.scalars(select(Event).where(Event.slug == data.SLUG)).one()
    course = Course(code="BEN-101", created_at=now())
    db.session.add(course)
    db.session.flush()
    values = {"number": 1, "status": VersionStatus.CURRENT, "languages": ["en"], "modes": ["virtual"], "minutes": 120}
    version = CourseVersion(course_id=course.id, title="Bench", created_at=now(), updated_at=now(), **values)
    db.session.add(version)
    db.session.flush()
    event.kind = EventKind.RUN
    run = Run(version_id=version.id, event_id=event.id, created_at=now())
    db.session.add(run)
    db.session.flush()
    registrations = db.session.scalars(select(Registration).where(Registration.event_id == event.id)).all()
    following.follow(registrations)
    query = select(PersonEmail.person_id, PersonEmail.address).where(PersonEmail.is_primary)
    addresses = {row[0]: row[1] for row in db.session.execute(query)}
    start, end = (f"{moment:%Y-%m-%d %H:%M:%S}Z" for moment in (event.starts_at, event.ends_at))
    rows = (f'"{one.name}",{start},{end},{addresses.get(one.person_id, "")},Attendee' for one in registrations)
    return run.id, "\n".join([HEAD, *rows, ""])


def measured(run_id: int, path: str) -> dict[str, Any]:
    """In a process of its own: the report begun, previewed and taken in; then the file alone, read by Python's csv."""
    app, content, by = create_app(), Path(path).read_bytes(), NamedActor("bench")
    with app.app_context():
        with transaction():
            db.session.scalars(queries.runs().where(Run.id == run_id)).one()
        before = peak_megabytes()
        with counting() as sent:
            began = time.perf_counter()
            with transaction():
                run = db.session.scalars(queries.runs().where(Run.id == run_id)).one()
                batch_id = service.begin(run, "report.csv", content, by=by, at=now()).id
            with transaction():
                imports.preview(imports.queries.batch(batch_id), at=now())
            with transaction():
                imports.apply(batch_id, by=by, at=now())
            seconds = time.perf_counter() - began
        more = peak_megabytes() - before
        with transaction():
            lines = db.session.scalar(select(func.count()).select_from(AttendanceInterval)) or 0
            people = db.session.scalar(select(func.count()).where(Enrolment.attended > 0)) or 0
    began = time.perf_counter()
    with open(path, newline="", encoding="utf-8") as file:
        assert sum(1 for _row in csv.reader(file)) == lines + 1
    floor = time.perf_counter() - began
    return {"seconds": seconds, "floor": floor, "MB": more, "lines": lines, "people": people, "statements": len(sent)}
