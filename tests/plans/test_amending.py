"""Giving an amendment up: the plan says again what is signed, or nothing happens."""

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.plans import queries
from eventapp.plans.amending import service
from eventapp.plans.content import agreeing, editing
from eventapp.plans.content.editing import LINES
from eventapp.plans.funds import service as funds
from eventapp.plans.models import (
    AccountStage,
    Actual,
    FundRequest,
    FundState,
    Initiative,
    InitiativeKind,
    Objective,
    Plan,
    PlanEdit,
    PlanMember,
    PlanStatus,
    PlanVersion,
    SectionState,
    Side,
    TargetAccount,
    VersionState,
)
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.permissions import Standing
from eventapp.plans.signing import service as signing
from eventapp.plans.signing.canonical import content_of
from eventapp.plans.teams import service as teams
from tests.conftest import NOW
from tests.groups.test_races import at_once
from tests.support import factories, plans
from tests.support.factories import AT, TESTS
from tests.support.pages import PageClient, fields
from tests.support.plan_rows import fill_sections
from tests.support.plans import Made

LATER = NOW + timedelta(days=1)


def client_of(app: Flask, made: Made, side: Side, function: F = F.OWNER) -> PageClient:
    return PageClient(app, app.response_class, use_cookies=True).sign_in(made.logins[side, function])


@pytest.fixture
def made(app: Flask) -> Made:
    """A plan in force with rows in every section, which is being amended since."""
    made = plans.plan()
    fill_sections(made, objectives=4, rows=8)
    for section in queries.sections(made.plan):
        section.state = SectionState.DRAFTED
    made.plan.status = PlanStatus.FINAL_REVIEW
    factories.commit()
    for section in queries.sections(made.plan):
        for side in Side:
            how: dict[str, Any] = {"standing": plans.standing(made, side), "by": TESTS, "at": AT}
            agreeing.agree(made.plan, section, version=section.version, **how)
    for side in Side:
        made.team[side, F.SALES].signatory = True
    factories.commit()
    plans.sign_all(made, plans.in_signature(made))
    signing.amend(made.plan, by=TESTS, at=AT)
    factories.commit()
    return made


def in_force(made: Made) -> PlanVersion:
    return db.session.scalars(
        select(PlanVersion).where(PlanVersion.plan_id == made.plan.id, PlanVersion.state == VersionState.IN_FORCE)
    ).one()


def signed(made: Made) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(in_force(made).content)
    return found


def says(made: Made) -> dict[str, Any]:
    db.session.expire_all()
    found: dict[str, Any] = json.loads(json.dumps(content_of(made.plan)))
    return found


def rows(made: Made, model: Any) -> list[Any]:
    return list(db.session.scalars(select(model).where(model.plan_id == made.plan.id).order_by(model.id)))


def change(made: Made, row: Any, **typed: Any) -> None:
    section = next((one for one in queries.sections(made.plan) if one.id == getattr(row, "section_id", None)), None)
    how: dict[str, Any] = {"standing": plans.standing(made), "by": TESTS, "at": LATER}
    editing.change(made.plan, section, row, typed, base=row.version, **how)
    factories.commit()


def remove(made: Made, row: Any) -> None:
    section = next(one for one in queries.sections(made.plan) if one.id == row.section_id)
    how: dict[str, Any] = {"standing": plans.standing(made), "by": TESTS, "at": LATER}
    editing.remove(made.plan, section, row, base=row.version, **how)
    factories.commit()


def add(made: Made, key: str, model: Any, **typed: Any) -> Any:
    how: dict[str, Any] = {"standing": plans.standing(made), "by": TESTS, "at": LATER}
    row = editing.add(made.plan, plans.section(made, key), model, typed, **how)
    factories.commit()
    return row


def give_up(made: Made, side: Side = Side.A) -> None:
    how: dict[str, Any] = {"standing": plans.standing(made, side), "by": TESTS, "at": LATER}
    service.give_up(made.plan, revision=made.plan.revision, **how)
    factories.commit()


def test_on_the_page_by_an_owner_alone(app: Flask, made: Made) -> None:
    change(made, made.plan, summary="Written alone")
    path = f"{made.path}changes/"
    seller = client_of(app, made, Side.B, F.SALES)
    assert "being amended" in seller.get(path).text
    assert "Give the amendment up" not in seller.get(path).text
    owner = client_of(app, made, Side.B)
    page = owner.get(path).text
    answer = owner.post(f"{made.path}amendment/give-up", data=fields(page, "/give-up"), follow_redirects=True)
    assert "The amendment is given up" in answer.text
    assert "Being amended" not in answer.text
    assert "Written alone" not in answer.text
    assert "Give the amendment up" not in owner.get(path).text
    assert says(made) == signed(made)


