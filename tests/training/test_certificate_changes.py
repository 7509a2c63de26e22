"""What becomes of certificates later: revoked and restored, replaced, sent again; two at once; and notices of their end."""

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.audit.models import AuditEntry
from eventapp.core.db import db, transaction
from eventapp.core.errors import RuleError, StaleError
from eventapp.mail.models import OutboxMail
from eventapp.partners.models import Membership, MembershipState, Person
from eventapp.training import completing, hooks, queries
from eventapp.training.certificates import changing, issuing, noticing
from eventapp.training.certificates.issuing import ByHand
from eventapp.training.models import (
    AttendanceState,
    Certificate,
    CertificateNotice,
    CourseVersion,
    EnrolmentState,
    Run,
)
from tests.conftest import NOW
from tests.support import factories, training
from tests.support.factories import TESTS


def two_courses(**values: Any) -> tuple[Person, list[Certificate]]:
    """Somebody with two courses and the credential that they lead to."""
    first, second = training.course(), training.course()
    credential = training.credential(**values)
    training.curriculum(credential, [first.course, second.course])
    person = factories.person(factories.organisation())
    for version in (first, second):
        details = ByHand(version, "", date(2027, 1, 10), 60, None, "Was there")
        issuing.by_hand(person, details, by=TESTS, at=NOW)
    factories.commit()
    return person, list(db.session.scalars(select(Certificate).order_by(Certificate.id)))


def test_a_credential_goes_with_the_course_that_it_stands_on_and_comes_back_with_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    _person, (first, second, credential) = two_courses()
    told: list[list[int]] = []
    monkeypatch.setattr(hooks, "CERTIFIED", [lambda found, _by, _at: told.append(sorted(one.id for one in found))])
    gone = changing.revoke(first.id, "Cheated", by=TESTS, at=NOW)
    factories.commit()
    assert [one.id for one in gone] == [first.id, credential.id]
    assert second.revoked_at is None
    assert credential.revoked_reason == "A course that it stands on was revoked."
    changing.restore(first.id, by=TESTS, at=NOW + timedelta(days=1))
    factories.commit()
    assert (first.revoked_at, credential.revoked_at, first.revoked_reason) == (None, None, "")
    assert told == [[first.id, credential.id]] * 2
    actions = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions[-4:] == ["certificates.revoke"] * 2 + ["certificates.restore"] * 2


def test_a_credential_stays_where_another_certificate_of_the_course_carries_it(app: Flask) -> None:
    person, (first, _second, credential) = two_courses()
    version = db.session.get_one(CourseVersion, first.version_id)
    training.certificate(person, version, completed_on=date(2027, 1, 9))
    gone = changing.revoke(first.id, "Cheated", by=TESTS, at=NOW)
    factories.commit()
    assert [one.id for one in gone] == [first.id]
    assert credential.revoked_at is None


def test_a_credential_given_by_hand_stays(app: Flask) -> None:
    _person, (first, _second, credential) = two_courses()
    credential.by_hand, credential.reason = True, "Was one before"
    factories.commit()
    changing.revoke(first.id, "Cheated", by=TESTS, at=NOW)
    factories.commit()
    assert credential.revoked_at is None


def test_what_was_replaced_or_revoked_is_neither_again(app: Flask) -> None:
    _person, (first, *_others) = two_courses()
    new = changing.replace(first.id, "New Name", version=first.version, by=TESTS, at=NOW)
    factories.commit()
    assert (new.completed_on, new.by_hand, new.reason, new.code != first.code) == (first.completed_on, True, "Was there", True)
    for act in (
        lambda: changing.replace(first.id, "Other", by=TESTS, at=NOW),
        lambda: changing.revoke(first.id, "x", by=TESTS, at=NOW),
        lambda: changing.restore(first.id, by=TESTS, at=NOW),
        lambda: changing.replace(new.id, "New Name", by=TESTS, at=NOW),
        lambda: changing.replace(new.id, "\U0010fffd", by=TESTS, at=NOW),
        lambda: changing.replace(new.id, "\u202e", by=TESTS, at=NOW),
        lambda: changing.revoke(new.id, "", by=TESTS, at=NOW),
    ):
        with pytest.raises(RuleError):
            act()
        db.session.rollback()
    with pytest.raises(StaleError):
        changing.revoke(new.id, "x", version=new.version + 1, by=TESTS, at=NOW)


