"""The box on top of a plan says what is next, by its state, and offers what the reader can do about it."""

from datetime import timedelta
from typing import Any

import html5lib
import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Role
from eventapp.core.db import db
from eventapp.plans import queries
from eventapp.plans.content import editing
from eventapp.plans.models import Initiative, Plan, PlanAction, PlanKind, PlanStatus, Rag, Review, ReviewState, Side
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.signing import queries as versions
from eventapp.plans.signing import service
from tests.conftest import NOW
from tests.support import factories, plans
from tests.support.factories import AT, TESTS
from tests.support.pages import PageClient, fields
from tests.support.plans import Made


def client_of(app: Flask, made: Made, side: Side, function: F = F.OWNER) -> PageClient:
    return PageClient(app, app.response_class, use_cookies=True).sign_in(made.logins[side, function])


def auditor(app: Flask) -> PageClient:
    return PageClient(app, app.response_class, use_cookies=True).sign_in(factories.user(None, Role.AUDITOR))


@pytest.fixture
def made(app: Flask) -> Made:
    return plans.to_sign(plans.plan())


@pytest.fixture
def active(made: Made) -> Made:
    plans.sign_all(made, plans.in_signature(made))
    return made


def box(client: PageClient, made: Made) -> str:
    """What stands in the box, as one line."""
    document = html5lib.parse(client.get(made.path).text, namespaceHTMLElements=False)
    found = next(one for one in document.iter("section") if one.get("id") == "now")
    return " ".join(" ".join(found.itertext()).split())


class TestBeforeItIsSigned:
    """Drafts, the final review, the signature, and what came back."""

    def test_a_draft_counts_what_is_missing(self, app: Flask, clock: Any) -> None:
        made = plans.plan()
        said = box(client_of(app, made, Side.A), made)
        assert "Next: the workshop of both teams." in said
        assert "1 thing is missing." in said
        assert "Into the workshop" not in said, "it would be refused"

    def test_both_owners_are_ready_right_here(self, app: Flask, made: Made, clock: Any) -> None:
        a, b = client_of(app, made, Side.A), client_of(app, made, Side.B)
        assert "We are ready" not in box(client_of(app, made, Side.B, F.SALES), made)
        assert "We are ready" not in box(auditor(app), made)
        assert box(a, made).count("We are ready") == 1
        assert a.post(f"{made.path}ready", data=fields(a.get(made.path).text, "/ready")).status_code == 302
        assert "We are ready" not in box(a, made)
        assert "ready since" in box(b, made)
        page = b.get(made.path).text
        assert "Back into the workshop" in page
        assert b.post(f"{made.path}ready", data=fields(page, "/ready")).status_code == 302
        assert db.session.scalars(select(Plan.status)).one() is PlanStatus.IN_SIGNATURE

    def test_whose_turn_it_is_to_sign(self, app: Flask, made: Made, clock: Any) -> None:
        version = plans.in_signature(made, NOW)
        plans.sign_all(made, version, NOW, but=2)
        signed = {one.member_id for one in versions.signatures(made.plan)}
        missing = [one.member for one in versions.required(made.plan, version) if one.member.id not in signed]
        for (side, function), member in made.team.items():
            said = box(client_of(app, made, side, function), made)
            assert "2 of 6 signatures are missing, until 3 Feb 2027." in said
            assert ("Read and sign" in said) == (member.id in {one.id for one in missing})
            assert all(one.name in said for one in missing)

    def test_why_it_came_back(self, app: Flask, made: Made, clock: Any) -> None:
        version = plans.in_signature(made, NOW)
        service.decline(made.plan, version, "Too much", standing=plans.standing(made, Side.B), by=TESTS, at=NOW)
        factories.commit()
        client, name = client_of(app, made, Side.A), made.team[Side.B, F.OWNER].name
        said = box(client, made)
        assert f"{name} declined version 1.0: Too much" in said
        assert "We are ready" in said
        version = plans.in_signature(made, NOW)
        plans.sign_all(made, version, NOW, but=5)
        signer = db.session.scalars(select(service.PlanSignature).where(service.PlanSignature.version_id == version.id)).one()
        standing = next(plans.standing(made, *key) for key, one in made.team.items() if one.id == signer.member_id)
        service.withdraw(made.plan, version, standing=standing, by=TESTS, at=NOW)
        factories.commit()
        assert "took back their signature of version 1.1" in box(client, made)
        plans.in_signature(made, NOW)
        service.lapse(made.plan, by=TESTS, at=NOW + timedelta(days=15))
        factories.commit()
        assert "Version 1.2 was not signed by all until 3 Feb 2027." in box(client, made)

    def test_agreed_sections_are_one_line(self, app: Flask, made: Made, clock: Any) -> None:
        client = client_of(app, made, Side.A)
        page, number = client.get(made.path).text, len(queries.sections(made.plan))
        assert f"{number} of {number} agreed" in page
        assert page.count("tone-ok") == 1
        queries.section(made.plan, "risks").state = plans.SectionState.DRAFTED
        factories.commit()
        assert f"{number - 1} of {number} agreed" in client.get(made.path).text


