"""The programme's pages: how companies stand, rules tried out and saved, and what a company does next."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Role
from eventapp.core.db import db
from eventapp.partners.models import Membership, MembershipRole, Organisation, Person
from eventapp.registrations.models import Registration, RegistrationStatus
from eventapp.training import hooks
from eventapp.training.models import CourseVersion, Credential, Enrolment, ProgrammeRule, Standing, StandingState
from eventapp.training.programme import evaluating
from tests.conftest import NOW
from tests.support import factories, training
from tests.support.browsing import press, send
from tests.support.pages import PageClient

LIST, RULES, OURS = "/admin/training/programme/", "/admin/training/programme/rules", "/company/training/programme"


@pytest.fixture(autouse=True)
def _time(clock: Any) -> None:
    """Runs of these tests are to come."""


@pytest.fixture
def course(app: Flask) -> CourseVersion:
    return training.course("NET-201", title="Routing that holds")


@pytest.fixture
def engineer(course: CourseVersion) -> Credential:
    made = training.credential(name="Certified engineer")
    training.curriculum(made, [course.course])
    return made


@pytest.fixture
def rule(engineer: Credential) -> ProgrammeRule:
    return training.rule("advanced", [engineer], people=2, name="Technical people")


def company(name: str = "Donau Systemhaus GmbH", **values: Any) -> Organisation:
    return factories.organisation(name, **{"tier_key": "advanced", **values})


def page(app: Flask, user: Any = None) -> PageClient:
    found = app.test_client()
    assert isinstance(found, PageClient)
    found.environ_base["HTTP_HOST"] = "events.test"
    return found.sign_in(user) if user else found


def certified(of: Organisation, credential: Credential, given: str = "Anna", **values: Any) -> Person:
    person = factories.person(of, given, "Gruber")
    training.certificate(person, credential, **values)
    return person


def evaluate() -> None:
    evaluating.evaluate(None, at=NOW)
    evaluating.note_day(NOW)
    factories.commit()


def test_without_rules_the_page_says_what_to_do(app: Flask) -> None:
    assert "No rules yet" in page(app, factories.organizer()).get(LIST).text


def test_companies_are_listed_by_how_they_stand(app: Flask, rule: ProgrammeRule, engineer: Credential) -> None:
    ours, others = company(), company("Save Sistemi d.o.o.")
    for given in ("Anna", "Bert"):
        certified(ours, engineer, given)
    evaluate()
    client = page(app, factories.organizer())
    text = client.get(LIST).text
    assert "2 of 2 people" in text
    assert "0 of 2 people" in text
    assert text.index(others.name) < text.index(ours.name)
    assert ours.name not in client.get(f"{LIST}?state=grace").text.split("</thead>")[1]
    assert others.name not in client.get(f"{LIST}?q=donau").text.split("</thead>")[1]


def test_the_list_takes_as_many_queries_for_three_companies_as_for_one(
    app: Flask, rule: ProgrammeRule, engineer: Credential, count_queries: Any
) -> None:
    client = page(app, factories.organizer())
    seen = []
    for number in (1, 2):
        for _n in range(number):
            certified(company(f"Company {number} {_n}"), engineer)
        evaluate()
        with count_queries() as statements:
            assert client.get(LIST).status_code == 200
        seen.append(len(statements))
    assert seen[0] == seen[1]
    assert seen[0] <= 12, statements.statements


def test_the_export_holds_what_the_list_shows(app: Flask, rule: ProgrammeRule) -> None:
    company("=Donau()")
    company("Save Sistemi d.o.o.", country_code="HR")
    evaluate()
    client = page(app, factories.organizer())
    answer = send(client, f"{LIST}?country=AT", {"format": "plain"}, action=f"{LIST}export?country=AT")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [(row["rule"], row["state"], row["people_needed"]) for row in rows] == [("Technical people", "grace", "2")]
    assert rows[0]["company"] == "'=Donau()"


def test_a_partner_manager_reads_and_changes_nothing(app: Flask, rule: ProgrammeRule) -> None:
    client = page(app, factories.user("manager@karmin.example", Role.PARTNER_MANAGER))
    assert client.get(f"{LIST}?own=all").status_code == 200
    assert client.get(RULES).status_code == 200
    assert client.get(f"{RULES}/{rule.id}").status_code == 403


def test_a_rule_is_tried_out_and_only_then_saved(app: Flask, rule: ProgrammeRule, engineer: Credential) -> None:
    ours = company()
    certified(ours, engineer)
    evaluate()
    client = page(app, factories.organizer())
    path = f"{RULES}/{rule.id}"
    form = {
        "name": "Technical people", "tier": "advanced", "people_min": "1", "score_min": "0", "risk_days": "90",
        "grace_days": "90", "credentials": str(engineer.id), "window_months": "",
    }  # fmt: skip
    tried = send(client, path, {**form, "version": str(rule.version), "simulate": "1"})
    assert tried.status_code == 200
    assert "1 company would come up to it" in tried.text
    assert ours.name in tried.text
    db.session.expire_all()
    assert db.session.get_one(ProgrammeRule, rule.id).people_min == 2
    saved = send(client, path, {**form, "version": str(rule.version)})
    assert saved.status_code == 302
    db.session.expire_all()
    assert db.session.scalars(select(Standing.state)).all() == [StandingState.COMPLIANT]
    stale = send(client, path, {**form, "version": "1", "people_min": "5"})
    assert stale.status_code == 409
    assert 'value="5"' in stale.text


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"people_min": "0"}, "at least one person or one point"),
        ({"people_min": "-1"}, "whole number from 0"),
        ({"people_min": "x"}, "whole number from 0"),
        ({"people_min": "9" * 30}, "whole number from 0"),
        ({"credentials": []}, "Tick at least one credential"),
        ({"credentials": "999999"}, "valid choice"),
        ({"tier": "gold"}, "Not a valid choice"),
        ({"window_months": "0"}, "1 to 240 months"),
        ({"risk_days": "731"}, "0 to 730 days"),
        ({"name": " "}, "Give the rule a name"),
    ],
)
def test_a_wrong_rule_is_refused_at_its_field(app: Flask, engineer: Credential, changed: dict[str, str], told: str) -> None:
    form = {
        "name": "Technical", "tier": "advanced", "people_min": "1", "score_min": "0", "risk_days": "90", "grace_days": "90",
        "credentials": str(engineer.id), "window_months": "", **changed,
    }  # fmt: skip
    client = page(app, factories.organizer())
    for extra in ({}, {"simulate": "1"}):
        refused = send(client, f"{RULES}/new", {**form, **extra})
        assert refused.status_code == 422
        assert told in refused.text
    assert db.session.scalars(select(ProgrammeRule)).all() == []


def test_a_rule_out_of_force_judges_nobody(app: Flask, rule: ProgrammeRule) -> None:
    company()
    evaluate()
    client = page(app, factories.organizer())
    press(client, RULES, f"{RULES}/{rule.id}/archive")
    assert db.session.scalars(select(Standing)).all() == []
    press(client, RULES, f"{RULES}/{rule.id}/restore")
    assert len(db.session.scalars(select(Standing)).all()) == 1


def test_a_company_sees_what_it_has_and_enrols_with_one_click(
    app: Flask, rule: ProgrammeRule, engineer: Credential, course: CourseVersion
) -> None:
    ours = company()
    soon = NOW.date() + timedelta(days=40)
    certified(ours, engineer, "Anna", expires_on=soon)
    bert = factories.person(ours, "Bert", "Huber")
    slug = training.run(course).event.slug
    admin = factories.company_admin(ours)
    client = page(app, admin)
    text = client.get(OURS).text
    assert "1 of 2 people" in text
    assert "Anna Gruber" in text
    assert "Bert Huber" in text
    assert "Routing that holds" in text
    send(client, OURS, {"at_once": "1"}, action=f"/events/{slug}/register")
    found = db.session.scalars(select(Registration)).one()
    assert (found.person_id, found.status) == (bert.id, RegistrationStatus.CONFIRMED)
    assert db.session.scalars(select(Enrolment.person_id)).all() == [bert.id]
    training.run(course)
    text = client.get(OURS).text
    assert "Enrolled for" in text
    # Bert goes already: there is a date for the admin, and no second one for him.
    assert text.count('name="at_once"') == 1


def test_at_risk_turns_compliant_by_one_certificate(app: Flask, rule: ProgrammeRule, engineer: Credential) -> None:
    ours = company()
    certified(ours, engineer, "Anna", expires_on=NOW.date() + timedelta(days=40))
    certified(ours, engineer, "Bert")
    client = page(app, factories.company_admin(ours))
    text = client.get(OURS).text
    assert "At risk" in text
    # Whoever is to renew comes first.
    assert text.index("Anna Gruber</bdi>: ") < text.index("Petra Huber</bdi>: ")
    third = factories.person(ours, "Cleo", "Maier")
    hooks.certified([training.certificate(third, engineer)], by=factories.TESTS, at=NOW)
    factories.commit()
    text = client.get(OURS).text
    assert "At risk" not in text
    assert "3 of 2 people" in text
    assert db.session.scalars(select(Standing.state)).all() == [StandingState.COMPLIANT]


def test_who_has_two_certificates_is_to_renew_the_one_that_ends(app: Flask, engineer: Credential, course: CourseVersion) -> None:
    ours, other = company(), training.credential(name="Certified architect")
    training.curriculum(other, [training.course().course])
    training.rule("advanced", [engineer, other], people=1, score_min=2 * engineer.points)
    zoe = certified(ours, engineer, "Zoe", expires_on=NOW.date() + timedelta(days=40))
    training.certificate(zoe, other)
    factories.person(ours, "Ben", "Auer")
    text = page(app, factories.company_admin(ours)).get(OURS).text
    assert "At risk" in text
    assert "to renew" in text
    assert text.index("Zoe Gruber</bdi>: ") < text.index("Ben Auer</bdi>: ")


def test_members_and_other_companies_see_nothing_of_it(app: Flask, rule: ProgrammeRule, engineer: Credential) -> None:
    ours, theirs = company(), company("Save Sistemi d.o.o.")
    certified(theirs, engineer, "Zzcanary")
    assert page(app, factories.seat(ours, MembershipRole.MEMBER)).get(OURS).status_code == 403
    client = page(app, factories.company_admin(ours))
    assert "Zzcanary" not in client.get(OURS).text
    assert client.get(LIST).status_code == 403


def test_a_company_that_nothing_is_asked_of_reads_that(app: Flask, rule: ProgrammeRule) -> None:
    client = page(app, factories.company_admin(company(tier_key="ready")))
    assert "Nothing asked of you" in client.get(OURS).text


def test_for_which_of_their_companies_somebody_counts(app: Flask, rule: ProgrammeRule, engineer: Credential) -> None:
    first, second = company(), company("Save Sistemi d.o.o.")
    person = certified(first, engineer, "Anna")
    path = f"{LIST}people"
    client = page(app, factories.organizer())
    assert "belongs to one company only" in client.get(path).text
    db.session.add(Membership(person_id=person.id, organisation_id=second.id, valid_from=NOW.date()))
    factories.commit()
    evaluate()
    text = client.get(path).text
    assert "Anna Gruber" in text
    assert f'value="{first.id}" selected' in text
    answer = send(client, path, {"company": str(second.id)}, action=f"{path}/{person.id}")
    assert answer.status_code == 302
    db.session.expire_all()
    people = dict(db.session.execute(select(Standing.organisation_id, Standing.people)).all())
    assert (people[first.id], people[second.id]) == (0, 1)
    for wrong in ("", "x", str(10**9), str(company("Other GmbH").id)):
        send(client, path, {"company": wrong}, action=f"{path}/{person.id}")
        assert "Choose one of the companies" in client.get(path).text
    assert client.post(f"{path}/999999", data={}).status_code in (400, 404)
    assert "Nobody fits" in client.get(f"{path}?q=zzz").text
