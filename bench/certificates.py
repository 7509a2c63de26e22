"""Certificates of a full hall as PDF: issued, printed into one file as it is sent, and what typst alone takes for that."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select

from bench import data
from bench.figures import Figure
from bench.measures import Bench, _child
from eventapp import create_app
from eventapp.core.db import db, transaction
from eventapp.partners.models import Person
from eventapp.registrations.rules import new_code
from eventapp.training.models import Certificate, Course, CourseVersion, VersionStatus
from eventapp.training.rules import new_salt

FEW = 50


def certificates(bench: Bench) -> Iterator[Figure]:
    """How long the certificates of many people take as PDFs in one ZIP, and that memory does not grow with them."""
    many = bench.sizes.certificates
    database = bench.engine.new("certificates")
    data.generate(database, companies=60, people=max(300, many), registrations=100)
    app = create_app(database.settings())
    with app.app_context(), transaction():
        _hold(many)
    few = _child(database.environ(), "certificates", str(min(FEW, many)))
    found = _child(database.environ(), "certificates", str(many))
    name = f"{many:,} certificates as PDF"
    note = "read, typeset and zipped; both look for fonts"
    yield Figure(name, bench.kind, found["seconds"], "s", found["floor"], "typst alone", at_most=1.5, note=note)
    yield Figure(f"{name}, one", bench.kind, found["seconds"] / many * 1000, "ms", note="one page A4 with QR code, tagged")
    more = found["MB"] - few["MB"]
    yield Figure(
        f"{name}, memory over {min(FEW, many)}", bench.kind, max(0.0, more), "MB", at_most=25, note="peak of the process"
    )


def _hold(number: int) -> None:
    """A course, and a certificate of it for so many people."""
    at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    course = Course(code="BEN-101", created_at=at)
    db.session.add(course)
    db.session.flush()
    texts = {"title": "Presenting on video", "status": VersionStatus.CURRENT, "minutes": 120}
    version = CourseVersion(course_id=course.id, number=1, created_at=at, updated_at=at, **texts)
    db.session.add(version)
    db.session.flush()
    for person in db.session.scalars(select(Person).order_by(Person.id).limit(number)):
        values: dict[str, Any] = {"completed_on": date(2026, 1, 4), "expires_on": date(2028, 1, 4), "minutes": 115}
        made = Certificate(code=new_code(), person_id=person.id, version_id=version.id, name=person.full_name, **values)
        made.half_credits, made.issued_at, made.issued_by, made.salt = 4, at, "bench", new_salt()
        db.session.add(made)


def measured(number: int) -> dict[str, Any]:
    """In a process of its own: so many certificates as a ZIP, and as many documents by typst alone."""
    # As late as this: what else is measured in such a process has no use for them.
    from bench.child import peak_megabytes
    from eventapp.core import pdf
    from eventapp.training.certificates import printing, queries
    from eventapp.training.certificates.files import zip_chunks

    app = create_app()
    with app.app_context():
        ids = list(db.session.scalars(select(Certificate.id).order_by(Certificate.id).limit(number)))
        today, size = date(2026, 2, 1), 0
        began = time.perf_counter()
        for chunk in zip_chunks(ids, today):
            size += len(chunk)
        seconds, memory = time.perf_counter() - began, peak_megabytes()
        assert size > number * 5000
        ready = [printing.data_of(one, today) for one in queries.chosen(ids)]
        pdf._found.cache_clear()
        began = time.perf_counter()
        for one in ready:
            # Said in another way, as typst would keep what it has set before.
            pdf.typeset("certificate.typ", {**one, "before": "This certifies that"})
        return {"seconds": seconds, "floor": time.perf_counter() - began, "MB": memory, "bytes": size}
