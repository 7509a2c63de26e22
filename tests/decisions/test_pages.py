"""Pages of decisions: what is typed, refused, kept and shown; the archive, files, the public summary, exercises."""

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.accounts.models import Role, User
from eventapp.core.db import db
from eventapp.decisions import queries, service
from eventapp.decisions.models import Decision, DecisionContext, DecisionState, FeedbackState, Openness, Part, Reopening
from tests.conftest import NOW
from tests.support import decisions as make
from tests.support import factories
from tests.support.pages import PageClient, fields

S = DecisionState
# Statements for the board, the archive and one decision, however much they show.
# Postgres gets one more, which raises the wall.
COUNTS = [4, 5, 11], [5, 6, 12]


@pytest.fixture
def owner(app: Flask) -> User:
    return factories.user("mona@karmin.example", Role.PARTNER_MANAGER, name="Mona Keller")


@pytest.fixture
def partner(app: Flask) -> User:
    return factories.company_admin(factories.organisation("Donau GmbH"), "petra@donau.example")


@pytest.fixture(autouse=True)
def _at(clock: Any) -> None:
    """Everything happens at NOW."""


def send(client: PageClient, path: str, to: str | None = None, **values: Any) -> Any:
    """Opens a page, fills in its form and sends it."""
    page = client.get(path)
    assert page.status_code == 200, path
    return client.post(path, data={**fields(page.text, to), **values})


def only(model: Any = Decision) -> Any:
    db.session.rollback()
    return db.session.scalars(select(model)).one()


def test_the_whole_way_by_forms_alone(client: PageClient, app: Flask, owner: User, partner: User) -> None:
    client.sign_in(owner)
    opened = send(client, "/decisions/new", title="Price lists", problem="Quotes become wrong.", context="co_creation")
    here = opened.location
    assert "Before “Plan and research” there is still to do" in client.get(here).text
    facts = {"impacted": "All partners", "feedback_until": "2027-02-10", "requirements": "One\nTwo"}
    assert send(client, f"{here}/facts", **facts).status_code == 302
    assert send(client, f"{here}/openness", openness="partners", reason="Prices").status_code == 302
    page = client.get(f"{here}/people").text
    assert client.post(f"{here}/people/body", data={**fields(page, "/body"), "body": "Board"}).status_code == 302
    assert send(client, f"{here}/people", "/people", address=partner.email, part="stakeholder").status_code == 302
    assert send(client, f"{here}/step/research", note="Off we go").status_code == 302
    for title in ("Two a year", "Four a year"):
        assert send(client, f"{here}/options/new", title=title, pros="For", cons="Against").status_code == 302
    assert send(client, f"{here}/criteria", text="Quotes that hold", weight="70").status_code == 302
    assert "30 of 100 are left" in client.get(f"{here}/criteria").text
    assert send(client, f"{here}/criteria", text="Reacting", weight="30").status_code == 302
    form = fields(client.get(f"{here}/scores").text)
    scores = {name: str(n) for n, name in enumerate(key for key in form if key.startswith("score_"))}
    assert client.post(f"{here}/scores", data={**form, **scores}).status_code == 302
    assert send(client, f"{here}/step/develop").status_code == 302
    assert send(client, f"{here}/premortem/new", text="A currency fell", action="A clause", due="2027-03-01").status_code == 302

    reader = app.test_client().sign_in(partner)  # type: ignore[attr-defined] # the client of tests
    assert send(reader, f"{here}/feedback", text="Announce changes sixty days before.").status_code == 302
    refused = send(client, f"{here}/outcome", result="", rationale="Because")
    assert refused.status_code == 422
    outcome = {"result": "Two a year", "rationale": "Quotes hold", "revisit_on": "2027-09-01"}
    assert send(client, f"{here}/outcome", **outcome).status_code == 302
    page = client.get(f"{here}/step/decided").text
    assert "Feedback that nobody has answered: 1." in page
    one = queries.feedback_of(only())[0]
    answer = {"state": "adopted", "reply": "Sixty days it is."}
    assert send(client, f"{here}/feedback/{one.id}", **answer).status_code == 302
    refused = send(client, f"{here}/step/decided")
    assert refused.status_code == 409
    assert "Feedback is still taken. Decide after its announced last day, or end it first: set an earlier day." in refused.text
    assert send(client, f"{here}/facts", feedback_until="2027-01-19").status_code == 302
    assert send(client, f"{here}/step/decided").status_code == 302
    assert send(client, f"{here}/step/launched").status_code == 302
    shown = reader.get(here).text
    assert "What changed through you" in shown
    assert "Sixty days it is." in shown
    assert send(reader, f"{here}/reopen", facts="The currency fell.").status_code == 302
    asked = only(Reopening)
    assert send(client, f"{here}/lessons", lessons="Ask finance first.").status_code == 302
    refused = send(client, f"{here}/step/closed")
    assert refused.status_code == 409
    assert "Requests to reopen it that nobody has answered: 1. Answer them first." in refused.text
    assert 'href="#reopening"' in client.get(here).text
    answered = send(client, f"{here}/reopenings/{asked.id}", accepted="no", answer="The clause covers it.")
    assert answered.status_code == 302
    assert send(client, f"{here}/lessons", lessons="Ask finance first.", communication="established").status_code == 302
    assert send(client, f"{here}/step/closed").status_code == 302
    found = only()
    assert (found.state, found.code) == (S.CLOSED, "DEC-2027-001")
    assert "Ask finance first." in reader.get(here).text


