"""What comes out of a workshop: the parking lot, actions, decisions, confidence, minutes."""

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.markdown import text_of, to_html
from eventapp.decisions.models import Decision, DecisionContext, DecisionReader, DecisionState
from eventapp.plans.models import (
    ActionOrigin,
    ConfidenceVote,
    ParkingItem,
    ParkingState,
    PlanAction,
    PlanEdit,
    Quadrant,
    Side,
)
from eventapp.plans.models import MemberFunction as F
from eventapp.plans.room import said
from eventapp.plans.room.drafting import literal
from eventapp.plans.room.service import minutes, outcomes, voting
from tests.conftest import NOW
from tests.plans.room.helpers import at_once, client_of, post, room, signed_in, workshop
from tests.plans.room.test_running import WHO, login
from tests.support import factories, plans, workshops
from tests.support.browsing import send
from tests.support.factories import TESTS
from tests.support.pages import fields
from tests.support.plans import Made


@pytest.fixture
def made(app: Flask) -> Made:
    found = plans.plan()
    workshops.running(found)
    return found


def parked(made: Made, text: str = "Who trains the resellers?") -> ParkingItem:
    found = outcomes.park(made.plan, text, standing=plans.standing(made), at=NOW)
    factories.commit()
    return found


class TestParking:
    def test_put_aside_and_made_an_action(self, app: Flask, made: Made) -> None:
        client = client_of(app, made, Side.B, F.SALES)
        answer = post(client, made, "parking/add", parked="Who trains the resellers?")
        page = client.get(answer.location).text
        assert "Who trains the resellers?" in page
        item = db.session.scalars(select(ParkingItem)).one()
        path = f"{room(made)}/parking/{item.id}/action"
        form = fields(client.get(path).text)
        assert form["text"].strip() == "Who trains the resellers?"
        assert client.post(path, data=form).status_code == 422
        owner = made.team[Side.A, F.OWNER].id
        answer = client.post(path, data=form | {"accountable_id": str(owner), "due_on": "2027-03-01"})
        page = client.get(answer.location).text
        assert "Became an action" in page
        action = db.session.scalars(select(PlanAction)).one()
        assert (action.origin, action.due_on, action.accountable_id) == (ActionOrigin.WORKSHOP, date(2027, 3, 1), owner)
        db.session.expire_all()
        assert db.session.get_one(ParkingItem, item.id).action_id == action.id

    def test_made_an_open_decision_of_both_teams(self, app: Flask, made: Made) -> None:
        item = parked(made)
        client = client_of(app, made, Side.B)
        path = f"{room(made)}/parking/{item.id}/decision"
        answer = send(client, path, {"problem": "Nobody trains the resellers."})
        assert answer.status_code == 302
        found = db.session.scalars(select(Decision)).one()
        assert (found.context, found.context_id, found.state) == (
            DecisionContext.WORKSHOP,
            made.plan.id,
            DecisionState.IDEATE,
        )
        assert found.title == "Who trains the resellers?"
        readers = set(db.session.scalars(select(DecisionReader.user_id).where(DecisionReader.decision_id == found.id)))
        assert {one.id for one in made.logins.values()} <= readers
        page = client.get(answer.location).text
        assert f'href="/decisions/{found.id}"' in page
        assert client.get(f"/decisions/{found.id}").status_code == 200

    def test_something_becomes_of_it_once(self, app: Flask, made: Made) -> None:
        item = parked(made)
        item_id = item.id
        owner = made.team[Side.A, F.OWNER].id

        def act(plan: Any) -> None:
            there = db.session.get_one(ParkingItem, item_id)
            values = {"standing": plans.Standing(made.team[Side.A, F.OWNER]), "by": TESTS, "at": NOW}
            outcomes.agree_on_action(
                plan, "Train", accountable_id=owner, helper_id=None, due_on=date(2027, 3, 1), parked=there, **values
            )

        def drop(plan: Any) -> None:
            outcomes.drop(plan, db.session.get_one(ParkingItem, item_id), at=NOW)

        results = at_once(app, made, act, act, drop)
        assert results == ["Something has become of this already."] * 2 + ["done"]
        number = db.session.scalar(select(func.count()).select_from(PlanAction))
        state = db.session.get_one(ParkingItem, item_id).state
        assert (state, number) in ((ParkingState.ACTION, 1), (ParkingState.DROPPED, 0))

    def test_after_the_workshop_it_is_cleared_and_not_filled(self, app: Flask, made: Made) -> None:
        item = parked(made)
        client = client_of(app, made, Side.A)
        assert post(client, made, "end").status_code == 302
        assert post(client, made, f"parking/{item.id}/drop").status_code == 302
        db.session.expire_all()
        assert db.session.get_one(ParkingItem, item.id).state is ParkingState.DROPPED
        with pytest.raises(RuleError, match="over"):
            parked(made)

    def test_what_is_nothing_is_not_put_aside(self, app: Flask, made: Made) -> None:
        client = client_of(app, made, Side.A)
        answer = post(client, made, "parking/add", parked=" \t ")
        assert answer.status_code == 422
        assert "There is a problem" in answer.text
        answer = post(client, made, "parking/add", parked="x" * 301)
        assert answer.status_code == 422
        assert "x" * 301 in answer.text

    def test_another_plan_s_is_not_there(self, app: Flask, made: Made) -> None:
        other = plans.plan(factories.organisation("Isar Netze AG"))
        workshops.running(other)
        item = parked(other)
        client = client_of(app, made, Side.A)
        for act in ("drop", "action", "decision"):
            assert post(client, made, f"parking/{item.id}/{act}").status_code == 404


