"""What is out of step: whose it is, what it counts, what mends it, and nothing of plans to others."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from eventapp.accounts.models import Role, User
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.events.models import EventFormat
from eventapp.mail.models import OutboxMail
from eventapp.overview.out_of_step import conference, service
from eventapp.partners.models import MembershipRole, Organisation, Territory
from eventapp.plans.models import (
    Actual,
    MemberFunction,
    Plan,
    PlanAction,
    PlanDelegation,
    PlanMember,
    PlanStatus,
    Review,
    ReviewState,
    Side,
)
from eventapp.plans.teams import service as teams
from eventapp.registrations.models import Registration, RegistrationStatus
from eventapp.training.models import ProgrammeRule, Standing, StandingState
from tests.conftest import NOW
from tests.support import factories
from tests.support import plans as planned
from tests.support.browsing import send
from tests.support.factories import AT, TESTS
from tests.support.pages import PageClient, fields

PAGE, COMPANY = "/admin/out-of-step/", "/company/out-of-step"
LATER = datetime(2027, 6, 10, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _time(clock: time_machine.Traveller) -> None:
    """Everything happens at the tests' moment."""


@pytest.fixture
def ours(app: Flask) -> Organisation:
    return factories.organisation("Donau Systemhaus GmbH", domain="donau.example")


@pytest.fixture
def manager(ours: Organisation) -> User:
    user = factories.user("mona@vendor.example", Role.PARTNER_MANAGER)
    db.session.add(Territory(user_id=user.id, organisation_id=ours.id, granted_at=AT, granted_by="tests"))
    factories.commit()
    return user


@pytest.fixture
def mona(client: PageClient, manager: User) -> PageClient:
    """A partner manager with one company, signed in."""
    return client.sign_in(manager)


def lapse(company: Organisation, state: StandingState = StandingState.GRACE, name: str = "Ready: technical people") -> None:
    rule = db.session.scalar(select(ProgrammeRule).where(ProgrammeRule.name == name))
    if rule is None:
        rule = ProgrammeRule(
            name=name,
            tier_key="ready",
            people_min=3,
            score_min=0,
            window_months=24,
            risk_days=90,
            grace_days=90,
            created_at=AT,
        )
        db.session.add(rule)
        db.session.flush()
    day = date(2027, 3, 1)
    values: dict[str, Any] = {"falls_on": day} if state is StandingState.AT_RISK else {"grace_until": day}
    here = {"organisation_id": company.id, "rule_id": rule.id, "people": 1, "score": 0, "since": AT, "evaluated_at": AT}
    db.session.add(Standing(state=state, **here, **values))
    factories.commit()


def remind(client: PageClient, company: Organisation) -> Any:
    """Presses the button of a company, and gives the page that follows."""
    assert send(client, PAGE, action=f"/admin/out-of-step/{company.id}/remind").status_code == 302
    return client.get(PAGE)


def test_nothing_is_out_of_step_and_says_so(mona: PageClient, client: PageClient, ours: Organisation) -> None:
    page = mona.get(PAGE).text
    assert "Not registered for" not in page, "there is no event to register for"
    for words in ("No action of your plans is late.", "No signature is missing.", "Every quarter has its review."):
        assert words in page
    page = client.sign_in(factories.company_admin(ours)).get(COMPANY).text
    assert "Your company holds what the programme asks." in page


def test_whose_companies_have_registered_nobody(mona: PageClient, ours: Organisation) -> None:
    summit = factories.event(title="Summit", slug="summit", quotas={"ready": 2})
    other = factories.organisation("Elbe Netzwerke AG")
    page = mona.get(PAGE).text
    assert "Not registered for Summit" in page
    assert ours.name in page
    assert other.name not in page, "of another territory"
    everywhere = mona.get(f"{PAGE}?own=all").text
    assert ours.name in everywhere
    assert other.name in everywhere
    listed = mona.get("/admin/out-of-step/registrations").text
    assert ours.name in listed
    assert other.name not in listed
    factories.register(summit, ours, factories.attendee())
    assert ours.name not in mona.get(PAGE).text


