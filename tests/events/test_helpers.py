"""People who help with one event: they read that one until their last day, and nothing else."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Role, User
from eventapp.accounts.queries import user_by_address
from eventapp.core.db import db
from eventapp.events.models import Event, EventStaff
from tests.conftest import NOW
from tests.support import factories
from tests.support.browsing import mails, press, send, summary
from tests.support.pages import PageClient, hidden

Sign = Callable[[User], PageClient]
PAGE = "/admin/events/summit/staff"


@pytest.fixture(autouse=True)
def _clock(clock: time_machine.Traveller) -> None:
    """Ends are days from now."""


@pytest.fixture
def sign(app: Flask) -> Sign:
    """A browser of its own for somebody."""

    def signed(user: User) -> PageClient:
        client = app.test_client()
        assert isinstance(client, PageClient)
        return client.sign_in(user)

    return signed


@pytest.fixture
def summit(app: Flask) -> Event:
    """An event with a registration."""
    event = factories.event(slug="summit", title="Summit")
    factories.registration(event, factories.organisation("Donau GmbH"), "Anna", "Reads")
    return event


def invited(organizer: PageClient, address: str, until: str = "2027-05-20", page: str = PAGE) -> str:
    answer = send(organizer, page, {"email": address, "until": until}, action=f"{page}/invite")
    assert answer.status_code == 302, summary(answer)
    found = re.search(r"http://events\.test(/invitation/[\w-]+)", mails(to=address)[-1].text)
    assert found
    return found[1]


def button(client: PageClient, page: str, end: str) -> Any:
    found = re.search(rf'action="([^"]+{end})"', client.get(page).text)
    assert found, end
    return press(client, page, found[1])


def test_a_helper_is_invited_reads_the_event_and_is_out_after_the_last_day(
    sign: Sign, client: PageClient, summit: Event, clock: time_machine.Traveller
) -> None:
    other = factories.event(slug="other")
    organizer = sign(factories.organizer())
    link = invited(organizer, "hana@karmin.example")
    assert "Helper at Summit, until" in client.get(link).text
    assert send(client, link, {"name": "Hana", "password": "a long enough one"}).status_code == 302
    user = user_by_address("hana@karmin.example")
    assert user is not None
    helper = sign(user)
    home = helper.get("/admin/").text
    assert "Summit" in home
    assert other.title not in home
    assert helper.get("/admin/events/summit/").status_code == 200
    listing = helper.get("/admin/events/summit/registrations/").text
    assert "Anna Reads" in listing
    for hidden_thing in ("Add somebody", "Export", 'name="ids"', "/admin/companies/"):
        assert hidden_thing not in listing
    assert helper.get("/admin/events/other/").status_code == helper.get("/admin/events/nowhere/").status_code == 404
    assert helper.get("/admin/events/other/registrations/").status_code == 404
    token = hidden(helper.get("/account/password").text)
    for path in ("quotas", "edit", "cancel", "staff", "registrations/add", "registrations/1"):
        assert helper.get(f"/admin/events/summit/{path}").status_code == 403
    assert helper.post("/admin/events/summit/registrations/export", data=token).status_code == 403
    assert helper.get("/admin/companies/").status_code == helper.get("/admin/staff/").status_code == 403
    clock.move_to("2027-05-20 23:59:00+00:00")
    helper = sign(user)
    assert helper.get("/admin/events/summit/").status_code == 200
    clock.shift(timedelta(minutes=2))
    assert helper.get("/admin/events/summit/").status_code == 403
    assert helper.get("/admin/").status_code == 403


def test_a_helper_reads_a_draft(sign: Sign) -> None:
    draft = factories.event(slug="draft", published=False)
    user = factories.user()
    db.session.add(
        EventStaff(event_id=draft.id, user_id=user.id, granted_at=NOW, granted_by="t", ends_at=NOW + timedelta(days=1))
    )
    factories.commit()
    assert sign(user).get("/admin/events/draft/").status_code == 200


def test_the_end_moves_and_comes_at_once(sign: Sign, client: PageClient, summit: Event) -> None:
    organizer = sign(factories.organizer())
    send(client, invited(organizer, "hana@karmin.example"), {"name": "Hana", "password": "a long enough one"})
    sent = len(mails())
    moved = send(organizer, PAGE, {"email": "hana@karmin.example", "until": "2027-06-01"}, action=f"{PAGE}/invite")
    assert moved.status_code == 302
    assert len(mails()) == sent, "who helps already needs no new invitation"
    user = user_by_address("hana@karmin.example")
    assert user is not None
    helper = sign(user)
    assert helper.get("/admin/events/summit/").status_code == 200
    assert button(organizer, PAGE, "/end").status_code == 302
    assert helper.get("/admin/events/summit/").status_code == 403
    assert "Ended" in organizer.get(PAGE).text
    again = invited(organizer, "hana@karmin.example")
    assert helper.get("/admin/events/summit/").status_code == 403, "an invitation alone lets nobody in"
    assert send(helper, again).status_code == 302
    assert helper.get("/admin/events/summit/").status_code == 200
    db.session.rollback()
    assert len(db.session.scalars(select(EventStaff)).all()) == 1


def test_refusals(sign: Sign, summit: Event) -> None:
    organizer = sign(factories.organizer())
    for address, until, said in (
        ("hana", "2027-05-20", "Enter an e-mail"),
        ("hana@karmin.example", "", "Choose the last day"),
        ("hana@karmin.example", "2026-05-20", "from today on"),
    ):
        answer = send(organizer, PAGE, {"email": address, "until": until}, action=f"{PAGE}/invite")
        assert answer.status_code == 422
        assert said in summary(answer)
    invited(organizer, "hana@karmin.example")
    answer = send(organizer, PAGE, {"email": "hana@karmin.example", "until": "2027-05-20"}, action=f"{PAGE}/invite")
    assert "has an open invitation" in summary(answer)
    factories.event(slug="other")
    invited(organizer, "hana@karmin.example", page="/admin/events/other/staff")


def test_invitations_are_taken_back_and_belong_to_their_event(sign: Sign, client: PageClient, summit: Event) -> None:
    organizer = sign(factories.organizer())
    factories.event(slug="other")
    link = invited(organizer, "hana@karmin.example")
    found = re.search(r"/staff/invitations/(\d+)/revoke", organizer.get(PAGE).text)
    assert found
    token = hidden(organizer.get(PAGE).text)
    for path in (f"/admin/events/other/staff/invitations/{found[1]}", f"/admin/staff/invitations/{found[1]}"):
        assert organizer.post(f"{path}/revoke", data=token).status_code == 404
        assert organizer.post(f"{path}/send", data=token).status_code == 404
    button(organizer, PAGE, "/send")
    assert client.get(link).status_code == 410
    button(organizer, PAGE, "/revoke")
    assert "hana@karmin.example" not in organizer.get(PAGE).text
    for mail in mails(to="hana@karmin.example"):
        again = re.search(r"http://events\.test(/invitation/[\w-]+)", mail.text)
        assert again
        assert client.get(again[1]).status_code == 410


def test_who_has_no_role_for_events_is_told_what_there_is(sign: Sign) -> None:
    factories.event(slug="summit", title="Summit")
    for role, said in ((Role.TRAINER, "runs of courses"), (Role.FINANCE, "Funding"), (Role.CATERING, "Diet")):
        page = sign(factories.user(None, role)).get("/admin/").text
        assert said in page
        assert "Summit" not in page
    assert sign(factories.user()).get("/admin/").status_code == 403


def test_people_of_companies_are_not_asked_for_events_that_they_help_with(sign: Sign, count_queries: Any) -> None:
    admin = factories.company_admin(factories.organisation())
    client = sign(admin)
    client.get("/")
    with count_queries() as queries:
        client.get("/")
    assert not [statement for statement in queries.statements if "event_staff" in statement]
