"""Standings follow certificates, memberships and rules, on both databases."""

from datetime import date, timedelta

from flask import Flask
from sqlalchemy import select

from eventapp.core.db import db
from eventapp.partners.models import Membership, Organisation, Person, PersonEmail
from eventapp.partners.service import people
from eventapp.training import hooks
from eventapp.training.models import CountsFor, Credential, Standing, StandingDay, StandingState
from eventapp.training.programme import evaluating, jobs
from tests.conftest import NOW
from tests.support import factories, training


def company(**values: object) -> Organisation:
    return factories.organisation(**{"tier_key": "advanced", **values})


def standing(of: Organisation) -> Standing:
    db.session.expire_all()
    return db.session.scalars(select(Standing).where(Standing.organisation_id == of.id)).one()


def certified(of: Organisation, credential: Credential, **values: object) -> Person:
    person = factories.person(of)
    training.certificate(person, credential, **values)
    return person


def evaluate(at: object = NOW) -> None:
    evaluating.evaluate(None, at=at)  # type: ignore[arg-type]
    factories.commit()


def test_a_company_stands_where_its_people_bring_it(app: Flask) -> None:
    engineer = training.credential()
    training.rule("advanced", [engineer], people=2)
    ours = company()
    certified(ours, engineer)
    evaluate()
    assert (standing(ours).state, standing(ours).people) == (StandingState.GRACE, 1)
    certified(ours, engineer, expires_on=NOW.date() + timedelta(days=30))
    evaluate()
    found = standing(ours)
    assert (found.state, found.people) == (StandingState.AT_RISK, 2)
    assert found.falls_on == NOW.date() + timedelta(days=31)


def test_certificates_that_do_not_count(app: Flask) -> None:
    engineer, other = training.credential(), training.credential()
    training.rule("advanced", [engineer])
    ours = company()
    certified(ours, engineer, revoked_at=NOW, revoked_reason="wrong")
    certified(ours, engineer, expires_on=NOW.date() - timedelta(days=1), completed_on=date(2026, 1, 1))
    certified(ours, other)
    certified(company(), engineer)
    evaluate()
    assert standing(ours).people == 0


def test_a_state_keeps_its_beginning_and_its_grace(app: Flask) -> None:
    training.rule("advanced", [training.credential()])
    ours = company()
    evaluate()
    evaluate(NOW + timedelta(days=10))
    found = standing(ours)
    assert (found.since, found.grace_until) == (NOW, NOW.date() + timedelta(days=90))
    evaluate(NOW + timedelta(days=91))
    assert standing(ours).state is StandingState.NON_COMPLIANT
    assert standing(ours).since == NOW + timedelta(days=91)


def test_rules_are_about_companies_of_their_tier_and_countries(app: Flask) -> None:
    training.rule("advanced", [training.credential()], countries=["AT"])
    here = company(country_code="AT")
    company(country_code="DE")
    company(tier_key="ready", country_code="AT")
    evaluate()
    assert set(db.session.scalars(select(Standing.organisation_id))) == {here.id}
    here.tier_key = "ready"
    factories.commit()
    evaluate(NOW + timedelta(hours=1))
    assert db.session.scalars(select(Standing)).all() == []


def test_who_changes_the_company_takes_the_credential_along_the_same_day(app: Flask) -> None:
    engineer = training.credential()
    training.rule("advanced", [engineer])
    old, new = company(), company()
    person = certified(old, engineer)
    evaluate()
    assert (standing(old).people, standing(new).people) == (1, 0)
    membership = db.session.scalars(select(Membership).where(Membership.person_id == person.id)).one()
    people.end_membership(membership, person, by=factories.TESTS, at=NOW + timedelta(hours=1))
    factories.commit()
    assert standing(old).people == 0
    address = db.session.scalars(select(PersonEmail.address).where(PersonEmail.person_id == person.id)).one()
    people.add_person(new, person.given_name, person.family_name, address, by=factories.TESTS, at=NOW + timedelta(hours=2))
    factories.commit()
    assert (standing(old).people, standing(new).people) == (0, 1)


def test_a_person_in_two_companies_counts_for_one(app: Flask) -> None:
    engineer = training.credential()
    training.rule("advanced", [engineer])
    first, second = company(), company()
    person = certified(first, engineer)
    db.session.add(Membership(person_id=person.id, organisation_id=second.id, valid_from=NOW.date()))
    factories.commit()
    evaluate()
    assert (standing(first).people, standing(second).people) == (1, 0)
    db.session.add(CountsFor(person_id=person.id, organisation_id=second.id, chosen_at=NOW, chosen_by="x"))
    factories.commit()
    evaluate(NOW + timedelta(hours=1))
    assert (standing(first).people, standing(second).people) == (0, 1)


def test_a_certificate_event_evaluates_the_companies_of_its_person(app: Flask) -> None:
    engineer = training.credential()
    training.rule("advanced", [engineer])
    ours = company()
    person = factories.person(ours)
    made = training.certificate(person, engineer)
    hooks.certified([made], by=factories.TESTS, at=NOW)
    factories.commit()
    assert standing(ours).state is StandingState.COMPLIANT


def test_once_a_day_all_are_evaluated_and_the_day_is_kept(app: Flask) -> None:
    training.rule("advanced", [training.credential()])
    ours = company()
    jobs.each_day()
    assert standing(ours).state is StandingState.GRACE
    rows = db.session.execute(select(StandingDay.day, StandingDay.state, StandingDay.companies)).all()
    assert [(state, n) for _day, state, n in rows] == [(StandingState.GRACE, 1)]
    jobs.each_day()
    assert len(db.session.scalars(select(StandingDay)).all()) == 1


def test_nothing_is_done_where_there_are_no_rules(app: Flask) -> None:
    jobs.each_day()
    assert db.session.scalars(select(StandingDay)).all() == []
