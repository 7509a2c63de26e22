"""Whoever belongs to several companies acts for one at a time, and sees for which."""

from dataclasses import dataclass
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import User
from eventapp.core.db import db
from eventapp.partners.models import Membership, MembershipRole, MembershipState, Organisation
from eventapp.registrations.models import Registration
from tests.support import factories
from tests.support.browsing import check, register_url, rows, send_page, summary
from tests.support.pages import PageClient, fields

CHOOSE = "/company/acting-for"


@pytest.fixture(autouse=True)
def _time(clock: time_machine.Traveller) -> None:
    """Everything happens at the tests' moment."""


@dataclass
class Both:
    """Somebody who looks after two companies."""

    user: User
    donau: Organisation
    enns: Organisation


@pytest.fixture
def both(app: Flask, client: PageClient) -> Both:
    donau = factories.organisation("Donau Systemhaus GmbH", domain="donau.example")
    enns = factories.organisation("Enns Software GmbH", domain="enns.example")
    user = factories.company_admin(donau, "petra@donau.example")
    factories.second_seat(user, enns)
    factories.person(donau, "Ada", "Lang", "ada@donau.example")
    factories.person(enns, "Carl", "Auer", "carl@enns.example")
    client.sign_in(user)
    return Both(user, donau, enns)


def choose(client: PageClient, company: Any, back: str = "/company/people/") -> Any:
    page = client.get(back)
    return client.post(CHOOSE, data={**fields(page.text, CHOOSE), "company": company})


def end(user: User, company: Organisation) -> None:
    mine = select(Membership).where(Membership.organisation_id == company.id, Membership.role == MembershipRole.ADMIN)
    for membership in db.session.scalars(mine):
        membership.state, membership.valid_to = MembershipState.ENDED, factories.AT.date()
    factories.commit()


def test_everything_follows_the_choice(client: PageClient, both: Both) -> None:
    event = factories.event()
    page = client.get("/company/people/").text
    assert "Acting for:" in page
    assert "Ada Lang" in page
    assert "Carl" not in page
    done = choose(client, both.enns.id)
    assert (done.status_code, done.location) == (302, "/company/people/")
    page = client.get(done.location).text
    assert "You act for Enns Software GmbH now." in page
    assert "Carl Auer" in page
    assert "Ada" not in page
    for path in ("/company/", "/company/registrations/", "/company/profile", register_url(event)):
        assert "Ada" not in client.get(path).text
    assert "Enns Software GmbH" in client.get("/company/profile").text.split("What only the vendor changes")[1]


def test_who_belongs_to_one_company_has_nothing_to_choose(client: PageClient, app: Flask) -> None:
    company = factories.organisation()
    client.sign_in(factories.company_admin(company))
    assert "Acting for:" not in client.get("/company/").text
    client.sign_in(factories.organizer())
    assert "Acting for:" not in client.get("/").text


@pytest.mark.parametrize("company", ["", "0", "x", "-1", "987654", "99999999999999999999", "\x00"])
def test_a_company_that_is_not_one_s_own_cannot_be_chosen(client: PageClient, both: Both, company: str) -> None:
    foreign = factories.organisation("Isar Netze AG")
    assert choose(client, company).status_code == 404
    assert choose(client, foreign.id).status_code == 404
    assert "Ada Lang" in client.get("/company/people/").text


def test_only_by_a_form_of_ours(client: PageClient, both: Both) -> None:
    assert client.get(CHOOSE).status_code == 405
    assert client.post(CHOOSE, data={"company": both.enns.id}).status_code == 400
    assert "Ada Lang" in client.get("/company/people/").text


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "/nowhere", "", "/company/people/1", "/admin/events/"],
)
def test_it_comes_back_to_pages_of_this_site_that_fit_only(client: PageClient, both: Both, target: str) -> None:
    page = client.get("/company/")
    done = client.post(CHOOSE, data={**fields(page.text, CHOOSE), "company": both.enns.id, "next": target})
    assert done.location == "/company/"


def test_a_page_that_is_not_for_the_role_there_becomes_the_first_page(client: PageClient, both: Both) -> None:
    third = factories.organisation("Traun KG")
    factories.second_seat(both.user, third, MembershipRole.MEMBER)
    assert choose(client, third.id).location == "/company/"
    page = client.get("/company/").text
    assert "Traun KG" in page
    assert "Register colleagues" not in page


def test_losing_a_role_does_not_make_it_another_company(client: PageClient, both: Both) -> None:
    assert "Ada Lang" in client.get("/company/people/").text
    mine = select(Membership).where(Membership.organisation_id == both.donau.id, Membership.role == MembershipRole.ADMIN)
    db.session.scalars(mine).one().role = MembershipRole.MEMBER
    factories.commit()
    assert client.get("/company/people/").status_code == 403
    assert "Acting for:" in client.get("/company/").text
    assert "Donau Systemhaus GmbH" in client.get("/company/").text.split('class="acting-button"')[1].split("</summary>")[0]


def test_a_choice_that_does_not_hold_any_more_is_said(client: PageClient, both: Both) -> None:
    choose(client, both.enns.id)
    client.get("/company/")
    end(both.user, both.enns)
    page = client.get("/company/people/").text
    assert "You do not belong to the company that you acted for any more. You act for Donau Systemhaus GmbH now." in page
    assert "Ada Lang" in page
    assert "Carl" not in page
    assert "any more" not in client.get("/company/people/").text, "said once"


def test_whoever_has_left_all_is_told_so(client: PageClient, both: Both) -> None:
    choose(client, both.enns.id)
    client.get("/company/")
    end(both.user, both.enns)
    end(both.user, both.donau)
    assert client.get("/company/").status_code == 403
    assert "You do not belong to the company that you acted for any more." in client.get("/").text


def test_a_form_of_the_other_company_is_refused_once_with_everything_typed(client: PageClient, both: Both) -> None:
    """Two tabs: what was typed for one company must not be saved for the other."""
    event = factories.event()
    url = register_url(event)
    opened = client.get(url)
    profile = client.get("/company/profile/edit")
    added = client.get("/company/people/add")
    choose(client, both.enns.id)
    typed = {**rows([("Cem", "Yıldız", "cem@donau.example")])}
    page = send_page(client, opened, url, typed)
    assert page.status_code == 422
    assert "You act for Enns Software GmbH now; this page was opened for another company." in summary(page)
    assert fields(page.text)["people-0-email"] == "cem@donau.example"
    assert list(db.session.scalars(select(Registration))) == []
    page = send_page(client, profile, "/company/profile/edit", {"city": "Linz"})
    assert page.status_code == 422
    assert fields(page.text)["city"] == "Linz"
    page = send_page(client, added, "/company/people/add", {"family_name": "Yıldız", "email": "cem@donau.example"})
    assert page.status_code == 422
    assert fields(page.text)["family_name"] == "Yıldız"
    db.session.expire_all()
    assert both.enns.city == "Wien"
    # Sent again after looking at it, it counts.
    assert send_page(client, page, "/company/people/add", {}).status_code == 302


def test_the_second_page_of_registering_too(client: PageClient, both: Both) -> None:
    event = factories.event()
    checked = check(client, event, people=[("Cem", "Yıldız", "cem@donau.example")])
    choose(client, both.enns.id)
    page = send_page(client, checked, register_url(event), {})
    assert page.status_code == 422
    assert list(db.session.scalars(select(Registration))) == []