def test_cancelled_people_do_not_count_and_companies_without_places_are_not_missed(ours: Organisation) -> None:
    event = factories.event(title="Summit", slug="summit", quotas={"ready": 2, "none": 0})
    without = factories.organisation("No Tier Ltd", tier_key=None)
    factories.register(event, ours, factories.attendee())

    def missing() -> set[int]:
        return {row.id for row in conference.first(event, [], 50)[0]}

    assert ours.id not in missing()
    db.session.execute(update(Registration).values(status=RegistrationStatus.CANCELLED, cancelled_at=AT))
    assert ours.id in missing()
    assert without.id not in missing(), "a tier without places"


def test_the_conference_is_the_largest_event_where_people_meet(mona: PageClient, ours: Organisation) -> None:
    factories.event(title="Webinar", slug="webinar", format=EventFormat.VIRTUAL, join_url="https://m.example/x", capacity=900)
    factories.event(title="Small day", slug="small", capacity=20)
    factories.event(title="Big summit", slug="big", capacity=500)
    assert "Not registered for Big summit" in mona.get(PAGE).text
    assert "Not registered for Webinar" in mona.get(f"{PAGE}?event=webinar").text
    assert "Not registered for Big summit" in mona.get(f"{PAGE}?event=nothing").text


def test_the_worst_standing_of_each_company_and_those_who_comply_are_not_there(mona: PageClient, ours: Organisation) -> None:
    lapse(ours, StandingState.AT_RISK, "First rule")
    lapse(ours, StandingState.GRACE, "Second rule")
    fine = factories.organisation("Fine GmbH")
    db.session.add(Territory(user_id=db.session.scalars(select(User.id).where(User.email == "mona@vendor.example")).one(),
                             organisation_id=fine.id, granted_at=AT, granted_by="tests"))  # fmt: skip
    factories.commit()
    page = mona.get(PAGE).text
    assert page.count(ours.name) > 0
    assert "Second rule" in page
    assert "2 certified people are missing" in page
    assert "First rule" not in page, "each company once, by its worst"
    assert fine.name not in page


def test_writing_to_the_admins_of_a_company(mona: PageClient, ours: Organisation) -> None:
    factories.event(title="Summit", slug="summit")
    admin = factories.company_admin(ours, "petra@donau.example")
    lapse(ours)
    assert "are written to" in remind(mona, ours).text
    mails = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == conference.MAIL_KIND)).all()
    assert [(one.to_address, one.about, one.reply_to) for one in mails] == [
        (admin.email, f"organisation:{ours.id}", "mona@vendor.example")
    ]
    assert "Summit" in mails[0].text
    assert "certified people are missing" in mails[0].text
    assert COMPANY in mails[0].text
    assert f"written to on {NOW.day} Jan 2027" in mona.get(PAGE).text
    assert "within the last week" in remind(mona, ours).text
    assert len(db.session.scalars(select(OutboxMail).where(OutboxMail.kind == conference.MAIL_KIND)).all()) == 1
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "overview.remind")).one()
    assert (entry.organisation_id, entry.changes) == (ours.id, {"people": 1})


def test_nobody_is_written_to_without_a_reason_an_admin_or_the_right(mona: PageClient, ours: Organisation) -> None:
    factories.company_admin(ours)
    with pytest.raises(RuleError, match="Nothing is out of step"):
        service.write_to(ours, None, by=TESTS, at=AT)
    foreign = factories.organisation("Elbe Netzwerke AG")
    assert mona.post(f"/admin/out-of-step/{foreign.id}/remind", data=fields(mona.get(PAGE).text)).status_code == 404
    alone = factories.organisation("Alone GmbH")
    factories.event(title="Summit", slug="summit")
    with pytest.raises(RuleError, match="Nobody at this company can sign in"):
        service.write_to(alone, conference.coming(AT), by=TESTS, at=AT)
    assert not db.session.scalars(select(OutboxMail).where(OutboxMail.kind == conference.MAIL_KIND)).all()