def completed(version: CourseVersion | None = None) -> Any:
    """Somebody who has completed a run that is final, and has no certificate yet."""
    company = factories.organisation()
    run = training.run(version or training.course())
    whole = {"attendance": AttendanceState.ATTENDED, "attended": 7200, "slots": 7200, "completed_at": NOW}
    enrolment = training.enrol(run, company, factories.person(company), **whole)
    run.done_at = NOW
    factories.commit()
    return enrolment


def test_a_replaced_certificate_of_a_run_keeps_its_enrolment_and_no_rule_brings_a_revoked_one_back(app: Flask) -> None:
    enrolment = completed()
    (one,) = issuing.for_enrolments([enrolment.id], by=TESTS, at=NOW).certificates
    new = changing.replace(one.id, "New Name", by=TESTS, at=NOW)
    assert (one.enrolment_id, new.enrolment_id) == (enrolment.id, enrolment.id)
    changing.revoke(new.id, "x", by=TESTS, at=NOW)
    completing.look([enrolment], by=TESTS, at=NOW)
    assert issuing.for_enrolments([enrolment.id], by=TESTS, at=NOW).certificates == []
    changing.restore(new.id, by=TESTS, at=NOW)
    factories.commit()
    assert [row.revoked_at for row in db.session.scalars(select(Certificate))] == [None, None]


def test_who_has_no_address_is_sent_nothing(app: Flask) -> None:
    _person, (first, *_others) = two_courses()
    db.session.execute(db.delete(OutboxMail))
    db.session.execute(db.text("DELETE FROM person_email"))
    factories.commit()
    assert changing.resend(issuing.queries.chosen([first.id]), by=TESTS, at=NOW) == 0
    assert db.session.scalars(select(OutboxMail)).all() == []


def in_parallel(app: Flask, *acts: Any) -> list[Exception]:
    """Carries acts out at once, each in a thread and a transaction of its own; gives what went wrong."""
    start, wrong = threading.Barrier(len(acts)), list[Exception]()

    def run(act: Any) -> None:
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    act()
            except Exception as error:  # the test looks at what it was
                wrong.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def test_two_completions_at_once_give_one_certificate(app: Flask) -> None:
    enrolment_id = completed().id
    db.session.commit()
    act = lambda: issuing.for_enrolments([enrolment_id], by=TESTS, at=NOW)  # noqa: E731 - the same for all
    assert in_parallel(app, *[act] * 4) == []
    db.session.rollback()
    assert len(db.session.scalars(select(Certificate)).all()) == 1
    assert len(db.session.scalars(select(OutboxMail).where(OutboxMail.kind == "certificates.issued")).all()) == 1


def test_the_last_two_courses_at_once_give_one_credential(app: Flask) -> None:
    first, second = training.course(), training.course()
    credential = training.credential()
    training.curriculum(credential, [first.course, second.course])
    company = factories.organisation()
    person = factories.person(company)
    ids = []
    for version in (first, second):
        run = training.run(version)
        whole = {"attendance": AttendanceState.ATTENDED, "attended": 7200, "slots": 7200, "completed_at": NOW}
        ids.append(training.enrol(run, company, person, **whole).id)
        run.done_at = NOW
    factories.commit()
    late = datetime(2027, 5, 20, tzinfo=UTC)
    acts = [lambda one=one: issuing.for_enrolments([one], by=TESTS, at=late) for one in ids]
    assert in_parallel(app, *acts) == []
    db.session.rollback()
    found = db.session.scalars(select(Certificate.credential_id)).all()
    assert sorted(found, key=str) == [credential.id, None, None]


