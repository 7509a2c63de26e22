"""A person changes company: own history stays, the old company keeps its counts."""

import pytest
from sqlalchemy import select

from eventapp.core.db import db
from eventapp.partners.models import Membership, Organisation, Person
from eventapp.places.queries import miscounts
from eventapp.registrations.models import Registration
from eventapp.registrations.tallies import miscounted
from tests.support import factories
from tests.support.browsing import mails, send, summary
from tests.support.pages import PageClient


@pytest.fixture
def anna(client: PageClient) -> tuple[Person, Organisation, Organisation, str]:
    client.sign_in(factories.organizer())
    old, new = factories.organisation("Enns Software GmbH"), factories.organisation("Isar Netze AG")
    person = factories.person(old, "Anna", "Auer", "anna@enns.example")
    membership = db.session.scalars(select(Membership.id).where(Membership.person_id == person.id)).one()
    db.session.rollback()
    return person, old, new, f"/admin/companies/{old.id}/people/{membership}/move"


def test_the_old_company_keeps_its_counts(client: PageClient, anna: tuple[Person, Organisation, Organisation, str]) -> None:
    person, old, new, url = anna
    one = factories.register(factories.event(), old, factories.attendee("Anna", "Auer", "anna@enns.example"))[0]
    assert "Partner Day" in client.get(url).text
    assert send(client, url, {"company": new.programme_id, "job_title": "CTO"}).status_code == 302
    db.session.expire_all()
    found = db.session.execute(
        select(Membership.organisation_id, Membership.state).where(Membership.person_id == person.id).order_by(Membership.id)
    )
    assert [(o, s.value) for o, s in found] == [(old.id, "ended"), (new.id, "active")]
    kept = db.session.get_one(Registration, one.id)
    assert (kept.organisation_id, kept.status.value) == (old.id, "confirmed")


def test_places_go_on_if_so_chosen(client: PageClient, anna: tuple[Person, Organisation, Organisation, str]) -> None:
    _person, old, new, url = anna
    event = factories.event(quotas={"ready": 1})
    mine = factories.register(event, old, factories.attendee("Anna", "Auer", "anna@enns.example"))[0]
    next_one = factories.register(event, old, factories.attendee(email="berta@enns.example"))[0]
    assert send(client, url, {"company": "Isar Netze AG", "upcoming": "cancel"}).status_code == 302
    db.session.expire_all()
    assert [db.session.get_one(Registration, r.id).status.value for r in (mine, next_one)] == ["cancelled", "confirmed"]
    assert new.id
    assert (miscounts(), miscounted()) == ([], [])
    assert mails(to="berta@enns.example")[-1].subject


def test_refusals_stand_at_their_field(client: PageClient, anna: tuple[Person, Organisation, Organisation, str]) -> None:
    _person, old, new, url = anna
    assert "Copy the ID" in summary(send(client, url, {"company": "nobody"}))
    assert "present one" in summary(send(client, url, {"company": old.programme_id}))
    assert send(client, url, {"company": new.programme_id}).status_code == 302
    assert "any more" in summary(send(client, url, {"company": new.programme_id}))
    assert client.get(url.replace(f"companies/{old.id}/", f"companies/{new.id}/")).status_code == 404