class TestActions:
    def test_agreed_on_in_one_line(self, app: Flask, made: Made) -> None:
        client = client_of(app, made, Side.A)
        form = fields(client.get(room(made)).text, "/actions/add")
        assert form["due_on"]
        owner = str(made.team[Side.B, F.OWNER].id)
        answer = client.post(f"{room(made)}/actions/add", data=form | {"text": "Book the lab", "accountable_id": owner})
        assert answer.status_code == 302, answer.text
        assert "Book the lab" in client.get(answer.location).text
        assert db.session.scalars(select(PlanAction.origin)).one() is ActionOrigin.WORKSHOP

    @pytest.mark.parametrize(
        "wrong",
        [
            {"text": ""},
            {"accountable_id": ""},
            {"accountable_id": "99999"},
            {"accountable_id": "x"},
            {"due_on": ""},
            {"due_on": "9999-12-31"},
            {"text": "y" * 501},
        ],
    )
    def test_what_cannot_be_stays_in_the_form(self, app: Flask, made: Made, wrong: dict[str, str]) -> None:
        client = client_of(app, made, Side.A)
        form = fields(client.get(room(made)).text, "/actions/add")
        good = {"text": "Book the lab", "accountable_id": str(made.team[Side.B, F.OWNER].id)}
        answer = client.post(f"{room(made)}/actions/add", data=form | good | wrong)
        assert answer.status_code == 422
        assert "There is a problem" in answer.text
        assert db.session.scalars(select(PlanAction)).all() == []