def test_where_nobody_can_sign_in_an_admin_is_invited_first(mona: PageClient, ours: Organisation) -> None:
    factories.event(title="Summit", slug="summit")
    lapse(ours)
    for path in (PAGE, "/admin/out-of-step/registrations"):
        page = mona.get(path).text
        assert "Write to its admins" not in page
        assert f'href="/admin/companies/{ours.id}#people">Invite an admin' in page
    factories.company_admin(ours)
    for path in (PAGE, "/admin/out-of-step/registrations"):
        page = mona.get(path).text
        assert "Write to its admins" in page
        assert "Invite an admin" not in page


def test_a_company_sees_its_own_and_what_mends_it(client: PageClient, ours: Organisation) -> None:
    factories.event(title="Summit", slug="summit")
    other = factories.organisation("Elbe Netzwerke AG")
    lapse(ours)
    lapse(other)
    page = client.sign_in(factories.company_admin(ours)).get(COMPANY).text
    assert "/events/summit/register" in page
    assert "/company/training/programme" in page
    assert other.name not in page
    member = factories.seat(ours, MembershipRole.MEMBER)
    assert client.sign_in(member).get(COMPANY).status_code == 403


def late_plan(made: planned.Made) -> None:
    """A plan in force whose first quarter is over: an action late, no review, and the target missed."""
    row = planned.objective(made, "Sell more", weight=100)
    values = {"plan_id": made.plan.id}
    people = {one.side: one.id for one in made.team.values()}
    a, b = people.values()
    db.session.add_all(
        [
            PlanAction(number=1, text="Call <b>Nora</b>", accountable_id=b, due_on=date(2027, 5, 1), created_at=AT, **values),
            Actual(objective_id=row.id, quarter=1, value=Decimal(10), entered_by_id=a, entered_at=AT, confirmed_by_id=b,
                   confirmed_at=AT, **values),
        ]
    )  # fmt: skip
    made.plan.status = PlanStatus.ACTIVE
    factories.commit()


def test_plans_are_there_for_their_teams_alone(
    client: PageClient, ours: Organisation, manager: User, clock: time_machine.Traveller
) -> None:
    owner = factories.company_admin(ours)
    made = planned.plan(ours, owner_a=manager, owner_b=owner)
    late_plan(made)
    clock.move_to(LATER)
    for user, path in ((manager, PAGE), (owner, COMPANY)):
        page = client.sign_in(user).get(path).text
        assert "Call &lt;b&gt;Nora&lt;/b&gt;" in page
        assert f"{made.path}actions/" in page
        assert "has no review" in page
        assert "10 %" in page
        assert "Furthest behind: Sell more (10 %)." in page
    others = [
        (factories.company_admin(ours), COMPANY),
        (factories.user(None, Role.PARTNER_MANAGER), PAGE),
        (factories.organizer(), PAGE),
    ]
    for user, path in others:
        page = client.sign_in(user).get(path).text
        assert made.plan.code not in page
        assert "Nora" not in page
        assert "No action of your plans is late." in page


def test_signatures_and_reviews_that_are_missing(client: PageClient, ours: Organisation, manager: User) -> None:
    made = planned.to_sign(planned.plan(ours, owner_a=manager))
    version = planned.in_signature(made)
    planned.sign_all(made, version, but=1)
    page = client.sign_in(manager).get(PAGE).text
    assert "1 signature is missing:" in page
    assert any(one.name in page for one in made.team.values())
    db.session.execute(update(Plan).values(status=PlanStatus.ACTIVE))
    review = Review(plan_id=made.plan.id, quarter=1, planned_at=AT - timedelta(days=1), time_zone="Europe/Vienna")
    db.session.add(review)
    factories.commit()
    assert "was not held on its day" in client.get(PAGE).text
    db.session.execute(update(Review).values(state=ReviewState.HELD, frozen_at=AT, held_on=AT.date(), accept_by=AT))
    factories.commit()
    assert "is not accepted by both sides" in client.get(PAGE).text


