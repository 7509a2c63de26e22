"""What a course asks for keeps people out, says how to get in, and tells a company nothing of others."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from eventapp.accounts.models import Role
from eventapp.agenda.models import SessionSignUp
from eventapp.core.db import db, transaction
from eventapp.core.errors import RuleError
from eventapp.events.models import Event, EventFormat
from eventapp.partners.imports import service as importing_files
from eventapp.partners.models import ImportRow, Membership, MembershipState, Organisation, Person, PersonEmail
from eventapp.registrations import queries as registrations
from eventapp.registrations import service as registering
from eventapp.registrations.imports import service as importing
from eventapp.registrations.models import Registration, RegistrationStatus, Source
from eventapp.registrations.service import ProblemsError
from eventapp.registrations.waiting import service as waiting
from eventapp.training import queries
from eventapp.training.enrolling import requirements, waivers
from eventapp.training.enrolling.counting import differing
from eventapp.training.models import Needed, Run, Waiver
from tests.conftest import NOW
from tests.partners.files import BY
from tests.support import agenda, factories, training
from tests.support.browsing import mails, send, summary
from tests.support.factories import STARTS, TESTS, commit
from tests.support.pages import PageClient, fields


@pytest.fixture
def basics(app: Flask) -> Any:
    return training.course("OPS-100", title="Basics")


@pytest.fixture
def run(basics: Any) -> Run:
    """A run of a course that asks for the basics."""
    return training.run(training.course("OPS-200", title="Advanced", needs=[basics.course]), slug="ops-200")


def address_of(person: Person) -> str:
    found = db.session.scalars(db.select(PersonEmail.address).filter_by(person_id=person.id)).first()
    assert found
    return found


def enrol(run: Run, company: Organisation, person: Person, source: Source = Source.COMPANY) -> list[Registration]:
    attendee = factories.attendee(person.given_name, person.family_name, address_of(person), mode=run.event.modes[0], field="x")
    made = registering.register(run.event, company, [attendee], source=source, by=TESTS, at=NOW)
    commit()
    return made


@pytest.mark.parametrize("source", [Source.COMPANY, Source.PERSON, Source.ORGANIZER, Source.BLOCK, Source.IMPORT, Source.WALK_IN])
def test_whoever_lacks_it_is_kept_out_whichever_way_they_come(run: Run, source: Source) -> None:
    company = factories.organisation()
    with pytest.raises(ProblemsError, match=r"needs a certificate that is valid on .* Basics \(OPS-100\)"):
        enrol(run, company, factories.person(company), source)


def test_whoever_has_it_comes_in(run: Run, basics: Any) -> None:
    company = factories.organisation()
    person = factories.person(company)
    training.certificate(person, basics)
    (made,) = enrol(run, company, person)
    assert made.status is RegistrationStatus.CONFIRMED


@pytest.mark.parametrize(
    ("values", "good"),
    [
        ({"expires_on": STARTS.date()}, True),
        ({"expires_on": STARTS.date() - timedelta(days=1)}, False),
        ({"revoked_at": NOW, "revoked_reason": "Not theirs"}, False),
    ],
    ids=["valid to the end of the first day", "expired the day before", "revoked"],
)
def test_it_must_be_valid_on_the_first_day(run: Run, basics: Any, values: dict[str, Any], good: bool) -> None:
    company = factories.organisation()
    person = factories.person(company)
    training.certificate(person, basics, completed_on=date(2026, 1, 1), **values)
    if good:
        enrol(run, company, person)
    else:
        with pytest.raises(ProblemsError):
            enrol(run, company, person)


@pytest.mark.parametrize("needed", Needed)
def test_all_or_one_of_them(basics: Any, needed: Needed) -> None:
    other = training.credential(name="Certified engineer")
    found = training.run(training.course(needs=[basics.course, other], needed=needed))
    company = factories.organisation()
    person = factories.person(company)
    training.certificate(person, basics)
    if needed is Needed.ANY:
        enrol(found, company, person)
    else:
        with pytest.raises(ProblemsError) as refused:
            enrol(found, company, person)
        assert "Certified engineer" in str(refused.value)
        assert "Basics" not in str(refused.value)


def test_the_next_date_of_what_is_missing_is_named(run: Run, basics: Any) -> None:
    training.run(basics, starts_at=STARTS - timedelta(days=30), ends_at=STARTS - timedelta(days=30, hours=-2))
    asked = requirements.asked(run, NOW)
    assert asked is not None
    assert "next on" in asked.words(asked.ways)


@pytest.mark.parametrize(
    "values",
    [
        {"capacity": 1},
        {"registration_opens_at": STARTS - timedelta(days=31)},
        {"format": EventFormat.HYBRID, "venue": "Hall", "city": "Graz", "capacity_in_person": 1, "capacity_virtual": 0},
    ],
    ids=["full", "opens later", "full both ways"],
)
def test_a_date_without_seats_is_no_way_out(run: Run, basics: Any, values: dict[str, Any]) -> None:
    for days in (30, 20):
        begin = STARTS - timedelta(days=days)
        more = values if days == 30 else {}
        made = training.run(basics, starts_at=begin, ends_at=begin + timedelta(hours=2), **more)
        if "registration_opens_at" not in more:
            training.enrol(made, company := factories.organisation(), factories.person(company))
    asked = requirements.asked(run, NOW)
    assert asked is not None
    assert asked.ways[0].next_at == STARTS - timedelta(days=20)


def test_a_waiver_lets_in_whom_it_is_for(run: Run) -> None:
    company = factories.organisation()
    first, second = factories.person(company), factories.person(company)
    waivers.give(run, address_of(first), "Ten years of practice", by=TESTS, at=NOW)
    commit()
    enrol(run, company, first)
    with pytest.raises(ProblemsError):
        enrol(run, company, second)
    with pytest.raises(RuleError, match="already"):
        waivers.give(run, address_of(first), "Again", told_why=True, by=TESTS, at=NOW)


def test_a_company_is_told_the_same_of_every_stranger(run: Run, basics: Any) -> None:
    own, other = factories.organisation(), factories.organisation()
    certified, plain = factories.person(other, "Eva", "X"), factories.person(other, "Eva", "X")
    training.certificate(certified, basics)
    waived = factories.person(other, "Eva", "X")
    waivers.give(run, address_of(waived), "Known", by=TESTS, at=NOW)
    registered = factories.person(other, "Eva", "X")
    training.certificate(registered, basics)
    enrol(run, other, registered)
    told = set()
    for person in (certified, plain, waived, registered):
        with pytest.raises(ProblemsError) as refused:
            enrol(run, own, person)
        told.add(str(refused.value))
    assert len(told) == 1


def registered_as_typed(event: Event, company: Organisation, person: Person) -> Registration:
    attendee = factories.attendee("Typed", "Name", address_of(person), mode=event.modes[0])
    (made,) = factories.register(event, company, attendee, foreign_confirmed=True)
    return made


def test_a_company_is_told_the_same_of_every_stranger_in_sessions_that_are_runs(client: PageClient, basics: Any) -> None:
    event = factories.event(slug="summit")
    own, other = factories.organisation(), factories.organisation()
    advanced = training.course("OPS-200", title="Advanced", needs=[basics.course])
    lab = agenda.session(event, "Lab", signs_up=True)
    agenda.release(event)
    run = Run(version_id=advanced.id, event_id=event.id, session_id=lab.id, created_at=NOW)
    db.session.add(run)
    commit()
    certified, plain, waived, requested, former = (factories.person(other, "Eva", "X") for _n in range(5))
    for person, state in ((requested, MembershipState.REQUESTED), (former, MembershipState.ENDED)):
        db.session.add(Membership(person_id=person.id, organisation_id=own.id, state=state))
    for person in (certified, requested, former):
        training.certificate(person, basics)
    db.session.add(Waiver(run_id=run.id, person_id=waived.id, reason="Known", given_at=NOW, given_by=str(TESTS)))
    colleague = factories.person(own, "Eva", "X")
    training.certificate(colleague, basics)
    admin = client.sign_in(factories.company_admin(own))
    told = set()
    for person in (certified, plain, waived, requested, former):
        made = registered_as_typed(event, own, person)
        answer = send(admin, "/company/events/summit/sessions", {"place": [f"{made.id}-{lab.id}"]})
        assert answer.status_code == 409
        told.add(summary(answer).replace(f"place-{made.id}-", "place-"))
        assert db.session.scalar(db.select(SessionSignUp)) is None
    assert len(told) == 1
    made = registered_as_typed(event, own, colleague)
    assert send(admin, "/company/events/summit/sessions", {"place": [f"{made.id}-{lab.id}"]}).status_code == 302


def test_nobody_who_lacks_it_comes_instead(run: Run, basics: Any) -> None:
    company = factories.organisation(domain="donau.example")
    person, fit = factories.person(company), factories.person(company)
    training.certificate(person, basics)
    training.certificate(fit, basics)
    (made,) = enrol(run, company, person)
    found = registrations.by_token(made.token)
    with pytest.raises(RuleError, match="needs a certificate"):
        registering.substitute(found, "Rosa", "Neu", "rosa@donau.example", by=TESTS, at=NOW)
    registering.substitute(found, fit.given_name, fit.family_name, address_of(fit), by=TESTS, at=NOW)


def test_whoever_lost_it_while_waiting_is_asked_and_cannot_accept(run: Run, basics: Any) -> None:
    run.event.pool.capacity = 1
    commit()
    company = factories.organisation()
    people = [factories.person(company) for _n in range(2)]
    found = [training.certificate(person, basics) for person in people]
    first, second = (enrol(run, company, person)[0] for person in people)
    found[1].revoked_at, found[1].revoked_reason = NOW, "Not theirs"
    commit()
    registering.cancel([registrations.by_token(first.token)], reason="", by=TESTS, at=NOW)
    commit()
    moved = registrations.by_token(second.token)
    assert moved.status is RegistrationStatus.OFFERED
    with pytest.raises(RuleError, match="needs a certificate"):
        waiting.accept(moved, by=TESTS, at=NOW)


def test_the_form_says_at_the_colleague_what_is_missing(client: PageClient, run: Run, basics: Any) -> None:
    company = factories.organisation()
    fit, unfit = factories.person(company, "Anna", "Fit"), factories.person(company, "Bert", "Unfit")
    training.certificate(fit, basics)
    client.sign_in(factories.company_admin(company))
    text = client.get("/events/ops-200/register").get_data(as_text=True)
    assert "Whoever enrols needs a certificate of this" in text
    assert text.count("needs a certificate that is valid on") == 2  # Bert, and the admin
    sent = fields(text) | {"colleagues": [str(fit.id), str(unfit.id)]}
    answer = client.post("/events/ops-200/register", data=sent | {"at_once": "1"})
    assert answer.status_code in (409, 422)
    assert "Bert Unfit: needs a certificate" in answer.get_data(as_text=True)
    answer = client.post("/events/ops-200/register", data=fields(text) | {"colleagues": str(fit.id), "at_once": "1"})
    assert answer.status_code == 302


def test_events_that_are_no_runs_are_asked_nothing(app: Flask, count_queries: Any) -> None:
    event, company = factories.event(), factories.organisation()
    with count_queries() as found:
        requirements.of_event(event, [1, 2], NOW)
        requirements.block(event, NOW)
    assert len(found) == 0
    assert factories.registration(event, company)


def test_asking_for_many_people_takes_as_many_queries_as_for_one(run: Run, basics: Any, count_queries: Any) -> None:
    company = factories.organisation()
    counts = []
    for people in (1, 20):
        ids = [factories.person(company).id for _n in range(people)]
        with count_queries() as found:
            requirements.of_event(run.event, ids, NOW)
        counts.append(len(found))
    assert counts[0] == counts[1] <= 7


def test_the_trainer_waives_on_a_page(client: PageClient, run: Run) -> None:
    trainer = factories.user(None, Role.TRAINER)
    db.session.add(training.RunTrainer(run_id=run.id, user_id=trainer.id))
    person = factories.person(factories.organisation(), "Eva", "Horvath")
    address = address_of(person)
    run_id = run.id
    client.sign_in(trainer)
    page = f"/teach/{run_id}/participants/waive"
    sent = fields(client.get(page).get_data(as_text=True))
    assert client.post(page, data=sent | {"address": "nobody@x.example", "reason": "r"}).status_code == 409
    assert client.post(page, data=sent | {"address": address, "reason": ""}).status_code == 422
    answer = client.post(page, data=sent | {"address": address, "reason": "<b>Ten years</b>"}, follow_redirects=True)
    text = answer.get_data(as_text=True)
    assert "&lt;b&gt;Ten years" in text
    assert address not in text
    back = fields(text, "remove")
    answer = client.post(f"/teach/{run_id}/participants/waive/{person.id}/remove", data=back, follow_redirects=True)
    assert "Ten years" not in answer.get_data(as_text=True)
    assert client.post(f"/teach/{run_id}/participants/waive/99999/remove", data=back | {"once_key": ""}).status_code == 404


def test_a_trainer_learns_of_no_address_whose_it_is_or_what_they_hold(client: PageClient, run: Run, basics: Any) -> None:
    trainer = factories.user(None, Role.TRAINER)
    db.session.add(training.RunTrainer(run_id=run.id, user_id=trainer.id))
    company = factories.organisation()
    holder, waived, lacking = (factories.person(company, "Secret", f"Name{n}") for n in "ABC")
    training.certificate(holder, basics)
    waivers.give(run, address_of(waived), "Known", by=TESTS, at=NOW)
    commit()
    run_id, people = run.id, [address_of(one) for one in (holder, waived, lacking)]
    page = f"/teach/{run_id}/participants/waive"
    told = {}
    for user in (trainer, factories.organizer()):
        visitor = client.application.test_client()
        assert isinstance(visitor, PageClient)
        visitor.environ_base["HTTP_HOST"] = "events.test"
        visitor.sign_in(user)
        answers = [send(visitor, page, {"address": one, "reason": "r"}) for one in (*people[:2], "nobody@x.example")]
        assert [one.status_code for one in answers] == [409] * 3
        told[user.id] = [summary(one) for one in answers]
        names = [name in visitor.get(f"/teach/{run_id}/participants").text for name in ("Secret NameB", "Not enrolled yet")]
        assert names == ([False, True] if user is trainer else [True, False])
    assert len(set(told[trainer.id])) == 1
    assert "Secret" not in told[trainer.id][0]
    client.sign_in(trainer)
    assert send(client, page, {"address": people[2], "reason": "r"}).status_code == 302
    assert "Secret" not in client.get(f"/teach/{run_id}/participants").text
    db.session.rollback()
    enrol(db.session.scalars(queries.runs().where(Run.id == run_id)).one(), company, db.session.get_one(Person, lacking.id))
    text = client.get(f"/teach/{run_id}/participants").text
    assert text.count("Secret NameC") >= 2, "in the list, and among the waivers"
    assert "Secret NameB" not in text


def test_the_doctor_finds_enrolments_that_stand_elsewhere(run: Run, basics: Any) -> None:
    company = factories.organisation()
    person = factories.person(company)
    training.certificate(person, basics)
    (made,) = enrol(run, company, person)
    assert list(differing()) == []
    enrolment = training.enrolment_of(run, made)
    db.session.delete(enrolment)
    commit()
    assert "missing" in next(iter(differing()))
    assert mails()


def test_a_list_of_registrations_asks_for_it_as_every_way_in_does(client: PageClient, run: Run, basics: Any) -> None:
    company = factories.organisation("Donau Systemhaus GmbH", domain="donau.example")
    certified, _plain, waived = (factories.person(company, name, "Gruber", f"{name}@donau.example") for name in ("a", "b", "c"))
    training.certificate(certified, basics)
    waivers.give(run, address_of(waived), "Ten years of practice", by=TESTS, at=NOW)
    training.run(basics, starts_at=STARTS - timedelta(days=30), ends_at=STARTS - timedelta(days=30, hours=-2))
    commit()
    rows = [
        {"E-Mail": address, "Vorname": "X", "Nachname": "Y", "Firma": company.name, "Status": status}
        for address, status in (
            *((f"{name}@donau.example", "confirmed") for name in "abc"),
            ("new@donau.example", "confirmed"),
            ("gone@donau.example", "cancelled"),
        )
    ]
    rows.append(
        {"E-Mail": "", "Vorname": "Gina", "Nachname": "Guest", "Firma": "", "Status": "", "Comes With": "a@donau.example"}
    )
    columns = ["E-Mail", "Vorname", "Nachname", "Firma", "Status", "Comes With"]
    lines = [columns, *([row.get(name, "") for name in columns] for row in rows)]
    with transaction():
        content = "\n".join(";".join(line) for line in lines).encode()
        batch = importing.begin(run.event, "list.csv", content, by=BY, at=NOW)
        importing_files.apply(batch.id, by=BY, at=NOW)
        batch_id = batch.id
    db.session.expire_all()
    found = db.session.scalars(db.select(ImportRow).where(ImportRow.batch_id == batch_id).order_by(ImportRow.record)).all()
    assert [row.reason for row in found] == ["", "lacks", "", "lacks", "", "lacks"]
    words = dict(found[1].warnings)["lacks"]
    assert words.startswith("needs a certificate that is valid on")
    assert "Basics (OPS-100, next on" in words
    client.sign_in(factories.organizer())
    url = f"/admin/imports/{batch_id}/rejected.csv"
    assert "lacks what the course asks for. Whoever comes needs a certificate" in client.get(url).get_data(as_text=True)
    assert list(differing()) == []
