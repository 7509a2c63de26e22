"""A single person registers by a link to the own address, and nobody learns from the page what we know of an address."""

import re
from datetime import UTC, datetime

import pytest
import time_machine
from sqlalchemy import func, select

from eventapp.core.db import db
from eventapp.events.models import Event, EventFormat
from eventapp.partners.models import Membership, MembershipState, Organisation, OrganisationStatus, Person
from eventapp.registrations.models import Registration
from tests.registrations.conftest import Firm
from tests.support import factories
from tests.support.browsing import mails, register_url, send, send_page, summary
from tests.support.pages import PageClient, fields


def ask(client: PageClient, event: Event, address: str) -> str:
    """Asks for the link and gives back the text of the mail."""
    answer = send(client, register_url(event), {"email": address})
    assert (answer.status_code, answer.location) == (302, f"/events/{event.slug}/register?sent=1")
    return mails("registrations.address_link")[-1].text


def link_in(text: str) -> str:
    found = re.search(r"http://events\.test(/events/\S+)", text)
    assert found, text
    return found[1]


@pytest.fixture
def event(app: object) -> Event:
    return factories.event(title="Summit")


def test_a_known_person_registers_without_an_account(client: PageClient, firm: Firm, event: Event) -> None:
    url = link_in(ask(client, event, " Ada@DONAU.example "))
    assert "We have written to that address" in client.get(register_url(event) + "?sent=1").text
    page = client.get(url)
    assert "ada@donau.example" in page.text
    form = fields(page.text)
    assert (form["given_name"], form["family_name"], form["company"]) == ("Ada", "Lang", str(firm.company.id))
    done = send_page(client, page, url, {"note": "vegetarian"})
    one = db.session.scalars(select(Registration)).one()
    assert (done.status_code, done.location) == (302, f"/r/{one.token}")
    assert (one.person_id, one.note, one.source.value, one.registered_by) == (
        firm.ada.id,
        "vegetarian",
        "person",
        "ada@donau.example",
    )
    assert "Ada Lang, your place is confirmed." in client.get(done.location).text
    assert [m.kind for m in mails()] == ["registrations.address_link", "registrations.confirmed"]
    # The same link now leads to the registration.
    assert client.get(url).location == f"/r/{one.token}"


def test_an_unknown_person_of_a_known_domain_asks_to_become_a_colleague(client: PageClient, firm: Firm, event: Event) -> None:
    url = link_in(ask(client, event, "new@donau.example"))
    send(client, url, {"given_name": "Nina", "family_name": "Neu"})
    person = db.session.scalars(select(Person).where(Person.given_name == "Nina")).one()
    member = db.session.scalars(select(Membership).where(Membership.person_id == person.id)).one()
    assert (member.organisation_id, member.state) == (firm.company.id, MembershipState.REQUESTED)
    assert db.session.scalars(select(Registration)).one().organisation_id == firm.company.id


def test_several_companies_of_one_domain_are_offered(client: PageClient, event: Event) -> None:
    one = factories.organisation("Ems Nord GmbH", domain="ems.example")
    two = factories.organisation("Ems Süd GmbH", domain="ems.example")
    factories.organisation("Ems Alt GmbH", domain="ems.example", status=OrganisationStatus.SUSPENDED)
    third = factories.organisation("Fremd GmbH")
    url = link_in(ask(client, event, "new@ems.example"))
    page = client.get(url)
    assert "Ems Nord GmbH (AT)" in page.text
    assert "Ems Alt" not in page.text
    values = {"given_name": "Nina", "family_name": "Neu"}
    for company in ("", str(third.id), "²", str(2**63)):
        refused = send_page(client, page, url, {**values, "company": company})
        assert refused.status_code == 422
        assert 'href="#company"' in summary(refused)
        assert fields(refused.text)["given_name"] == "Nina"
    send_page(client, page, url, {**values, "company": str(two.id)})
    assert db.session.scalars(select(Registration.organisation_id)).all() == [two.id]
    assert one.id != two.id


def test_a_person_of_several_companies_chooses(client: PageClient, firm: Firm, event: Event) -> None:
    second = factories.organisation("Enns Software GmbH")
    db.session.add(Membership(person_id=firm.ada.id, organisation_id=second.id))
    page = client.get(link_in(ask(client, event, "ada@donau.example")))
    assert "Enns Software GmbH (AT)" in page.text
    assert "Donau Systemhaus GmbH (AT)" in page.text


@pytest.mark.parametrize("address", ["somebody@gmail.com", "who@unknown.example", "x@ended.example"])
def test_where_no_company_fits_only_the_mail_says_so(client: PageClient, event: Event, address: str) -> None:
    factories.organisation("Google Partner", domain="gmail.com")
    factories.organisation("Gone AG", domain="ended.example", status=OrganisationStatus.ENDED)
    text = ask(client, event, address)
    assert "We could not tell which partner company it belongs to." in text
    assert "http" not in text.replace("http://events.test/ ", "")
    assert db.session.scalar(select(func.count()).select_from(Person)) == 0


def test_known_and_unknown_addresses_get_the_same_answer(client: PageClient, firm: Firm, event: Event) -> None:
    answers = []
    for address in ("ada@donau.example", "new@donau.example", "who@unknown.example", "x@gmail.com"):
        answer = send(client, register_url(event), {"email": address})
        after = client.get(answer.location)
        answers.append((answer.status_code, answer.location, answer.get_data(), _without_keys(after.text)))
    assert len(set(answers)) == 1


