"""The builder's pages: sections, questions, moving, the library, copying, preview, the check."""

from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from eventapp.accounts.models import Role, User
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.events.models import Event
from eventapp.places.models import Pool
from eventapp.questions import queries
from eventapp.questions.models import Kind, OptionPool, Question, QuestionVersion, Stage
from eventapp.questions.rules.asked import Option
from tests.support import factories, forms
from tests.support.browsing import press, send, send_page, summary
from tests.support.pages import PageClient


@pytest.fixture(autouse=True)
def _time(clock: time_machine.Traveller) -> None:
    """The form's deadlines lie in the future."""


@pytest.fixture
def event(app: object) -> Event:
    return factories.event(slug="summit")


@pytest.fixture
def olga(client: PageClient, app: object) -> PageClient:
    """An organizer, signed in."""
    return client.sign_in(factories.organizer())


def labels(event_id: int | None) -> list[str]:
    db.session.rollback()
    sections = queries.form_of(event_id) if event_id else queries.library()
    return [q.label for q in queries.questions_in(sections)]


def test_a_form_is_built_by_hand(olga: PageClient, event: Event) -> None:
    event_id = event.id
    assert "Nothing is asked yet" in olga.get("/admin/events/summit/form/").text
    made = send(olga, "/admin/events/summit/form/sections/add", {"title": "Travel", "help": "**Please** <script>"})
    assert made.status_code == 302
    values = {
        "label": "Which workshop?",
        "kind": "one_of",
        "options-0-label": "Baking",
        "options-0-limit": "12",
        "options-0-colour": "red",
        "options-1-label": "Drumming",
        "required": "yes",
    }
    made = send(olga, "/admin/events/summit/form/questions/add", values)
    assert made.status_code == 302, summary(made)
    (question,) = queries.questions_in(queries.form_of(event_id))
    assert question.options == (Option("baking", "Baking", "red", 12), Option("drumming", "Drumming"))
    assert (question.key, question.required, question.number) == ("which_workshop", True, 1)
    assert [pool.capacity for pool in queries.option_pools(event_id).values()] == [12]
    follow = {"label": "Allergic to flour?", "kind": "yes_no", "tests-0-what": f"q{question.id}=baking"}
    assert send(olga, "/admin/events/summit/form/questions/add", follow).status_code == 302
    page = olga.get("/admin/events/summit/form/").text
    assert "<strong>Please</strong>" in page
    assert "with a condition" in page
    query = select(AuditEntry.action).where(AuditEntry.action.startswith("questions.")).order_by(AuditEntry.id)
    actions = db.session.scalars(query).all()
    assert actions == ["questions.add_section", "questions.add", "questions.add"]


def test_what_cannot_work_is_refused_with_everything_kept(olga: PageClient, event: Event) -> None:
    where = forms.section(event)
    first = forms.question(event, where, "First?", Kind.YES_NO)
    second = forms.question(event, where, "Second?", Kind.YES_NO, shown_if=[forms.part(first, "yes")])
    first_id, second_id = first.id, second.id
    url = f"/admin/events/summit/form/questions/{first_id}"
    refused = send(olga, url, {"label": "Changed", "tests-0-what": f"q{second_id}=yes"})
    assert refused.status_code == 422
    assert "circle" in summary(refused)
    assert 'value="Changed"' in refused.text
    refused = send(olga, url, {"kind": "one_of"})
    assert refused.status_code == 422
    assert "at least one option" in summary(refused)
    refused = send(olga, url, {"label": " "})
    assert refused.status_code == 422
    refused = send(olga, url, {"required": "from"})
    assert "from when on" in summary(refused)
    refused = send(olga, url, {"required": "from", "required_from": "2027-03-28T02:30"})
    assert "Clocks" in summary(refused), "that hour does not exist in Vienna"


def test_questions_move_with_buttons_and_by_dragging(olga: PageClient, event: Event) -> None:
    event_id = event.id
    where, other = forms.section(event), forms.section(event, "More")
    a, b, c = (forms.question(event, where, label) for label in "ABC")
    other_id = other.id
    urls = {q: f"/admin/events/summit/form/questions/{id_}/move" for q, id_ in (("A", a.id), ("B", b.id), ("C", c.id))}
    send(olga, "/admin/events/summit/form/", {"step": "down"}, action=urls["A"])
    assert labels(event_id) == ["B", "A", "C"]
    send(olga, "/admin/events/summit/form/", {"to": "0", "section": str(other_id)}, action=urls["B"])
    assert labels(event_id) == ["A", "C", "B"]
    send(olga, "/admin/events/summit/form/", {"to": "0"}, action=urls["C"])
    assert labels(event_id) == ["C", "A", "B"]


