"""Certificates by rule and by hand, and the credentials that follow."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.events.models import EventFormat
from eventapp.mail.models import OutboxMail
from eventapp.partners.models import Person
from eventapp.training import completing
from eventapp.training.attendance import closing
from eventapp.training.certificates import issuing, printing
from eventapp.training.certificates.issuing import ByHand
from eventapp.training.models import AttendanceState, Certificate, CourseVersion, Credential, Enrolment, ResultState, Run
from tests.support import factories, training
from tests.support.factories import TESTS

SLOTS = [
    (datetime(2027, 5, 18, 7, tzinfo=UTC), datetime(2027, 5, 18, 10, tzinfo=UTC)),
    (datetime(2027, 5, 18, 21, tzinfo=UTC), datetime(2027, 5, 18, 22, 30, tzinfo=UTC)),
]
AFTER = datetime(2027, 5, 20, 8, tzinfo=UTC)
WHOLE = {"attendance": AttendanceState.ATTENDED, "attended": 10_000, "slots": 16_200}


def attended(run: Run, person: Person | None = None, **values: Any) -> Enrolment:
    """Somebody who has completed a run, noted by what follows from attendance."""
    company = factories.organisation()
    enrolment = training.enrol(run, company, person or factories.person(company), **{**WHOLE, **values})
    completing.look([enrolment], by=TESTS, at=AFTER)
    factories.commit()
    return enrolment


def final(run: Run) -> None:
    """Makes a run final and lets happen what follows, without counting its attendance anew."""
    run.done_at = AFTER
    db.session.flush()
    completing.finish(run, by=TESTS, at=AFTER)
    factories.commit()


def all_certificates() -> list[Certificate]:
    return list(db.session.scalars(select(Certificate).order_by(Certificate.id)))


def test_a_run_that_is_made_final_certifies_whoever_completed_it(app: Flask) -> None:
    version = training.course(validity_months=24, credit_minutes=50)
    run = training.run(version, slots=SLOTS)
    enrolment = attended(run)
    attended(run, attendance=AttendanceState.PARTIAL)
    assert all_certificates() == []
    final(run)
    (made,) = all_certificates()
    assert (made.person_id, made.enrolment_id, made.version_id) == (enrolment.person_id, enrolment.id, version.id)
    # The last part ends after midnight in Vienna.
    assert (made.completed_on, made.expires_on) == (date(2027, 5, 19), date(2029, 5, 19))
    assert (made.minutes, made.half_credits, made.mode) == (166, 6, EventFormat.VIRTUAL)
    assert len(made.code) == 12
    assert made.salt
    assert not made.by_hand
    mails = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == "certificates.issued")).all()
    assert len(mails) == 1
    assert f"/verify/{made.code}" in mails[0].text
    entries = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert entries[-1] == "certificates.issue"


def test_closing_a_run_certifies_those_who_had_completed_it_before(app: Flask) -> None:
    run = training.run(training.course(), slots=SLOTS)
    attended(run, settled_at=AFTER, settled_by="tests", settled_reason="Was there")
    assert all_certificates() == []
    closing.close(run, seen=run.version, by=TESTS, at=AFTER)
    factories.commit()
    (made,) = all_certificates()
    # Nobody has seen any minutes, and somebody has said that they were there: all of them.
    assert made.minutes == 270
    closing.reopen(run, by=TESTS, at=AFTER)
    closing.close(run, seen=run.version, by=TESTS, at=AFTER)
    factories.commit()
    assert len(all_certificates()) == 1


def test_whoever_passes_later_is_certified_at_once(app: Flask) -> None:
    run = training.run(training.course(pass_mark=70), slots=SLOTS)
    enrolment = attended(run)
    final(run)
    assert all_certificates() == []
    enrolment.result = ResultState.PASSED
    completing.look([enrolment], by=TESTS, at=AFTER + timedelta(days=3))
    factories.commit()
    (made,) = all_certificates()
    assert made.completed_on == date(2027, 5, 23)
    completing.look([enrolment], by=TESTS, at=AFTER + timedelta(days=4))
    issuing.for_enrolments([enrolment.id], by=TESTS, at=AFTER + timedelta(days=4))
    factories.commit()
    assert len(all_certificates()) == 1


def test_who_is_not_complete_any_more_keeps_the_certificate_and_gets_no_second_one(app: Flask) -> None:
    run = training.run(training.course(), slots=SLOTS)
    enrolment = attended(run)
    final(run)
    enrolment.attendance = AttendanceState.NO_SHOW
    completing.look([enrolment], by=TESTS, at=AFTER)
    assert enrolment.completed_at is None
    enrolment.attendance = AttendanceState.ATTENDED
    completing.look([enrolment], by=TESTS, at=AFTER)
    factories.commit()
    assert len(all_certificates()) == 1


def test_a_name_that_no_font_prints_waits_and_nobody_else_does(app: Flask) -> None:
    run = training.run(training.course(), slots=SLOTS)
    company = factories.organisation()
    strange = attended(run, factories.person(company, "Anna", "\U0010fffd\U0010fffc"))
    attended(run)
    final(run)
    assert len(all_certificates()) == 1
    issued = issuing.for_enrolments([strange.id], by=TESTS, at=AFTER)
    assert [(one.id, signs) for one, signs in issued.held_back] == [(strange.id, ["\U0010fffd", "\U0010fffc"])]
    issued = issuing.for_enrolments([strange.id], names={strange.id: "Anna Wang"}, by=TESTS, at=AFTER)
    factories.commit()
    assert [one.name for one in issued.certificates] == ["Anna Wang"]


def test_another_name_is_taken_only_where_the_own_one_cannot_be_printed(app: Flask) -> None:
    run = training.run(training.course(), slots=SLOTS)
    enrolment = attended(run)
    run.done_at = AFTER
    factories.commit()
    issued = issuing.for_enrolments([enrolment.id], names={enrolment.id: "Somebody Else"}, by=TESTS, at=AFTER)
    factories.commit()
    (made,) = issued.certificates
    assert made.name == db.session.get_one(Person, enrolment.person_id).full_name


@pytest.mark.parametrize(
    "name",
    ['#panic() $x$ *a* _b_ `c` "', "\\ @preview </script>", "ا" * 90 + " " + "ب" * 89, "W" * 180, "Ab\u202ecd", "o'Brien & Søn"],
)
def test_whatever_somebody_is_called_is_printed_on_one_page(app: Flask, name: str) -> None:
    person = factories.person(factories.organisation(), name[:100], name[100:180] or "X")
    certificate = training.certificate(person, training.course(title="T" * 150), name=name.replace("\u202e", ""))
    (whole,) = issuing.queries.chosen([certificate.id])
    made = printing.certificate_pdf(whole, date(2027, 2, 1))
    assert made.startswith(b"%PDF-")
    assert b"/Count 1" in made
    assert printing.transcript_pdf(name, [whole] * 60, date(2027, 2, 1)).startswith(b"%PDF-")
    assert printing.transcript_pdf(name, [], date(2027, 2, 1)).startswith(b"%PDF-")


def test_nothing_printed_names_what_only_the_vendor_knows(app: Flask) -> None:
    person = factories.person(factories.organisation())
    certificate = training.certificate(person, training.course(), by_hand=True, reason="CANARY-REASON")
    (whole,) = issuing.queries.chosen([certificate.id])
    told = str(printing.data_of(whole, date(2027, 2, 1)))
    assert whole.name in told
    assert "CANARY-REASON" not in told
    assert whole.salt not in told


def by_hand(of: CourseVersion | Credential, **values: Any) -> ByHand:
    usual = {"name": "", "completed_on": date(2027, 1, 31), "minutes": 125, "mode": EventFormat.IN_PERSON}
    return ByHand(of=of, **{**usual, "reason": "Was there before we had this", **values})


def test_by_hand_there_is_a_reason_and_the_person_is_told(app: Flask) -> None:
    person = factories.person(factories.organisation())
    details = by_hand(training.course(validity_months=1))
    (made,) = issuing.by_hand(person, details, by=TESTS, at=AFTER).certificates
    factories.commit()
    assert (made.by_hand, made.reason, made.name) == (True, details.reason, person.full_name)
    assert (made.expires_on, made.half_credits, made.minutes) == (date(2027, 2, 28), 5, 125)
    assert db.session.scalar(select(OutboxMail.kind)) == "certificates.issued"
    assert db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()[-1] == "certificates.issue_by_hand"


@pytest.mark.parametrize("values", [{"completed_on": date(2027, 5, 21)}, {"name": "\U0010fffd"}])
def test_nothing_is_issued_for_tomorrow_or_in_signs_that_nobody_can_print(app: Flask, values: dict[str, Any]) -> None:
    person = factories.person(factories.organisation())
    with pytest.raises(RuleError):
        issuing.by_hand(person, by_hand(training.course(), **values), by=TESTS, at=AFTER)
    db.session.rollback()
    assert all_certificates() == []


def test_the_last_course_of_a_curriculum_brings_the_credential(app: Flask) -> None:
    first, second, elective, other = (training.course() for _n in range(4))
    credential = training.credential(validity_months=12)
    training.curriculum(credential, [first.course, second.course], [elective.course, other.course], electives=1)
    person = factories.person(factories.organisation())
    for version in (first, second):
        issuing.by_hand(person, by_hand(version), by=TESTS, at=AFTER)
    assert [one.credential_id for one in all_certificates()] == [None, None]
    made = issuing.by_hand(person, by_hand(other, completed_on=date(2027, 3, 31)), by=TESTS, at=AFTER).certificates
    factories.commit()
    assert [one.credential_id for one in made] == [None, credential.id]
    assert (made[1].completed_on, made[1].expires_on) == (date(2027, 3, 31), date(2028, 3, 31))
    assert not made[1].by_hand
    assert made[1].mode is None
    # One mail about both.
    last = db.session.scalars(select(OutboxMail.text).order_by(OutboxMail.id)).all()[-1]
    assert made[0].code in last
    assert made[1].code in last


def test_a_credential_without_months_ends_with_the_first_it_stands_on_and_is_renewed_with_it(app: Flask) -> None:
    first, second = training.course(validity_months=12), training.course(validity_months=24)
    credential = training.credential(validity_months=None)
    training.curriculum(credential, [first.course, second.course])
    person = factories.person(factories.organisation())
    for version in (first, second):
        issuing.by_hand(person, by_hand(version), by=TESTS, at=AFTER)
    issuing.by_hand(person, by_hand(second, completed_on=date(2027, 3, 1)), by=TESTS, at=AFTER)
    ends = select(Certificate.expires_on).where(Certificate.credential_id == credential.id).order_by(Certificate.id)
    assert db.session.scalars(ends).all() == [date(2028, 1, 31)]
    issuing.by_hand(person, by_hand(first, completed_on=date(2027, 5, 1)), by=TESTS, at=AFTER)
    factories.commit()
    assert db.session.scalars(ends).all() == [date(2028, 1, 31), date(2028, 5, 1)]


def test_expired_courses_and_archived_ways_bring_nothing(app: Flask) -> None:
    first, second = training.course(validity_months=1), training.course()
    credential = training.credential()
    way = training.curriculum(credential, [first.course, second.course])
    person = factories.person(factories.organisation())
    for version in (first, second):
        issuing.by_hand(person, by_hand(version), by=TESTS, at=AFTER)
    assert len(all_certificates()) == 2
    way.archived = True
    issuing.by_hand(person, by_hand(first, completed_on=date(2027, 5, 19)), by=TESTS, at=AFTER)
    factories.commit()
    assert len(all_certificates()) == 3


def test_by_hand_a_credential_that_is_valid_as_its_courses_needs_its_end(app: Flask) -> None:
    person = factories.person(factories.organisation())
    engineer = training.credential()
    for details, message in (
        (by_hand(engineer), "say until when"),
        (by_hand(engineer, expires_on=date(2027, 1, 30)), "must not end before"),
    ):
        with pytest.raises(RuleError, match=message):
            issuing.by_hand(person, details, by=TESTS, at=AFTER)
        db.session.rollback()
    (made,) = issuing.by_hand(person, by_hand(engineer, expires_on=date(2028, 1, 31)), by=TESTS, at=AFTER).certificates
    factories.commit()
    assert made.expires_on == date(2028, 1, 31)
    lasting = training.credential(validity_months=12)
    (made,) = issuing.by_hand(person, by_hand(lasting), by=TESTS, at=AFTER).certificates
    factories.commit()
    assert made.expires_on == date(2028, 1, 31)