def test_everything_goes_back_to_what_is_signed(made: Made) -> None:
    account = rows(made, TargetAccount)[0]
    change(made, account, stage=AccountStage.PROPOSAL, next_step="Call them")
    before = {model: [(row.id, row.position) for row in rows(made, model)] for model in LINES.values()}
    change(made, made.plan, summary="Other words", currency="USD")
    for model in LINES.values():
        there = rows(made, model)
        for row in there[1:]:
            texts = {n: "Otherwise" for n in model.fields if n not in model.unsigned and type(getattr(row, n)) is str}
            texts = {n: v for n, v in texts.items() if n not in ("country_code", "course_code", "source_key")}
            change(made, row, **texts)
        if there:
            remove(made, there[0])
    add(made, "initiatives", Initiative, name="New one", kind=InitiativeKind.CAMPAIGN)
    change(made, plans.section(made, "strategy"), text="Other **text**")
    assert says(made)["sections"] != signed(made)["sections"]
    give_up(made)
    assert made.plan.amendment is None
    assert says(made) == signed(made)
    assert {model: [row.id for row in rows(made, model)] for model in LINES.values()} == {
        model: [id_ for id_, _position in found] for model, found in before.items()
    }
    back = db.session.get_one(TargetAccount, account.id)
    assert (back.stage, back.next_step) == (AccountStage.PROPOSAL, "Call them"), "what is not signed is as it was"
    assert plans.section(made, "strategy").text_html == ""
    assert {one.state for one in queries.sections(made.plan)} == {SectionState.AGREED}
    assert len(queries.agreements(made.plan)) == 2 * len(queries.sections(made.plan))
    edits = db.session.scalars(select(PlanEdit).where(PlanEdit.kind == "plan").order_by(PlanEdit.id.desc())).first()
    assert edits is not None
    assert edits.changes["currency"] == ["USD", "EUR"], "the history says so"
    signing.amend(made.plan, by=TESTS, at=LATER)
    factories.commit()
    change(made, rows(made, Objective)[0], statement="Once more")
    for section in queries.sections(made.plan):
        section.state = SectionState.AGREED
    factories.commit()
    version = plans.in_signature(made)
    plans.sign_all(made, version)
    assert (version.number, version.state) == ("2.0", VersionState.IN_FORCE)


def test_people_are_who_they_are_now(made: Made) -> None:
    objective = rows(made, Objective)[0]
    change(made, objective, statement="Otherwise")
    login = factories.user(None, *(grant.role for grant in made.owner_a.grants))
    successor = teams.hand_over(made.plan, made.team[Side.A, F.OWNER], plans.as_candidate(login), by=TESTS, at=LATER)
    factories.commit()
    how: dict[str, Any] = {"standing": Standing(successor), "by": TESTS, "at": LATER}
    service.give_up(made.plan, revision=made.plan.revision, **how)
    factories.commit()
    db.session.expire_all()
    assert objective.statement != "Otherwise"
    assert objective.owner_a_id == successor.id
    assert says(made)["team"] != signed(made)["team"]


def test_what_was_frozen_and_declined_is_given_up_but_not_while_it_is_signed(made: Made) -> None:
    change(made, made.plan, summary="Other words")
    plans.in_signature(made)
    with pytest.raises(RuleError, match="taken back first"):
        give_up(made)
    db.session.rollback()
    signing.reopen(made.plan, by=TESTS, at=LATER)
    factories.commit()
    give_up(made, Side.B)
    assert says(made) == signed(made)
    with pytest.raises(RuleError, match="No amendment is open"):
        give_up(made)
    db.session.rollback()


def unsigned_funds(made: Made) -> None:
    one = add(made, "mdf", FundRequest, activity="Villa", quarter=1, amount=Decimal(5), vendor_percent=50)
    one.state = FundState.SUBMITTED


def unsigned_values(made: Made) -> None:
    values = {name: getattr(rows(made, Objective)[0], name) for name in Objective.fields}
    one = add(made, "objectives", Objective, **values)
    member = made.team[Side.A, F.OWNER].id
    here = {"plan_id": made.plan.id, "objective_id": one.id, "quarter": 1, "value": Decimal(1)}
    db.session.add(Actual(**here, entered_by_id=member, entered_at=AT))


@pytest.mark.parametrize("hang", [unsigned_funds, unsigned_values])
def test_where_something_hangs_on_it_nothing_happens(made: Made, hang: Callable[[Made], None]) -> None:
    change(made, made.plan, summary="Other words")
    hang(made)
    factories.commit()
    with pytest.raises(RuleError):
        give_up(made)
    db.session.rollback()
    db.session.expire_all()
    assert (made.plan.summary, made.plan.amendment) == ("Other words", "editing")


def test_funds_that_were_asked_for_stay_asked_for(made: Made) -> None:
    one = rows(made, FundRequest)[0]
    how: dict[str, Any] = {"standing": plans.standing(made, Side.B), "by": TESTS, "at": LATER}
    funds.submit(made.plan, one, base=one.version, **how)
    factories.commit()
    change(made, made.plan, currency="USD")
    give_up(made)
    assert (one.state, made.plan.currency) == (FundState.SUBMITTED, "EUR")


def test_whoever_has_not_seen_the_latest_change_looks_again(made: Made) -> None:
    seen = made.plan.revision
    change(made, made.plan, summary="Meanwhile")
    how: dict[str, Any] = {"standing": plans.standing(made), "by": TESTS, "at": LATER}
    with pytest.raises(StaleError):
        service.give_up(made.plan, revision=seen, **how)
    db.session.rollback()
    assert made.plan.summary == "Meanwhile"


def test_of_two_who_change_it_and_give_it_up_at_once_one_does(app: Flask, made: Made) -> None:
    plan_id, member_id, revision = made.plan.id, made.team[Side.A, F.OWNER].id, made.plan.revision

    def of_plan(act: Callable[[Plan, Standing], object]) -> Callable[[], object]:
        return lambda: act(db.session.get_one(Plan, plan_id), Standing(db.session.get_one(PlanMember, member_id)))

    def write(plan: Plan, standing: Standing) -> None:
        typed = {"summary": "At the same moment"}
        editing.change(plan, None, plan, typed, base=plan.version, standing=standing, by=TESTS, at=LATER)

    def up(plan: Plan, standing: Standing) -> None:
        service.give_up(plan, revision=revision, standing=standing, by=TESTS, at=LATER)

    assert sorted(at_once(app, of_plan(write), of_plan(up))) == ["done", "refused"]
    db.session.expire_all()
    assert (made.plan.amendment is None) == (says(made) == signed(made))
