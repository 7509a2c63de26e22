"""The pages for finding one's company and the vendor's queue."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eventapp.accounts import service as accounts
from eventapp.accounts.models import Role, User
from eventapp.core.db import db
from eventapp.partners.joining import service
from eventapp.partners.models import (
    CompanyRequest,
    CompanyRequestState,
    EmailDomain,
    FreeMailDomain,
    Membership,
    MembershipRole,
    MembershipState,
    Organisation,
    OrganisationStatus,
    Person,
    Territory,
)
from eventapp.registrations.models import Registration
from tests.conftest import NOW
from tests.support import factories
from tests.support.browsing import mails, press, send, summary
from tests.support.pages import PageClient, fields


@pytest.fixture(autouse=True)
def _time(clock: time_machine.Traveller) -> None:
    """The days of these tests."""


@pytest.fixture
def donau(app: Flask) -> Organisation:
    company = factories.organisation("Donau Systemhaus GmbH", domain="donau.example")
    factories.company_admin(company, "petra@donau.example")
    return company


def newcomer(address: str, name: str = "Nora Neu", *, match: bool = True) -> User:
    """A login with a proven address, after what follows from proving it."""
    made = factories.user(address, name=name)
    made.verified_at = NOW
    if match:
        service.match(made, by=made, at=NOW)
    factories.commit()
    return made


def browser(app: Flask, user: User | None = None) -> PageClient:
    found = app.test_client()
    assert isinstance(found, PageClient)
    return found.sign_in(user) if user else found


def search(client: PageClient, text: str, country: str = "") -> Any:
    return send(client, "/account/company/", {"text": text, "country": country}, action="/account/company/search")


def ask(client: PageClient, company: Organisation, note: str = "") -> Any:
    page = search(client, company.name)
    assert page.status_code == 200
    data = {**fields(page.text, "/account/company/ask"), "company": str(company.id), "note": note}
    return client.post("/account/company/ask", data=data)


def only(**values: Any) -> Membership:
    return db.session.scalars(select(Membership).where(Membership.requested_at.is_not(None)).filter_by(**values)).one()


def tell(client: PageClient, **values: str) -> Any:
    given = {"name": "Neusiedl Netze GmbH", "country_code": "AT", "city": "Eisenstadt", **values}
    return send(client, "/account/company/not-listed", given)


# One's own company


def test_whoever_proves_an_address_goes_on_to_their_company(app: Flask, donau: Organisation) -> None:
    user = factories.user("nora@donau.example")
    user.verified_at = NOW
    with app.test_request_context():
        targets = [tell_(user, user, NOW) for tell_ in accounts.ON_VERIFIED]
    factories.commit()
    assert targets == ["/account/company/"]
    assert only().state is MembershipState.REQUESTED


def test_the_page_says_what_waits_and_lets_one_withdraw(app: Flask, donau: Organisation) -> None:
    client = browser(app, newcomer("nora@donau.example"))
    page = client.get("/account/company/").text
    assert "You asked to join on 20 Jan 2027" in page
    assert "You need not wait to register" in page
    assert "Find your company" not in page
    press(client, "/account/company/", "/account/company/withdraw")
    page = client.get("/account/company/").text
    assert "Your address belongs to this company" in page
    answer = send(client, "/account/company/", action="/account/company/ask")
    assert answer.status_code == 302
    assert only().organisation_id == donau.id


def test_a_stranger_searches_asks_and_waits(app: Flask, donau: Organisation) -> None:
    client = browser(app, newcomer("nora@elsewhere.example"))
    assert "Your address does not tell us" in client.get("/account/company/").text
    page = search(client, "donau").text
    assert "Donau Systemhaus GmbH, Wien, Austria" in page
    assert "donau.example" not in page
    assert ask(client, donau, "I work in Linz").status_code == 302
    page = client.get("/account/company/").text
    assert "You have asked Donau Systemhaus GmbH. We write to you as soon as it is decided." in page
    assert "You need not wait to register for an event." in page
    assert "I work in Linz" in mails("joining.asked")[0].text


def test_asking_sounds_alike_whoever_could_decide(app: Flask, donau: Organisation) -> None:
    empty = factories.organisation("Nobody Here AG", domain="nobody.example")
    lax = factories.organisation("Open Doors AG", domain="open.example", auto_join=True)
    texts = set()
    for number, company in enumerate((donau, empty, lax)):
        client = browser(app, newcomer(f"n{number}@elsewhere.example"))
        ask(client, company)
        page = client.get("/account/company/").text
        body = page[page.index('<main id="main"') : page.index("</main>")]
        texts.add(body.replace(company.name, "X").partition('name="csrf_token"')[0])
    assert len(texts) == 1


def test_of_several_companies_of_the_domain_the_page_lists_countries(app: Flask, donau: Organisation) -> None:
    swiss = factories.organisation("Donau Schweiz AG", domain="donau.example", country_code="CH", city="Bern")
    client = browser(app, newcomer("nora@donau.example"))
    page = client.get("/account/company/").text
    assert "Several companies use your domain" in page
    assert "Donau Schweiz AG, Bern, Switzerland" in page
    send(client, "/account/company/", {"company": str(swiss.id)}, action="/account/company/ask")
    assert only().organisation_id == swiss.id


def test_nothing_chosen_is_said(app: Flask, donau: Organisation) -> None:
    factories.organisation("Donau Schweiz AG", domain="donau.example", country_code="CH")
    client = browser(app, newcomer("nora@donau.example"))
    send(client, "/account/company/", action="/account/company/ask")
    assert "Choose a company" in client.get("/account/company/").text


@pytest.mark.parametrize("number", ["0", "-1", "2147483648", "999999", "x", "1e3", "²", "\x00"])
def test_hostile_and_unknown_companies_are_not_found(app: Flask, donau: Organisation, number: str) -> None:
    client = browser(app, newcomer("nora@elsewhere.example"))
    page = search(client, "donau")
    data = {**fields(page.text, "/account/company/ask"), "company": number}
    assert client.post("/account/company/ask", data=data).status_code == 404
    data = {"csrf_token": data["csrf_token"], "company": number}
    assert client.post("/account/company/look-after", data=data).status_code == 404


def test_a_company_that_takes_nobody_answers_like_none(app: Flask, donau: Organisation) -> None:
    closed = factories.organisation("Closed AG", status=OrganisationStatus.SUSPENDED)
    client = browser(app, newcomer("nora@elsewhere.example"))
    data = fields(search(client, "donau").text, "/account/company/ask")
    answers = [client.post("/account/company/ask", data={**data, "company": str(n)}) for n in (closed.id, 999_999)]
    assert {a.status_code for a in answers} == {404}
    assert "No company fits" in search(client, "Closed AG").text


@pytest.mark.parametrize("text", ["", "x", " . ", "\x00", "%_"])
def test_too_short_a_search_is_refused(app: Flask, donau: Organisation, text: str) -> None:
    client = browser(app, newcomer("nora@elsewhere.example"))
    answer = search(client, text)
    assert answer.status_code == 422
    assert "Enter" in summary(answer)


def test_searching_and_asking_have_limits(app: Flask, donau: Organisation) -> None:
    client = browser(app, newcomer("nora@elsewhere.example"))
    data = fields(client.get("/account/company/").text, "/account/company/search")
    found = [client.post("/account/company/search", data={**data, "text": "donau"}).status_code for _n in range(31)]
    assert (set(found[:30]), found[30]) == ({200}, 429)
    other = browser(app, newcomer("mia@elsewhere.example"))
    for _n in range(6):
        ask(other, donau)
        press(other, "/account/company/", "/account/company/withdraw")
    data = fields(search(other, "donau").text, "/account/company/ask")
    assert other.post("/account/company/ask", data={**data, "company": str(donau.id)}).status_code == 429
    assert len(mails("joining.asked")) == 6


def test_a_login_whose_address_is_not_proven_asks_nobody(app: Flask, donau: Organisation) -> None:
    user = factories.user("nora@donau.example")
    client = browser(app, user)
    page = client.get("/account/company/")
    assert "First prove that nora@donau.example is yours" in page.text
    assert "Donau" not in page.text
    with client.session_transaction() as session:
        session["csrf"] = ""
    token = fields(client.get("/account/company/not-listed").text)["csrf_token"]
    data = {"csrf_token": token, "company": str(donau.id)}
    assert client.post("/account/company/ask", data=data).status_code == 404
    assert tell(client).status_code == 404
    assert db.session.query(CompanyRequest).count() == 0


def test_an_address_of_somebody_with_another_login_says_so(app: Flask, donau: Organisation) -> None:
    factories.person(donau, "Jana", "Nováková", "jana@donau.example", user=factories.user("other@x.example"))
    client = browser(app, newcomer("jana@donau.example"))
    page = client.get("/account/company/").text
    assert "the address of somebody with another login" in page
    assert "Nováková" not in page


def test_a_member_without_admin_offers_to_look_after_the_company(app: Flask) -> None:
    company = factories.organisation("Small AG", domain="small.example")
    factories.person(company, "Jana", "Nováková", "jana@small.example")
    client = browser(app, newcomer("jana@small.example"))
    assert "Nobody registers its people yet." in client.get("/account/company/").text
    press(client, "/account/company/", "/account/company/look-after")
    assert "You have asked to look after it" in client.get("/account/company/").text
    orga = browser(app, factories.organizer())
    page = orga.get("/admin/queue/").text
    assert "wants to look after it" in page
    press(orga, "/admin/queue/", f"/admin/queue/requests/{only().id}/approve")
    assert only().role is MembershipRole.ADMIN
    assert "Admin" in client.get("/account/company/").text


def test_a_refused_person_reads_why(app: Flask, donau: Organisation) -> None:
    user = newcomer("nora@donau.example")
    orga = browser(app, factories.organizer())
    donau_admin = db.session.scalars(select(User).where(User.email == "petra@donau.example")).one()
    donau_admin.active = False
    factories.commit()
    send(orga, "/admin/queue/", {"reason": "You work for Isar"}, action=f"/admin/queue/requests/{only().id}/decline")
    page = browser(app, user).get("/account/company/").text
    assert "You work for Isar" in page
    assert "You can ask there again from 27 Jan 2027" in page


def test_a_company_that_is_not_listed_goes_to_the_queue(app: Flask) -> None:
    client = browser(app, newcomer("nora@neusiedl.example"))
    answer = tell(client, name="")
    assert "Enter the name" in summary(answer)
    assert "Choose the country" in summary(tell(client, country_code=""))
    assert tell(client, website="neusiedl.example").status_code == 302
    assert "We look at it and write to you" in client.get("/account/company/").text
    assert "Withdraw that first" in summary(tell(client, name="Another AG"))
    press(client, "/account/company/", "/account/company/withdraw")
    assert db.session.query(CompanyRequest).count() == 0


# Registering meanwhile


def test_a_pending_match_blocks_no_registration(app: Flask, donau: Organisation) -> None:
    event = factories.event()
    client = browser(app, newcomer("nora@donau.example"))
    assert "your company is still being confirmed" in client.get(f"/events/{event.slug}/").text
    link = client.get(f"/events/{event.slug}/register").location
    page = client.get(link)
    assert "your company is still being confirmed" in page.text
    assert "nora@donau.example" in page.text
    assert send(client, link).status_code == 302
    made = db.session.scalars(select(Registration)).one()
    assert (made.organisation_id, made.name) == (donau.id, "Nora Neu")
    assert only().state is MembershipState.REQUESTED


def test_who_claims_a_company_by_searching_takes_none_of_its_places(app: Flask, donau: Organisation) -> None:
    event = factories.event()
    client = browser(app, newcomer("nora@elsewhere.example"))
    ask(client, donau)
    link = client.get(f"/events/{event.slug}/register").location
    assert "Donau Systemhaus GmbH, not confirmed yet" in client.get(link).text
    assert send(client, link).status_code == 302
    made = db.session.scalars(select(Registration)).one()
    assert (made.organisation_id == donau.id, made.claim) == (False, donau.name)


def test_of_several_companies_the_one_asked_is_registered_for(app: Flask, donau: Organisation) -> None:
    swiss = factories.organisation("Donau Schweiz AG", domain="donau.example", country_code="CH")
    event = factories.event()
    client = browser(app, newcomer("nora@donau.example"))
    link = client.get(f"/events/{event.slug}/register").location
    assert donau.name in client.get(link).text
    send(client, "/account/company/", {"company": str(swiss.id)}, action="/account/company/ask")
    assert donau.name not in client.get(client.get(f"/events/{event.slug}/register").location).text


# The queue


@pytest.fixture
def orga(app: Flask) -> PageClient:
    return browser(app, factories.organizer("olivia@karmin.example"))


def test_an_empty_queue_says_so(orga: PageClient) -> None:
    assert "Nothing waits" in orga.get("/admin/queue/").text


def test_the_queue_holds_what_the_vendor_must_decide_and_nothing_else(app: Flask, donau: Organisation, orga: PageClient) -> None:
    isar = factories.organisation("Isar Netze AG", domain="isar.example")
    free = db.session.scalars(select(FreeMailDomain.domain).order_by(FreeMailDomain.domain).limit(1)).one()
    newcomer("own@donau.example", "Own Domain")  # its admins decide
    newcomer("first@isar.example", "First One")
    for address, name in ((f"free@{free}", "Free Mail"), ("spy@isar.example", "Other Domain"), ("a@lone.example", "Lone One")):
        user = newcomer(address, name, match=False)
        person = service.link(user, by=user, at=NOW)
        assert person is not None
        service.ask(user, person, donau.id, by=user, at=NOW)
    factories.commit()
    tell(browser(app, newcomer("nora@new.example", "Nora Neu")))
    page = orga.get("/admin/queue/").text
    for name in ("First One", "Free Mail", "Other Domain", "Nora Neu"):
        assert name in page, name
    assert "Own Domain" not in page
    assert "Lone One" not in page
    assert "Nobody at the company can decide" in page
    key = only(person_id=_person("Free", "Mail")).id
    assert "one of a mail provider" in orga.get(f"/admin/queue/?item=m{key}").text
    key = only(person_id=_person("Other", "Domain")).id
    page = orga.get(f"/admin/queue/?item=m{key}").text
    assert "belongs to Isar Netze AG" in page
    assert "owns the domain of the address" in page
    assert isar.name in page


def _person(given: str, family: str) -> int:
    return db.session.scalars(select(Person.id).where(Person.given_name == given, Person.family_name == family)).one()


def test_what_the_admins_leave_for_five_days_is_the_vendor_s(
    app: Flask, donau: Organisation, orga: PageClient, clock: time_machine.Traveller
) -> None:
    newcomer("nora@donau.example")
    assert "Nothing waits" in orga.get("/admin/queue/").text
    clock.shift(timedelta(days=5, minutes=1))
    assert "have not decided for five days" in orga.get("/admin/queue/").text


def test_people_of_one_unknown_domain_show_together(app: Flask, donau: Organisation, orga: PageClient) -> None:
    for n in range(2):
        user = newcomer(f"p{n}@unknown.example", f"P {n}", match=False)
        person = service.link(user, by=user, at=NOW)
        assert person is not None
        service.ask(user, person, donau.id, by=user, at=NOW)
    factories.commit()
    assert "1 others with this domain wait" in orga.get("/admin/queue/").text


def test_who_only_registered_by_link_is_no_work_for_the_vendor(app: Flask, orga: PageClient) -> None:
    company = factories.organisation(domain="first.example")
    guest = factories.attendee("Nora", "Neu", "nora@first.example")
    factories.register(factories.event(), company, guest, joining=MembershipState.REQUESTED)
    assert "Nothing waits" in orga.get("/admin/queue/").text


def test_approving_as_admin_shows_the_next_and_can_be_taken_back(app: Flask, orga: PageClient) -> None:
    company = factories.organisation("Isar Netze AG", domain="isar.example")
    for n in range(3):
        newcomer(f"p{n}@isar.example", f"Person {n}")
    first = orga.get("/admin/queue/")
    assert "1 of 3" in first.text
    ids = db.session.scalars(select(Membership.id).order_by(Membership.id)).all()
    answer = orga.post(
        f"/admin/queue/requests/{ids[0]}/approve", data={**fields(first.text, f"/{ids[0]}/approve"), "role": "admin"}
    )
    assert answer.location == f"/admin/queue/?item=m{ids[1]}"
    made = db.session.get_one(Membership, ids[0])
    assert (made.state, made.role, made.decided_by) == (
        MembershipState.ACTIVE,
        MembershipRole.ADMIN,
        "olivia@karmin.example",
    )
    assert "look after its people" in mails("joining.approved")[0].text
    assert "2 people ask to join it and wait for you" in mails("joining.approved")[0].text
    assert "Take the last decision back" in orga.get("/admin/queue/").text
    press(orga, "/admin/queue/", "/admin/queue/undo")
    made = db.session.get_one(Membership, ids[0])
    assert (made.state, made.role, made.decided_at) == (MembershipState.REQUESTED, MembershipRole.ADMIN, None)
    assert "1 of 3" in orga.get("/admin/queue/").text
    assert "Take the last decision back" not in orga.get("/admin/queue/").text
    assert company.name in orga.get("/admin/queue/").text


def test_a_decision_stays_once_something_hangs_on_it(app: Flask, orga: PageClient) -> None:
    company = factories.organisation("Isar Netze AG", domain="isar.example")
    user = newcomer("nora@isar.example")
    newcomer("other@isar.example", "Other One")
    page = orga.get("/admin/queue/").text
    orga.post(f"/admin/queue/requests/{_of('Nora')}/approve", data={**fields(page, "/approve"), "role": "admin"})
    admin = browser(app, user)
    event = factories.event()
    from tests.support.browsing import enrol

    enrol(admin, event, people=[("Ada", "Lang", "ada@isar.example")])
    press(orga, "/admin/queue/", "/admin/queue/undo")
    assert "Something has been done there since" in orga.get("/admin/queue/").text
    assert only(person_id=_person("Nora", "Neu")).state is MembershipState.ACTIVE
    assert company.id


def _of(given: str) -> int:
    query = select(Membership.id).join(Person, Person.id == Membership.person_id).where(Person.given_name == given)
    return db.session.scalars(query).one()


def test_after_a_quarter_of_an_hour_a_decision_stands(app: Flask, orga: PageClient, clock: time_machine.Traveller) -> None:
    factories.organisation(domain="isar.example")
    newcomer("nora@isar.example")
    page = orga.get("/admin/queue/").text
    orga.post(f"/admin/queue/requests/{_of('Nora')}/approve", data={**fields(page, "/approve"), "role": "member"})
    token = fields(orga.get("/admin/queue/").text, "/undo")
    clock.shift(timedelta(minutes=16))
    assert "Take the last decision back" not in orga.get("/admin/queue/").text
    orga.post("/admin/queue/undo", data=token)
    assert "for 15 minutes only" in orga.get("/admin/queue/").text
    assert only().state is MembershipState.ACTIVE


def test_a_declined_request_taken_back_waits_again(app: Flask, orga: PageClient) -> None:
    factories.organisation(domain="isar.example")
    user = newcomer("nora@isar.example")
    assert "Enter a reason" in summary(
        send(orga, "/admin/queue/", {"reason": " "}, action=f"/admin/queue/requests/{only().id}/decline")
    )
    send(orga, "/admin/queue/", {"reason": "Who are you?"}, action=f"/admin/queue/requests/{only().id}/decline")
    assert only().state is MembershipState.DECLINED
    press(orga, "/admin/queue/", "/admin/queue/undo")
    assert (only().state, only().decline_reason) == (MembershipState.REQUESTED, "")
    assert "You asked to join" in browser(app, user).get("/account/company/").text


def test_the_second_of_two_staff_hears_who_was_first(app: Flask, orga: PageClient) -> None:
    factories.organisation(domain="isar.example")
    newcomer("nora@isar.example")
    other = browser(app, factories.organizer("oskar@karmin.example"))
    page = other.get("/admin/queue/").text
    press(orga, "/admin/queue/", f"/admin/queue/requests/{only().id}/approve")
    other.post(f"/admin/queue/requests/{_of('Nora')}/approve", data={**fields(page, "/approve"), "role": "member"})
    assert "olivia@karmin.example has decided this already" in other.get("/admin/queue/").text


def test_a_company_is_added_with_the_person_as_admin(app: Flask, orga: PageClient) -> None:
    user = newcomer("nora@neusiedl.example")
    tell(browser(app, user), website="www.neusiedl.example", programme_id="KP-654321")
    request = db.session.scalars(select(CompanyRequest)).one()
    url = f"/admin/queue/companies/{request.id}/add"
    page = orga.get(url).text
    filled = fields(page)
    assert (filled["name"], filled["city"], filled["domains"]) == ("Neusiedl Netze GmbH", "Eisenstadt", "neusiedl.example")
    assert send(orga, url).status_code == 302
    company = db.session.scalars(select(Organisation)).one()
    request = db.session.scalars(select(CompanyRequest)).one()
    assert (request.state, request.organisation_id) == (CompanyRequestState.ADDED, company.id)
    assert (only().role, only().organisation_id) == (MembershipRole.ADMIN, company.id)
    assert "is in the list now" in mails("joining.company_added", "nora@neusiedl.example")[0].text
    assert "Neusiedl Netze GmbH" in browser(app, user).get("/account/company/").text
    press(orga, "/admin/queue/", "/admin/queue/undo")
    assert db.session.query(Organisation).count() == 0
    assert db.session.scalars(select(CompanyRequest)).one().state is CompanyRequestState.OPEN


def test_a_look_alike_must_be_looked_at_before_adding(app: Flask, orga: PageClient) -> None:
    factories.organisation("Neusiedl Netze AG", domain="neusiedl-netze.example")
    tell(browser(app, newcomer("nora@other.example")))
    url = f"/admin/queue/companies/{db.session.scalars(select(CompanyRequest.id)).one()}/add"
    page = orga.get(url).text
    assert "These may be the same company" in page
    assert "very likely (same name, same country)" in page
    answer = send(orga, url)
    assert "Look at the companies named above first" in summary(answer)
    assert db.session.query(Organisation).count() == 1
    assert db.session.scalars(select(CompanyRequest)).one().state is CompanyRequestState.OPEN
    assert send(orga, url, {"is_another": "y"}).status_code == 302
    assert db.session.query(Organisation).count() == 2


def test_a_company_that_is_in_the_list_is_picked(app: Flask, orga: PageClient) -> None:
    known = factories.organisation("Neusiedl Netze AG", domain="neusiedl-netze.example")
    tell(browser(app, newcomer("nora@other.example")))
    page = orga.get("/admin/queue/").text
    assert "It may be one of these" in page
    number = db.session.scalars(select(CompanyRequest.id)).one()
    data = {**fields(page, "/found"), "company": str(known.id), "role": "member"}
    orga.post(f"/admin/queue/companies/{number}/found", data=data)
    assert (only().organisation_id, only().role) == (known.id, MembershipRole.MEMBER)
    assert db.session.scalars(select(CompanyRequest)).one().state is CompanyRequestState.FOUND
    press(orga, "/admin/queue/", "/admin/queue/undo")
    assert db.session.scalars(select(Membership)).all() == []


def test_an_unsure_match_is_put_where_it_belongs(app: Flask, donau: Organisation, orga: PageClient) -> None:
    isar = factories.organisation("Isar Netze AG", domain="isar.example")
    user = newcomer("spy@isar.example", "Sia Meyer", match=False)
    person = service.link(user, by=user, at=NOW)
    assert person is not None
    service.ask(user, person, donau.id, by=user, at=NOW)
    factories.commit()
    page = orga.get("/admin/queue/").text
    data = {**fields(page, "/approve"), "company": str(isar.id), "role": "admin"}
    orga.post(f"/admin/queue/requests/{_of('Sia')}/approve", data=data)
    assert (only().organisation_id, only().role) == (isar.id, MembershipRole.ADMIN)
    press(orga, "/admin/queue/", "/admin/queue/undo")
    assert (only().organisation_id, only().role) == (donau.id, MembershipRole.MEMBER)


def test_unknown_ids_in_the_queue_are_not_found(app: Flask, donau: Organisation, orga: PageClient) -> None:
    newcomer("nora@elsewhere.example")
    token = {"csrf_token": fields(orga.get("/admin/companies/add").text)["csrf_token"], "reason": "x"}
    for path in ("requests/99999/approve", "requests/99999/decline", "companies/99999/found", "companies/99999/decline"):
        assert orga.post(f"/admin/queue/{path}", data=token).status_code == 404
    assert orga.get("/admin/queue/companies/99999/add").status_code == 404
    assert orga.get("/admin/queue/?item=m99999").status_code == 200


def test_the_queue_asks_the_same_number_of_questions_for_one_and_for_many(
    app: Flask, orga: PageClient, count_queries: Any
) -> None:
    factories.organisation("Isar Netze AG", domain="isar.example")
    newcomer("p0@isar.example")
    orga.get("/admin/queue/")
    with count_queries() as one:
        orga.get("/admin/queue/")
    for n in range(1, 5):
        newcomer(f"p{n}@isar.example")
    with count_queries() as many:
        orga.get("/admin/queue/")
    assert len(many) <= len(one) <= 14, "\n".join(many.statements)


def test_a_partner_manager_s_territory_comes_first(app: Flask) -> None:
    factories.organisation("Isar Netze AG", domain="isar.example", country_code="DE")
    factories.organisation("Seine SARL", domain="seine.example", country_code="FR")
    newcomer("a@isar.example", "Anna Isar")
    newcomer("b@seine.example", "Benoit Seine")
    manager = factories.user("olga@karmin.example", Role.ORGANIZER)
    db.session.add(Territory(user_id=manager.id, sub_region_key="france", granted_at=NOW, granted_by="tests"))
    factories.commit()
    page = browser(app, manager).get("/admin/queue/").text
    assert page.index("Benoit Seine") < page.index("Anna Isar")


def test_the_start_page_counts_what_waits(app: Flask, orga: PageClient) -> None:
    assert "/admin/queue/" in orga.get("/admin/").text
    factories.organisation(domain="isar.example")
    newcomer("nora@isar.example")
    assert "1 request waits for a decision" in orga.get("/admin/").text


def test_names_in_mails_are_text(app: Flask, donau: Organisation) -> None:
    client = browser(app, newcomer("nora@elsewhere.example", "http://evil.example <b>Nora</b>"))
    ask(client, donau, "See www.evil.example")
    mail = mails("joining.asked")[0]
    assert 'href="http://evil' not in mail.html
    assert "<b>Nora" not in mail.html
    assert "\n" not in mail.subject


def test_a_free_mail_domain_is_never_prefilled(app: Flask, orga: PageClient) -> None:
    free = db.session.scalars(select(FreeMailDomain.domain).order_by(FreeMailDomain.domain).limit(1)).one()
    tell(browser(app, newcomer(f"nora@{free}")))
    page = orga.get(f"/admin/queue/companies/{db.session.scalars(select(CompanyRequest.id)).one()}/add").text
    assert fields(page)["domains"] == ""
    assert db.session.scalars(select(EmailDomain.domain).where(EmailDomain.domain == free)).all() == []
