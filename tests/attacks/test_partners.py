"""One partner tries to learn of another, or to take what is another's: by typing, by racing, by what pages show."""

import re
from collections.abc import Callable
from functools import partial
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from eventapp.audit.models import AuditEntry
from eventapp.core.db import db, transaction
from eventapp.events.models import Event
from eventapp.partners.company import confirming
from eventapp.partners.joining import decisions, service
from eventapp.partners.models import Membership, MembershipState, Organisation, Person, PersonEmail
from eventapp.places.queries import miscounts
from eventapp.registrations import service as registering
from eventapp.registrations.invitations.models import Invitation
from eventapp.registrations.models import Registration, Source
from eventapp.registrations.tallies import miscounted
from tests.attacks.conftest import Firm
from tests.conftest import NOW
from tests.privacy.test_races import at_once
from tests.registrations.test_before_a_company import claim, register, set_places
from tests.support import factories
from tests.support import inviting as made
from tests.support.browsing import enrol, mails, rows, send
from tests.support.pages import PageClient, fields

PEOPLE = "/company/people/"


def bare(page: str, *words: str) -> str:
    """A page without what was typed, ids, and what is new on every request."""
    for word in words:
        page = page.replace(word, "…")
    return re.sub(
        r'(csrf_token|once_key)"[^>]*value="[^"]+"|registrations/\d+|colleague-\d+|mode-c\d+|value="\d+"|people/\d+|person=\d+|entered/\d+|membership_id=\d+|\d\d:\d\d',
        "",
        page,
    )


def second_address(person: Person, address: str) -> None:
    db.session.add(PersonEmail(person_id=person.id, address=address, is_primary=False))
    factories.commit()


def test_another_address_of_somebody_is_not_given_away(petra: PageClient, rival: Firm) -> None:
    """Whoever types one of somebody's addresses, of the own domain or not, never sees another of them."""
    second_address(rival.ada, "alias@donau.example")
    second_address(rival.ada, "alias@elsewhere.example")
    event = factories.event()
    for address in ("alias@donau.example", "alias@elsewhere.example"):
        send(petra, f"{PEOPLE}add", {"given_name": "Typed", "family_name": "Name", "email": address})
    people = [("Typed", "Name", "alias@donau.example")]
    send(petra, f"/events/{event.slug}/register", rows(people))
    enrol(petra, event, colleagues=str(rival.ada.id))
    pages = [PEOPLE, f"{PEOPLE}?q=zora", "/company/", "/company/log", "/company/admins", "/company/registrations/"]
    pages += [f"/events/{event.slug}/registrations", f"/events/{event.slug}/register"]
    joined = db.session.scalars(select(Membership).where(Membership.address == "alias@donau.example")).one()
    pages += [f"{PEOPLE}{joined.id}", f"{PEOPLE}{joined.id}/end"]
    for page in pages:
        text = petra.get(page).text
        for secret in ("zora@rival.example", "Zora", "Canary"):
            assert secret not in text, (page, secret)
    export = petra.post("/company/registrations/export", data={**fields(petra.get(f"{PEOPLE}add").text), "format": "plain"}).text
    assert "Typed" in export
    assert "zora@rival.example" not in export


@pytest.mark.parametrize("domain", ["donau.example", "elsewhere.example"])
def test_registering_says_the_same_of_known_and_unknown(petra: PageClient, rival: Firm, domain: str) -> None:
    second_address(rival.ada, f"known@{domain}")
    pages: dict[str, list[str]] = {}
    for n, name in enumerate(("known", "fresh")):
        event = factories.event(slug=f"day-{name}", title="Day")
        address = f"{name}@{domain}"
        answer = enrol(petra, event, people=[("Typed", "Name", address)], foreign_confirmed="y")
        found = [str(answer.status_code)]
        found += [petra.get(path).text for path in (f"/events/day-{name}/registrations", f"/events/day-{name}/register", PEOPLE)]
        one = db.session.scalars(select(Registration).where(Registration.event_id == event.id)).one()
        found.append(petra.get(f"/events/day-{name}/registrations/{one.id}/substitute").text)
        pages[name] = [bare(text, address, f"day-{name}", f"{name}@") for text in found]
        # As it was before, but for the log.
        registering_of(one.person_id, n)
    for one, other in zip(pages["known"], pages["fresh"], strict=True):
        assert one.splitlines() == other.splitlines()


def registering_of(person_id: int, n: int) -> None:
    """Takes away what the first round has left on pages of the company, so that the second begins alike."""
    if n == 0:
        for model in (Registration,):
            db.session.execute(
                model.__table__.update().where(model.person_id == person_id).values(organisation_id=factories.organisation().id)  # type: ignore[attr-defined]
            )
        company = select(Organisation.id).where(Organisation.name == "Donau Systemhaus GmbH").scalar_subquery()
        db.session.execute(
            Membership.__table__.delete().where(Membership.person_id == person_id, Membership.organisation_id == company)  # type: ignore[attr-defined]
        )
        factories.commit()


@pytest.mark.parametrize("domain", ["donau.example", "elsewhere.example"])
def test_handing_on_says_the_same_of_known_and_unknown(petra: PageClient, firm: Firm, rival: Firm, domain: str) -> None:
    second_address(rival.ada, f"known@{domain}")
    event = factories.event()
    said = []
    for name in ("known", "fresh"):
        one = factories.registration(event, firm.company, "Ada", "Lang", email=f"{name}-holder@donau.example")
        values = {"given_name": "Typed", "family_name": "Name", "address": f"{name}@{domain}"}
        answer = send(petra, f"/events/{event.slug}/registrations/{one.id}/substitute", values)
        db.session.expire_all()
        said.append((answer.status_code, bare(answer.text, f"{name}@{domain}"), one.name))
    assert said[0] == said[1]


