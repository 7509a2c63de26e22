"""Ideas and needs: who reads them, votes by people and by companies, credit, answers, and the way to a decision."""

import json
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Role, User
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError, RuleError, StaleError
from eventapp.decisions import queries as decisions
from eventapp.decisions.ideas import queries, rules, service
from eventapp.decisions.ideas.models import LEADS, Idea, IdeaKind, IdeaState
from eventapp.decisions.ideas.rules import Answer
from eventapp.decisions.ideas.service import IdeaDetails
from eventapp.decisions.models import Decision, Openness
from eventapp.mail.models import OutboxMail
from eventapp.partners.models import MembershipRole
from tests.conftest import NOW
from tests.support import factories
from tests.support.decisions import viewer
from tests.support.pages import PageClient, fields

S = IdeaState


@pytest.fixture
def people(app: Flask, clock: Any) -> dict[str, User]:
    """Two of one company, one of another, a partner manager, an auditor, and somebody without a company."""
    donau, isar = factories.organisation("Donau GmbH"), factories.organisation("Isar AG")
    return {
        "author": factories.company_admin(donau, "petra@donau.example"),
        "colleague": factories.seat(donau, MembershipRole.MEMBER),
        "other": factories.company_admin(isar, "xaver@isar.example"),
        "manager": factories.user("mona@karmin.example", Role.PARTNER_MANAGER, name="Mona Keller"),
        "auditor": factories.user(None, Role.AUDITOR),
        "stranger": factories.user(),
    }


def posted(user: User, kind: IdeaKind = IdeaKind.IDEA, *, shared: bool = True, title: str = "A test system for all") -> Idea:
    made = service.post(IdeaDetails(kind, title, "We wait three weeks.", shared), viewer=viewer(user), at=NOW)
    factories.commit()
    return made


def answer(idea: Idea, by: User, state: IdeaState, **values: Any) -> None:
    said = Answer(state, **{"answer": "We look at it.", **values})
    service.answer(idea, said, version=idea.version, by=by, at=NOW)
    factories.commit()


class TestRules:
    """Pure functions."""

    def test_an_idea_is_tried_before_it_is_adopted_and_a_need_may_be_met_at_once(self) -> None:
        assert rules.leads(IdeaKind.IDEA, S.SHAPED) == (S.SHAPED, S.EXPERIMENT, S.PARKED, S.DECLINED)
        assert rules.leads(IdeaKind.NEED, S.SHAPED) == (S.SHAPED, S.EXPERIMENT, S.ADOPTED, S.PARKED, S.DECLINED)
        assert S.POSTED not in rules.leads(IdeaKind.IDEA, S.POSTED), "an answer says more than that it was posted"
        assert {to for steps in LEADS.values() for to in steps} == set(S) - {S.POSTED}

    @pytest.mark.parametrize("state", list(S))
    def test_what_an_answer_must_say(self, state: IdeaState) -> None:
        assert rules.missing(Answer(state, "")) is not None
        needs = {S.EXPERIMENT: "experiment", S.ADOPTED: "outcome"}.get(state)
        found = rules.missing(Answer(state, "Yes"))
        assert (found and found[0]) == needs
        assert rules.missing(Answer(state, "Yes", "This", None, "That")) is None

    @pytest.mark.parametrize("state", list(S))
    def test_until_when_people_join_in(self, state: IdeaState) -> None:
        assert rules.may_vote(state) == rules.may_contribute(state) == (state not in (S.ADOPTED, S.DECLINED))


def test_who_reads_what(people: dict[str, User]) -> None:
    shared, own = posted(people["author"]), posted(people["author"], shared=False)
    readers = {"author": 2, "colleague": 2, "other": 1, "manager": 2, "auditor": 2, "stranger": 0}
    for name, count in readers.items():
        who = viewer(people[name])
        ids = db.session.scalars(select(Idea.id).where(queries.readable(who)).order_by(Idea.id)).all()
        assert ids == [shared.id, own.id][:count], name
    with pytest.raises(NotFoundError):
        queries.idea(viewer(people["other"]), own.id)


