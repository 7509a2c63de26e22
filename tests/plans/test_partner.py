"""Another partner for a plan: it begins anew, and nothing that was written with the former one goes along."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Enum, String, inspect, select

from eventapp.accounts.models import Role, User
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.mail.models import OutboxMail
from eventapp.partners.models import Membership, Organisation, OrganisationStatus, PersonEmail, Territory
from eventapp.plans import queries
from eventapp.plans.founding import changing
from eventapp.plans.founding.service import PlanDetails
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.models import Plan, PlanSection, PlanStatus, PlanVersion, SectionState, Side, VersionState
from eventapp.plans.signing import jobs
from eventapp.plans.signing.rules import LASTS
from tests.conftest import NOW
from tests.guarantees.test_g02_canary import LEFT_ALONE, LEFT_ALONE_IN_PLANS, plan_rows
from tests.support import factories, plans
from tests.support.factories import AT, TESTS
from tests.support.pages import PageClient, fields
from tests.support.plans import Made

CANARY = "zzcanary"


def client_of(app: Flask, user: User) -> PageClient:
    return PageClient(app, app.response_class, use_cookies=True).sign_in(user)


@pytest.fixture
def made(app: Flask) -> Made:
    return plans.plan(factories.organisation("Donau GmbH"))


@pytest.fixture
def other(made: Made) -> Organisation:
    """A further company of the owner's territory, with somebody who may own a plan."""
    company = factories.organisation("Isar AG")
    factories.company_admin(company)
    db.session.add_all(
        Territory(user_id=made.owner_a.id, organisation_id=one.id, granted_at=AT, granted_by="tests")
        for one in (made.company, company)
    )
    factories.commit()
    return company


def owner_of(company: Organisation) -> str:
    found = select(Membership.person_id).where(Membership.organisation_id == company.id)
    return str(db.session.scalars(found.order_by(Membership.id)).first())


def change(app: Flask, made: Made, other: Organisation, **typed: str) -> Any:
    client, path = client_of(app, made.owner_a), f"{made.path}partner/{other.id}"
    form = fields(client.get(path).text) | {"owner_b": owner_of(other), "reason": "They were sold", **typed}
    return client.post(path, data=form)


def mark(made: Made) -> int:
    """The canary into every text of the plan; gives back how many."""
    marked = 0
    for row in plan_rows(made.company.id):
        for column in inspect(type(row)).columns:
            fixed = not isinstance(column.type, String) or isinstance(column.type, Enum) or column.foreign_keys
            if fixed or column.name in LEFT_ALONE | LEFT_ALONE_IN_PLANS | {"content", "added_by", "small_by"}:
                continue
            marked += 1
            setattr(row, column.name, f"{CANARY}{marked}")
    factories.commit()
    return marked


def test_not_to_a_partner_whose_plan_of_the_period_is_in_force(app: Flask, made: Made, other: Organisation, clock: Any) -> None:
    there = plans.plan(other, whole_teams=False)
    there.plan.status = PlanStatus.ACTIVE
    factories.commit()
    answer = change(app, made, other)
    assert answer.status_code == 409
    assert "could never be signed" in answer.text
    assert there.plan.code not in answer.text
    there.plan.status = PlanStatus.DRAFT
    factories.commit()
    assert change(app, made, other).status_code == 302


def test_from_the_plan_to_the_new_one(app: Flask, made: Made, other: Organisation, clock: Any) -> None:
    plans.fill(made)
    made.plan.title, made.plan.currency = "Secret of Donau", "CHF"
    factories.commit()
    client = client_of(app, made.owner_a)
    assert "Begin anew with another partner" in client.get(made.path).text
    listed = client.get(f"{made.path}partner?q=a").text.split("<main")[1]
    assert "Isar AG" in listed
    assert f"/partner/{made.company.id}" not in listed
    page = client.get(f"{made.path}partner/{other.id}").text
    numbers = re.findall(r"<dt>([^<]+)</dt><dd>(\d+)</dd>", page)
    assert dict(numbers) == {
        "Sections with something in them": "2",
        "Rows in sections": "10",
        "Actions": "1",
        "Comments": "1",
        "Notes of ours": "1",
        "Files": "2",
        "Versions": "1",
        "Signatures": "1",
        "People in the teams, now and before": "6",
    }
    assert "12 empty sections" in page
    assert "Secret" not in str(fields(page)["title"])
    answer = change(app, made, other)
    assert answer.status_code == 302
    old, new = db.session.scalars(select(Plan).order_by(Plan.id)).all()
    assert answer.location == f"/plans/{new.code}/"
    assert (old.status, old.side_b_id, old.cancelled_reason) == (PlanStatus.CANCELLED, made.company.id, "They were sold")
    assert (new.status, new.side_b_id, new.follows_id) == (PlanStatus.DRAFT, other.id, None)
    assert new.code != old.code
    assert (new.title, new.period_start, new.currency) == ("Joint plan with Isar AG", old.period_start, "CHF")
    sections = db.session.scalars(select(PlanSection).where(PlanSection.plan_id == new.id)).all()
    assert {one.state for one in sections} == {SectionState.EMPTY}
    assert [one.function for one in queries.team(new)] == [F.OWNER, F.OWNER]
    assert "They were sold" in client_of(app, made.owner_b).get(made.path).text


