"""What colours of options and "shown at the door" do: marks and boxes on the organizer's pages, a column, an export."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from eventapp.accounts.models import Role
from eventapp.core.db import db
from eventapp.events.models import Event, EventStaff
from eventapp.partners.models import Organisation
from eventapp.questions.models import Kind, Scope
from eventapp.questions.rules.asked import Given, Option
from eventapp.registrations.answers import service as answering
from eventapp.registrations.answers.models import Answer
from eventapp.registrations.models import Registration
from eventapp.registrations.queries import LOADED
from tests.conftest import NOW
from tests.support import factories, forms
from tests.support.browsing import send
from tests.support.pages import PageClient, hidden

LIST = "/admin/events/summit/registrations/"
WALK_IN = "/admin/events/summit/registrations/walk-in"


@pytest.fixture
def event(app: object) -> Event:
    return factories.event(slug="summit", title="Summit", starts_at=NOW, ends_at=NOW + timedelta(hours=8))


@pytest.fixture
def one(event: Event, donau: Organisation) -> int:
    """Ada comes with answers: a coloured dinner, a size for the door, and her asthma in confidence."""
    where = forms.section(event)
    dinner = forms.question(
        event, where, "Dinner?", Kind.SEVERAL_OF, options=(Option("fish", "Fish", "blue"), Option("nuts", "No nuts"))
    )
    size = forms.question(event, where, "T-shirt?", Kind.ONE_OF, options=(Option("s", "S"), Option("m", "M<b>")), at_door=True)
    asthma = forms.question(
        event, where, "Asthma?", Kind.ONE_OF, options=(Option("y", "Zzill", "red"),), special=True, at_door=True
    )
    stand = forms.question(event, where, "Stand?", scope=Scope.GROUP, at_door=True)
    forms.question(event, where, "Nickname?")
    made = factories.registration(event, donau, "Ada", "Lang")
    loaded = db.session.scalars(select(Registration).options(*LOADED).where(Registration.id == made.id)).one()
    values = {dinner.id: ["fish", "nuts"], size.id: "m", asthma.id: "y"}
    answering.store(loaded, Given(values, frozenset(values)), by=factories.TESTS, at=NOW)
    answering.store_group(event, donau, Given({stand.id: "Hall 7"}, frozenset({stand.id})), by=factories.TESTS, at=NOW)
    factories.registration(event, factories.organisation("Enns AG"), "Ben", "Moser")
    factories.commit()
    return made.id


def test_the_page_shows_colours_with_their_words_and_what_the_door_is_to_know(client: PageClient, one: int) -> None:
    page = client.sign_in(factories.organizer()).get(f"{LIST}{one}").text
    assert '<span class="tag tag-blue"><bdi>Fish</bdi></span>' in page
    assert '<span class="tag tag-"><bdi>No nuts</bdi></span>' in page
    box = page[page.index('id="door"') : page.index("Correct the details")]
    assert "M&lt;b&gt;" in box
    assert "Hall 7" in box
    assert "told in confidence" in box
    assert "Zzill" not in page
    assert "Dinner?" not in box


def test_the_list_has_them_as_columns(client: PageClient, one: int) -> None:
    organizer = client.sign_in(factories.organizer())
    page = organizer.get(f"{LIST}?columns=marks&columns=door").text
    assert '<span class="tag tag-blue"><bdi>Fish</bdi></span>' in page
    assert "No nuts" not in page, "without a colour it is no mark"
    assert "M&lt;b&gt;" in page
    assert "Hall 7" in page
    assert "Zzill" not in page
    assert "Fish" not in organizer.get(LIST).text
    client.sign_in(factories.user(None, Role.ORGANIZER, Role.CATERING))
    assert '<span class="tag tag-red"><bdi>Zzill</bdi></span>' in client.get(f"{LIST}?columns=marks").text


def test_who_helps_at_the_door_sees_that_column_and_no_other(client: PageClient, event: Event, one: int) -> None:
    user = factories.user("helper@karmin.example")
    ends = NOW + timedelta(hours=9)
    db.session.add(EventStaff(event_id=event.id, user_id=user.id, granted_at=NOW, granted_by="tests", ends_at=ends))
    factories.commit()
    page = client.sign_in(user).get(f"{LIST}?columns=marks&columns=door&columns=note").text
    assert "Hall 7" in page
    assert "Fish" not in page
    assert "Zzill" not in page


def exported(client: PageClient, query: str = "", **values: str) -> list[list[str]]:
    token = hidden(client.get(LIST).text)["csrf_token"]
    answer = client.post(f"{LIST}export{query}", data={"csrf_token": token, "format": "plain", **values})
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.text)))


def test_the_export_takes_the_answers_for_the_door_alone(client: PageClient, one: int) -> None:
    client.sign_in(factories.organizer())
    every = {"answer_dinner", "answer_t_shirt", "answer_stand", "answer_nickname"}
    assert every <= set(exported(client)[0])
    head = exported(client, door="1")[0]
    assert [h for h in head if h.startswith("answer_")] == ["answer_t_shirt", "answer_stand"]
    assert "email" in head
    head, ada, ben = exported(client, "?columns=status&columns=door")
    assert head == ["status", "given_name", "family_name", "email", "answer_t_shirt", "answer_stand"]
    assert ada[:3] + ada[4:] == ["confirmed", "Ada", "Lang", "M<b>", "Hall 7"]
    assert ben[4:] == ["", ""]
    assert not [h for h in exported(client, "?columns=status")[0] if h.startswith("answer_")]


def test_somebody_at_the_door_is_asked_what_the_door_is_to_know(client: PageClient, one: int) -> None:
    client.sign_in(factories.organizer())
    page = client.get(WALK_IN).text
    assert "T-shirt?" in page
    for other in ("Dinner?", "Asthma?", "Nickname?", "Stand?"):
        assert other not in page
    name = next(n for n in re.findall(r'name="([^"]+)"', page) if n.startswith("q"))
    values = {"family_name": "Óváry", "company": "Nobody knows Ltd", name: "s"}
    assert send(client, WALK_IN, {**values, name: "gone"}).status_code == 422
    assert send(client, WALK_IN, values).status_code == 302
    db.session.rollback()
    made = db.session.scalars(select(Registration).where(Registration.name == "Óváry")).one()
    assert db.session.scalars(select(Answer.text).where(Answer.registration_id == made.id)).all() == ["S"]


def test_marks_cost_the_same_for_one_and_for_many(client: PageClient, event: Event, one: int, count_queries: Any) -> None:
    organizer = client.sign_in(factories.organizer())
    url = f"{LIST}?columns=marks&columns=door"
    with count_queries() as few:
        organizer.get(url)
    company = factories.organisation("Isar AG")
    for n in range(3):
        factories.registration(event, company, f"Given{n}", "More")
    with count_queries() as many:
        organizer.get(url)
    assert len(few) == len(many) <= 12
