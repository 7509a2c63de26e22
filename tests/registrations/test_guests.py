"""Guests of the vendor: people of no partner company, whom an organizer adds."""

import csv
import io

import pytest
from sqlalchemy import func, select

from eventapp.core.db import db, transaction
from eventapp.core.errors import RuleError
from eventapp.events.models import NO_TIER, AudienceField, AudienceRule, Event
from eventapp.overview import queries as overview
from eventapp.partners import service as people
from eventapp.partners.models import Membership, Organisation, OrganisationKind
from eventapp.partners.queries import companies_by_text, company_by_text
from eventapp.places.queries import miscounts
from eventapp.registrations import queries, service
from eventapp.registrations.models import Registration, Source
from eventapp.registrations.tallies import miscounted
from tests.conftest import NOW
from tests.registrations.conftest import Firm
from tests.support import factories
from tests.support.browsing import mails, send
from tests.support.pages import PageClient, fields

ADD = "/admin/events/summit/registrations/add"
GUEST = {"guest": "y", "given_name": "Mina", "family_name": "Orlić-Ünal", "address": "mina@elsewhere.example"}


@pytest.fixture
def event(app: object) -> Event:
    """For one company alone, and companies of no tier have no places."""
    made = factories.event(title="Summit", slug="summit", capacity=1, quotas={NO_TIER: 0})
    made.restricted = True
    db.session.add(AudienceRule(event_id=made.id, field=AudienceField.COMPANY, values=[0]))
    factories.commit()
    return made


@pytest.fixture
def organizer(client: PageClient, event: Event) -> PageClient:
    return client.sign_in(factories.organizer("olga@karmin.example"))


def the_guest() -> Registration:
    found = db.session.scalars(select(Registration)).one()
    assert (miscounts(), miscounted()) == ([], [])
    return found


def test_a_guest_takes_a_place_of_the_event_and_none_of_a_company(organizer: PageClient, event: Event) -> None:
    assert send(organizer, ADD, GUEST).status_code == 302
    one = the_guest()
    assert (one.status, one.source) == ("confirmed", Source.GUEST)
    assert db.session.get_one(Organisation, one.organisation_id).kind is OrganisationKind.VENDOR
    assert db.session.scalar(select(func.count()).select_from(Membership)) == 0
    assert db.session.get_one(Event, event.id).pool.taken == 1
    assert mails("registrations.confirmed", "mina@elsewhere.example")
    page = organizer.get("/admin/events/summit/registrations/").text
    assert "Guests of the organizer" in page
    assert f"/admin/companies/{one.organisation_id}" not in page
    assert "<b>0</b> companies" in page
    assert organizer.get(f"/admin/events/summit/registrations/{one.id}").status_code == 200
    form = fields(page, "/export")
    text = organizer.post("/admin/events/summit/registrations/export", data={**form, "format": "plain"}).get_data(as_text=True)
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["source"], row["company"], row["country"]) == ("guest", "Guests of the organizer", "")


def test_the_next_guest_waits_and_both_come_with_one_row(organizer: PageClient, event: Event) -> None:
    assert send(organizer, ADD, GUEST).status_code == 302
    again = send(organizer, ADD, GUEST)
    assert again.status_code == 409
    assert "registered for this event already" in again.text or "cannot be registered here" in again.text
    assert send(organizer, ADD, {**GUEST, "address": "other@elsewhere.example", "given_name": "<b>Olaf"}).status_code == 302
    statuses = db.session.execute(select(Registration.status, Registration.organisation_id)).all()
    assert sorted(s.value for s, _o in statuses) == ["confirmed", "waiting"]
    assert len({o for _s, o in statuses}) == 1
    assert "<b>Olaf" not in organizer.get("/admin/events/summit/registrations/").text


def test_a_guest_or_a_company_and_not_both(organizer: PageClient, firm: Firm, event: Event) -> None:
    both = send(organizer, ADD, {**GUEST, "company": firm.company.name})
    assert both.status_code == 422
    assert "A guest comes with no company" in both.text
    assert "Orlić-Ünal" in both.text
    neither = send(organizer, ADD, {name: value for name, value in GUEST.items() if name != "guest"})
    assert neither.status_code == 422
    assert "Enter a programme ID" in neither.text
    assert db.session.scalar(select(func.count()).select_from(Registration)) == 0


def test_the_row_of_the_vendor_is_no_company(organizer: PageClient, event: Event) -> None:
    assert send(organizer, ADD, GUEST).status_code == 302
    one = the_guest()
    with transaction():
        assert people.vendor(at=NOW).id == one.organisation_id
    assert company_by_text("Guests of the organizer") is None
    assert companies_by_text(["Guests of the organizer"]) == {}
    assert organizer.get(f"/admin/companies/{one.organisation_id}").status_code == 404
    assert "Guests of the organizer" not in organizer.get("/admin/companies/").text
    assert overview._by_country(event) == []


def test_the_place_of_a_guest_is_theirs_alone(client: PageClient, organizer: PageClient, event: Event) -> None:
    assert send(organizer, ADD, GUEST).status_code == 302
    one = the_guest()
    client.delete_cookie("session")
    page = client.get(f"/r/{one.token}")
    assert page.status_code == 200
    assert "Guests of the organizer" in page.text
    assert "Somebody else comes" not in page.text
    with pytest.raises(RuleError, match="theirs alone"):
        service.substitute(queries.by_token(one.token), "Any", "Body", "any@body.example", by=factories.TESTS, at=NOW)
    db.session.rollback()
