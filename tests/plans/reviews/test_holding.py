"""Minutes, commitments, and both sides accept; or the sponsors do."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.mail.models import OutboxMail
from eventapp.plans.actions import service as actions
from eventapp.plans.models import ActionOrigin, Plan, PlanAction, PlanMember, Review, ReviewState, Side
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.permissions import Standing
from eventapp.plans.reviews import holding
from eventapp.plans.reviews import queries as queries_of
from eventapp.plans.reviews.jobs import look_after_reviews
from eventapp.plans.teams import service as teams
from tests.groups.test_races import at_once
from tests.plans.test_living import client_of
from tests.support import factories, plans, reviews
from tests.support.factories import TESTS
from tests.support.pages import fields
from tests.support.plans import Made
from tests.support.reviews import NOW, WHEN


@pytest.fixture
def made(app: Flask, clock: Any) -> Made:
    clock.move_to(NOW)
    return reviews.in_force()[0]


@pytest.fixture
def one(made: Made) -> Review:
    return reviews.frozen(made, reviews.planned(made))


def as_it_is() -> Review:
    return db.session.scalars(select(Review).where(Review.quarter == 1).execution_options(populate_existing=True)).one()


def accept(made: Made, one: Review, side: Side, function: F = F.OWNER, *, version: int | None = None) -> None:
    how = {"standing": plans.standing(made, side, function), "by": TESTS, "at": WHEN + timedelta(days=1)}
    holding.accept(made.plan, one, version=one.version if version is None else version, **how)
    factories.commit()


def promise(made: Made, one: Review, text: str = "Train ten people", side: Side = Side.B) -> PlanAction:
    how = {"accountable_id": made.team[side, F.SALES].id, "helper_id": None, "due_on": WHEN.date(), "by": TESTS, "at": WHEN}
    found = holding.promise(made.plan, one, text, standing=plans.standing(made), **how)
    factories.commit()
    return found


def to(kind: str) -> list[str]:
    return sorted(db.session.scalars(select(OutboxMail.to_address).where(OutboxMail.kind == f"plans.review_{kind}")))


def logins(made: Made, function: F) -> list[str]:
    return sorted(made.logins[side, function].email for side in Side)


def test_what_is_refused(made: Made) -> None:
    one = reviews.planned(made)
    with pytest.raises(RuleError, match="Freeze the numbers first"):
        reviews.held(made, one)
    with pytest.raises(RuleError, match="once the numbers are frozen"):
        promise(made, one)
    reviews.frozen(made, one)
    there = made.team[Side.A, F.OWNER].id
    for values, field in (
        ({"held_on": WHEN.date() + timedelta(days=1)}, "held_on"),
        ({"next_on": WHEN.date()}, "next_on"),
        ({"present": frozenset({there})}, "present_b"),
        ({"present": frozenset()}, "present_a"),
    ):
        with pytest.raises(RuleError) as refused:
            reviews.held(made, one, **values)
        assert refused.value.field == field
    with pytest.raises(RuleError, match="does not wait for you"):
        accept(made, one, Side.A)
    reviews.held(made, one)
    for side, function in ((Side.A, F.EXEC_SPONSOR), (Side.B, F.SALES)):
        with pytest.raises(RuleError, match="does not wait for you"):
            accept(made, one, side, function)
    accept(made, one, Side.A)
    with pytest.raises(RuleError, match="does not wait for you"):
        accept(made, one, Side.A)
    with pytest.raises(StaleError):
        accept(made, one, Side.B, version=one.version - 1)
    accept(made, one, Side.B)
    assert as_it_is().state is ReviewState.ACCEPTED
    for act in (lambda: reviews.held(made, one), lambda: promise(made, one), lambda: accept(made, one, Side.B)):
        with pytest.raises(RuleError):
            act()


def test_what_is_changed_is_accepted_anew(made: Made, one: Review) -> None:
    reviews.held(made, one)
    accept(made, one, Side.A)
    read = one.version
    reviews.held(made, one, at=WHEN + timedelta(days=2), minutes="Other words")
    assert (one.accepted_a_at, one.accepted_a_by_id) == (None, None)
    assert one.accept_by == WHEN + timedelta(days=9)
    with pytest.raises(StaleError):
        accept(made, one, Side.B, version=read)
    accept(made, one, Side.B)
    promise(made, one)
    assert as_it_is().accepted_b_at is None
    with pytest.raises(StaleError):
        accept(made, one, Side.B, version=read + 1)
    reviews.accepted(made, as_it_is())
    assert as_it_is().state is ReviewState.ACCEPTED


OTHERWISE: list[dict[str, Any]] = [{"text": "Vendor pays"}, {"due_on": WHEN.date() + timedelta(days=9)}, {"helper_id": 1}]


def rewrite(made: Made, action: PlanAction, **typed: Any) -> None:
    """Changes a commitment on its own page; `helper_id` is the owner of the other side."""
    if "helper_id" in typed:
        typed["helper_id"] = made.team[Side.A, F.OWNER].id
    names = (*actions.PROMISE, "status", "blocked_by", "evidence")
    values = {name: getattr(action, name) for name in names} | typed
    how: dict[str, Any] = {"standing": plans.standing(made, Side.B), "by": TESTS, "at": WHEN}
    actions.change(made.plan, action, values, base=action.version, **how)
    factories.commit()


@pytest.mark.parametrize("typed", OTHERWISE, ids=lambda one: next(iter(one)))
def test_a_commitment_that_changes_is_accepted_anew(made: Made, one: Review, typed: dict[str, Any]) -> None:
    action = promise(made, one)
    reviews.held(made, one)
    accept(made, one, Side.A)
    read = as_it_is().version
    rewrite(made, action, **typed)
    assert (as_it_is().accepted_a_at, as_it_is().version) == (None, read + 1)
    with pytest.raises(StaleError):
        accept(made, one, Side.B, version=read)
    reviews.accepted(made, as_it_is())
    with pytest.raises(RuleError, match="Add another action"):
        rewrite(made, action, text="Vendor pays twice")
    db.session.rollback()
    assert action.text != "Vendor pays twice"


def test_how_far_it_is_changes_nothing_of_the_review(made: Made, one: Review) -> None:
    action = promise(made, one)
    reviews.accepted(made, reviews.held(made, one))
    read = as_it_is().version
    rewrite(made, action, status="in_progress", evidence="Five were trained")
    assert (as_it_is().version, as_it_is().state) == (read, ReviewState.ACCEPTED)
    loose = actions.add(
        made.plan,
        "Not of a review",
        accountable_id=action.accountable_id,
        helper_id=None,
        due_on=WHEN.date(),
        standing=plans.standing(made),
        by=TESTS,
        at=WHEN,
    )
    rewrite(made, loose, text="Freely")
    assert as_it_is().version == read


def test_nobody_accepts_while_a_commitment_changes(app: Flask, made: Made, one: Review) -> None:
    action = promise(made, one)
    reviews.held(made, one)
    accept(made, one, Side.A)
    plan_id, review_id, action_id, version = made.plan.id, one.id, action.id, as_it_is().version
    member_id = made.team[Side.B, F.OWNER].id

    def change() -> None:
        plan, found = db.session.get_one(Plan, plan_id), db.session.get_one(PlanAction, action_id)
        values = {name: getattr(found, name) for name in (*actions.PROMISE, "status", "blocked_by", "evidence")}
        standing = Standing(db.session.get_one(PlanMember, member_id))
        typed = values | {"text": "Other words"}
        actions.change(plan, found, typed, base=found.version, standing=standing, by=TESTS, at=WHEN)

    def accept_it() -> None:
        plan, review = db.session.get_one(Plan, plan_id), db.session.get_one(Review, review_id)
        standing = Standing(db.session.get_one(PlanMember, member_id))
        holding.accept(plan, review, version=version, standing=standing, by=TESTS, at=WHEN + timedelta(hours=4))

    assert sorted(at_once(app, change, accept_it)) == ["done", "refused"]
    accepted = as_it_is().state is ReviewState.ACCEPTED
    text = db.session.scalars(select(PlanAction.text).where(PlanAction.id == action_id)).one()
    assert text == ("Train ten people" if accepted else "Other words")


def test_two_write_the_minutes_at_once(app: Flask, made: Made, one: Review, clock: Any) -> None:
    clock.move_to(WHEN)
    a, b = client_of(app, made, Side.A), client_of(app, made, Side.B)
    path = f"{made.path}reviews/{one.id}/minutes"
    first, second = (fields(client.get(path).text) for client in (a, b))
    assert a.post(path, data=first | {"minutes": "Ours"}).status_code == 302
    answer = b.post(path, data=second | {"minutes": "Theirs"})
    assert answer.status_code == 409
    assert "<p>Ours</p>" in answer.text
    assert fields(answer.text)["minutes"] == "Theirs"
    assert b.post(path, data=fields(answer.text) | {"minutes": "Both"}).status_code == 302
    assert as_it_is().minutes == "Both"
    empty = a.post(path, data=fields(a.get(path).text) | {"minutes": " "})
    assert empty.status_code == 422
    assert "Write down what was said." in empty.text


def test_minutes_are_no_code(app: Flask, made: Made, one: Review, clock: Any) -> None:
    clock.move_to(WHEN)
    client = client_of(app, made, Side.A)
    path = f"{made.path}reviews/{one.id}"
    hostile = "<script>alert(1)</script> [x](javascript:alert(1)) \u202e{{7*7}} #import"
    data = fields(client.get(f"{path}/minutes").text) | {"minutes": hostile}
    assert client.post(f"{path}/minutes", data=data).status_code == 302
    page = client.get(path).text
    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    assert client.get(f"{path}/pdf").data.startswith(b"%PDF")


def test_last_time_s_commitments_stand_on_top(app: Flask, made: Made, one: Review) -> None:
    promise(made, one, "First promise")
    promise(made, one, "Second promise", Side.A)
    reviews.accepted(made, reviews.held(made, one))
    action = db.session.scalars(select(PlanAction).order_by(PlanAction.id)).first()
    assert action is not None
    assert (action.origin, action.review_id) == (ActionOrigin.REVIEW, one.id)
    second = reviews.planned(made, 2, at=WHEN + timedelta(days=2), planned_at=WHEN + timedelta(days=90))
    page = client_of(app, made, Side.B).get(f"{made.path}reviews/{second.id}").text
    assert "Promised in Q1 FY2027" in page
    assert page.index("First promise") < page.index("Numbers")
    found = queries_of.commitments(made.plan, second)
    assert [len(found.now), len(found.before)] == [0, 2]


def test_both_owners_accept_at_once(app: Flask, made: Made, one: Review) -> None:
    reviews.held(made, one)
    plan_id, review_id, version = made.plan.id, one.id, one.version
    members = {side: made.team[side, F.OWNER].id for side in Side}

    def act(side: Side) -> None:
        plan, review = db.session.get_one(Plan, plan_id), db.session.get_one(Review, review_id)
        standing = Standing(db.session.get_one(PlanMember, members[side]))
        holding.accept(plan, review, version=version, standing=standing, by=TESTS, at=WHEN + timedelta(hours=4))

    assert at_once(app, lambda: act(Side.A), lambda: act(Side.B)) == ["done", "done"]
    found = as_it_is()
    assert found.state is ReviewState.ACCEPTED
    assert None not in (found.accepted_a_at, found.accepted_b_at)
    assert len(to("accepted")) == 4, "told once"


def test_not_accepted_in_time_it_goes_to_both_sponsors(made: Made, one: Review, clock: Any) -> None:
    reviews.held(made, one, at=WHEN)
    assert to("held") == logins(made, F.OWNER)
    accept(made, one, Side.A)
    clock.move_to(WHEN + timedelta(days=7))
    look_after_reviews()
    assert as_it_is().state is ReviewState.HELD
    clock.move_to(WHEN + timedelta(days=7, seconds=1))
    look_after_reviews()
    look_after_reviews()
    assert as_it_is().state is ReviewState.ESCALATED
    assert to("escalated") == logins(made, F.EXEC_SPONSOR)
    one = as_it_is()
    with pytest.raises(RuleError, match="does not wait for you"):
        accept(made, one, Side.B)
    with pytest.raises(RuleError, match="does not wait for you"):
        accept(made, one, Side.A, F.EXEC_SPONSOR)  # its owner has accepted
    accept(made, one, Side.B, F.EXEC_SPONSOR)
    found = as_it_is()
    assert found.state is ReviewState.ACCEPTED
    assert (found.accepted_a_by_id, found.accepted_b_by_id) == (
        made.team[Side.A, F.OWNER].id,
        made.team[Side.B, F.EXEC_SPONSOR].id,
    )


def test_a_side_without_a_sponsor_has_its_owner(app: Flask, clock: Any) -> None:
    clock.move_to(NOW)
    made, _rows = reviews.in_force(plans.plan(whole_teams=False))
    one = reviews.held(made, reviews.frozen(made, reviews.planned(made)), at=WHEN)
    clock.move_to(WHEN + timedelta(days=8))
    look_after_reviews()
    assert to("escalated") == logins(made, F.OWNER)
    page = client_of(app, made, Side.B).get(f"{made.path}reviews/{one.id}").text
    assert "Accept for our side" in page
    for side in Side:
        accept(made, as_it_is(), side)
    assert as_it_is().state is ReviewState.ACCEPTED


def test_an_owner_who_took_over_accepts(made: Made, one: Review) -> None:
    reviews.held(made, one)
    made.team[Side.B, F.OWNER] = teams.hand_over(
        made.plan, made.team[Side.B, F.OWNER], made.team[Side.B, F.SALES], by=TESTS, at=NOW
    )
    factories.commit()
    accept(made, one, Side.A)
    accept(made, one, Side.B)
    assert as_it_is().accepted_b_by_id == made.team[Side.B, F.OWNER].id
