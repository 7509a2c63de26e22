"""Registering while it is not confirmed yet which company somebody belongs to: nobody's places, and nobody sees it."""

import re
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select, update

from eventapp.accounts.models import User
from eventapp.core.db import db, transaction
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.events.models import AudienceField, AudienceRule, Event, EventFormat, Mode
from eventapp.lifecycle import service as lifecycle
from eventapp.partners import service as people
from eventapp.partners.joining import decisions, service
from eventapp.partners.joining.service import Told
from eventapp.partners.models import CompanyRequest, Membership, MembershipRole, Organisation, Person
from eventapp.places.queries import miscounts
from eventapp.registrations import queries
from eventapp.registrations import service as registrations
from eventapp.registrations.models import Registration
from eventapp.registrations.plus_ones.service import bring
from eventapp.registrations.tallies import miscounted
from tests.conftest import NOW
from tests.registrations.conftest import Firm
from tests.support import factories
from tests.support.browsing import mails, send
from tests.support.pages import PageClient, fields

BY: Any = factories.TESTS


@pytest.fixture(autouse=True)
def _time(clock: time_machine.Traveller) -> None:
    """Everything happens at the tests' moment."""


@pytest.fixture
def nora(app: Flask) -> User:
    """Somebody with a proven address at a mail provider."""
    user = factories.user("nora@freemail.example", name="Nora Neu")
    user.verified_at = NOW
    factories.commit()
    return user


@pytest.fixture
def event(app: Flask) -> Event:
    return factories.event(
        format=EventFormat.HYBRID, capacity_in_person=10, capacity_virtual=10, join_url="https://meet.example/x"
    )


def claim(user: User, company: Organisation | None) -> Person:
    """The login says that it belongs to a company, or to one that is not listed."""
    with transaction():
        person = service.link(user, by=BY, at=NOW)
        assert person is not None
        if company is not None:
            service.ask(user, person, company.id, by=BY, at=NOW)
        else:
            service.tell(person, Told("Brand New GmbH", "AT"), by=BY, at=NOW)
    return person


def register(client: PageClient, user: User, event: Event) -> Registration:
    """By the pages, as that login."""
    opened = client.sign_in(user).get(f"/events/{event.slug}/register")
    done = send(client, opened.location, {"mode": Mode.IN_PERSON.value})
    assert done.status_code == 302, done.text
    db.session.rollback()
    query = select(Registration).join(Person, Person.id == Registration.person_id)
    return db.session.scalars(query.where(Person.user_id == user.id, Registration.event_id == event.id)).one()


def approve(person: Person, company: Organisation) -> decisions.Decision:
    with transaction():
        query = select(Membership).where(Membership.person_id == person.id, Membership.organisation_id == company.id)
        return decisions.approve(db.session.scalars(query).one(), person, by=BY, at=NOW)


def cancel(registration: Registration) -> None:
    with transaction():
        registrations.cancel([queries.by_token(registration.token)], reason="", by=BY, at=NOW)


def in_order() -> bool:
    db.session.rollback()
    return not miscounts() and not miscounted()


def set_places(event: Event, company: Organisation, places: int) -> None:
    with transaction():
        lifecycle.set_exception(event, company, places, "test", by=BY, now=NOW)


def test_who_claims_a_company_registers_without_it(client: PageClient, event: Event, firm: Firm, nora: User) -> None:
    set_places(event, firm.company, 1)
    claim(nora, firm.company)
    assert "You need not wait to register" in client.sign_in(nora).get("/account/company/").text
    opened = client.get(f"/events/{event.slug}/register", follow_redirects=True)
    assert "Donau Systemhaus GmbH, not confirmed yet" in opened.text
    one = register(client, nora, event)
    assert (one.status, one.claim) == ("confirmed", "Donau Systemhaus GmbH")
    assert one.organisation_id != firm.company.id
    assert db.session.get_one(Organisation, one.organisation_id).unconfirmed
    page = client.get(f"/r/{one.token}").text
    assert "pending: Donau Systemhaus GmbH" in page
    assert "Donau Systemhaus GmbH" in mails("registrations.confirmed", nora.email)[-1].text
    # The company keeps its only place, and sees nothing.
    made = factories.registration(event, firm.company, "Ada", "Lang", email="ada@donau.example")
    assert made.status == "confirmed"
    client.sign_in(firm.admin)
    for path in (f"/events/{event.slug}/registrations", "/company/registrations/"):
        assert "Nora" not in client.get(path).text, path
    assert "pending:" not in client.get("/company/").text + client.get("/company/log").text
    assert client.get(f"/events/{event.slug}/registrations/{one.id}/cancel").status_code == 404
    assert in_order()