def test_a_question_cannot_move_before_what_it_asks_about(olga: PageClient, event: Event) -> None:
    event_id, where = event.id, forms.section(event)
    first = forms.question(event, where, "First?", Kind.YES_NO)
    second = forms.question(event, where, "Second?", shown_if=[forms.part(first, "yes")])
    first_id = first.id
    url = f"/admin/events/summit/form/questions/{second.id}/move"
    page = send(olga, "/admin/events/summit/form/", {"step": "up"}, action=url)
    assert "comes later" in olga.get(page.location).text
    assert labels(event_id) == ["First?", "Second?"]
    press(olga, f"/admin/events/summit/form/questions/{first_id}", f"/admin/events/summit/form/questions/{first_id}/delete")
    assert labels(event_id) == ["First?", "Second?"], "nor does it go away under a condition"


def test_a_change_is_a_new_version(olga: PageClient, event: Event) -> None:
    where = forms.section(event)
    options = (Option("", "Red", "red", 3), Option("", "Blue"))
    question_id = forms.question(event, where, "Colour?", Kind.ONE_OF, options=options).id
    url = f"/admin/events/summit/form/questions/{question_id}"
    stale = olga.get(url)
    assert send(olga, url, {"label": "Which colour?", "options-0-limit": "5"}).status_code == 302
    db.session.rollback()
    versions = db.session.scalars(select(QuestionVersion).order_by(QuestionVersion.number)).all()
    assert [v.label for v in versions] == ["Colour?", "Which colour?"]
    assert [o["key"] for o in versions[1].options] == ["red", "blue"], "options keep their keys"
    pools = db.session.scalars(select(Pool).join(OptionPool, OptionPool.pool_id == Pool.id)).all()
    assert [p.capacity for p in pools] == [5]
    late = send_page(olga, stale, url, {"label": "Mine"})
    assert late.status_code == 409
    assert 'value="Mine"' in late.text


def test_the_library(olga: PageClient, event: Event) -> None:
    event_id = event.id
    send(olga, "/admin/questions/sections/add", {"title": "Travel"})
    send(olga, "/admin/questions/add", {"label": "Phone on the day?", "kind": "phone"})
    where = forms.section(db.session.get_one(Event, event_id))
    assert labels(None) == ["Phone on the day?"]
    taken = db.session.scalars(select(Question)).one()
    values = {"question": str(taken.id), "section": str(where.id)}
    send(olga, "/admin/events/summit/form/", values, action="/admin/events/summit/form/take")
    assert labels(event_id) == ["Phone on the day?"]
    copy = queries.questions_in(queries.form_of(event_id))[0]
    assert copy.kind is Kind.PHONE
    url = f"/admin/events/summit/form/questions/{copy.id}"
    again = press(olga, url, f"{url}/save")
    assert "already" in olga.get(again.location).text
    send(olga, url, {"label": "Mobile number?"})
    press(olga, url, f"{url}/save")
    assert labels(None) == ["Phone on the day?", "Mobile number?"]


def test_copying_a_form_takes_its_conditions_along(olga: PageClient, event: Event) -> None:
    old = factories.event(slug="last-year", title="Last Year")
    where = forms.section(old)
    later = forms.section(old, "Later", Stage.B)
    first = forms.question(old, where, "Bringing a car?", Kind.YES_NO)
    forms.question(old, later, "Number plate?", shown_if=[forms.part(first, "yes"), forms.part("tier", "premier")])
    event_id, old_id = event.id, old.id
    send(olga, "/admin/events/summit/form/", {"source": str(old_id)}, action="/admin/events/summit/form/copy")
    assert labels(event_id) == ["Bringing a car?", "Number plate?"]
    one, two = queries.questions_in(queries.form_of(event_id))
    assert two.stage is Stage.B
    assert two.condition == {"all": True, "tests": [forms.part(f"q{one.id}", "yes"), forms.part("tier", "premier")]}
    assert (one.key, two.key) == ("bringing_a_car", "number_plate"), "exports of both have the same columns"
    assert one.id != first.id