def test_what_is_typed_is_kept_and_refused_at_its_field(client: PageClient, owner: User) -> None:
    client.sign_in(owner)
    answer = send(client, "/decisions/new", title="T", problem="One. Two. Three.", context="event")
    assert answer.status_code == 422
    assert "Two sentences at most." in answer.text
    assert "Choose the event." in answer.text
    assert "One. Two. Three." in answer.text
    made = make.decision(owner)
    here = f"/decisions/{made.id}"
    wrong = {"requirements": "\n".join("abcdef"), "decide_by": "2027-02-01", "feedback_until": "2027-03-01"}
    answer = send(client, f"{here}/facts", **wrong)
    assert answer.status_code == 422
    assert "Five requirements at most." in answer.text
    assert "before the day above" in answer.text
    answer = send(client, f"{here}/facts", decide_by="0001-01-01")
    assert "between 1990 and 2200" in answer.text
    answer = send(client, f"{here}/openness", openness="team", reason="")
    assert "Say why it is not public." in answer.text
    answer = send(client, f"{here}/openness", openness="organisations", reason="x", companies="No such company")
    assert answer.status_code == 422
    assert "No company is called: No such company." in answer.text
    answer = send(client, f"{here}/people", "/people", address="who@nowhere.example")
    assert answer.status_code == 409
    assert "has a login with this address" in answer.text


def test_two_who_change_the_facts_see_each_other(client: PageClient, owner: User) -> None:
    made = make.decision(owner)
    client.sign_in(owner)
    form = fields(client.get(f"/decisions/{made.id}/facts").text)
    facts = service.DecisionFacts("Theirs", "Their words.")
    service.change_facts(made, facts, version=made.version, by=owner, at=NOW)
    factories.commit()
    answer = client.post(f"/decisions/{made.id}/facts", data={**form, "title": "Mine"})
    assert answer.status_code == 409
    assert "Theirs" in answer.text
    assert "Mine" in answer.text
    again = client.post(f"/decisions/{made.id}/facts", data=fields(answer.text))
    assert again.status_code == 302
    assert only().title == "Mine"


def test_a_double_click_says_it_once(client: PageClient, owner: User, partner: User) -> None:
    made = make.decision(owner)
    client.sign_in(partner)
    form = {**fields(client.get(f"/decisions/{made.id}/feedback").text), "text": "Once"}
    for _click in range(2):
        assert client.post(f"/decisions/{made.id}/feedback", data=form).status_code == 302
    assert len(queries.feedback_of(only())) == 1


def test_the_archive_finds_by_words_of_the_result_and_exports_what_it_shows(
    client: PageClient, owner: User, partner: User
) -> None:
    launched = make.launched(owner, title="Café prices", problem="Too dear.")
    make.decision(owner, title="Another one", problem="Else.")
    make.decision(owner, openness=Openness.TEAM, title="Hidden", problem="Not for all.")
    client.sign_in(partner)
    found = client.get("/decisions/archive?q=AUTUMN+cafe").text
    assert "Café prices" in found
    assert "Another one" not in found
    assert "1</b> decision" in found
    everything = client.get("/decisions/archive").text
    assert "Hidden" not in everything
    for query in ("q=%25", "q=_", "state=closed", "state=nonsense&sort=nonsense", "after=broken", "sort=-code", "part=mine"):
        assert client.get(f"/decisions/archive?{query}").status_code == 200
    assert "Nothing found" in client.get("/decisions/archive?q=%25").text
    token = fields(everything, "/decisions/export")["csrf_token"]
    file = client.post("/decisions/export?q=cafe", data={"csrf_token": token, "format": "json"})
    (row,) = json.loads(file.text)
    assert (row["code"], row["state"], row["result"]) == (launched.code, "launched", "We release in autumn.")
    for name in ("excel-eu", "plain", "xlsx"):
        assert client.post("/decisions/export", data={"csrf_token": token, "format": name}).status_code == 200
    assert client.post("/decisions/export", data={"csrf_token": token, "format": "exe"}).status_code == 400


