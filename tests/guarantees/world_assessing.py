"""What pages about assessments, exercises and feedback may name: a run in which people of both companies are enrolled."""

import io
from typing import Any

from sqlalchemy import update

from eventapp.core.db import db
from eventapp.mail.models import MailState, OutboxMail
from eventapp.registrations.models import Registration
from eventapp.training.assessing.attempts import service as attempts
from eventapp.training.assessing.exercises import service as exercises
from eventapp.training.assessing.exercises.recordings import Received
from eventapp.training.models import AttendanceState, CourseFeedback, Waiver
from tests.conftest import NOW
from tests.support import factories, training
from tests.support.recordings import KINDS

OF_LINK = (
    *("course_own.index", "assessment.show", "assessment.start", "assessment.attempt", "assessment.save"),
    *("exercise.show", "exercise.recording", "course_feedback.give"),
)


def assessed_run(*sides: Any) -> dict[str, Any]:
    """A run that ended an hour ago, with a pool, a rubric, and for each side an attempt, a recording and some words."""
    version = training.course("VPS-101", pass_mark=50, exercise="Record yourself", exercise_html="<p>Record yourself</p>")
    question, criterion = training.question(version), training.criterion(version)
    begun = NOW.replace(hour=NOW.hour - 3)
    run = training.run(version, slots=[(begun, NOW.replace(hour=NOW.hour - 1))])
    names: dict[str, Any] = {}
    for one in sides:
        enrolment = training.enrol(run, one.company, one.people[2])
        enrolment.attendance, enrolment.attended, enrolment.slots = AttendanceState.ATTENDED, 7200, 7200
        # Settled, so that no report counts them as away.
        enrolment.settled_at, enrolment.settled_by, enrolment.settled_reason = NOW, "tests", "Was there"
        attempts.start(enrolment, by=factories.TESTS, at=NOW)
        content = io.BytesIO(KINDS["audio/mpeg"] + one.company.name.encode())
        found = Received(f"of {one.company.name}.mp3", "audio/mpeg", content)
        handed = exercises.hand_in(enrolment, found, f"Note of {one.company.name}", by=factories.TESTS, at=NOW)
        said = f"Words of {one.company.name}"
        db.session.add(CourseFeedback(enrolment_id=enrolment.id, relevance=5, comment=said, given_at=NOW))
        token = db.session.get_one(Registration, enrolment.registration_id).token
        one.names |= {**dict.fromkeys(OF_LINK, token), "recording_key": handed.key, "enrolment_id": enrolment.id}
        names["submission_id"] = handed.id
        factories.commit()
    waived = {"run_id": run.id, "person_id": sides[0].people[2].id, "reason": "Practice", "given_at": NOW, "given_by": "x"}
    db.session.add(Waiver(**waived))
    # Else the mails of these registrations, which are days old, would look stuck.
    db.session.execute(update(OutboxMail).values(state=MailState.SENT, sent_at=NOW))
    factories.commit()
    return {
        **names,
        "run_id": run.id,
        "version_id": version.id,
        "pool_question_id": question.id,
        "rubric_id": criterion.id,
        "attempt_number": 1,
        "page": "course",
        "shape": "courses",
        "run_rows": "enrolments",
    }