def test_the_preview_shows_what_each_sees(olga: PageClient, event: Event) -> None:
    where = forms.section(event)
    car = forms.question(event, where, "Bringing a car?", Kind.YES_NO)
    plate = forms.question(event, where, "Number plate?", shown_if=[forms.part(car, "yes")], required=True)
    vip = forms.question(event, where, "Dinner with the board?", Kind.YES_NO, shown_if=[forms.part("tier", "premier")])
    car_id, plate_id, vip_id = car.id, plate.id, vip.id
    url = "/admin/events/summit/form/preview"

    def hidden(page: Any) -> set[int]:
        starts = {id_: page.text.index(f'data-question="q{id_}"') for id_ in (car_id, plate_id, vip_id)}
        return {id_ for id_, at in starts.items() if " hidden>" in page.text[at : page.text.index(">", at) + 1]}

    assert hidden(olga.get(f"{url}?tier=ready")) == {plate_id, vip_id}
    assert hidden(olga.get(f"{url}?tier=premier")) == {plate_id}
    assert hidden(send(olga, url, {f"q{car_id}": "yes", "further": "1"})) == {vip_id}
    tried = send(olga, url, {f"q{car_id}": "yes", "try": "1"})
    assert "Fill this in." in summary(tried)
    assert "All answers are good" in send(olga, url, {f"q{car_id}": "yes", f"q{plate_id}": "W 1", "try": "1"}).text


def test_the_check_of_all_paths(olga: PageClient, event: Event) -> None:
    where = forms.section(event)
    forms.question(event, where, "Only on video?", shown_if=[forms.part("mode", "virtual")])
    page = olga.get("/admin/events/summit/form/check").text
    assert "Nobody is ever asked." in page


def test_deadlines(olga: PageClient, event: Event) -> None:
    event_id = event.id
    url = "/admin/events/summit/form/"
    assert send(olga, url, {"closes_a": "2027-04-01T12:00"}, action=f"{url}deadlines").status_code == 302
    found = queries.deadlines(event_id)
    assert str(found[Stage.A]) == "2027-04-01 10:00:00+00:00", "noon in Vienna"
    assert found[Stage.B] is None
    assert send(olga, url, {"closes_a": "2027-03-28T02:30"}, action=f"{url}deadlines").status_code == 422


def test_questions_of_other_events_are_not_there(olga: PageClient, event: Event) -> None:
    other = factories.event(slug="other")
    question = forms.question(other, forms.section(other))
    mine = forms.section(event)
    question_id, section_id = question.id, mine.id
    assert olga.get(f"/admin/events/summit/form/questions/{question_id}").status_code == 404
    assert olga.get(f"/admin/questions/{question_id}").status_code == 404
    assert olga.get(f"/admin/events/other/form/sections/{section_id}").status_code == 404
    moved = send(
        olga,
        "/admin/events/other/form/",
        {"to": "0", "section": str(section_id)},
        action=f"/admin/events/other/form/questions/{question_id}/move",
    )
    assert moved.status_code == 404


def test_an_auditor_reads_and_changes_nothing(client: PageClient, event: Event) -> None:
    forms.question(event, forms.section(event), "Secret plans?")
    auditor: User = factories.user(None, Role.AUDITOR)
    client.sign_in(auditor)
    page = client.get("/admin/events/summit/form/").text
    assert "Secret plans?" in page
    assert "Add a question" not in page


def test_the_builder_needs_few_statements(olga: PageClient, event: Event, count_queries: Any) -> None:
    def statements() -> int:
        with count_queries() as queries_:
            olga.get("/admin/events/summit/form/")
        return len(queries_)

    where = forms.section(event)
    forms.question(event, where, "One?", Kind.ONE_OF, options=(Option("", "A", "", 2),))
    one = statements()
    for n in range(3):
        more = forms.section(db.session.get_one(Event, 1), f"More {n}")
        forms.question(db.session.get_one(Event, 1), more, f"Q{n}?", Kind.ONE_OF, options=(Option("", "A", "", 2),))
    assert statements() == one
    assert one <= 14


def test_a_question_is_looked_at_while_it_is_built(olga: PageClient, event: Event) -> None:
    where = forms.section(event).id
    url = f"/admin/events/{event.slug}/form/questions/add"
    typed = {
        "label": "Which <b>lab?",
        "kind": "several_of",
        "section": str(where),
        "help": "Take **one**",
        "options-0-label": "Žofie’s lab",
        "options-0-limit": "x",
        "most_value": "²",
    }
    page = send(olga, url, {**typed, "look": "1"})
    look = page.text.split("data-looked", 1)[1].split("</aside>")[0]
    assert page.status_code == 200
    for text in ("Which &lt;b&gt;lab?", "Žofie’s lab", "<strong>one</strong>", 'type="checkbox"'):
        assert text in look
    assert db.session.scalars(select(Question)).all() == [], "nothing is saved"
    for kind in Kind:
        assert send(olga, url, {**typed, "kind": kind.value, "required_from": "never", "look": "1"}).status_code == 200