def test_who_completes_while_the_run_is_made_final_is_certified(app: Flask) -> None:
    company = factories.organisation()
    run = training.run(training.course())
    whole = {"attendance": AttendanceState.ATTENDED, "attended": 7200, "slots": 7200}
    enrolment = training.enrol(run, company, factories.person(company), **whole)
    run_id, enrolment_id, late = run.id, enrolment.id, datetime(2027, 5, 20, tzinfo=UTC)
    assert enrolment.state is EnrolmentState.ENROLLED
    db.session.commit()

    def complete() -> None:
        found = db.session.get_one(type(enrolment), enrolment_id)
        completing.look([found], by=TESTS, at=late)

    def close() -> None:
        run = db.session.scalars(queries.runs().where(Run.id == run_id)).one()
        run.done_at = late
        db.session.flush()
        completing.finish(run, by=TESTS, at=late)

    assert in_parallel(app, complete, close) == []
    db.session.rollback()
    assert len(db.session.scalars(select(Certificate)).all()) == 1


def mails() -> list[OutboxMail]:
    return list(db.session.scalars(select(OutboxMail).where(OutboxMail.kind == "certificates.ending").order_by(OutboxMail.id)))


def test_the_person_and_the_companys_admins_are_told_three_times_once_each(app: Flask) -> None:
    company = factories.organisation()
    factories.company_admin(company, "petra@donau.example")
    people = [factories.person(company, "Zoë", f"Berg{n}") for n in range(2)]
    version = training.course(title="Edge gateways")
    ends = date(2028, 1, 4)
    for person in people:
        training.certificate(person, version, expires_on=ends)
    at = lambda days: datetime(2028, 1, 4, 12, tzinfo=UTC) - timedelta(days=days)  # noqa: E731 - shorter
    counts = []
    for days in (91, 90, 89, 31, 30, 29, 1, 0, -1, -9):
        assert noticing.send_due(at(days)) == (2 if days in (90, 30, 0) else 0), days
        counts.append(len(mails()))
        noticing.send_due(at(days))
        assert len(mails()) == counts[-1]
    assert counts == [0, 3, 3, 3, 6, 6, 6, 9, 9, 9]
    to_admin = [one for one in mails() if one.to_address == "petra@donau.example"]
    assert len(to_admin) == 3
    assert all("Zoë Berg0" in one.text and "Zoë Berg1" in one.text for one in to_admin)
    assert {row.days for row in db.session.scalars(select(CertificateNotice))} == {90, 30, 0}


def test_a_sweep_that_comes_late_sends_one_notice(app: Flask) -> None:
    training.certificate(factories.person(factories.organisation()), training.course(), expires_on=date(2028, 1, 4))
    assert noticing.send_due(datetime(2028, 1, 8, tzinfo=UTC)) == 1
    assert [row.days for row in db.session.scalars(select(CertificateNotice))] == [0]


