"""Writing in a plan: objectives by both sides, conflicts shown, nothing typed lost, agreement by both."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.plans import queries, steps
from eventapp.plans.content import agreeing, editing
from eventapp.plans.models import (
    Actual,
    Objective,
    PlanAgreement,
    PlanEdit,
    PlanSection,
    PlanStatus,
    SectionState,
    Side,
)
from eventapp.plans.models import MemberFunction as F
from tests.conftest import NOW
from tests.support import factories, plans, workshops
from tests.support.factories import TESTS
from tests.support.pages import PageClient, fields
from tests.support.plans import Made


def client_of(app: Flask, made: Made, side: Side, function: F = F.OWNER) -> PageClient:
    return PageClient(app, app.response_class, use_cookies=True).sign_in(made.logins[side, function])


def form_of(client: PageClient, path: str) -> dict[str, Any]:
    return fields(client.get(path).text)


@pytest.fixture
def made(app: Flask) -> Made:
    return plans.plan()


def in_workshop(made: Made) -> None:
    workshops.held(made)


class TestObjectives:
    """One section, completely: the pattern for all others."""

    def test_an_owner_of_either_side_adds_one(self, app: Flask, made: Made, clock: Any) -> None:
        for side in Side:
            client = client_of(app, made, side)
            path = f"{made.path}sections/objectives/add"
            page = client.get(path)
            assert made.team[Side.A, F.SALES].name in page.text
            owners = {f"owner_{one.value}_id": str(made.team[one, F.SALES].id) for one in Side}
            numbers = {"annual": "1.200.000,50", "q1": "300 000.50", "q2": "300,000", "q3": "300000", "q4": "300000"}
            data = (
                fields(page.text) | {"statement": f"Sell more ({side})", "weight": "50", "country_code": "DE"} | numbers | owners
            )
            data.pop("spread", None)
            answer = client.post(path, data=data)
            assert answer.status_code == 302, answer.text
            shown = client.get(answer.location).text
            assert f"Sell more ({side})" in shown
            assert "€1,200,000.50" in shown
        rows = queries.objectives(made.plan)
        assert [one.annual for one in rows] == [Decimal("1200000.50")] * 2
        assert [one.position for one in rows] == [1, 2]
        assert sum(rows[0].target(n) or 0 for n in range(1, 5)) == rows[0].annual
        section = plans.section(made, "objectives")
        assert section.state is SectionState.DRAFTED
        assert "weights together 100 of 100" in client.get(f"{made.path}sections/objectives").text

    def test_sums_in_the_database_are_exact(self, made: Made) -> None:
        for n in range(10):
            plans.objective(made, f"N{n}", weight=10, annual=Decimal("0.10"), q1=Decimal("999999999999.99"))
        query = select(func.sum(Objective.annual), func.sum(Objective.q1)).where(Objective.plan_id == made.plan.id)
        assert db.session.execute(query).one() == (Decimal("1.00"), Decimal("9999999999999.90"))

    def test_what_cannot_be_kept_stays_in_the_form(self, app: Flask, made: Made) -> None:
        client = client_of(app, made, Side.A)
        path = f"{made.path}sections/objectives/add"
        hostile = {"statement": "", "weight": "101", "annual": "12x", "q1": "1e9", "band_low": "5", "band_high": "1"}
        answer = client.post(path, data=form_of(client, path) | hostile | {"owner_a_id": str(made.team[Side.B, F.OWNER].id)})
        assert answer.status_code == 422
        for text in ("12x", "1e9", "There is a problem", "at most two decimals", "must not be smaller"):
            assert text in answer.text
        assert db.session.scalars(select(Objective)).all() == []

    def test_yes_or_no_is_one_or_nought(self, app: Flask, made: Made) -> None:
        client = client_of(app, made, Side.A)
        path = f"{made.path}sections/objectives/add"
        data = form_of(client, path) | {"statement": "Open a lab", "weight": "5", "unit": "yes_no", "annual": "2"}
        assert "1 for yes or 0 for no" in client.post(path, data=data).text
        assert client.post(path, data=form_of(client, path) | data | {"annual": "1"}).status_code == 302

    def test_the_year_is_spread_over_the_quarters_and_nothing_is_saved(self, app: Flask, made: Made) -> None:
        client = client_of(app, made, Side.A)
        path = f"{made.path}sections/objectives/add"
        answer = client.post(path, data=form_of(client, path) | {"annual": "10", "statement": "Kept", "spread": "yes"})
        assert answer.status_code == 200
        found = fields(answer.text)
        assert [found[f"q{n}"] for n in range(1, 5)] == ["2", "2", "3", "3"]
        assert found["statement"] == "Kept"
        again = client.post(path, data=form_of(client, path) | {"annual": "", "spread": "yes"})
        assert "Enter the target for the year first" in again.text
        assert db.session.scalars(select(Objective)).all() == []

    def test_different_fields_are_merged(self, app: Flask, made: Made) -> None:
        row = plans.objective(made)
        path = f"{made.path}sections/objectives/{row.id}"
        a, b = client_of(app, made, Side.A), client_of(app, made, Side.B)
        first, second = form_of(a, path), form_of(b, path)
        assert a.post(path, data=first | {"weight": "40"}).status_code == 302
        assert b.post(path, data=second | {"q1": "150", "annual": "450"}).status_code == 302
        one = db.session.scalars(select(Objective)).one()
        assert (one.weight, one.q1, one.annual) == (40, 150, 450)

    def test_the_same_field_is_a_conflict_with_both_texts(self, app: Flask, made: Made) -> None:
        row = plans.objective(made)
        path = f"{made.path}sections/objectives/{row.id}"
        a, b = client_of(app, made, Side.A), client_of(app, made, Side.B)
        first, second = form_of(a, path), form_of(b, path)
        assert a.post(path, data=first | {"statement": "Theirs", "weight": "40"}).status_code == 302
        answer = b.post(path, data=second | {"statement": "Mine", "q1": "150"})
        assert answer.status_code == 409
        assert f"{made.team[Side.A, F.OWNER].name} has written: Theirs" in answer.text
        found = fields(answer.text)
        assert (found["statement"], found["q1"], found["weight"]) == ("Mine", "150", "40"), (
            "typed kept, what was not touched is new"
        )
        assert db.session.scalars(select(Objective.statement)).one() == "Theirs"
        assert b.post(path, data=found).status_code == 302
        one = db.session.scalars(select(Objective)).one()
        assert (one.statement, one.q1, one.weight) == ("Mine", 150, 40)

    def test_what_was_removed_meanwhile_can_be_added_anew(self, app: Flask, made: Made) -> None:
        row = plans.objective(made)
        path = f"{made.path}sections/objectives/{row.id}"
        a, b = client_of(app, made, Side.A), client_of(app, made, Side.B)
        data = form_of(b, path) | {"statement": "Mine"}
        section = a.get(f"{made.path}sections/objectives").text
        gone = re.search(rf'action="([^"]+/{row.id}/remove)"', section)
        assert gone
        assert a.post(gone[1], data=fields(section, gone[1])).status_code == 302
        # The row was read before it went: the act finds it gone.
        row = db.session.scalars(select(Objective)).first()
        assert row is None
        assert b.post(path, data=data).status_code == 404

    def test_a_row_that_goes_between_reading_and_writing_is_refused(self, made: Made) -> None:
        row = plans.objective(made)
        section, typed = plans.section(made, "objectives"), {"statement": "Mine"}
        db.session.query(Objective).filter_by(id=row.id).delete(synchronize_session=False)
        with pytest.raises(StaleError):
            editing.change(made.plan, section, row, typed, base=1, standing=plans.standing(made), by=TESTS, at=NOW)

    def test_a_new_row_never_has_the_number_of_a_removed_one(self, app: Flask, made: Made) -> None:
        row = plans.objective(made)
        number, section = row.id, plans.section(made, "objectives")
        values = {"standing": plans.standing(made), "by": TESTS, "at": NOW}
        editing.change(made.plan, section, row, {"statement": "Other"}, base=1, **values)
        factories.commit()
        b = client_of(app, made, Side.B)
        path = f"{made.path}sections/objectives/{number}"
        typed = form_of(b, path) | {"statement": "Mine"}
        editing.remove(made.plan, section, row, base=2, **values)
        new = plans.objective(made, "New")
        assert new.id > number
        assert b.post(path, data=typed).status_code == 404
        editing.change(made.plan, section, new, {"statement": "Newer"}, base=1, **values)
        assert db.session.scalars(select(Objective.statement)).all() == ["Newer"]

    def test_one_that_was_changed_is_not_removed(self, made: Made) -> None:
        row = plans.objective(made)
        section = plans.section(made, "objectives")
        with pytest.raises(StaleError):
            editing.remove(made.plan, section, row, base=row.version + 1, standing=plans.standing(made), by=TESTS, at=NOW)
        editing.remove(made.plan, section, row, base=row.version, standing=plans.standing(made), by=TESTS, at=NOW)
        assert section.state is SectionState.EMPTY

    def test_the_plan_keeps_its_own_history_and_the_log_says_nothing(self, made: Made) -> None:
        row = plans.objective(made, "Secret aim")
        section = plans.section(made, "objectives")
        typed = {"weight": 7, "q1": Decimal("1.50")}
        editing.change(made.plan, section, row, typed, base=1, standing=plans.standing(made, Side.B), by=TESTS, at=NOW)
        factories.commit()
        added, changed = db.session.scalars(select(PlanEdit).order_by(PlanEdit.id)).all()
        assert added.changes["statement"] == [None, "Secret aim"]
        assert changed.changes == {"weight": [100, 7], "q1": ["100", "1.50"]}
        assert (changed.kind, changed.version, changed.member_id) == ("objective", 2, made.team[Side.B, F.OWNER].id)
        texts = [
            f"{e.object_name} {e.changes}" for e in db.session.scalars(select(AuditEntry).where(AuditEntry.object_type == "plan"))
        ]
        assert len(texts) > 3
        assert not [text for text in texts if "Secret" in text or "1.5" in text or made.company.name in text]

    @pytest.mark.parametrize("status", [PlanStatus.IN_SIGNATURE, PlanStatus.ACTIVE, PlanStatus.COMPLETED])
    def test_what_is_signed_is_not_changed(self, made: Made, status: PlanStatus) -> None:
        row = plans.objective(made)
        made.plan.status = status
        factories.commit()
        section, standing = plans.section(made, "objectives"), plans.standing(made)
        values = {"standing": standing, "by": TESTS, "at": NOW}
        for act in (
            lambda: editing.add(made.plan, section, Objective, {"statement": "x", "weight": 1}, **values),
            lambda: editing.change(made.plan, section, row, {"weight": 2}, base=row.version, **values),
            lambda: editing.remove(made.plan, section, row, base=row.version, **values),
        ):
            with pytest.raises(RuleError):
                act()

    def test_an_objective_with_actual_values_stays(self, made: Made) -> None:
        row = plans.objective(made)
        actual = Actual(plan_id=made.plan.id, objective_id=row.id, quarter=1, value=Decimal(1), entered_at=NOW)
        actual.entered_by_id = made.team[Side.A, F.OWNER].id
        db.session.add(actual)
        factories.commit()
        section = plans.section(made, "objectives")
        with pytest.raises(RuleError, match="Actual values"):
            editing.remove(made.plan, section, row, base=row.version, standing=plans.standing(made), by=TESTS, at=NOW)


class TestWhoMayWrite:
    """Owners of both sides alike; others the sections of their function; sponsors comment."""

    def test_a_seller_writes_accounts_and_reads_objectives(self, app: Flask, made: Made) -> None:
        plans.objective(made, "Theirs to read")
        for side in Side:
            client = client_of(app, made, side, F.SALES)
            page = client.get(f"{made.path}sections/objectives").text
            assert "Theirs to read" in page
            assert "Add an objective" not in page
            assert client.get(f"{made.path}sections/objectives/add").status_code == 403
            assert client.get(f"{made.path}sections/strategy/text").status_code == 200
            assert client.get(f"{made.path}edit").status_code == 403

    def test_a_sponsor_reads(self, app: Flask, made: Made) -> None:
        client = client_of(app, made, Side.B, F.EXEC_SPONSOR)
        assert client.get(made.path).status_code == 200
        assert client.get(f"{made.path}sections/strategy/text").status_code == 403

    def test_an_unknown_section_and_another_plans_row_are_not_there(self, app: Flask, made: Made) -> None:
        other = plans.objective(plans.plan())
        client = client_of(app, made, Side.A)
        for path in ("sections/nothing", f"sections/objectives/{other.id}", "sections/objectives/text", "sections/strategy/add"):
            assert client.get(f"{made.path}{path}").status_code == 404, path


class TestText:
    """A section of text."""

    def test_it_is_written_in_markdown_and_cleaned(self, app: Flask, made: Made) -> None:
        client = client_of(app, made, Side.B)
        path = f"{made.path}sections/strategy/text"
        data = form_of(client, path) | {"text": "We **grow**\n\n<script>alert(1)</script>"}
        assert client.post(path, data=data).status_code == 302
        page = client.get(f"{made.path}sections/strategy").text
        assert "<strong>grow</strong>" in page
        assert "<script>alert" not in page

    def test_two_at_once_lose_nothing(self, app: Flask, made: Made) -> None:
        path = f"{made.path}sections/strategy/text"
        a, b = client_of(app, made, Side.A), client_of(app, made, Side.B)
        first, second = form_of(a, path), form_of(b, path)
        assert a.post(path, data=first | {"text": "Ours"}).status_code == 302
        answer = b.post(path, data=second | {"text": "Yours"})
        assert answer.status_code == 409
        assert "has written: Ours" in answer.text
        assert fields(answer.text)["text"].strip() == "Yours"
        assert b.post(path, data=fields(answer.text)).status_code == 302
        assert plans.section(made, "strategy").text == "Yours"


class TestAgreeing:
    """Agreed is what both sides agreed to, as it is."""

    def test_both_sides_agree_and_a_change_ends_it(self, app: Flask, made: Made) -> None:
        row = plans.objective(made)
        in_workshop(made)
        for side, state in ((Side.A, SectionState.DRAFTED), (Side.B, SectionState.AGREED)):
            client = client_of(app, made, side)
            page = client.get(f"{made.path}sections/objectives").text
            assert client.post(f"{made.path}sections/objectives/agree", data=fields(page, "/agree")).status_code == 302
            assert plans.section(made, "objectives").state is state
        assert "agreed by" in client.get(f"{made.path}sections/objectives").text
        values = {"base": row.version, "standing": plans.standing(made), "by": TESTS, "at": NOW}
        editing.change(made.plan, plans.section(made, "objectives"), row, {"weight": 50}, **values)
        factories.commit()
        assert queries.agreements(made.plan) == {}
        assert plans.section(made, "objectives").state is SectionState.DRAFTED
        assert db.session.scalar(select(func.count()).select_from(PlanAgreement)) == 2, "what was agreed once stays on record"

    def test_nobody_agrees_to_what_they_have_not_read(self, made: Made) -> None:
        row = plans.objective(made)
        in_workshop(made)
        section = plans.section(made, "objectives")
        read = section.version
        values = {"standing": plans.standing(made), "by": TESTS, "at": NOW}
        editing.change(made.plan, section, row, {"weight": 50}, base=row.version, **values)
        with pytest.raises(StaleError):
            agreeing.agree(made.plan, section, version=read, **values)

    def test_only_in_the_workshop_and_after_it(self, made: Made) -> None:
        plans.objective(made)
        section = plans.section(made, "objectives")
        values = {"standing": plans.standing(made), "by": TESTS, "at": NOW}
        with pytest.raises(RuleError):
            agreeing.agree(made.plan, section, version=section.version, **values)
        in_workshop(made)
        empty = plans.section(made, "risks")
        with pytest.raises(RuleError):
            agreeing.agree(made.plan, empty, version=empty.version, **values)

    def test_twice_is_once_and_it_can_be_taken_back(self, made: Made) -> None:
        plans.objective(made)
        in_workshop(made)
        section = plans.section(made, "objectives")
        for side in (Side.A, Side.A, Side.B):
            values = {"standing": plans.standing(made, side), "by": TESTS, "at": NOW}
            agreeing.agree(made.plan, section, version=section.version, **values)
        assert db.session.scalar(select(func.count()).select_from(PlanAgreement)) == 2
        agreeing.disagree(made.plan, section, standing=plans.standing(made, Side.B), by=TESTS, at=NOW + timedelta(hours=1))
        assert section.state is SectionState.DRAFTED

    def test_a_seller_agrees_to_nothing(self, app: Flask, made: Made) -> None:
        plans.objective(made)
        in_workshop(made)
        client = client_of(app, made, Side.B, F.SALES)
        page = client.get(f"{made.path}sections/objectives").text
        assert "Agree for" not in page
        token = fields(client.get(f"{made.path}sections/strategy/text").text)
        assert client.post(f"{made.path}sections/objectives/agree", data=token).status_code == 403

    def test_final_review_asks_for_everything(self, app: Flask, made: Made) -> None:
        in_workshop(made)
        lacks = steps.missing(made.plan, PlanStatus.FINAL_REVIEW)
        required = [one for one in queries.sections(made.plan) if one.required]
        assert {one.section_key for one in lacks} >= {one.key for one in required}
        with pytest.raises(RuleError):
            steps.move(made.plan, PlanStatus.FINAL_REVIEW, by=TESTS, at=NOW)
        for n in range(4):
            plans.objective(made, f"O{n}", weight=25)
        db.session.query(PlanSection).filter_by(plan_id=made.plan.id).update({"state": SectionState.AGREED})
        factories.commit()
        assert steps.move(made.plan, PlanStatus.FINAL_REVIEW, by=TESTS, at=NOW).status is PlanStatus.FINAL_REVIEW


def test_a_section_takes_as_many_queries_with_three_rows_as_with_one(app: Flask, made: Made, count_queries: Any) -> None:
    client = client_of(app, made, Side.B)
    plans.objective(made)
    with count_queries() as one:
        client.get(f"{made.path}sections/objectives")
    for n in range(2):
        plans.objective(made, f"O{n}", weight=10)
    with count_queries() as three:
        client.get(f"{made.path}sections/objectives")
    assert len(one) == len(three) <= 12
