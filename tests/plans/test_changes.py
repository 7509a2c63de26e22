"""Changes that somebody asks for: both sides read them, the owners answer, a yes opens an amendment."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Role
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.mail.models import OutboxMail
from eventapp.plans.changes import service
from eventapp.plans.models import Amendment, ChangeRequest, ChangeState, Plan, PlanMember, PlanStatus, Side
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.permissions import Standing
from eventapp.plans.teams import service as teams
from tests.conftest import NOW
from tests.groups.test_races import at_once
from tests.plans.reviews.test_roles import PEOPLE, TEAM, client_as
from tests.plans.test_living import client_of
from tests.support import factories, plans, reviews
from tests.support.factories import TESTS
from tests.support.pages import fields
from tests.support.plans import Made


@pytest.fixture
def made(app: Flask, clock: Any) -> Made:
    return reviews.in_force()[0]


def ask(made: Made, side: Side = Side.B, function: F = F.SALES, items: tuple[str, ...] = ("objectives",)) -> ChangeRequest:
    how = {"standing": plans.standing(made, side, function), "by": TESTS, "at": NOW}
    found = service.propose(made.plan, items, "Sell the crown jewels", "Nobody may know", **how)
    factories.commit()
    return found


def decide(made: Made, one: ChangeRequest, side: Side = Side.A, *, accepted: bool = True, answer: str = "", **more: Any) -> None:
    how = {"standing": plans.standing(made, side), "by": TESTS, "at": NOW, "version": one.version, **more}
    service.decide(made.plan, one, accepted=accepted, answer=answer, **how)
    factories.commit()


def told() -> list[tuple[str, str]]:
    query = (
        select(OutboxMail.kind, OutboxMail.to_address).where(OutboxMail.kind.startswith("plans.change")).order_by(OutboxMail.id)
    )
    return [(kind.removeprefix("plans.change_"), address) for kind, address in db.session.execute(query)]


def test_asked_for_and_accepted_on_the_pages(app: Flask, made: Made) -> None:
    member, owner = client_of(app, made, Side.B, F.SALES), client_of(app, made, Side.A)
    listing = f"{made.path}changes/"
    assert "Nobody has asked for a change" in member.get(listing).text
    form = fields(member.get(f"{listing}new").text)
    empty = member.post(f"{listing}new", data=form)
    assert empty.status_code == 422
    assert "Say what is to change." in empty.text
    data = form | {"wanted": "Ten more customers", "reason": "The market grows"}
    answer = member.post(f"{listing}new", data=data)
    assert answer.status_code == 422
    assert "Choose at least one section." in answer.text
    data = fields(answer.text) | {"items": ["objectives", "accounts"]}
    assert member.post(f"{listing}new", data=data).status_code == 302
    page = owner.get(listing).text
    assert "Objectives, Target accounts" in page
    assert "Ten more customers" in page
    one = db.session.scalars(select(ChangeRequest)).one()
    here = f"{listing}{one.id}"
    form = fields(owner.get(here).text)
    rejected = owner.post(here, data=form | {"verdict": "reject"})
    assert rejected.status_code == 422
    assert "Say why not" in rejected.text
    assert owner.post(here, data=fields(rejected.text) | {"verdict": "accept", "answer": "Good"}).status_code == 302
    page = member.get(listing).text
    assert "Accepted" in page
    assert "Good" in page
    assert db.session.scalars(select(Plan.amendment)).one() is Amendment.EDITING


def test_mails_say_the_code_and_the_number(made: Made) -> None:
    one = ask(made)
    owners = {made.owner_a.email, made.owner_b.email}
    assert {address for kind, address in told() if kind == "proposed"} == owners
    decide(made, one, accepted=False, answer="Too secret")
    sales = made.logins[Side.B, F.SALES].email
    assert {address for kind, address in told() if kind == "rejected"} == {sales, made.owner_b.email}
    for mail in db.session.scalars(select(OutboxMail)):
        everything = f"{mail.subject}{mail.text}{mail.html}"
        assert made.plan.code in everything
        assert "no. 1" in everything
        for secret in ("crown", "Nobody may know", "Too secret", "Objectives", made.plan.title, made.company.name):
            assert secret not in everything


def test_an_owner_asks_the_other_one(made: Made) -> None:
    one = ask(made, Side.A, F.OWNER)
    assert {address for _kind, address in told()} == {made.owner_b.email}
    with pytest.raises(RuleError, match="does not wait for your answer"):
        decide(made, one, Side.A)
    decide(made, one, Side.B)
    assert one.state is ChangeState.ACCEPTED


def test_whoever_becomes_owner_does_not_answer_the_own_request(made: Made) -> None:
    one = ask(made, Side.B, F.SALES)
    new = teams.hand_over(made.plan, made.team[Side.B, F.OWNER], made.team[Side.B, F.SALES], by=TESTS, at=NOW)
    factories.commit()
    with pytest.raises(RuleError, match="does not wait for your answer"):
        decide(made, one, standing=Standing(new))
    service.withdraw(made.plan, one, standing=Standing(new), by=TESTS, at=NOW)
    assert one.state is ChangeState.WITHDRAWN


def test_while_it_is_amended_and_while_it_is_signed(made: Made) -> None:
    first, second, third = ask(made), ask(made), ask(made)
    assert [one.number for one in (first, second, third)] == [1, 2, 3]
    decide(made, first)
    decide(made, second)
    assert made.plan.amendment is Amendment.EDITING
    made.plan.amendment = Amendment.IN_SIGNATURE
    factories.commit()
    with pytest.raises(RuleError, match="being signed"):
        decide(made, third)
    decide(made, third, accepted=False, answer="Next time")
    assert third.state is ChangeState.REJECTED


def test_before_it_is_in_force_a_yes_opens_nothing(app: Flask) -> None:
    made = plans.plan()
    decide(made, ask(made))
    assert (made.plan.status, made.plan.amendment) == (PlanStatus.DRAFT, None)


def test_what_is_refused(made: Made) -> None:
    for items in ((), ("nothing",)):
        with pytest.raises(RuleError) as refused:
            ask(made, items=items)
        assert refused.value.field == "items"
    one = ask(made)
    for standing in (plans.standing(made, Side.A, F.SALES), plans.standing(made, Side.A, F.EXEC_SPONSOR), Standing()):
        with pytest.raises(RuleError):
            decide(made, one, standing=standing)
        with pytest.raises(RuleError):
            service.withdraw(made.plan, one, standing=standing, by=TESTS, at=NOW)
    with pytest.raises(StaleError):
        decide(made, one, version=one.version + 1)
    service.withdraw(made.plan, one, standing=plans.standing(made, Side.B, F.SALES), by=TESTS, at=NOW)
    factories.commit()
    with pytest.raises(RuleError):
        decide(made, one)
    made.plan.amendment, made.plan.status = None, PlanStatus.COMPLETED
    factories.commit()
    with pytest.raises(RuleError):
        ask(made)


def test_two_answers_and_taking_it_back_at_once(app: Flask, made: Made) -> None:
    one = ask(made)
    plan_id, request_id, version = made.plan.id, one.id, one.version
    members = {key: member.id for key, member in made.team.items()}

    def answer(side: Side, *, accepted: bool) -> None:
        standing = Standing(db.session.get_one(PlanMember, members[side, F.OWNER]))
        plan, request = db.session.get_one(Plan, plan_id), db.session.get_one(ChangeRequest, request_id)
        how = {"standing": standing, "by": TESTS, "at": NOW, "version": version}
        service.decide(plan, request, accepted=accepted, answer="No", **how)

    def withdraw() -> None:
        standing = Standing(db.session.get_one(PlanMember, members[Side.B, F.SALES]))
        plan, request = db.session.get_one(Plan, plan_id), db.session.get_one(ChangeRequest, request_id)
        service.withdraw(plan, request, standing=standing, by=TESTS, at=NOW)

    outcomes = at_once(app, lambda: answer(Side.A, accepted=True), lambda: answer(Side.B, accepted=False), withdraw)
    assert sorted(outcomes) == ["done", "refused", "refused"]
    db.session.expire_all()
    accepted = db.session.get_one(ChangeRequest, request_id).state is ChangeState.ACCEPTED
    assert (db.session.get_one(Plan, plan_id).amendment is not None) is accepted


@pytest.mark.parametrize("who", PEOPLE)
def test_who_may(app: Flask, made: Made, who: str) -> None:
    one = ask(made, Side.A, F.SALES)
    client = client_as(app, PEOPLE[who](made))
    reads = who in TEAM or who == "auditor"
    page = client.get(f"{made.path}changes/")
    assert page.status_code == (200 if reads else 404)
    assert ("crown jewels" in page.text) is reads
    assert client.get(f"{made.path}changes/new").status_code == (200 if who in TEAM else 403 if who == "auditor" else 404)
    owns = who in ("owner_a", "owner_b")
    assert client.get(f"{made.path}changes/{one.id}").status_code == (200 if owns else 403 if reads else 404)
    other = reviews.in_force()[0]
    assert client.get(f"{other.path}changes/{one.id}").status_code == (403 if who == "auditor" else 404)
    manager = client_as(app, factories.user(None, Role.PARTNER_MANAGER))
    assert manager.get(f"{made.path}changes/{one.id}").status_code == 404


def test_texts_are_no_code_and_as_many_queries_for_three(app: Flask, made: Made, count_queries: Any) -> None:
    client, counts = client_of(app, made, Side.B), []
    for _n in range(3):
        one = ask(made, Side.A, F.SALES)
        one.wanted, one.reason = "<script>alert(1)</script>", "{{7*7}} \u202e"
        factories.commit()
        with count_queries() as found:
            page = client.get(f"{made.path}changes/").text
        assert "<script>alert" not in page
        assert "{{7*7}}" in page
        counts.append(len(found))
    assert counts[0] == counts[2] <= 12
