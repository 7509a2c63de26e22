"""Greetings of partners: written by a company, looked at by an organizer, read by everybody; and never before."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from eventapp.accounts.models import Role, User
from eventapp.agenda.greetings.models import Greeting
from eventapp.core.db import db
from eventapp.events.models import Event, EventFormat, EventStatus, Mode
from eventapp.lifecycle.merging import companies as merging
from eventapp.partners.models import MembershipRole, Organisation
from tests.support import factories
from tests.support.browsing import send
from tests.support.pages import PageClient, fields

OURS = "/company/events/webday/greeting"
LIST = "/admin/events/webday/agenda/greetings/"
TEXT = "Hello from the Danube & <b>beyond</b>"


@pytest.fixture(autouse=True)
def _time(clock: Any) -> None:
    """The event is to come at the moment of these tests."""


@pytest.fixture
def company(app: Flask) -> Organisation:
    return factories.organisation("Donau Systemhaus GmbH", domain="donau.example")


@pytest.fixture
def petra(company: Organisation) -> User:
    return factories.company_admin(company, "petra@donau.example")


@pytest.fixture
def event(company: Organisation) -> Event:
    made = factories.event(slug="webday", title="Web Day", format=EventFormat.VIRTUAL, venue="")
    factories.registration(made, company, mode=Mode.VIRTUAL)
    return made


def page(app: Flask, user: User | None = None) -> PageClient:
    found = app.test_client()
    assert isinstance(found, PageClient)
    found.environ_base["HTTP_HOST"] = "events.test"
    return found.sign_in(user) if user else found


def one() -> Greeting:
    db.session.rollback()
    return db.session.scalars(select(Greeting).execution_options(populate_existing=True)).one()


def test_written_looked_at_shown_changed_and_looked_at_again(app: Flask, event: Event, petra: User) -> None:
    ours, organizer, anybody = page(app, petra), page(app, factories.organizer()), page(app)
    assert OURS in ours.get("/events/webday/registrations").text
    assert send(ours, OURS, {"text": TEXT, "name": "Petra"}).location == OURS
    assert "To look at" in ours.get(OURS).text
    assert "Danube" not in anybody.get("/events/webday/").text
    number = one().id
    assert "Danube" in organizer.get(LIST).text
    assert send(organizer, f"{LIST}{number}").status_code == 302
    shown = anybody.get("/events/webday/").text
    assert "Hello from the Danube &amp; &lt;b&gt;beyond&lt;/b&gt;" in shown
    assert "Petra, Donau Systemhaus GmbH" in shown
    other = factories.company_admin(factories.organisation("Isar Netze AG"))
    assert "Donau Systemhaus GmbH" in page(app, other).get("/events/webday/").text, "public to other companies as well"

    assert send(ours, OURS, {"text": "Something else"}).status_code == 302
    for client in (anybody, page(app, other)):
        text = client.get("/events/webday/").text
        assert "Danube" not in text
        assert "Something else" not in text
    assert "Say why" in send(organizer, f"{LIST}{number}", {"decline": "yes"}).text
    assert send(organizer, f"{LIST}{number}", {"decline": "yes", "reason": "No advertising"}).status_code == 302
    assert "It was declined: No advertising." in ours.get(OURS).text
    assert send(ours, OURS, {"text": ""}).status_code == 302
    assert db.session.scalar(select(func.count()).select_from(Greeting)) == 0


def test_what_was_looked_at_is_what_is_shown(app: Flask, event: Event, petra: User) -> None:
    ours, organizer = page(app, petra), page(app, factories.organizer())
    send(ours, OURS, {"text": "Friendly"})
    number = one().id
    form = fields(organizer.get(f"{LIST}{number}").text)
    old = fields(ours.get(OURS).text)
    send(ours, OURS, {"text": "Rude"})
    answer = organizer.post(f"{LIST}{number}", data=form)
    assert answer.status_code == 409
    assert "Rude" in answer.text
    assert one().state.value == "waiting"
    stale = ours.post(OURS, data={**old, "text": "From an old tab"})
    assert stale.status_code == 409
    assert "From an old tab" in stale.text


def test_who_may(app: Flask, event: Event, company: Organisation, petra: User) -> None:
    member = factories.seat(company, MembershipRole.MEMBER)
    assert page(app, member).get(OURS).status_code == 200
    stranger = factories.company_admin(factories.organisation("Isar Netze AG"))
    assert page(app, stranger).get(OURS).status_code == 404, "nobody of theirs comes"
    assert page(app, petra).get("/company/events/nosuch/greeting").status_code == 404
    room = factories.event(slug="room")
    factories.registration(room, db.session.get_one(Organisation, company.id))
    assert page(app, petra).get("/company/events/room/greeting").status_code == 404
    send(page(app, petra), OURS, {"text": "Hello"})
    number = one().id
    other = factories.event(slug="other", format=EventFormat.VIRTUAL)
    organizer = page(app, factories.organizer())
    assert organizer.get(f"/admin/events/{other.slug}/agenda/greetings/{number}").status_code == 404
    auditor = page(app, factories.user(None, Role.AUDITOR))
    assert auditor.get(LIST).status_code == 200
    assert auditor.get(f"{LIST}{number}").status_code == 403
    assert page(app, petra).get(LIST).status_code == 403
    db.session.get_one(Event, event.id).status = EventStatus.CANCELLED
    assert page(app, petra).get(OURS).status_code == 404


@pytest.mark.parametrize(
    "values", [{"text": "x" * 281}, {"text": "a", "name": "x" * 121}, {"version": "99", "text": "a"}, {"version": "x"}]
)
def test_hostile_values(app: Flask, event: Event, petra: User, values: dict[str, str]) -> None:
    answer = send(page(app, petra), OURS, values)
    assert answer.status_code in (409, 422)
    assert db.session.scalar(select(func.count()).select_from(Greeting)) == 0


def test_too_often_is_too_much(app: Flask, event: Event, petra: User) -> None:
    ours = page(app, petra)
    found = {send(ours, OURS, {"text": f"Hello {n}"}).status_code for n in range(10)}
    assert found == {302}
    assert send(ours, OURS, {"text": "Once more"}).status_code == 429


def test_empty_list(app: Flask, event: Event) -> None:
    assert "No greetings yet" in page(app, factories.organizer()).get(LIST).text


def test_merged_companies_keep_one(app: Flask, event: Event, company: Organisation, petra: User) -> None:
    twin = factories.organisation("Donau System Haus")
    for number in (company.id, twin.id):
        values = {"text": f"of {number}", "written_at": factories.AT, "written_by": "tests"}
        db.session.add(Greeting(event_id=event.id, organisation_id=number, **values))
    factories.commit()
    kept, dropped = (db.session.get_one(Organisation, number) for number in (company.id, twin.id))
    merging.merge(kept, dropped, by=factories.TESTS, at=factories.AT)
    factories.commit()
    assert sorted(db.session.scalars(select(Greeting.organisation_id))) == sorted([company.id, twin.id])