def _without_keys(text: str) -> str:
    return re.sub(r'value="[^"]{40,}"', "", text)


@pytest.mark.parametrize("address", ["", "nobody", "a@b@c", "ada@donau.example\nx@y.example,z"])
def test_a_bad_address_is_kept_to_be_corrected(client: PageClient, event: Event, address: str) -> None:
    page = send(client, register_url(event), {"email": address})
    assert page.status_code == 422
    assert 'href="#email"' in summary(page)
    assert fields(page.text)["email"] == " ".join(address.split())


def test_registering_outside_the_window_is_refused_with_the_reason(
    client: PageClient, firm: Firm, clock: time_machine.Traveller
) -> None:
    event = factories.event(registration_closes_at=datetime(2027, 1, 21, tzinfo=UTC))
    url = link_in(ask(client, event, "ada@donau.example"))
    form_one, form_two = fields(client.get(register_url(event)).text), fields(client.get(url).text)
    clock.move_to(datetime(2027, 1, 21, 1, tzinfo=UTC))
    for where, form in ((register_url(event), {**form_one, "email": "ada@donau.example"}), (url, form_two)):
        assert "Registration is closed." in client.get(where).text
        page = client.post(where, data=form)
        assert page.status_code == 409
        assert f'href="#{"email" if where != url else "given_name"}">Registration is closed.' in summary(page)
    assert db.session.scalar(select(func.count()).select_from(Registration)) == 0


def test_the_link_works_for_two_days(client: PageClient, firm: Firm, event: Event, clock: time_machine.Traveller) -> None:
    url = link_in(ask(client, event, "ada@donau.example"))
    clock.shift(2 * 86400 - 60)
    assert client.get(url).status_code == 200
    clock.shift(120)
    gone = client.get(url)
    assert gone.status_code == 410
    assert "This link was good for two days." in gone.text
    assert "Ask for another link" in gone.text


def test_a_forged_link_is_nothing(client: PageClient, firm: Firm, event: Event) -> None:
    url = link_in(ask(client, event, "ada@donau.example"))
    token = url.rpartition("/")[2]
    other = factories.event()
    head, _, tail = token.partition(".")
    forged = [
        f"/events/{event.slug}/register/{head[:-2]}xx.{tail}",
        f"/events/{event.slug}/register/{token[:-1]}{'A' if token[-1] != 'A' else 'B'}",
        f"/events/{other.slug}/register/{token}",
        f"/events/{event.slug}/register/{'A' * 60}",
        f"/events/{event.slug}/register/a.b.c.d.e.f",
    ]
    for address in forged:
        page = client.get(address)
        assert page.status_code == 404, address
        assert "This link is broken or too old." in page.text
        assert "Donau" not in page.text, "nothing is revealed"
        asks = page.text.split("Ask for another link")[0].rpartition('href="')[2]
        assert client.get(asks.partition('"')[0]).status_code == 200
        form = fields(client.get(url).text)
        assert client.post(address, data=form).status_code == 404, address


def test_the_waiting_list_for_a_single_person(client: PageClient, firm: Firm) -> None:
    event = factories.event(quotas={"ready": 1})
    factories.registration(event, firm.company, email="ben@donau.example")
    url = link_in(ask(client, event, "ada@donau.example"))
    done = send(client, url)
    assert "Waiting for a company place, position 1 of 1." in client.get(done.location).text


def test_a_hybrid_event_asks_for_the_mode(client: PageClient, firm: Firm) -> None:
    event = factories.event(format=EventFormat.HYBRID, capacity_in_person=0, join_url="https://meet.example/room")
    url = link_in(ask(client, event, "ada@donau.example"))
    page = client.get(url)
    refused = send_page(client, page, url)
    assert refused.status_code == 422
    assert 'href="#mode"' in summary(refused)
    done = send_page(client, page, url, {"mode": "virtual"})
    own = client.get(done.location).text
    assert "/join/" in own
    assert re.search(r"^On video: http://events\.test/join/\S+$", mails("registrations.confirmed")[-1].text, re.MULTILINE)
    assert "https://meet.example/room" not in own + client.get(f"/events/{event.slug}/").text


def test_too_many_mails_to_one_address_are_refused_for_a_while(
    client: PageClient, firm: Firm, event: Event, clock: time_machine.Traveller
) -> None:
    for _n in range(5):
        ask(client, event, "ada@donau.example")
    page = send(client, register_url(event), {"email": "ada@donau.example"})
    assert page.status_code == 429
    assert int(page.headers["Retry-After"]) > 0
    assert "Too many mails were asked for." in summary(page)
    assert len(mails()) == 5
    ask(client, event, "ben@donau.example")
    clock.shift(16 * 60)
    ask(client, event, "ada@donau.example")


def test_a_draft_is_nobody_s_business(client: PageClient, app: object) -> None:
    draft = factories.event(published=False)
    unknown = client.get("/events/never-heard-of/register")
    assert (client.get(register_url(draft)).status_code, unknown.status_code) == (404, 404)


def test_the_company_is_chosen_anew_for_each_event(client: PageClient, firm: Firm) -> None:
    """A registration of last year does not stand in the way."""
    first, second = factories.event(), factories.event()
    for event in (first, second):
        send(client, link_in(ask(client, event, "ada@donau.example")))
    assert db.session.scalar(select(func.count()).select_from(Registration)) == 2
    assert db.session.scalar(select(func.count()).select_from(Organisation)) == 1
