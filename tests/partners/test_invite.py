"""An organizer gives a company admin a login; the rest happens by mail."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Role, User
from eventapp.core.db import db
from eventapp.mail.models import OutboxMail
from eventapp.partners.models import Membership, MembershipRole, Person
from tests.support import factories
from tests.support.pages import PageClient, fields


def url_of(person: Person) -> str:
    membership = db.session.scalars(select(Membership).where(Membership.person_id == person.id)).one()
    return f"/admin/companies/{membership.organisation_id}/people/{membership.id}"


def test_a_company_admin_is_invited_and_may_register(app: Flask, client: PageClient) -> None:
    company = factories.organisation("Donau Systemhaus GmbH", domain="donau.example")
    petra = factories.person(company, "Petra", "Huber", "petra@donau.example", role=MembershipRole.ADMIN)
    event = factories.event()
    slug = event.slug
    client.sign_in(factories.organizer())
    page = client.get(url_of(petra))
    assert client.post(f"{url_of(petra)}/invite", data=fields(page.text, "/invite")).status_code == 302
    user = db.session.scalars(select(User).where(User.email == "petra@donau.example")).one()
    assert user.password is None
    mail = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == "accounts.invitation")).one()
    assert mail.to_address == "petra@donau.example"
    assert "/reset" in mail.text
    company_client = app.test_client()
    assert isinstance(company_client, PageClient)
    company_client.environ_base["HTTP_HOST"] = "events.test"
    assert "Register colleagues" in company_client.sign_in(user).get(f"/events/{slug}/register").text


def test_inviting_twice_is_one_login_and_members_may_be_invited_too(app: Flask, client: PageClient) -> None:
    company = factories.organisation()
    petra = factories.person(company, "Petra", "Huber", "petra@donau.example", role=MembershipRole.ADMIN)
    lukas = factories.person(company, "Lukas", "Maier", "lukas@donau.example")
    client.sign_in(factories.organizer())
    form = fields(client.get(url_of(petra)).text, "/invite")
    for _time in range(2):
        client.post(f"{url_of(petra)}/invite", data=form)
    client.post(f"{url_of(lukas)}/invite", data=form)
    found = list(db.session.scalars(select(User.email).where(User.email.like("%@donau.example")).order_by(User.email)))
    assert found == ["lukas@donau.example", "petra@donau.example"]


@pytest.mark.parametrize("ended", [False, True])
def test_a_login_of_the_vendor_s_is_bound_to_nobody_of_a_company(app: Flask, client: PageClient, ended: bool) -> None:
    staff = factories.user("staff@karmin.example", Role.SYSTEM_ADMIN)
    if ended:
        staff.grants[0].ends_at = datetime(2020, 1, 1, tzinfo=UTC)
    person = factories.person(factories.organisation(), "Petra", "Huber", "staff@karmin.example", role=MembershipRole.ADMIN)
    factories.commit()
    client.sign_in(factories.organizer())
    page = client.get(url_of(person))
    answer = client.post(f"{url_of(person)}/invite", data=fields(page.text, "/invite"), follow_redirects=True)
    assert ("works for the vendor" in answer.text) is not ended
    db.session.rollback()
    assert db.session.get_one(Person, person.id).user_id == (staff.id if ended else None)
    assert (db.session.scalars(select(OutboxMail)).first() is not None) is ended