class TestInForce:
    """How it stands, and what is being changed."""

    def test_reviews_and_late_actions(self, app: Flask, active: Made, clock: Any) -> None:
        client = client_of(app, active, Side.A)
        said = box(client, active)
        assert "none yet" in said
        assert "not planned" in said
        assert "none is late" in said
        assert "Amend the plan" in said
        assert "Amend the plan" not in box(client_of(app, active, Side.A, F.SALES), active)
        here = {"plan_id": active.plan.id, "time_zone": "Europe/Vienna"}
        held = {"held_on": NOW.date(), "frozen_at": NOW, "accept_by": NOW, "score": "93.2", "rag": Rag.AMBER}
        db.session.add(Review(quarter=1, planned_at=NOW, state=ReviewState.HELD, **held, **here))
        db.session.add(Review(quarter=2, planned_at=NOW + timedelta(days=90), **here))
        member, due = active.team[Side.B, F.OWNER].id, NOW.date() - timedelta(days=1)
        db.session.add(
            PlanAction(plan_id=active.plan.id, number=1, text="Call", accountable_id=member, due_on=due, created_at=AT)
        )
        factories.commit()
        said = box(client, active)
        assert "Q1 FY2027 At risk Score 93.2" in said
        assert "Q2 FY2027" in said
        assert "1 is late" in said

    def test_an_amendment_says_who_began_it_and_what_has_changed(self, app: Flask, active: Made, clock: Any) -> None:
        owner = client_of(app, active, Side.B)
        assert owner.post(f"{active.path}amend", data=fields(owner.get(active.path).text, "/amend")).status_code == 302
        client, name = client_of(app, active, Side.A), active.team[Side.B, F.OWNER].name
        said = box(client, active)
        assert f"{name} began to amend the plan on 20 Jan 2027." in said
        assert "No section has been changed yet." in said
        assert "Amend the plan" not in said
        values = {"standing": plans.standing(active), "by": TESTS, "at": NOW}
        row = queries.objectives(active.plan)[0]
        editing.change(active.plan, plans.section(active, "objectives"), row, {"weight": 26}, base=row.version, **values)
        factories.commit()
        assert "Changed so far: Objectives" in box(client, active)
        assert "Changed so far: Objectives" in box(owner, active), "by both sides"


class TestSuspended:
    """Why, and nothing that would be refused."""

    @pytest.mark.parametrize("status", [PlanStatus.DRAFT, PlanStatus.FINAL_REVIEW])
    def test_it_offers_nothing_else(self, app: Flask, made: Made, clock: Any, status: PlanStatus) -> None:
        made.plan.status, made.plan.suspended_at, made.plan.suspended_reason = status, NOW, "The company's contract has ended."
        factories.commit()
        client = client_of(app, made, Side.A)
        page = client.get(made.path).text
        said = box(client, made)
        assert "The company's contract has ended." in said
        assert "Go on with the plan" in said
        for text in ("the workshop</button>", "We are ready", "Still missing", "is missing", "Amend the plan"):
            assert text not in page, text
        listed = client.get("/plans/").text
        assert "Suspended" in listed

    def test_a_version_in_signature_is_not_offered_to_sign(self, app: Flask, made: Made, clock: Any) -> None:
        version = plans.in_signature(made, NOW)
        made.plan.suspended_at, made.plan.suspended_reason = NOW, "The company's contract has ended."
        factories.commit()
        client = client_of(app, made, Side.A)
        assert "Read and sign" not in box(client, made)
        assert "/sign" not in client.get(f"{made.path}versions/{version.id}").text


def test_no_more_than_twelve_queries_in_any_state(app: Flask, count_queries: Any, clock: Any) -> None:
    """Also of an alliance, whose workstreams are looked at as well, that follows another plan."""
    made = plans.plan(kind=PlanKind.ALLIANCE)
    before = plans.with_last_year(made)
    plans.to_sign(made)
    owners = {f"owner_{side.value}_id": made.team[side, F.OWNER].id for side in Side}
    for one in db.session.scalars(select(Initiative)):
        one.owner_a_id, one.owner_b_id = owners.values()
    for one in queries.objectives(made.plan):
        one.share_a = 50
    made.plan.revision += 1
    factories.commit()

    def count(name: str) -> None:
        for side in Side:
            client, path = client_of(app, made, side), made.path
            client.get(path)
            with count_queries() as found:
                assert client.get(path).status_code == 200
            asked = [statement for statement in found.statements if "set_config" not in statement]  # of the wall on Postgres
            assert len(asked) <= 12, (name, len(asked), asked)

    count("final review")
    version = plans.in_signature(made, NOW)
    count("in signature")
    service.reopen(made.plan, by=TESTS, at=NOW)
    factories.commit()
    count("came back")
    version = plans.in_signature(made, NOW)
    plans.sign_all(made, version, NOW)
    count("active")
    service.amend(made.plan, by=made.owner_b, at=NOW)
    factories.commit()
    count("being amended")
    plans.in_signature(made, NOW)
    count("amendment in signature")
    service.reopen(made.plan, by=TESTS, at=NOW)
    factories.commit()
    count("amendment came back")
    assert before.id
