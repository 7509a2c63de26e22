"""Vendor staff can be made to use a second factor: they are led to it before anything else."""

import re
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts import totp
from eventapp.accounts.models import Role, User
from eventapp.accounts.service.policy import require_second_factor_of_staff
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db, transaction
from eventapp.events.models import EventStaff
from tests.accounts.support import PASSWORD, Device, add_passkey, enter_by_passkey, is_in, log_in, options_on, passkey_form
from tests.conftest import NOW
from tests.support import factories
from tests.support.browsing import send
from tests.support.pages import PageClient, fields


@pytest.fixture
def organizer(app: Flask) -> User:
    return factories.user("olga@karmin.example", Role.ORGANIZER, password=PASSWORD)


def switch(on: bool) -> None:
    with transaction():
        require_second_factor_of_staff(on, by=factories.TESTS, at=NOW)


def test_a_system_admin_chooses(client: PageClient, organizer: User) -> None:
    admin = factories.user("ada@karmin.example", Role.SYSTEM_ADMIN)
    client.sign_in(organizer)
    assert client.get("/admin/sign-in").status_code == 403
    client.sign_in(admin)
    assert send(client, "/admin/sign-in", {"on": "y"}).status_code == 302
    assert client.get("/admin/").location == "/account/second-factor"
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "policy.changed")).one()
    assert (entry.actor, entry.changes) == ("ada@karmin.example", {"on": [False, True]})


def test_staff_are_led_to_it_and_nowhere_else(client: PageClient, organizer: User) -> None:
    log_in(client, organizer.email)
    assert client.get("/admin/").status_code == 200
    token = fields(client.get("/admin/events/new").text)["csrf_token"]
    switch(True)
    for path in ("/admin/", "/admin/companies/", "/", "/account/address"):
        assert client.get(path).location == "/account/second-factor", path
    answer = client.post("/admin/events/new", data={"csrf_token": token, "title": "x"})
    assert answer.status_code == 403
    assert "second factor" in answer.text
    assert "Your role needs" in client.get("/account/second-factor").text
    page = client.get("/account/second-factor/set-up")
    key = re.search(r'id="key">([A-Z2-7 ]+)<', page.text)
    assert key
    code = totp.code_of(key[1].replace(" ", ""), totp.step_at(datetime.now().astimezone()))
    assert client.post("/account/second-factor/set-up", data={**fields(page.text), "code": code}).status_code == 200
    assert client.get("/admin/").status_code == 200


def test_the_way_out_is_open(client: PageClient, organizer: User) -> None:
    log_in(client, organizer.email)
    switch(True)
    token = fields(client.get("/account/second-factor").text, "/logout")["csrf_token"]
    assert client.post("/logout", data={"csrf_token": token}).location == "/"
    assert client.get("/").status_code == 200


def test_a_passkey_will_do(app: Flask, client: PageClient, organizer: User) -> None:
    log_in(client, organizer.email)
    switch(True)
    device = Device()
    add_passkey(client, device)
    assert client.get("/admin/").status_code == 200
    other = app.test_client()
    assert isinstance(other, PageClient)
    assert log_in(other, organizer.email).location == "/login/second", "the password alone no longer does"
    assert enter_by_passkey(other, device, "/login/second").location == "/admin/"


def test_an_older_session_is_asked_for_the_passkey(app: Flask, client: PageClient, organizer: User) -> None:
    log_in(client, organizer.email)
    device, other = Device(), app.test_client()
    assert isinstance(other, PageClient)
    add_passkey(client, device)
    other.sign_in(organizer)
    switch(True)
    answer = other.get("/admin/")
    assert answer.location.startswith("/account/confirm?next=/admin/")
    page = other.get(answer.location).text
    assert "Current password" not in page
    data = {**passkey_form(page), "answer": device.get(options_on(page))}
    assert other.post("/account/confirm/passkey", data=data).location == "/admin/"
    assert other.get("/admin/").status_code == 200


def test_partners_are_not_asked(client: PageClient) -> None:
    switch(True)
    client.sign_in(factories.user("petra@donau.example"))
    assert client.get("/").status_code == 200
    assert is_in(client)


def test_who_helps_with_one_event_is_asked_while_they_help(client: PageClient) -> None:
    helper, event = factories.user("hana@help.example", password=PASSWORD), factories.event()
    row = EventStaff(event_id=event.id, user_id=helper.id, granted_at=NOW, granted_by="tests", ends_at=NOW + timedelta(days=9))
    db.session.add(row)
    factories.commit()
    log_in(client, helper.email)
    assert client.get("/").status_code == 200
    switch(True)
    assert client.get(f"/admin/events/{event.slug}/registrations").location == "/account/second-factor"
    row.ends_at = NOW - timedelta(minutes=1)
    factories.commit()
    assert client.get("/account/").status_code == 200


def test_it_ends_as_it_began(client: PageClient, organizer: User) -> None:
    client.sign_in(organizer)
    switch(True)
    assert client.get("/admin/").status_code == 302
    switch(False)
    assert client.get("/admin/").status_code == 200