def test_votes_count_people_and_companies_and_twice_is_once(people: dict[str, User]) -> None:
    idea = posted(people["author"])
    for name in ("author", "colleague", "other", "other"):
        service.vote(idea, viewer=viewer(people[name]), at=NOW)
    assert queries.votes(idea) == (3, 2)
    service.take_back(idea, viewer=viewer(people["other"]), at=NOW)
    service.take_back(idea, viewer=viewer(people["other"]), at=NOW)
    assert queries.votes(idea) == (2, 1)
    with pytest.raises(RuleError, match="Partners vote"):
        service.vote(idea, viewer=viewer(people["manager"]), at=NOW)
    factories.commit()
    answer(idea, people["manager"], S.DECLINED)
    with pytest.raises(RuleError, match="not taken any more"):
        service.vote(idea, viewer=viewer(people["other"]), at=NOW)
    with pytest.raises(RuleError, match="answered for good"):
        service.contribute(idea, "Late", viewer=viewer(people["other"]), at=NOW)


def test_from_an_idea_by_an_experiment_to_an_outcome(people: dict[str, User]) -> None:
    idea, by = posted(people["author"]), people["manager"]
    service.contribute(idea, "We have two machines for it.", viewer=viewer(people["other"]), at=NOW)
    service.contribute(idea, "Three, in fact.", viewer=viewer(people["other"]), at=NOW)
    factories.commit()
    assert [(one.company, one.text) for one in queries.contributors(idea)] == [("Isar AG", "Three, in fact.")]
    with pytest.raises(RuleError, match="cannot become that"):
        answer(idea, by, S.ADOPTED, outcome="x")
    db.session.rollback()
    answer(idea, by, S.SHAPED)
    with pytest.raises(RuleError, match="what is tried"):
        answer(idea, by, S.EXPERIMENT)
    db.session.rollback()
    answer(idea, by, S.EXPERIMENT, experiment="Ten systems for ten weeks", experiment_until=date(2027, 4, 1))
    with pytest.raises(StaleError):
        service.answer(idea, Answer(S.PARKED, "x"), version=1, by=by, at=NOW)
    db.session.rollback()
    answer(idea, by, S.ADOPTED, answer="You get one each.", experiment="Ten systems", outcome="Waiting fell to a day.")
    mails = db.session.scalars(select(OutboxMail).where(OutboxMail.kind == "idea.answered").order_by(OutboxMail.id)).all()
    assert [mail.to_address for mail in mails] == ["petra@donau.example", "xaver@isar.example"] * 3
    assert "Waiting fell to a day." in mails[-1].text


def test_a_choice_becomes_a_decision_in_which_those_who_brought_it_take_part(people: dict[str, User]) -> None:
    idea = posted(people["author"], shared=False)
    made = service.open_decision(idea, "Test systems", "Three weeks are too long.", viewer=viewer(people["manager"]), at=NOW)
    factories.commit()
    assert {role.name for role in decisions.roles_of(made)} == {"Mona Keller", people["author"].display_name}
    with pytest.raises(RuleError, match="already"):
        service.open_decision(idea, "Again", "Again.", viewer=viewer(people["manager"]), at=NOW)
    db.session.rollback()
    service.contribute(idea, "Me too", viewer=viewer(people["colleague"]), at=NOW)
    factories.commit()
    assert decisions.decision(viewer(people["colleague"]), made.id) is made
    with pytest.raises(NotFoundError):
        decisions.decision(viewer(people["other"]), made.id)
    with pytest.raises(RuleError, match="confidential"):
        service.decisions.set_openness(made, Openness.PUBLIC, "", [], version=made.version, by=people["manager"], at=NOW)