class TestConfidence:
    def test_shown_after_the_own_vote(self, app: Flask, made: Made) -> None:
        voting.trust(made.plan, made.team[Side.A, F.SALES], 2, "More people", at=NOW)
        factories.commit()
        client = client_of(app, made, Side.B)
        page = client.get(f"{room(made)}/closing").text
        assert "1 of 6 who are here have voted." in page
        assert "as soon as you have voted yourself" in page
        assert "More people" not in page
        answer = post(client, made, "closing/confidence", vote="5", remark="")
        page = client.get(answer.location).text
        assert "More people" in page
        assert "3.5" in page
        assert made.team[Side.A, F.SALES].name not in page, "remarks stand there without a name"
        post(client, made, "closing/confidence", vote="4", remark="A plan B")
        votes = db.session.scalars(select(ConfidenceVote.vote).order_by(ConfidenceVote.vote)).all()
        assert votes == [2, 4], "a vote may be changed, and stays one"

    @pytest.mark.parametrize("vote", ["", "0", "6", "-1", "3.5", "x", "\x00", "9" * 50])
    def test_marks_from_one_to_five(self, app: Flask, made: Made, vote: str) -> None:
        answer = post(client_of(app, made, Side.B), made, "closing/confidence", vote=vote, remark="Kept")
        assert answer.status_code == 422
        assert "Kept" in answer.text
        assert db.session.scalars(select(ConfidenceVote)).all() == []

    def test_only_who_is_here_and_only_while_it_is_under_way(self, app: Flask, made: Made) -> None:
        client = client_of(app, made, Side.B)
        post(client, made, "leave")
        answer = post(client, made, "closing/confidence", vote="5")
        assert answer.status_code == 409
        assert "Say first that you are here" in answer.text
        post(client_of(app, made, Side.A), made, "end")
        page = client.get(f"{room(made)}/closing").text
        assert "How sure are you" not in page


class TestMinutes:
    def test_draft_written_and_read(self, app: Flask, made: Made) -> None:
        values = {"standing": plans.standing(made), "by": TESTS, "at": NOW}
        item = voting.say(made.plan, said.swot_section(made.plan), Quadrant.STRENGTH, "*Wide* reach <b>", **values)
        voting.vote(made.plan, item.id, made.team[Side.B, F.OWNER], at=NOW)
        parked(made, "1. Who trains?")
        voting.trust(made.plan, made.team[Side.B, F.OWNER], 4, "", at=NOW)
        owner = made.team[Side.A, F.OWNER]
        outcomes.agree_on_action(
            made.plan, "Book the lab", accountable_id=owner.id, helper_id=None, due_on=date(2027, 3, 1), **values
        )
        factories.commit()
        client = client_of(app, made, Side.A)
        assert "Begin with a draft" in client.get(f"{room(made)}/closing").text
        form = fields(client.get(f"{room(made)}/closing/minutes?draft=yes").text)
        text = form["minutes"]
        for part in ("Who took part", "Both sides had a quorum.", "reach", "votes: 1", "Book the lab", "1 Mar 2027", "4.0 of 5"):
            assert part in text
        assert workshop(made).minutes == "", "a draft is kept by nobody until it is saved"
        assert client.post(f"{room(made)}/closing/minutes", data=form).status_code == 302
        page = client_of(app, made, Side.B, F.SALES).get(f"{room(made)}/closing").text
        assert "*Wide* reach &lt;b&gt;" in page, "what people typed says just that"
        assert "<li>1. Who trains? (Parked)</li>" in page
        edit = db.session.scalars(select(PlanEdit).order_by(PlanEdit.id.desc())).first()
        assert edit is not None
        assert (edit.kind, list(edit.changes)) == ("workshop", ["minutes"])
        entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert entry is not None
        assert (entry.action, entry.changes) == ("plans.edit", {"fields": ["minutes"]})

    def test_two_who_write_at_once_see_both_texts(self, app: Flask, made: Made) -> None:
        path = f"{room(made)}/closing/minutes"
        a, b = client_of(app, made, Side.A), client_of(app, made, Side.B)
        first, second = fields(a.get(path).text), fields(b.get(path).text)
        assert a.post(path, data=first | {"minutes": "Ours"}).status_code == 302
        answer = b.post(path, data=second | {"minutes": "Yours"})
        assert answer.status_code == 409
        assert "has written: Ours" in answer.text
        assert fields(answer.text)["minutes"].strip() == "Yours"
        assert b.post(path, data=fields(answer.text)).status_code == 302
        assert workshop(made).minutes == "Yours"
        assert workshop(made).minutes_html == "<p>Yours</p>\n"

    def test_what_happens_meanwhile_disturbs_nobody(self, app: Flask, made: Made) -> None:
        """The agenda moves on and the workshop ends while somebody writes."""
        path = f"{room(made)}/closing/minutes"
        client = client_of(app, made, Side.A)
        form = fields(client.get(path).text)
        assert post(client_of(app, made, Side.B), made, "end").status_code == 302
        assert client.post(path, data=form | {"minutes": "Written"}).status_code == 302
        assert workshop(made).minutes == "Written"

    def test_user_text_never_becomes_code(self, made: Made) -> None:
        hostile = "<script>x</script> [a](javascript:alert(1)) ![x](http://x/y.png)"
        minutes.write(made.plan, hostile, base=workshop(made).version, standing=plans.standing(made), by=TESTS, at=NOW)
        html = workshop(made).minutes_html
        assert "<script" not in html
        assert 'href="javascript' not in html
        assert "<img" not in html

    @pytest.mark.parametrize(
        "text", ["# a", "- b", "1. c", "+ d", "*e* _f_ `g` ~h~", "[i](j)", "a | b", "\\*", "&amp;", "<b>", "> k", "2) l", "!m"]
    )
    def test_what_is_quoted_says_just_that(self, text: str) -> None:
        assert text_of(to_html(f"- {literal(text)}")) == text

    def test_too_long_a_text_stays(self, app: Flask, made: Made) -> None:
        client = client_of(app, made, Side.A)
        path = f"{room(made)}/closing/minutes"
        answer = client.post(path, data=fields(client.get(path).text) | {"minutes": "x" * 20_001})
        assert answer.status_code == 422
        assert "x" * 20_001 in answer.text


