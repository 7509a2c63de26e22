"""The vendor's pages: needs for the caterer alone, all data of a person, erasing, how long data is kept."""

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from eventapp.accounts.models import Role
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.events.models import Event
from eventapp.partners.models import Person, PersonEmail
from eventapp.privacy.models import Needs, Retention
from eventapp.registrations.models import Registration, RegistrationStatus
from tests.conftest import NOW
from tests.support import factories
from tests.support.browsing import mails, send, summary
from tests.support.pages import PageClient, hidden

EVENT = "/admin/events/summit/needs"


@pytest.fixture
def event(app: Flask) -> Event:
    event, company = factories.event(slug="summit", title="Summit"), factories.organisation("Donau Systemhaus GmbH")
    for number, (diet, severe, access) in enumerate(
        [(["vegan"], False, ""), (["vegan", "halal"], True, ""), (["none"], False, "=Ramp"), (["kosher"], True, "gone")]
    ):
        made = factories.registration(event, company, f"Guest{number}", "Huber")
        needs = Needs(registration_id=made.id, diet=diet, allergens=["nuts"] if severe else [], severe_allergy=severe)
        needs.access, needs.given_at, needs.given_by, needs.purge_on = access, NOW, "x", NOW.date()
        db.session.add(needs)
        if access == "gone":
            made.status, made.cancelled_at = RegistrationStatus.CANCELLED, NOW
    factories.commit()
    return event


@pytest.fixture
def caterer(client: PageClient, event: Event) -> PageClient:
    return client.sign_in(factories.user("chef@karmin.example", Role.CATERING))


def looks() -> list[AuditEntry]:
    db.session.rollback()
    query = select(AuditEntry).where(AuditEntry.action.in_(("needs.look", "needs.export"))).order_by(AuditEntry.id)
    return list(db.session.scalars(query))


def test_numbers_first_and_names_only_with_a_reason(caterer: PageClient) -> None:
    assert "Summit" in caterer.get("/admin/needs/").text
    page = caterer.get(EVENT).text
    assert "Vegan" in page
    assert "Guest" not in page, "no names before somebody says why"
    assert looks() == []
    refused = send(caterer, EVENT, {"reason": " "})
    assert refused.status_code == 422
    assert "stands in the log" in summary(refused)
    named = send(caterer, EVENT, {"reason": "Briefing of the kitchen"})
    assert named.status_code == 200
    assert "Guest1" in named.text
    assert "Guest2" in named.text
    assert "Guest0" not in named.text, "who only eats vegan is a number"
    assert "Guest3" not in named.text, "who has cancelled does not come"
    (look,) = looks()
    assert (look.actor, look.changes["reason"], look.changes["people"]) == ("chef@karmin.example", "Briefing of the kitchen", 2)
    assert "Guest" not in json.dumps(look.changes)


def test_the_table_is_neutralised_and_logged(caterer: PageClient) -> None:
    data = {**hidden(caterer.get(EVENT).text), "reason": "Kitchen"}
    file = caterer.post(f"{EVENT}/export", data=data)
    assert file.status_code == 200
    assert "no-store" in file.headers["Cache-Control"]
    text = file.data.decode("utf-8-sig")
    assert "'=Ramp" in text
    assert "Guest1 Huber" in text
    assert [entry.action for entry in looks()] == ["needs.export"]
    again = caterer.post(f"{EVENT}/export", data={**hidden(caterer.get(EVENT).text), "reason": ""})
    assert again.status_code == 422


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.CATERING])
def test_needs_are_for_nobody_else(client: PageClient, event: Event, role: Role) -> None:
    client.sign_in(factories.user(None, role))
    token = hidden(client.get("/account/password").text)
    for path in ("/admin/needs/", EVENT):
        assert client.get(path).status_code == 403
    assert client.post(EVENT, data={**token, "reason": "x"}).status_code == 403
    assert client.post(f"{EVENT}/export", data={**token, "reason": "x"}).status_code == 403


def test_a_virtual_event_has_no_needs_page(caterer: PageClient) -> None:
    from eventapp.events.models import EventFormat

    factories.event(slug="online", format=EventFormat.VIRTUAL)
    assert caterer.get("/admin/events/online/needs").status_code == 404
    assert caterer.get("/admin/events/nowhere/needs").status_code == 404


def a_person() -> Person:
    made = db.session.scalars(select(Person).where(Person.given_name == "Guest2")).one()
    db.session.rollback()
    return made