def test_organizers_see_the_claim_and_count_no_company(client: PageClient, event: Event, firm: Firm, nora: User) -> None:
    claim(nora, None)
    one = register(client, nora, event)
    client.sign_in(factories.organizer("olga@karmin.example"))
    page = client.get(f"/admin/events/{event.slug}/registrations/").text
    assert "pending: Brand New GmbH" in page
    assert re.search(r"<b>1</b> (people|person).*<b>0</b> companies", page, re.DOTALL)
    assert "pending: Brand New GmbH" in client.get(f"/admin/events/{event.slug}/registrations/{one.id}").text
    export = client.post(f"/admin/events/{event.slug}/registrations/export", data={**_csrf(client), "format": "plain"}).text
    assert "pending: Brand New GmbH" in export
    for path in ("/admin/companies/", "/admin/companies/?q=confirmed"):
        assert "Not confirmed yet" not in client.get(path).text
    assert db.session.scalar(select(func.count()).select_from(CompanyRequest)) == 1


def _csrf(client: PageClient) -> dict[str, str]:
    return {"csrf_token": fields(client.get("/admin/events/new").text)["csrf_token"]}


def test_approved_it_becomes_the_company_s(client: PageClient, event: Event, firm: Firm, nora: User) -> None:
    set_places(event, firm.company, 1)
    person = claim(nora, firm.company)
    one = register(client, nora, event)
    decision = approve(person, firm.company)
    db.session.expire_all()
    assert (one.organisation_id, one.claim, one.status) == (firm.company.id, "", "confirmed")
    assert "Nora Neu" in client.sign_in(firm.admin).get(f"/events/{event.slug}/registrations").text
    assert factories.registration(event, firm.company, "Ada", "Lang", email="ada@donau.example").status == "waiting"
    told = mails("registrations.confirmed", nora.email)
    assert len(told) == 2
    assert all("SEQUENCE:0" in (mail.calendar or "") for mail in told), "nothing in the calendar is different"
    assert in_order()
    with pytest.raises(RuleError, match="end the membership"), transaction():
        decisions.undo(decision, by=BY, at=NOW)


def test_whoever_comes_along_becomes_the_company_s_too(client: PageClient, event: Event, firm: Firm, nora: User) -> None:
    """Without a place of the company: of two only one is the company's to give."""
    set_places(event, firm.company, 1)
    person = claim(nora, firm.company)
    one = register(client, nora, event)
    db.session.execute(update(Event).where(Event.id == event.id).values(plus_ones=2))
    db.session.commit()
    with transaction():
        come = bring(queries.by_token(one.token), "Inês", "Óváry", by=BY, at=NOW).token
    with transaction():
        gone = bring(queries.by_token(one.token), "Not", "Coming", by=BY, at=NOW).token
    with transaction():
        registrations.cancel([queries.by_token(gone)], reason="", by=BY, at=NOW)
    assert queries.by_token(come).claim
    before = len(mails())
    approve(person, firm.company)
    db.session.expire_all()
    for token, status in ((one.token, "confirmed"), (come, "confirmed"), (gone, "cancelled")):
        found = queries.by_token(token)
        assert (found.organisation_id, found.claim, found.status) == (firm.company.id, "", status)
        assert found.booking.party == firm.company.id
    assert [mail.to_address for mail in mails("registrations.confirmed")[-1:]] == [nora.email]
    assert len([m for m in mails()[before:] if m.kind.startswith("registrations.")]) == 1, "one mail about one person"
    assert in_order()


def test_without_a_place_of_the_company_it_waits(client: PageClient, event: Event, firm: Firm, nora: User) -> None:
    """At the turn of the registration, and the event's place goes on to who waits for one."""
    set_places(event, firm.company, 1)
    person = claim(nora, firm.company)
    one = register(client, nora, event)
    ada = factories.registration(event, firm.company, "Ada", "Lang", email="ada@donau.example")
    approve(person, firm.company)
    db.session.expire_all()
    assert (one.organisation_id, one.status, ada.status) == (firm.company.id, "waiting", "confirmed")
    waits = mails("registrations.waiting", nora.email)[-1]
    assert "All places of Donau Systemhaus GmbH are taken" in waits.text
    assert "METHOD:CANCEL" in (waits.calendar or "")
    assert "SEQUENCE:1" in (waits.calendar or "")
    assert in_order()
    cancel(ada)
    db.session.expire_all()
    assert one.status == "confirmed"
    assert in_order()