@pytest.mark.parametrize("who", WHO)
def test_who_may_do_what(app: Flask, made: Made, who: str) -> None:
    client = signed_in(app, login(made, who))
    items = [parked(made, f"Parked {n}") for n in range(3)]
    inside, leads = who in WHO[:4], who in WHO[:2]
    refused = 403 if inside or who == "auditor" else 404
    assert client.get(f"{room(made)}/closing").status_code == (200 if refused == 403 else 404)
    assert client.get(f"{room(made)}/closing/minutes").status_code == (200 if leads else refused)
    action = {"text": "Do it", "accountable_id": str(made.team[Side.A, F.OWNER].id), "due_on": "2027-03-01"}
    acts = {
        "parking/add": {"parked": "New"},
        "actions/add": action,
        f"parking/{items[0].id}/drop": {},
        f"parking/{items[1].id}/action": action,
        f"parking/{items[2].id}/decision": {"title": "T", "problem": "P"},
        "closing/confidence": {"vote": "3"},
    }
    for path, data in acts.items():
        assert post(client, made, path, **data).status_code == (302 if inside else refused), path
    version = str(workshop(made).version)
    answer = post(client, made, "closing/minutes", minutes="Written", version=version)
    assert answer.status_code == (302 if leads else refused)


def test_the_scribe_writes_the_minutes(app: Flask, made: Made) -> None:
    client = client_of(app, made, Side.B, F.SALES)
    assert client.get(f"{room(made)}/closing/minutes").status_code == 403
    workshop(made).scribe_id = made.team[Side.B, F.SALES].id
    factories.commit()
    assert send(client, f"{room(made)}/closing/minutes", {"minutes": "Written"}).status_code == 302


def test_pages_take_few_queries(app: Flask, made: Made, count_queries: Any) -> None:
    for n in range(3):
        parked(made, f"Parked {n}")
    client = client_of(app, made, Side.B)
    for path in ("", "/closing", "/closing/minutes?draft=yes"):
        address = room(made) + path
        with count_queries() as found:
            assert client.get(address).status_code == 200
        assert len(found) <= 12, (path, found.statements)