def test_organizers_take_out_the_data_with_a_reason_but_not_the_needs(client: PageClient, event: Event) -> None:
    client.sign_in(factories.organizer("orga@karmin.example"))
    page = f"/admin/people/{a_person().id}/data"
    assert send(client, page, {"reason": "", "shape": "page"}).status_code == 422
    shown = send(client, page, {"reason": "Letter of 12 January", "shape": "page"})
    assert "Guest2 Huber" in shown.text
    assert "Ramp" not in shown.text
    file = send(client, page, {"reason": "Letter of 12 January", "shape": "json"})
    assert "no-store" in file.headers["Cache-Control"]
    assert "attachment" in file.headers["Content-Disposition"]
    content = json.loads(file.data)
    assert content["data"]["person"][0]["given_name"] == "Guest2"
    assert content["data"]["registration"][0]["event"] == "Summit"
    db.session.rollback()
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "person.export")).all()
    assert [entry.changes["reason"] for entry in entries] == ["Letter of 12 January"] * 2
    assert client.get("/admin/people/999999/data").status_code == 404


def test_one_takes_out_all_of_ones_own(client: PageClient, event: Event) -> None:
    user = factories.user("guest2@company.example")
    person = db.session.get_one(Person, a_person().id)
    person.user_id = user.id
    factories.commit()
    client.sign_in(user)
    token = hidden(client.get("/account/privacy").text)
    page = client.post("/account/privacy/data", data={**token, "shape": "page", "once_key": ""})
    assert "=Ramp" in page.text
    file = client.post("/account/privacy/data", data={**token, "shape": "json", "once_key": ""})
    assert json.loads(file.data)["data"]["needs"][0]["access"] == "=Ramp"


def test_erasing_shows_the_numbers_and_wants_the_name(client: PageClient, event: Event) -> None:
    client.sign_in(factories.organizer("orga@karmin.example"))
    person = a_person()
    page = f"/admin/people/{person.id}/erase"
    assert "Upcoming registrations cancelled" in client.get(page).text
    wrong = send(client, page, {"name": "Guest1 Huber"})
    assert wrong.status_code == 422
    assert "not the name" in summary(wrong)
    assert "Guest2 Huber" in wrong.text
    before = len(mails())
    assert send(client, page, {"name": "Guest2  Huber "}).status_code == 302
    db.session.expire_all()
    erased = db.session.get_one(Person, person.id)
    assert erased.full_name == "Erased person"
    (registration,) = db.session.scalars(select(Registration).where(Registration.person_id == person.id))
    assert (registration.name, registration.status) == ("Erased person", RegistrationStatus.CANCELLED)
    assert len(mails()) <= before, "nobody is told"
    assert "was erased on" in client.get(page).text
    assert client.get("/admin/events/summit/registrations/").status_code == 200
    assert client.get(f"/admin/people/{person.id}/data").status_code == 200
    token = hidden(client.get("/account/password").text)
    assert client.post(page, data={**token, "name": "Erased person"}).status_code == 409


def test_nobody_erases_themselves_nor_somebody_of_the_vendor(client: PageClient, event: Event) -> None:
    orga, other = factories.organizer("orga@karmin.example"), factories.user("fin@karmin.example", Role.FINANCE)
    me, them = (
        factories.person(None, "O", "Rga", orga.email, user=orga),
        factories.person(None, "Fi", "Nance", other.email, user=other),
    )
    client.sign_in(orga)
    mine = send(client, f"/admin/people/{me.id}/erase", {"name": "O Rga"})
    assert "Somebody else has to" in summary(mine)
    theirs = send(client, f"/admin/people/{them.id}/erase", {"name": "Fi Nance"})
    assert "Take away the rights" in summary(theirs)
    assert db.session.scalar(select(func.count()).select_from(PersonEmail).where(PersonEmail.address == other.email)) == 1


def test_how_long_is_changed_within_bounds(client: PageClient) -> None:
    client.sign_in(factories.user("root@karmin.example", Role.SYSTEM_ADMIN))
    assert "The first purge runs" in client.get("/admin/privacy/").text
    for bad in ("0", "31", "", "x", "-1", "9" * 30):
        refused = send(client, "/admin/privacy/", {"needs": bad})
        assert refused.status_code == 422, bad
        assert summary(refused)
    assert send(client, "/admin/privacy/", {"needs": "14"}).status_code == 302
    db.session.rollback()
    (row,) = db.session.scalars(select(Retention))
    assert (row.kind, row.days, row.changed_by) == ("needs", 14, "root@karmin.example")
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "retention.change")).one()
    assert entry.changes == {"days": [30, 14]}


def test_only_system_admins_change_how_long(client: PageClient, clock: Any) -> None:
    client.sign_in(factories.organizer())
    assert client.get("/admin/privacy/").status_code == 403
    clock.shift(timedelta(seconds=1))