def test_who_waits_for_the_event_goes_on_waiting(client: PageClient, firm: Firm, nora: User) -> None:
    event = factories.event(slug="small", capacity=1)
    first = factories.registration(event, factories.organisation("Isar Netze AG"), "Xaver", "Fremd")
    person = claim(nora, firm.company)
    one = register(client, nora, event)
    assert one.status == "waiting"
    approve(person, firm.company)
    db.session.expire_all()
    assert (one.organisation_id, one.status) == (firm.company.id, "waiting")
    cancel(first)
    db.session.expire_all()
    assert one.status == "confirmed"
    assert in_order()


def test_refused_it_stays_for_the_organizer(client: PageClient, event: Event, firm: Firm, nora: User) -> None:
    person = claim(nora, firm.company)
    one = register(client, nora, event)
    with transaction():
        membership = db.session.scalars(select(Membership).where(Membership.person_id == person.id)).one()
        decisions.decline(membership, person, reason="", by=BY, at=NOW)
    db.session.expire_all()
    assert (one.status, one.claim) == ("confirmed", "Donau Systemhaus GmbH")
    # Another company, later: by whichever way somebody comes to belong to one.
    other = factories.organisation("Isar Netze AG")
    with transaction():
        people.add_person(other, "", "", nora.email, by=BY, at=NOW)
    db.session.expire_all()
    assert (one.organisation_id, one.claim) == (other.id, "")


def test_a_company_that_was_not_listed_gets_them(client: PageClient, event: Event, nora: User, firm: Firm) -> None:
    person = claim(nora, None)
    one = register(client, nora, event)
    request = db.session.scalars(select(CompanyRequest).where(CompanyRequest.person_id == person.id)).one()
    with transaction():
        decisions.found_company(request, firm.company, role=MembershipRole.MEMBER, by=BY, at=NOW)
    db.session.expire_all()
    assert (one.organisation_id, one.claim) == (firm.company.id, "")
    assert in_order()


def test_a_cancelled_one_goes_along_and_can_be_taken_up(client: PageClient, event: Event, firm: Firm, nora: User) -> None:
    person = claim(nora, firm.company)
    one = register(client, nora, event)
    cancel(one)
    approve(person, firm.company)
    db.session.expire_all()
    assert (one.organisation_id, one.status) == (firm.company.id, "cancelled")
    assert len(mails("registrations.cancelled", nora.email)) == 1, "told once"
    assert in_order()


def test_rules_about_who_may_come_let_nobody_unconfirmed_in(client: PageClient, event: Event, firm: Firm, nora: User) -> None:
    country = firm.company.country_code
    db.session.add(AudienceRule(event_id=event.id, kind_id=None, field=AudienceField.COUNTRY, values=[country]))
    db.session.get_one(Event, event.id).restricted = True
    factories.commit()
    claim(nora, firm.company)
    opened = client.sign_in(nora).get(f"/events/{event.slug}/register")
    answer = send(client, opened.location, {"mode": Mode.IN_PERSON.value})
    assert answer.status_code in (409, 422)
    assert "other countries" in answer.text


def test_by_mail_without_a_login_at_hand(app: Flask, client: PageClient, event: Event, firm: Firm, nora: User) -> None:
    claim(nora, firm.company)
    send(client, f"/events/{event.slug}/register", {"email": nora.email})
    found = re.search(r"/events/\S+/register/\S+", mails("registrations.address_link", nora.email)[-1].text)
    assert found
    assert "not confirmed yet" in client.get(found[0]).text
    assert send(client, found[0], {"mode": Mode.IN_PERSON.value}).location.startswith("/r/")


def test_nobody_joins_the_row_of_the_unconfirmed(client: PageClient, event: Event, firm: Firm, nora: User) -> None:
    claim(nora, firm.company)
    row = register(client, nora, event).organisation_id
    other = factories.user("otto@freemail.example")
    other.verified_at = NOW
    factories.commit()
    person = claim(other, None)
    with pytest.raises(NotFoundError), transaction():
        service.ask(other, person, row, by=BY, at=NOW)
    assert db.session.scalar(select(func.count()).where(Membership.organisation_id == row)) == 0
    with transaction():
        assert people.unconfirmed(at=NOW).id == row


def test_nobody_comes_instead_and_no_page_of_the_row(client: PageClient, event: Event, firm: Firm, nora: User) -> None:
    claim(nora, firm.company)
    one = register(client, nora, event)
    assert "substitute" not in client.get(f"/r/{one.token}").text
    values = {"given_name": "Any", "family_name": "Body", "address": "anybody@elsewhere.example"}
    answer = send(client, f"/r/{one.token}/substitute", values)
    assert answer.status_code == 409
    assert "not confirmed yet" in answer.text
    client.sign_in(factories.organizer("olga@karmin.example"))
    assert client.get(f"/admin/companies/{one.organisation_id}").status_code == 404
    assert db.session.scalar(select(func.count()).where(Membership.organisation_id == one.organisation_id)) == 0
