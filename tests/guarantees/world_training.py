"""What pages of training may name in the world: a course, its run with people of both companies, what came of it."""

from typing import Any

from sqlalchemy import update

from eventapp.core.db import db
from eventapp.mail.models import MailState, OutboxMail
from eventapp.training.models import CourseInterest, Standing, StandingState, Waiver
from tests.conftest import NOW
from tests.support import factories, training


def training_of(*sides: Any) -> dict[str, Any]:
    """A course with a run in which both companies have somebody, each with a certificate, and a rule that judges both.

    The names are those of views' arguments; what belongs to one side goes into the names of that side.
    """
    course = training.course("WORLD-2", title="World course")
    engineer = training.credential("WORLD-ENG", name="World engineer")
    training.curriculum(engineer, [course.course])
    rule = training.rule("ready", [engineer], name="World rule")
    run = training.run(course, slug="world-run")
    for one in sides:
        person = one.people[0]
        enrolment = training.enrol(run, one.company, person)
        made = training.certificate(person, engineer)
        taken = training.certificate(person, course, enrolment_id=enrolment.id)
        one.names |= {"enrolment_id": enrolment.id, "certificate_id": taken.id, "credential_certificate_id": made.id}
        interest = {"course_id": course.course_id, "person_id": person.id, "organisation_id": one.company.id}
        db.session.add(CourseInterest(**interest, note="Soon", noted_at=NOW, noted_by="tests"))
        db.session.add(Waiver(run_id=run.id, person_id=person.id, reason="Knows it", given_at=NOW, given_by="tests"))
        state = {"state": StandingState.COMPLIANT, "people": 1, "score": 1, "falls_by": [], "since": NOW, "evaluated_at": NOW}
        db.session.add(Standing(organisation_id=one.company.id, rule_id=rule.id, **state))
    # What was written to them went out long ago: nothing waits.
    db.session.execute(update(OutboxMail).values(state=MailState.SENT, sent_at=NOW))
    factories.commit()
    return {
        "programme_rule_id": rule.id,
        "course_code": course.course.code,
        "course_id": course.course_id,
        "run_id": run.id,
        "credential_id": engineer.id,
    }