def test_the_public_summary_names_nobody(client: PageClient, owner: User, partner: User) -> None:
    made = make.decision(owner, openness=Openness.PUBLIC)
    make.answer(made, make.feedback(made, partner, "Sixty days before"), owner)
    page = client.get(f"/decisions/{made.id}/summary").text
    assert "Sixty days before" in page
    for name in (partner.display_name, "Petra", "Donau", "Mona"):
        assert name not in page
    assert made.title in client.get("/decisions/").text
    assert client.get(f"/decisions/{made.id}").status_code == 302


def test_exercises(client: PageClient, app: Flask, owner: User, partner: User) -> None:
    client.sign_in(partner)
    assert "No exercise yet" in client.get("/decisions/practice").text
    opened = send(client, "/decisions/practice/new", title="Our Monday", problem="It decides nothing.")
    assert "An exercise: only those" in client.get(opened.location).text
    other = app.test_client().sign_in(owner)  # type: ignore[attr-defined] # the client of tests
    assert other.get(opened.location).status_code == 404
    form = fields(client.get(opened.location).text, "/delete")
    assert client.post(f"{opened.location}/delete", data=form).status_code == 302
    assert "No exercise yet" in client.get("/decisions/practice").text


def test_files_of_feedback_and_hostile_words(client: PageClient, owner: User, partner: User) -> None:
    made = make.weighed(make.decision(owner, title="<b>&amp; =1+1", problem="<script>alert(1)</script>."), owner)
    make.feedback(made, partner, "=HYPERLINK(1) <i>")
    client.sign_in(partner)
    page = client.get(f"/decisions/{made.id}").text
    assert "<script>alert" not in page
    token = fields(page, "/export")["csrf_token"]
    file = client.post(f"/decisions/{made.id}/export", data={"csrf_token": token, "format": "plain"}).text
    assert "'=HYPERLINK(1) <i>" in file
    assert "petra@donau.example" not in file


def test_removing_and_finishing(client: PageClient, owner: User, partner: User) -> None:
    made = make.ready(make.weighed(make.decision(owner), owner), owner)
    role = make.part(made, partner, Part.SPONSOR, owner)
    risk = queries.risks_of(made)[0]
    option, criterion = queries.options_of(made)[1], queries.criteria_of(made)[1]
    client.sign_in(owner)
    here = f"/decisions/{made.id}"
    token = {"csrf_token": fields(client.get(here).text, "/delete")["csrf_token"]}
    assert send(client, f"{here}/premortem/{risk.id}", action="A mail", due="2027-02-01").status_code == 302
    paths = (f"premortem/{risk.id}/done", f"options/{option.id}/delete", f"criteria/{criterion.id}/delete")
    for path in (*paths, f"people/{role.id}/delete", f"premortem/{risk.id}/delete"):
        assert client.post(f"{here}/{path}", data=token).status_code == 302, path
    db.session.rollback()
    found = only()
    counts = [len(ask(found)) for ask in (queries.options_of, queries.criteria_of, queries.risks_of, queries.roles_of)]
    assert counts == [1, 1, 0, 1]
    assert send(client, f"{here}/options/{queries.options_of(found)[0].id}", title="Late spring").status_code == 302
    assert send(client, f"{here}/update", text="News").status_code == 302


@pytest.mark.parametrize("many", [1, 6])
def test_pages_ask_the_database_a_constant_number_of_times(
    client: PageClient, owner: User, partner: User, count_queries: Any, many: int
) -> None:
    for n in range(many):
        about = {"context": DecisionContext.EVENT, "context_id": factories.event().id}
        made = make.weighed(make.decision(owner, title=f"Decision {n}", **about), owner)
        for _again in range(many):
            make.answer(made, make.feedback(made, partner), owner, FeedbackState.PARTLY)
    client.sign_in(partner)
    counts = []
    for path in ("/decisions/", "/decisions/archive", f"/decisions/{made.id}"):
        client.get(path)
        with count_queries() as queries_sent:
            client.get(path)
        counts.append(len(queries_sent))
    assert counts in COUNTS