def test_pages_from_posting_to_the_answer(client: PageClient, app: Flask, people: dict[str, User]) -> None:
    client.sign_in(people["author"])
    assert "Nothing posted yet" in client.get("/ideas/").text
    form = fields(client.get("/ideas/new").text)
    refused = client.post("/ideas/new", data={**form, "title": "", "text": "Kept words"})
    assert refused.status_code == 422
    assert "Kept words" in refused.text
    made = client.post("/ideas/new", data={**form, "title": "<b>Prices", "text": "By mail", "shared": "y"})
    here = made.location
    assert "&lt;b&gt;Prices" in client.get(here).text
    changed = client.post(f"{here}/change", data={**fields(client.get(f"{here}/change").text), "title": "Prices by mail"})
    assert changed.status_code == 302
    other = app.test_client().sign_in(people["other"])  # type: ignore[attr-defined] # the client of tests
    token = fields(other.get(here).text, "/vote")
    for _click in range(2):
        assert other.post(f"{here}/vote", data=token).status_code == 302
    assert other.get(f"{here}/change").status_code == 404
    assert other.get(f"{here}/answer").status_code == 403
    assert (
        other.post(f"{here}/contribute", data={**fields(other.get(f"{here}/contribute").text), "text": "CSV"}).status_code == 302
    )
    manager = app.test_client().sign_in(people["manager"])  # type: ignore[attr-defined] # the client of tests
    form = fields(manager.get(f"{here}/answer").text)
    refused = manager.post(f"{here}/answer", data={**form, "state": "shaped", "answer": ""})
    assert refused.status_code == 422
    assert "sees your answer" in refused.text
    assert manager.post(f"{here}/answer", data={**form, "state": "shaped", "answer": "Soon."}).status_code == 302
    assert manager.post(f"{here}/vote", data={"csrf_token": form["csrf_token"]}).status_code == 404
    assert client.get(f"{here}/change").status_code == 404, "answered words stay"
    form = fields(manager.get(f"{here}/decide").text)
    opened = manager.post(f"{here}/decide", data={**form, "problem": "Lists come late."})
    assert opened.status_code == 302
    assert db.session.scalars(select(Decision)).one().context_id == db.session.scalars(select(Idea)).one().id
    page = client.get(here).text
    for word in ("Soon.", "1</span>", "CSV", "DEC-2027-001"):
        assert word in page
    assert "DEC-2027-001" not in app.test_client().sign_in(people["colleague"]).get(here).text  # type: ignore[attr-defined]
    one = queries.contributors(db.session.scalars(select(Idea)).one())[0]
    assert client.post(f"{here}/contributors/{one.id}/delete", data={"csrf_token": "x"}).status_code in (400, 404)
    assert manager.post(f"{here}/contributors/{one.id}/delete", data={"csrf_token": form["csrf_token"]}).status_code == 302


def test_the_list_searches_filters_sorts_and_exports(client: PageClient, people: dict[str, User]) -> None:
    first = posted(people["author"], title="Zürich prices")
    posted(people["other"], IdeaKind.NEED, title="Another")
    posted(people["other"], IdeaKind.NEED, title="Secret", shared=False)
    service.vote(first, viewer=viewer(people["other"]), at=NOW)
    factories.commit()
    client.sign_in(people["author"])
    page = client.get("/ideas/?sort=-people").text
    assert page.index("Zürich prices") < page.index("Another")
    assert "Secret" not in page
    assert "2</b> entries" in page
    assert "2</b> companies" in page
    assert "Another" not in client.get("/ideas/?q=ZURICH").text
    for query in ("kind=need", "show=own", "show=unanswered&show=own", "state=x", "sort=companies", "after=x", "q=%25"):
        assert client.get(f"/ideas/?{query}").status_code == 200, query
    assert "Zürich prices" not in client.get("/ideas/?kind=need").text
    token = fields(page, "/ideas/export")["csrf_token"]
    rows = json.loads(client.post("/ideas/export?q=zurich", data={"csrf_token": token, "format": "json"}).text)
    assert [(row["title"], row["people"], row["companies"]) for row in rows] == [("Zürich prices", 1, 1)]
    assert client.post("/ideas/export", data={"csrf_token": token, "format": "excel-eu"}).status_code == 200


def test_nobody_posts_without_end(people: dict[str, User]) -> None:
    for n in range(service.MOST_OPEN):
        posted(people["author"], title=f"Number {n}")
    with pytest.raises(RuleError, match="wait for an answer"):
        posted(people["author"])