def test_what_has_ended_is_not_called_valid(app: Flask) -> None:
    company = factories.organisation("Donau GmbH")
    factories.company_admin(company, "petra@donau.example")
    person, late = factories.person(company, "Ada", "Lang"), datetime(2028, 1, 8, tzinfo=UTC)
    training.certificate(person, training.course(title="Edge"), expires_on=date(2028, 1, 4))
    assert noticing.send_due(late) == 1
    to_person, to_company = mails()
    assert to_person.subject.startswith("Ended on 4 Jan 2028: Edge")
    assert (
        "what follows has ended; take the course again if you want it back:\n\n- Edge: was valid until 4 Jan 2028"
        in to_person.text
    )
    assert to_company.subject == "Certificates at Donau GmbH that have ended"
    assert "these certificates of your colleagues have ended:\n\n- Ada Lang, Edge: was valid until 4 Jan 2028" in to_company.text
    for title, ends in (("Core", date(2028, 1, 8)), ("Vault", date(2028, 1, 5))):
        training.certificate(person, training.course(title=title), expires_on=ends)
    assert noticing.send_due(late) == 2
    to_person, to_company = mails()[2:]
    assert to_person.subject == "Certificates of yours end soon"
    for text in (to_person.text, to_company.text):
        assert text.index("Core: valid until 8 Jan 2028") < text.index("ended") < text.index("Vault: was valid until 5 Jan 2028")
        assert "\n\n\n" not in text
    for html in (to_person.html, to_company.html):
        assert html.index("Core: valid until 8 Jan 2028") < html.index("ended") < html.index("Vault: was valid until 5 Jan 2028")


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles", "", "Nowhere/Land"])
def test_days_are_those_of_the_person(app: Flask, zone: str) -> None:
    person = factories.person(factories.organisation(), time_zone=zone)
    training.certificate(person, training.course(), expires_on=date(2028, 1, 4))
    # Noon in UTC on the day before the 90th: in Auckland it is the 90th already.
    at = datetime(2027, 10, 5, 12, tzinfo=UTC)
    assert noticing.send_due(at) == (1 if zone == "Pacific/Auckland" else 0)
    # Two hours into the 90th day in UTC, in Los Angeles it is still the day before.
    at = datetime(2027, 10, 6, 2, tzinfo=UTC)
    assert noticing.send_due(at) == (0 if zone in ("Pacific/Auckland", "America/Los_Angeles") else 1)


def test_what_was_renewed_revoked_or_replaced_needs_no_notice(app: Flask) -> None:
    person, ends = factories.person(factories.organisation()), date(2028, 1, 4)
    version = training.course()
    training.certificate(person, version, expires_on=ends)
    renewed = training.certificate(person, version, expires_on=date(2029, 1, 4))
    credential = training.credential()
    training.certificate(person, credential, expires_on=ends)
    training.certificate(person, credential)
    training.certificate(person, training.course(), expires_on=ends, revoked_at=NOW)
    training.certificate(person, training.course(), expires_on=ends, replaced_by_id=renewed.id)
    at = datetime(2028, 1, 1, tzinfo=UTC)
    assert noticing.send_due(at) == 0
    renewed.revoked_at = NOW
    factories.commit()
    assert noticing.send_due(at) == 1


def test_a_certificate_of_another_course_renews_nothing(app: Flask) -> None:
    person, ends = factories.person(factories.organisation()), date(2028, 1, 4)
    first, second = training.course(), training.course()
    training.certificate(person, first, expires_on=ends)
    training.certificate(person, second, expires_on=date(2029, 1, 4))
    training.certificate(person, training.credential(), expires_on=date(2029, 1, 4))
    assert noticing.send_due(datetime(2028, 1, 1, tzinfo=UTC)) == 1


def test_a_former_company_is_told_nothing(app: Flask) -> None:
    company = factories.organisation()
    factories.company_admin(company, "petra@donau.example")
    person = factories.person(company)
    training.certificate(person, training.course(), expires_on=date(2028, 1, 4))
    membership = db.session.scalars(select(Membership).where(Membership.person_id == person.id)).one()
    membership.state = MembershipState.ENDED
    factories.commit()
    noticing.send_due(datetime(2028, 1, 1, tzinfo=UTC))
    assert [one.about for one in mails()] == [f"person:{person.id}"]


def test_two_workers_tell_once(app: Flask) -> None:
    training.certificate(factories.person(factories.organisation()), training.course(), expires_on=date(2028, 1, 4))
    db.session.commit()
    at = datetime(2028, 1, 1, tzinfo=UTC)
    ids = [row.id for row in noticing._due(at)]
    db.session.rollback()
    act = lambda: noticing._send(ids, at)  # noqa: E731 - the same for all
    assert in_parallel(app, *[act] * 3) == []
    db.session.rollback()
    assert len(mails()) == 1


def test_the_table_is_asked_once_an_hour(app: Flask, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[datetime] = []
    monkeypatch.setattr(noticing, "send_due", looked.append)
    monkeypatch.setattr(noticing, "_looked", [])
    for _minute in range(130):
        noticing.notice_all()
        clock.shift(60)
    assert len(looked) == 3