def test_two_companies_type_the_same_stranger_at_once(app: Flask, firm: Firm, rival: Firm) -> None:
    event_id, ids = factories.event().id, (firm.company.id, rival.company.id)

    def typed_by(company_id: int, name: str) -> Callable[[], None]:
        def act() -> None:
            event, company = db.session.get_one(Event, event_id), db.session.get_one(Organisation, company_id)
            guest = factories.attendee("Typed", name, "stranger@elsewhere.example")
            registering.register(event, company, [guest], source=Source.COMPANY, by=factories.TESTS, at=NOW)

        return act

    refused = at_once(app, typed_by(ids[0], "By Donau"), typed_by(ids[1], "By Rival"))
    assert len(refused) == 1, "one of them has the place, the other is told to ask the organizer"
    person = db.session.scalars(select(PersonEmail).where(PersonEmail.address == "stranger@elsewhere.example")).one()
    states = db.session.scalars(select(Membership.state).where(Membership.person_id == person.person_id)).all()
    assert set(states) == {MembershipState.REQUESTED}
    assert not miscounts()
    assert not miscounted()


def test_a_link_that_is_used_by_many_at_once_counts_once(app: Flask, petra: PageClient) -> None:
    send(petra, f"{PEOPLE}add", {"given_name": "Typed", "family_name": "Name", "email": "guest@elsewhere.example"})
    membership = db.session.scalars(select(Membership).where(Membership.address.is_not(None))).one()
    with app.test_request_context():
        url = f"/colleague/{confirming.token_of(membership)}"
    statuses, browsers = [], [app.test_client() for _n in range(8)]
    opened = [(browser, {**fields(browser.get(url).text), "yes": "1"}) for browser in browsers]

    def click(browser: Any, data: dict[str, Any]) -> None:
        statuses.append(browser.post(url, data=data).status_code)

    db.session.rollback()
    run_at_once([partial(click, *one) for one in opened])
    assert set(statuses) <= {302, 200, 404, 409, 422}
    accepted = select(func.count()).where(AuditEntry.action == "person.accept")
    assert db.session.scalar(accepted) == 1


def run_at_once(acts: list[Callable[[], None]]) -> None:
    threads = [Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()


def test_approved_twice_at_once_while_the_last_place_goes(app: Flask, client: PageClient, firm: Firm) -> None:
    """The vendor and the company let somebody in at the same moment, and a colleague takes the company's last place."""
    event = factories.event()
    set_places(event, firm.company, 1)
    nora = factories.user("nora@freemail.example", name="Nora Neu")
    nora.verified_at = NOW
    factories.commit()
    person = claim(nora, firm.company)
    one = register(client, nora, event)
    person_id, company_id, event_id, one_id = person.id, firm.company.id, event.id, one.id

    def approve() -> None:
        query = select(Membership).where(Membership.person_id == person_id, Membership.organisation_id == company_id)
        decisions.approve(db.session.scalars(query).one(), db.session.get_one(Person, person_id), by=factories.TESTS, at=NOW)

    def register_ada() -> None:
        guest = factories.attendee("Ada", "Lang", "ada@donau.example")
        event, company = db.session.get_one(Event, event_id), db.session.get_one(Organisation, company_id)
        registering.register(event, company, [guest], source=Source.COMPANY, by=factories.TESTS, at=NOW)

    refused = at_once(app, approve, approve, register_ada)
    assert len(refused) == 1
    db.session.expire_all()
    found = db.session.scalars(select(Registration).where(Registration.event_id == event_id)).all()
    assert {r.organisation_id for r in found} == {company_id}
    assert sorted(r.status for r in found) == ["confirmed", "waiting"]
    assert db.session.get_one(Registration, one_id).claim == ""
    assert not miscounts()
    assert not miscounted()


def test_who_withdraws_cannot_be_let_in_by_an_old_page(app: Flask, petra: PageClient, firm: Firm) -> None:
    nora = factories.user("nora@freemail.example", name="Nora Neu")
    nora.verified_at = NOW
    factories.commit()
    person = claim(nora, firm.company)
    page = petra.get("/company/requests/").text
    found = re.search(r"/company/requests/\d+/approve", page)
    assert found
    with transaction():
        service.withdraw(person, by=factories.TESTS, at=NOW)
    answer = petra.post(found[0], data=fields(page, found[0]))
    assert answer.status_code in (302, 404, 409)
    assert db.session.scalar(select(func.count()).where(Membership.person_id == person.id)) == 0
    assert mails("joining.approved") == []


def test_an_invitation_is_shown_under_the_name_that_the_company_knows(petra: PageClient, firm: Firm, rival: Firm) -> None:
    second_address(rival.ada, "alias@donau.example")
    send(petra, f"{PEOPLE}add", {"given_name": "Typed", "family_name": "Name", "email": "alias@donau.example"})
    event = factories.event()
    made.invite(event, "zora@rival.example")
    db.session.execute(update(Invitation).values(organisation_id=firm.company.id, person_id=rival.ada.id))
    factories.commit()
    page = petra.get("/company/invitations/").text
    assert "Typed Name" in page
    assert not [word for word in ("Zora", "Canary", "zora@rival.example") if word in page]