def test_a_delegate_is_named_with_the_sponsor_and_the_team_is_that_of_the_version(
    client: PageClient, ours: Organisation, manager: User
) -> None:
    made = planned.to_sign(planned.plan(ours, owner_a=manager))
    user = factories.user()
    factories.person(ours, "Dora", "Delegate", user.email, user=user)
    delegate = teams.join(made.plan, planned.as_candidate(user), MemberFunction.FINANCE, by=TESTS, at=AT)
    sponsor = made.team[Side.B, MemberFunction.EXEC_SPONSOR]
    sponsor.name = "Sven Sponsor"
    values = {"plan_id": made.plan.id, "sponsor_id": sponsor.id, "delegate_id": delegate.id}
    db.session.add(PlanDelegation(text="Please", given_at=AT, **values))
    leaver = made.team[Side.A, MemberFunction.SALES]
    leaver.name = "Left Later"
    factories.commit()
    planned.in_signature(made)
    here = {"plan_id": made.plan.id, "side": Side.A, "user_id": factories.user(None, Role.PARTNER_MANAGER).id}
    how = {"function": MemberFunction.PRODUCT, "joined_at": AT + timedelta(hours=1), "added_by": "tests", "signatory": True}
    db.session.add(PlanMember(name="Late Comer", name_salt="", **here, **how))
    leaver.left_at = AT + timedelta(hours=2)
    factories.commit()
    page = client.sign_in(manager).get(PAGE).text
    assert "Dora Delegate for Sven Sponsor" in page
    assert "Left Later" in page, "the version asks for this signature still"
    assert "Late Comer" not in page, "was not in the team that the version has frozen"


def test_what_is_not_confirmed_is_the_cause_where_it_weighs_more(
    client: PageClient, ours: Organisation, manager: User, clock: time_machine.Traveller
) -> None:
    made = planned.plan(ours, owner_a=manager)
    near, _grey = planned.objective(made, "Nearly there", weight=80), planned.objective(made, "Nobody says", weight=20)
    people = {one.side: one.id for one in made.team.values()}
    db.session.add(Actual(plan_id=made.plan.id, objective_id=near.id, quarter=1, value=Decimal(98), entered_at=AT,
                          entered_by_id=people[Side.A], confirmed_by_id=people[Side.B], confirmed_at=AT))  # fmt: skip
    made.plan.status = PlanStatus.ACTIVE
    factories.commit()
    clock.move_to(LATER)
    page = client.sign_in(manager).get(PAGE).text
    assert "78.4 %" in page
    assert "Not confirmed: Nobody says." in page
    assert "Furthest behind" not in page


def test_as_many_queries_whatever_there_is(
    client: PageClient, ours: Organisation, manager: User, clock: time_machine.Traveller, count_queries: Any
) -> None:
    factories.event(title="Summit", slug="summit")
    lapse(ours)
    late_plan(planned.plan(ours, owner_a=manager))
    clock.move_to(LATER)
    factories.event(title="Later", slug="later", starts_at=LATER + timedelta(days=90), ends_at=LATER + timedelta(days=91))
    client.sign_in(manager).get(PAGE)
    with count_queries() as one:
        client.get(PAGE)
    for name in ("Elbe AG", "Spree AG"):
        company = factories.organisation(name)
        db.session.add(Territory(user_id=manager.id, organisation_id=company.id, granted_at=AT, granted_by="tests"))
        factories.commit()
        lapse(company)
        late_plan(planned.plan(company, owner_a=manager))
    with count_queries() as three:
        assert "Spree AG" in client.get(PAGE).text
    assert len(three) == len(one) <= 12, three.statements
