"""People at the door without a registration: who may let them in, what is enough, and what happens when it is full."""

import threading
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eventapp.audit.models import AuditEntry
from eventapp.core.db import db, transaction
from eventapp.core.errors import RuleError
from eventapp.events.models import Event, EventFormat, EventStaff
from eventapp.overview import doctor
from eventapp.partners.models import Organisation, Person
from eventapp.places.models import Pool
from eventapp.places.queries import miscounts
from eventapp.registrations.models import Registration, Source
from eventapp.registrations.tallies import miscounted
from eventapp.registrations.walk_ins import service
from tests.conftest import NOW
from tests.registrations.conftest import Firm
from tests.support import factories
from tests.support.browsing import mails, send
from tests.support.pages import PageClient

URL = "/admin/events/summit/registrations/walk-in"
LIST = "/admin/events/summit/registrations/"


@pytest.fixture
def event(app: object) -> Event:
    """On its way at the tests' moment, with one place."""
    return factories.event(
        title="Summit", slug="summit", capacity=1, quotas={"ready": 0}, starts_at=NOW, ends_at=NOW + timedelta(hours=8)
    )


@pytest.fixture
def helper(client: PageClient, event: Event) -> PageClient:
    """Helps with the event, and has no role."""
    user = factories.user("helper@karmin.example")
    ends = NOW + timedelta(hours=9)
    db.session.add(EventStaff(event_id=event.id, user_id=user.id, granted_at=NOW, granted_by="tests", ends_at=ends))
    factories.commit()
    return client.sign_in(user)


def walk_in(client: PageClient, **values: str) -> int:
    """Fills the form; a name and a company unless said otherwise."""
    return send(client, URL, {"family_name": "Óváry", "company": "Nobody knows Ltd", **values}).status_code


def all_there() -> list[Registration]:
    db.session.rollback()
    assert (miscounts(), miscounted()) == ([], [])
    return list(db.session.scalars(select(Registration).order_by(Registration.id)))


def test_a_helper_lets_in_with_a_name_and_a_company(helper: PageClient, event: Event) -> None:
    opened = helper.get(URL).text
    assert "Reason to let them in" not in opened
    assert walk_in(helper) == 302
    (one,) = all_there()
    assert (one.source, one.status, one.claim) == (Source.WALK_IN, "confirmed", "Nobody knows Ltd")
    assert one.checked_in_at is not None
    assert db.session.get_one(Organisation, one.organisation_id).unconfirmed
    page = helper.get(LIST).text
    assert "Óváry" in page
    assert "pending: Nobody knows Ltd" in page
    assert "checked in" in page
    assert mails() == []
    assert helper.get(f"/r/{one.token}").status_code == 200
    assert list(doctor.without_address(NOW)) == []
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "registrations.walk_in")).one()
    assert entry.changes["company"].endswith("Nobody knows Ltd")


def test_a_partner_is_found_by_name_or_id_and_gives_no_place(helper: PageClient, event: Event, firm: Firm) -> None:
    assert walk_in(helper, company=(firm.company.programme_id or "").lower(), address="new@donau.example") == 302
    (one,) = all_there()
    assert (one.organisation_id, one.claim) == (firm.company.id, "")
    (mail,) = mails(to="new@donau.example")
    assert mail.kind == "registrations.confirmed"


def test_full_is_full_for_helpers_and_a_reason_for_organizers(client: PageClient, helper: PageClient, event: Event) -> None:
    assert walk_in(helper) == 302
    refused = send(helper, URL, {"family_name": "Zweiter", "company": "Other", "reason": "I say so"})
    assert refused.status_code == 409
    assert "No place is left" in refused.text
    assert "Zweiter" in refused.text
    assert len(all_there()) == 1
    client.sign_in(factories.organizer("olga@karmin.example"))
    assert walk_in(client, reason=" ") == 409
    assert walk_in(client, reason="A minister") == 302
    assert [r.status for r in all_there()] == ["confirmed", "confirmed"]
    pool = db.session.get_one(Pool, event.pool_id)
    assert (pool.taken, pool.overbooked) == (2, 1)
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "registrations.walk_in").order_by(AuditEntry.id))
    assert [e.changes["reason"] for e in entries] == ["", "A minister"]


def test_nobody_overtakes_those_who_wait(helper: PageClient, event: Event, firm: Firm) -> None:
    event.pool.capacity = 0
    factories.commit()
    factories.register(event, factories.organisation(tier_key="premier"), factories.attendee(), source=Source.ORGANIZER)
    factories.commit()
    assert walk_in(helper) == 409


def test_what_is_refused(client: PageClient, helper: PageClient, event: Event, firm: Firm) -> None:
    assert walk_in(helper, family_name=" ") == 422
    assert walk_in(helper, company="") == 422
    assert walk_in(helper, address="no address") == 422
    assert walk_in(helper, company="x" * 201) == 422
    factories.registration(event, factories.organisation(tier_key="premier"), email="ada@donau.example")
    event.pool.capacity = 9
    factories.commit()
    assert walk_in(helper, address="ada@donau.example") == 409
    assert walk_in(helper, family_name="<script>alert(1)</script>") == 302
    assert "<script>alert" not in helper.get(LIST).text
    virtual = factories.event(slug="virtual", format=EventFormat.VIRTUAL, starts_at=NOW, ends_at=NOW + timedelta(hours=8))
    other = factories.event(slug="other")
    factories.commit()
    assert helper.get(f"/admin/events/{other.slug}/registrations/walk-in").status_code == 404
    assert helper.get("/admin/events/unknown/registrations/walk-in").status_code == 404
    client.sign_in(factories.organizer("olga@karmin.example"))
    values = {"family_name": "Early", "company": "Some"}
    assert send(client, f"/admin/events/{virtual.slug}/registrations/walk-in", values).status_code == 409
    early = send(client, f"/admin/events/{other.slug}/registrations/walk-in", values)
    assert early.status_code == 409
    assert "on the days of the event" in early.text


def test_the_right_ends_with_the_day(helper: PageClient, event: Event, clock: time_machine.Traveller) -> None:
    clock.move_to(NOW + timedelta(hours=10))
    assert helper.get(URL).status_code == 403


def test_two_without_an_address_are_two_people(helper: PageClient, event: Event) -> None:
    event.pool.capacity = 2
    factories.commit()
    assert (walk_in(helper), walk_in(helper), walk_in(helper)) == (302, 302, 409)
    first, second = all_there()
    assert first.person_id != second.person_id
    assert db.session.get_one(Person, first.person_id).full_name == "Óváry"


def test_two_at_the_door_and_one_place(app: Flask, event: Event) -> None:
    event_id = event.id
    db.session.remove()
    start, outcomes = threading.Barrier(2), list[str]()

    def let_one_in(name: str) -> None:
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    here = db.session.get_one(Event, event_id)
                    service.let_in(here, service.WalkIn("", name, "Some"), by=factories.TESTS, at=NOW)
                outcomes.append("in")
            except RuleError:
                outcomes.append("full")

    threads = [threading.Thread(target=let_one_in, args=(name,)) for name in ("One", "Two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["full", "in"]
    assert len(all_there()) == 1
