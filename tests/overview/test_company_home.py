"""A company's first page: events, places, what waits, by role."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import User
from eventapp.core.db import db
from eventapp.events import service as events
from eventapp.events.models import EventFormat, EventStatus, Mode
from eventapp.lifecycle import service as lifecycle
from eventapp.partners.models import MatchedBy, Membership, MembershipRole, Organisation, OrganisationStatus, Person
from eventapp.plans import queries as planned
from eventapp.plans.models import MemberFunction, PlanDelegation, Side
from eventapp.plans.signing import queries as versions
from eventapp.plans.teams import service as teams
from tests.conftest import NOW
from tests.support import factories, plans
from tests.support.factories import AT, TESTS
from tests.support.limits import most_queries
from tests.support.pages import PageClient

HOME = "/company/"
PAST = {"starts_at": datetime(2027, 1, 11, 8, tzinfo=UTC), "ends_at": datetime(2027, 1, 11, 15, tzinfo=UTC)}


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


def test_one_person_and_no_events_says_what_to_do_next(petra: PageClient) -> None:
    page = petra.get(HOME).text
    assert "You are the only one here." in page
    assert "No event to attend at the moment" in page
    assert "/company/people/add" in page


def test_events_with_places_deadline_and_who_waits_for_what(petra: PageClient, company: Organisation) -> None:
    closes = datetime(2027, 4, 30, 16, tzinfo=UTC)
    summit = factories.event(title="Summit", slug="summit", quotas={"ready": 2}, registration_closes_at=closes)
    hybrid = factories.event(title="Hybrid", format=EventFormat.HYBRID, capacity_in_person=1, join_url="https://m.example/x")
    factories.register(summit, company, *[factories.attendee() for _n in range(4)])
    factories.register(hybrid, company, factories.attendee(), factories.attendee(mode=Mode.IN_PERSON))
    page = petra.get(HOME).text
    assert "2 of 2 company places taken" in page
    assert "Register until 30 Apr 2027, 18:00 Vienna (UTC+2)" in page
    assert "2 people wait</a> for a company place" in page
    assert "1 person waits</a> for a place of their mode" in page
    assert "1 place taken, no limit" in page
    assert page.count("Register colleagues<") == 2
    assert '<span class="stat-number">3</span>' in page, "people waiting"


def test_only_events_that_the_company_may_attend(petra: PageClient, company: Organisation) -> None:
    none_for_us = factories.event(title="Premier only", quotas={"ready": 0})
    factories.event(title="Draft", published=False)
    factories.event(title="Over", at=datetime(2027, 1, 1, tzinfo=UTC), **PAST)
    gone = factories.event(title="Called off")
    lifecycle.cancel_event(gone, "No venue", by=factories.TESTS, now=factories.AT)
    closed = factories.event(title="Closed")
    events.change_status(closed, EventStatus.CLOSED, by=factories.TESTS, now=factories.AT)
    factories.event(title="Opens later", registration_opens_at=datetime(2027, 3, 1, 8, tzinfo=UTC))
    factories.commit()
    page = petra.get(HOME).text
    for title in ("Premier only", "Draft", "Over", "Called off"):
        assert f"<bdi>{title}</bdi>" not in page, title
    assert "<bdi>Closed</bdi>" in page
    assert "Registration opens on 1 Mar 2027" in page
    assert "Register colleagues<" not in page
    lifecycle.set_exception(none_for_us, company, 1, "Speaker", by=factories.TESTS, now=factories.AT)
    factories.commit()
    assert "<bdi>Premier only</bdi>" in petra.get(HOME).text


def test_other_companies_move_nothing(petra: PageClient, company: Organisation) -> None:
    event = factories.event(quotas={"ready": 2})
    factories.registration(event, company, email="ada@donau.example")
    other = factories.organisation("Isar Netze AG")

    def body() -> str:
        page = petra.get(HOME).text
        return page[page.index("<main") : page.index("</main>")]

    before = body()
    factories.register(event, other, *[factories.attendee("Hidden", f"Surname{n}") for n in range(3)])
    asker = factories.person(None, "Hidden", "Asker", "asker@isar.example")
    values = {"state": "requested", "matched_by": MatchedBy.SEARCH, "requested_at": factories.AT}
    db.session.add(Membership(person_id=asker.id, organisation_id=other.id, **values))
    factories.commit()
    assert body() == before


def test_what_waits_for_the_admins(petra: PageClient, company: Organisation) -> None:
    asker = factories.person(None, "Rosa", "Ruf", "rosa@donau.example")
    values = {"state": "requested", "matched_by": MatchedBy.DOMAIN, "requested_at": factories.AT}
    db.session.add(Membership(person_id=asker.id, organisation_id=company.id, **values))
    factories.seat(company, MembershipRole.MEMBER)
    complete = factories.person(company, "Ada", "Lang", phone="+431")
    one = db.session.scalars(select(Membership).where(Membership.person_id == complete.id)).one()
    one.job_title, one.function = "CTO", "technical"
    factories.commit()
    page = petra.get(HOME).text
    assert "1 person asks to join your company." in page
    assert "2 colleagues lack function, job title or phone." in page
    assert "1 invitation to sign in was never used." in page


def test_an_executive_reads_and_acts_on_nothing(client: PageClient, company: Organisation) -> None:
    event = factories.event(quotas={"ready": 1})
    factories.register(event, company, factories.attendee(), factories.attendee())
    page = client.sign_in(factories.seat(company, MembershipRole.EXECUTIVE)).get(HOME).text
    assert "1 person waits" in page
    assert "Last changes" in page
    for text in ("Register colleagues", "Add a colleague", "Waiting for you"):
        assert text not in page
    assert client.get(f"/events/{event.slug}/registrations").status_code == 403


def test_a_member_sees_events_and_the_own_registrations_only(client: PageClient, company: Organisation) -> None:
    user = factories.seat(company, MembershipRole.MEMBER, "Emil", "Gruber")
    other = factories.organisation("Enns Software GmbH")
    factories.second_seat(user, other, MembershipRole.MEMBER)
    event = factories.event(title="Summit")
    elsewhere = factories.event(title="Elsewhere", quotas={"ready": 5})
    mine = factories.registration(event, company, "Emil", "Gruber", email=user.email)
    factories.registration(event, company, "Ada", "Lang", email="ada@donau.example")
    theirs = factories.registration(elsewhere, other, "Emil", "Gruber", email=user.email)
    page = client.sign_in(user).get(HOME).text
    assert f"/r/{mine.token}" in page
    assert "<bdi>Elsewhere</bdi>" in page
    assert theirs.token not in page
    for text in ("Ada Lang", "Last changes", "Lack details", "/company/people/", "/company/log"):
        assert text not in page


def test_a_suspended_company_is_told(petra: PageClient, company: Organisation) -> None:
    company.status = OrganisationStatus.SUSPENDED
    factories.commit()
    assert "Your company cannot register people at the moment." in petra.get(HOME).text


def test_people_of_companies_find_it_first_and_nobody_else(client: PageClient, petra: PageClient, app: Flask) -> None:
    page = petra.get("/").text
    assert page.index("Our company") < page.index(">Events<")
    client.sign_in(factories.organizer())
    page = client.get("/").text
    assert "Our company" not in page
    assert "Public events" in page
    assert client.get(HOME).status_code == 403


def test_an_ended_membership_is_out_at_once(petra: PageClient, company: Organisation) -> None:
    assert petra.get(HOME).status_code == 200
    one = db.session.scalars(select(Membership).join(Person, Person.id == Membership.person_id)).one()
    one.valid_to = datetime(2027, 1, 19, tzinfo=UTC).date()
    factories.commit()
    assert petra.get(HOME).status_code == 403


def test_needs_no_more_queries_for_more_of_everything(petra: PageClient, company: Organisation, count_queries: Any) -> None:
    def more() -> None:
        event = factories.event(quotas={"ready": 1})
        factories.register(event, company, factories.attendee(), factories.attendee())
        factories.person(company)
        made = plans.to_sign(plans.plan(company, owner_b=admin))
        plans.in_signature(made)

    admin = db.session.scalars(select(User).where(User.email == "petra@donau.example")).one()
    more()
    petra.get(HOME)
    with count_queries() as one:
        petra.get(HOME)
    more()
    more()
    with count_queries() as three:
        petra.get(HOME)
    assert len(one) == len(three) <= most_queries(), [s[:90] for s in three.statements]


def test_a_plan_that_waits_for_the_readers_signature(app: Flask, client: PageClient, company: Organisation) -> None:
    made = plans.to_sign(plans.plan(company))
    version = plans.in_signature(made, NOW)
    clients = {
        one: PageClient(app, app.response_class, use_cookies=True).sign_in(made.logins[Side.B, one])
        for one in (MemberFunction.OWNER, MemberFunction.EXEC_SPONSOR, MemberFunction.SALES)
    }
    said = f"Version 1.0 of the plan {made.plan.code} waits for your signature, until 3 Feb 2027."
    link = f'href="/plans/{made.plan.code}/versions/{version.id}"'
    for one in clients.values():
        page = one.get(HOME).text
        assert said in page
        assert link in page
    factories.person(company, "Nora", "Neu", user=(nora := factories.user()))
    factories.commit()
    assert said not in client.sign_in(nora).get(HOME).text
    plans.sign_all(made, version, NOW, only=[made.team[Side.B, MemberFunction.OWNER].id])
    assert said not in clients[MemberFunction.OWNER].get(HOME).text
    assert said in clients[MemberFunction.SALES].get(HOME).text
    made.plan.suspended_at, made.plan.suspended_reason = NOW, "Told"
    factories.commit()
    assert said not in clients[MemberFunction.SALES].get(HOME).text


def test_a_delegate_is_asked_instead_of_the_sponsor(app: Flask, company: Organisation) -> None:
    made = plans.plan(company)
    sponsor, seller = (made.team[Side.B, one] for one in (MemberFunction.EXEC_SPONSOR, MemberFunction.SALES))
    db.session.add(PlanDelegation(plan_id=made.plan.id, sponsor_id=sponsor.id, delegate_id=seller.id, text="Go", given_at=AT))
    nora = factories.person(company, "Nora", "Neu", user=factories.user())
    teams.join(made.plan, teams.Candidate("Nora Neu", person_id=nora.id), MemberFunction.MARKETING, by=TESTS, at=AT)
    factories.commit()
    next(one for one in planned.team(made.plan) if one.name == "Nora Neu").signatory = True
    version = plans.in_signature(plans.to_sign(made), NOW)
    asked = {one.member.id for one in versions.required(made.plan, version)}
    for (side, _function), member in made.team.items():
        if side is Side.B:
            login = made.logins[side, member.function]
            page = PageClient(app, app.response_class, use_cookies=True).sign_in(login).get(HOME).text
            assert ("waits for your signature" in page) == (member.id in asked), member.function
    assert sponsor.id not in asked
    assert seller.id in asked
