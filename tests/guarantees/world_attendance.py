"""What pages about attendance may name: a report of the world's run, with lines of both companies and of nobody."""

from typing import Any

from sqlalchemy import select, update

from eventapp.core.db import db
from eventapp.mail.models import MailState, OutboxMail
from eventapp.partners.imports import service as imports
from eventapp.training import queries
from eventapp.training.attendance.reports import service
from eventapp.training.models import AttendanceInterval, Enrolment, EnrolmentState, Run
from tests.conftest import NOW
from tests.support import factories, training
from tests.support.factories import TESTS


def attendance_of(run_id: int, *sides: Any) -> dict[str, Any]:
    """A report that was taken in, in which both companies' people stand and a stranger; one that waits to be."""
    run = _run(run_id)
    begins = queries.slots_of([run])[run.id][0].starts_at
    lines = [f"{begins:%Y-%m-%d %H:%M:%S}Z\tA Stranger\tstranger@nowhere.example"]
    query = select(Enrolment).where(Enrolment.run_id == run_id, Enrolment.state == EnrolmentState.ENROLLED)
    for one in sides:
        enrolment = db.session.scalars(query.where(Enrolment.organisation_id == one.company.id)).first()
        if enrolment is None:
            enrolment = training.enrol(run, one.company, one.people[0])
        one.names["enrolment_id"] = enrolment.id
        person = next(person for person in one.people if person.id == enrolment.person_id)
        lines.append(f"{begins:%Y-%m-%d %H:%M:%S}Z\t{person.full_name}\t")
    run = _run(run_id)
    content = "\n".join(["Join Time\tName\tEmail", *lines, ""]).encode()
    batch = service.begin(run, "taken.csv", content, by=TESTS, at=NOW)
    imports.apply(batch.id, by=TESTS, at=NOW)
    waits = service.begin(_run(run_id), "waits.csv", content + b"\n", by=TESTS, at=NOW)
    imports.preview(waits, at=NOW)
    line = db.session.scalars(select(AttendanceInterval.id).where(AttendanceInterval.enrolment_id.is_(None))).first()
    # What was written to them went out long ago: nothing waits.
    db.session.execute(update(OutboxMail).values(state=MailState.SENT, sent_at=NOW))
    factories.commit()
    return {"report_id": waits.id, "line_id": line}


def _run(run_id: int) -> Run:
    """The run with its event: whatever was committed in between has to be read again."""
    return db.session.scalars(queries.runs().where(Run.id == run_id).execution_options(populate_existing=True)).one()
