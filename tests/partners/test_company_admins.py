"""Who looks after a company: appointing, stepping down, handing over; the last one stays."""

from threading import Barrier, Thread
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import User
from eventapp.core.db import commit, db, rollback
from eventapp.core.errors import RuleError
from eventapp.partners.models import Membership, MembershipRole, MembershipState, Organisation, Person
from eventapp.partners.service import admins
from tests.support import factories
from tests.support.browsing import send
from tests.support.pages import PageClient, fields

PAGE = "/company/admins"


@pytest.fixture(autouse=True)
def _time(clock: time_machine.Traveller) -> None:
    """Everything happens at the tests' moment."""


@pytest.fixture
def company(app: Flask) -> Organisation:
    return factories.organisation("Donau Systemhaus GmbH", domain="donau.example")


@pytest.fixture
def petra(client: PageClient, company: Organisation) -> PageClient:
    """The company's admin, signed in."""
    return client.sign_in(factories.company_admin(company, "petra@donau.example"))


def membership_of(user: User) -> Membership:
    db.session.expire_all()
    query = select(Membership).join(Person, Person.id == Membership.person_id).where(Person.user_id == user.id)
    return db.session.scalars(query).one()


def only_admin(company: Organisation) -> Membership:
    db.session.expire_all()
    query = select(Membership).where(Membership.organisation_id == company.id, Membership.role == MembershipRole.ADMIN)
    return db.session.scalars(query).one()


def act(client: PageClient, membership: Membership, **values: Any) -> Any:
    return send(client, PAGE, {"person": membership.id, **values}, action=f"{PAGE}/appoint")


def remove(client: PageClient, membership: Membership) -> Any:
    url = f"{PAGE}/{membership.id}/remove"
    return client.post(url, data=fields(client.get(PAGE).text, url))


def test_a_colleague_is_appointed(petra: PageClient, company: Organisation) -> None:
    emil = factories.seat(company, MembershipRole.MEMBER)
    assert act(petra, membership_of(emil)).location == PAGE
    page = petra.get(PAGE).text
    assert "Emil Gruber is admin now." in page
    assert membership_of(emil).role is MembershipRole.ADMIN
    assert "Made somebody an admin" in petra.get("/company/log").text
    assert petra.sign_in(emil).get("/company/people/add").status_code == 200


def test_without_a_login_it_is_said_that_one_is_needed(petra: PageClient, company: Organisation) -> None:
    ada = factories.person(company, "Ada", "Lang", "ada@donau.example")
    one = db.session.scalars(select(Membership).where(Membership.person_id == ada.id)).one()
    act(petra, one)
    assert "Invite them to sign in" in petra.get(PAGE).text


def test_the_last_admin_stays(petra: PageClient, company: Organisation) -> None:
    factories.person(company, "Ada", "Lang", role=MembershipRole.ADMIN)
    mine = db.session.scalars(
        select(Membership).join(Person, Person.id == Membership.person_id).where(Person.given_name == "Petra")
    ).one()
    remove(petra, mine)
    assert "The last admin who can sign in cannot leave. Appoint another one first." in petra.get(PAGE).text
    page = send(petra, f"/company/people/{mine.id}/end", {})
    assert page.status_code == 409
    assert "The last admin who can sign in cannot leave." in page.text
    db.session.expire_all()
    assert (mine.role, mine.state) == (MembershipRole.ADMIN, MembershipState.ACTIVE)


def test_stepping_down_works_at_the_next_request(petra: PageClient, company: Organisation) -> None:
    mine = only_admin(company)
    factories.seat(company, MembershipRole.ADMIN)
    assert remove(petra, mine).location == "/company/"
    assert "You are a member now." in petra.get("/company/").text
    assert petra.get("/company/people/").status_code == 403
    assert petra.get(PAGE).status_code == 403


def test_an_admin_takes_the_role_from_another(petra: PageClient, company: Organisation) -> None:
    emil = factories.seat(company, MembershipRole.ADMIN)
    assert remove(petra, membership_of(emil)).location == PAGE
    assert membership_of(emil).role is MembershipRole.MEMBER
    assert petra.sign_in(emil).get(PAGE).status_code == 403


def test_handing_over(petra: PageClient, company: Organisation) -> None:
    mine = only_admin(company).id
    emil = factories.seat(company, MembershipRole.MEMBER)
    assert act(petra, membership_of(emil), hand_over="1").location == "/company/"
    assert "Emil Gruber is admin now in your place. You are a member." in petra.get("/company/").text
    assert membership_of(emil).role is MembershipRole.ADMIN
    assert db.session.get_one(Membership, mine).role is MembershipRole.MEMBER


@pytest.mark.parametrize("login", ["none", "disabled"])
def test_not_to_somebody_who_cannot_sign_in(petra: PageClient, company: Organisation, login: str) -> None:
    user = None
    if login == "disabled":
        user = factories.user()
        user.active = False
    ada = factories.person(company, "Ada", "Lang", user=user)
    one = db.session.scalars(select(Membership).where(Membership.person_id == ada.id)).one()
    page = act(petra, one, hand_over="1")
    assert page.status_code == 409
    assert "Invite Ada Lang first" in page.text
    db.session.expire_all()
    assert one.role is MembershipRole.MEMBER
    assert petra.get("/company/people/add").status_code == 200


def test_only_people_of_the_company_can_be_chosen(petra: PageClient, company: Organisation) -> None:
    other = factories.organisation("Isar Netze AG")
    hidden = factories.seat(other, MembershipRole.MEMBER, "Hidden", "Surname")
    factories.seat(company, MembershipRole.MEMBER)
    for person in (membership_of(hidden).id, "x", "", "99999999999999"):
        page = send(petra, PAGE, {"person": person}, action=f"{PAGE}/appoint")
        assert page.status_code == 422
        assert "Hidden" not in page.text
    token = fields(petra.get(PAGE).text)["csrf_token"]
    for unknown in (membership_of(hidden).id, 987_654):
        assert petra.post(f"{PAGE}/{unknown}/remove", data={"csrf_token": token}).status_code == 404


def test_who_may_see_and_act(client: PageClient, petra: PageClient, company: Organisation) -> None:
    factories.person(company, "Ada", "Lang")
    page = client.sign_in(factories.seat(company, MembershipRole.EXECUTIVE)).get(PAGE).text
    assert "Petra Huber" in page
    assert "Make admin" not in page
    assert "Step down" not in page
    token = fields(page)["csrf_token"]
    assert client.post(f"{PAGE}/appoint", data={"csrf_token": token}).status_code == 403
    client.sign_in(factories.seat(company, MembershipRole.MEMBER))
    assert client.get(PAGE).status_code == 403


def test_of_two_who_leave_at_once_one_stays(app: Flask, company: Organisation, now: Any) -> None:
    users = [factories.seat(company, MembershipRole.ADMIN, f"Given{n}", "Family") for n in range(2)]
    ids = [membership_of(user).id for user in users]
    rollback()
    start, refused = Barrier(2), []

    def leave(membership_id: int) -> None:
        with app.app_context():
            membership = db.session.get_one(Membership, membership_id)
            person = db.session.get_one(Person, membership.person_id)
            rollback() if db.engine.dialect.name == "sqlite" else None
            start.wait(timeout=10)
            try:
                admins.step_down(membership, person, by=factories.TESTS, at=now)
                commit()
            except RuleError as error:
                rollback()
                refused.append(error.message)

    threads = [Thread(target=leave, args=(one,)) for one in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(refused) == 1
    assert only_admin(company).id in ids