def test_no_word_of_the_former_partner_goes_along(app: Flask, made: Made, other: Organisation) -> None:
    plans.fill(made)
    planted = mark(made)
    assert planted > 80
    answer = change(app, made, other, title="A fresh start")
    new = db.session.scalars(select(Plan).order_by(Plan.id.desc())).first()
    assert new is not None
    user_id = select(Membership.person_id).where(Membership.organisation_id == other.id)
    theirs = next(one for one in db.session.scalars(select(User)) if one.email == _address(user_id))
    pages = ["", "edit", "team", "versions/", "actions/", "actuals/", "notes/"]
    pages += [f"sections/{one.key}" for one in queries.sections(new)]
    for user in (theirs, made.owner_a):
        client = client_of(app, user)
        for page in pages:
            found = client.get(f"{answer.location}{page}")
            assert found.status_code == 200, page
            for word in (CANARY, made.plan.code, made.company.name):
                assert word not in found.text, page
    client = client_of(app, theirs)
    assert client.get(made.path).status_code == 404
    assert made.plan.code not in client.get("/plans/").text
    rows = [row for row in plan_rows(other.id) if not isinstance(row, Plan)]
    assert not [row for row in rows if CANARY in str(vars(row))]
    former = client_of(app, made.owner_b)
    assert former.get(answer.location).status_code == 404
    assert CANARY in former.get(made.path).text, "the control: it is still there to be found"


def _address(person_id: Any) -> str:
    return db.session.scalars(select(PersonEmail.address).where(PersonEmail.person_id.in_(person_id))).first() or ""


def test_mails_and_log_name_no_plan_beside_the_other(made: Made, other: Organisation) -> None:
    person = int(owner_of(other))
    details = PlanDetails("New", plans.START, plans.END, 1, "EUR")
    new = changing.change_partner(
        made.plan,
        other,
        details,
        "They were sold",
        owner_a=plans.as_candidate(made.owner_a),
        owner_b=changing.Candidate("Isa", person_id=person),
        standing=plans.standing(made),
        by=TESTS,
        at=NOW,
    )
    factories.commit()
    for entry in db.session.scalars(select(AuditEntry).where(AuditEntry.object_type == "plan").order_by(AuditEntry.id)):
        said = f"{entry.object_name} {entry.changes}"
        assert "sold" not in said
        assert (made.plan.code in said) != (new.code in said)


class TestWhen:
    """Before it is in force, by the vendor's owner, with a company of the own territory."""

    def test_by_nobody_else(self, app: Flask, made: Made, other: Organisation) -> None:
        for (side, function), user in made.logins.items():
            client = client_of(app, user)
            expected = 200 if (side, function) == (Side.A, F.OWNER) else 403
            assert client.get(f"{made.path}partner/{other.id}").status_code == expected
            assert ("Begin anew" in client.get(made.path).text) == (expected == 200)
        manager = factories.user(None, Role.PARTNER_MANAGER)
        assert client_of(app, manager).get(f"{made.path}partner/{other.id}").status_code == 404
        stranger = factories.organisation("Nobody's")
        factories.commit()
        assert client_of(app, made.owner_a).get(f"{made.path}partner/{stranger.id}").status_code == 404

    def test_what_cannot_be_is_refused_and_kept(self, app: Flask, made: Made, other: Organisation) -> None:
        for typed in ({"reason": " "}, {"owner_b": "987654", "reason": "Kept"}, {"period_end": "2020-01-01", "reason": "Kept"}):
            answer = change(app, made, other, **typed)
            assert answer.status_code == 422
        assert "Kept" in answer.text
        assert change(app, made, made.company).status_code == 409
        other.status = OrganisationStatus.ENDED
        factories.commit()
        assert change(app, made, other).status_code == 422
        plan = db.session.scalars(select(Plan)).one()
        assert plan.status is PlanStatus.DRAFT

    def test_two_windows_make_one_plan(self, app: Flask, made: Made, other: Organisation) -> None:
        client, path = client_of(app, made.owner_a), f"{made.path}partner/{other.id}"
        form = fields(client.get(path).text) | {"owner_b": owner_of(other), "reason": "Sold"}
        late = fields(client.get(path).text) | {"owner_b": owner_of(other), "reason": "Sold"}
        assert [client.post(path, data=form).status_code for _ in range(2)] == [302, 302]
        assert client.post(path, data=late).status_code == 403
        assert len(db.session.scalars(select(Plan)).all()) == 2
        with pytest.raises(RuleError):
            changing.change_partner(
                made.plan,
                other,
                PlanDetails("x", plans.START, plans.END, 1, "EUR"),
                "x",
                owner_a=plans.as_candidate(made.owner_a),
                owner_b=changing.Candidate("x", person_id=1),
                standing=plans.standing(made),
                by=TESTS,
                at=NOW,
            )

    def test_a_plan_in_force_stays(self, app: Flask, made: Made, other: Organisation) -> None:
        made.plan.status = PlanStatus.ACTIVE
        factories.commit()
        client = client_of(app, made.owner_a)
        assert client.get(f"{made.path}partner").status_code == 403
        assert "Begin anew" not in client.get(made.path).text


def test_a_plan_that_is_given_up_is_not_signed_any_more(app: Flask, made: Made, other: Organisation) -> None:
    plans.to_sign(made)
    version = plans.in_signature(made)
    plans.sign_all(made, version, but=2)
    db.session.execute(OutboxMail.__table__.delete())
    factories.commit()
    assert change(app, made, other).status_code == 302
    version = db.session.scalars(select(PlanVersion)).one()
    assert version.state is VersionState.DROPPED
    mails = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == "plans.cancelled")).all()
    assert len(mails) == 6
    assert all("was cancelled" in one.text and "asked anew" not in one.text for one in mails)
    jobs.look_after(version.id, NOW + LASTS * 2)
    assert db.session.scalars(select(Plan.status).order_by(Plan.id)).first() is PlanStatus.CANCELLED
