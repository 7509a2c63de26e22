"""The organizer's pages for moving an event: filled in, seen in numbers, done once, undone; and the banner everywhere."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from eventapp.accounts.models import Role, User
from eventapp.core.db import db
from eventapp.decisions import queries as decision_queries
from eventapp.decisions.models import Decision, DecisionContext, Openness
from eventapp.events.models import Event, EventFormat, Mode
from eventapp.lifecycle.converting.models import Conversion
from eventapp.partners.models import Organisation, Person, PersonEmail
from eventapp.privacy import purging
from eventapp.privacy.models import Needs
from eventapp.questions.models import Question, QuestionVersion
from eventapp.registrations.answers.models import Answer
from eventapp.registrations.models import Registration
from tests.conftest import NOW
from tests.support import agenda, decisions, factories, forms
from tests.support.browsing import mails, send, send_page, summary
from tests.support.pages import PageClient, fields

MOVE = "/admin/events/summit/move/"
VIRTUAL, IN_PERSON, DATE = (f"{MOVE}to/{kind}" for kind in ("virtual", "in-person", "date"))


@pytest.fixture
def event(app: Flask) -> Event:
    return factories.event(slug="summit", title="Summit", quotas={"ready": 1}, capacity=5)


@pytest.fixture
def company(app: Flask) -> Organisation:
    return factories.organisation("Donau Systemhaus GmbH")


@pytest.fixture
def people(event: Event, company: Organisation) -> list[Registration]:
    return factories.register(event, company, *[factories.attendee(f"Guest{n}") for n in range(2)])


@pytest.fixture(autouse=True)
def organizer(client: PageClient) -> None:
    client.sign_in(factories.organizer())


def moves() -> list[Conversion]:
    db.session.expire_all()
    return list(db.session.scalars(select(Conversion).order_by(Conversion.id)))


def do(client: PageClient, path: str, **values: Any) -> TestResponse:
    """Fills in, checks, and does it."""
    checked = send(client, path, values)
    assert checked.status_code == 200, summary(checked)
    return send_page(client, checked, path, {"step": "do"})


def text_of(client: PageClient, path: str) -> str:
    return client.get(path).text


def test_the_check_changes_nothing_and_says_what_the_act_then_does(
    client: PageClient, event: Event, people: list[Registration]
) -> None:
    assert "Move it on video" in text_of(client, MOVE)
    checked = send(client, VIRTUAL, {"capacity": "", "join_url": "https://meet.example/one", "note": "The hall is <closed>."})
    assert "Nothing has happened yet" in checked.text
    assert "People who waited and get a place" in checked.text
    assert "The hall is &lt;closed&gt;." in checked.text
    assert not moves()
    assert len(mails("registrations.moved_virtual")) == 0
    assert db.session.get_one(Event, event.id).format is EventFormat.IN_PERSON
    done = send_page(client, checked, VIRTUAL, {"step": "do"})
    (made,) = moves()
    assert done.headers["Location"].endswith(f"{MOVE}{made.id}")
    assert (made.counts["kept"], made.counts["moved_up"], made.counts["lost"], made.counts["mails"]) == (2, 1, 0, 2)
    shown = text_of(client, f"{MOVE}{made.id}")
    assert "It can be taken back until" in shown
    assert [r.status.value for r in db.session.scalars(select(Registration).order_by(Registration.id))] == ["confirmed"] * 2


def test_two_clicks_are_one_move(client: PageClient, event: Event, people: list[Registration]) -> None:
    checked = send(client, VIRTUAL)
    first = send_page(client, checked, VIRTUAL, {"step": "do"})
    second = send_page(client, checked, VIRTUAL, {"step": "do"})
    assert (first.status_code, first.headers["Location"]) == (second.status_code, second.headers["Location"])
    assert len(moves()) == 1
    assert len(mails("registrations.moved_virtual")) == 2


def test_the_banner_stands_on_every_page_of_the_event(
    client: PageClient, event: Event, company: Organisation, people: list[Registration]
) -> None:
    do(client, VIRTUAL, note="The hall is closed.")
    token = people[0].token
    with_banner = [
        *("/events/summit/", "/events/summit/register", f"/r/{token}", f"/r/{token}/edit"),
        *("/admin/events/summit/", "/admin/events/summit/registrations/", "/admin/events/summit/edit"),
    ]
    for path in with_banner:
        assert "This event takes place on video now." in text_of(client, path), path
        assert "The hall is closed." in text_of(client, path), path
    admin = PageClient(client.application).sign_in(factories.company_admin(company))
    assert "This event takes place on video now." in admin.get("/events/summit/register").text
    visitor = PageClient(client.application)
    assert "This event takes place on video now." in visitor.get("/events/summit/").text
    assert "Take the banner down" in text_of(client, MOVE)
    assert send(client, MOVE, action=f"{MOVE}banner").status_code == 302
    assert "This event takes place on video now." not in visitor.get("/events/summit/").text


def test_sessions_and_rooms_are_filled_in_and_come_back_when_refused(
    client: PageClient, event: Event, people: list[Registration]
) -> None:
    hall = agenda.room(event, "Great hall")
    talk = agenda.session(event, "Opening", room=hall)
    other = agenda.session(event, "Workshop", room=hall, starts_at=factories.STARTS + timedelta(hours=2))
    typed = {f"room-{hall.id}": "https://meet.example/hall", f"session-{talk.id}": "own", f"session-{talk.id}-link": "meet me"}
    refused = send(client, VIRTUAL, {**typed, f"session-{other.id}": "later", "note": "Typed"})
    assert refused.status_code == 422
    assert "Enter a link like https://meet.example.com/room." in summary(refused)
    again = fields(refused.text)
    assert again[f"session-{talk.id}-link"] == "meet me"
    assert (again[f"room-{hall.id}"], again["note"]) == ("https://meet.example/hall", "Typed")
    checked = send_page(client, refused, VIRTUAL, {f"session-{talk.id}-link": "https://meet.example/talk"})
    assert "Sessions postponed" in checked.text
    edited = send_page(client, checked, VIRTUAL, {"step": "edit"})
    assert fields(edited.text)[f"session-{talk.id}-link"] == "https://meet.example/talk"
    assert send_page(client, checked, VIRTUAL, {"step": "do"}).status_code == 302
    assert agenda.slot_of(other).starts_at is None


def test_questions_for_a_room_are_hidden_and_their_answers_stay(client: PageClient, event: Event, company: Organisation) -> None:
    section = forms.section(event)
    lunch = forms.question(event, section, "Lunch?", shown_if=[forms.part("mode", "in_person")])
    dish = forms.question(event, section, "Which dish?", shown_if=[forms.part(lunch, "yes")])
    shirt, topic = forms.question(event, section, "Size of the shirt"), forms.question(event, section, "Topic")
    one = factories.registration(event, company)
    for question in (lunch, shirt):
        version = db.session.execute(select(QuestionVersion.id).where(QuestionVersion.question_id == question.id)).scalar_one()
        answer = Answer(question_id=question.id, registration_id=one.id, version_id=version, value={"is": "yes"}, text="yes")
        answer.answered_at, answer.answered_by = NOW, "tests"
        db.session.add(answer)
    factories.commit()
    page = client.get(VIRTUAL)
    assert fields(page.text)["hide"] == [str(lunch.id), str(dish.id)]
    done = do(client, VIRTUAL, hide=[str(lunch.id), str(dish.id), str(shirt.id)])
    assert done.status_code == 302
    archived = set(db.session.scalars(select(Question.id).where(Question.archived)))
    assert archived == {lunch.id, dish.id, shirt.id}
    assert topic.id not in archived
    assert len(db.session.scalars(select(Answer)).all()) == 2
    back = client.get(IN_PERSON)
    assert set(fields(back.text)["show"]) == {str(id_) for id_ in archived}
    (made,) = moves()
    tried = send(client, f"{MOVE}{made.id}", action=f"{MOVE}{made.id}/undo")
    assert "Nothing has happened yet" in tried.text
    assert send_page(client, tried, f"{MOVE}{made.id}/undo").status_code == 302
    assert not db.session.scalars(select(Question.id).where(Question.archived)).all()


def test_food_and_access_needs_go_on_their_day(client: PageClient, event: Event, people: list[Registration]) -> None:
    common = {
        "diet": ["vegan"],
        "allergens": [],
        "given_at": NOW,
        "given_by": "x",
        "purge_on": (NOW + timedelta(days=200)).date(),
    }
    db.session.add(Needs(registration_id=people[0].id, **common))
    factories.commit()
    day = (NOW + timedelta(days=3)).date()
    checked = send(client, VIRTUAL, {"needs_until": day.isoformat()})
    assert "Food and access needs of 1 person are deleted on 23 Jan 2027." in checked.text
    send_page(client, checked, VIRTUAL, {"step": "do"})
    needs = db.session.scalars(select(Needs)).one()
    assert needs.purge_on == day
    db.session.rollback()
    assert purging.purge("needs", NOW + timedelta(days=2)).rows == 0
    assert purging.purge("needs", NOW + timedelta(days=3)).rows == 1
    past = send(client, IN_PERSON, {"venue": ""})
    assert "Name the venue" in summary(past)


def test_a_new_date_asks_where_clocks_repeat_a_time_and_refuses_the_past(
    client: PageClient, event: Event, people: list[Registration]
) -> None:
    twice = send(client, DATE, {"starts_at": "2027-10-31T02:30", "ends_at": "2027-10-31T17:00"})
    assert twice.status_code == 422
    assert "twice that night" in summary(twice)
    past = send(client, DATE, {"starts_at": "2026-05-18T09:00", "ends_at": "2026-05-19T17:00"})
    assert "lies in the past" in summary(past)
    assert send(client, DATE).status_code == 409, "the date that it has"
    done = do(client, DATE, starts_at="2027-11-09T09:00", ends_at="2027-11-10T17:00")
    assert done.status_code == 302
    assert "This event has a new date." in text_of(client, "/events/summit/")


def test_what_cannot_be_moved_says_why(client: PageClient, event: Event, people: list[Registration]) -> None:
    assert "takes place in person already" in text_of(client, IN_PERSON)
    assert client.get(f"{MOVE}to/nowhere").status_code == 404
    assert client.get(f"{MOVE}999").status_code == 404
    other = factories.event(slug="other")
    do(client, VIRTUAL)
    (made,) = moves()
    assert client.get(f"/admin/events/other/move/{made.id}").status_code == 404
    assert other.id
    again = client.post(VIRTUAL, data={**fields(client.get(DATE).text), "needs_until": "2027-02-01", "step": "do"})
    assert again.status_code == 409
    assert len(moves()) == 1


def test_the_phone_list_as_page_and_file(client: PageClient, event: Event, people: list[Registration]) -> None:
    assert "Everybody can be reached" in text_of(client, "/admin/events/summit/phone-list")
    person = db.session.get_one(Person, people[0].person_id)
    person.phone = "+43 1 234"
    db.session.delete(db.session.scalars(select(PersonEmail).where(PersonEmail.person_id == person.id)).one())
    factories.commit()
    page = client.get("/admin/events/summit/phone-list")
    assert 'href="tel:+431234"' in page.text
    file = send_page(client, page, "", action="/admin/events/summit/phone-list/export")
    assert "'+43 1 234" in file.get_data(as_text=True)


def test_pages_need_few_queries_whatever_their_size(
    client: PageClient, event: Event, people: list[Registration], count_queries: Any
) -> None:
    def counts() -> dict[str, int]:
        found = {}
        for path in (MOVE, VIRTUAL, DATE, f"{MOVE}{moves()[0].id}", "/admin/events/summit/phone-list"):
            client.get(path)
            with count_queries() as queries:
                client.get(path)
            found[path] = len(queries)
        return found

    agenda.session(event, "One", room=agenda.room(event))
    do(client, DATE, starts_at="2027-11-09T09:00", ends_at="2027-11-10T17:00")
    first = counts()
    for n in range(2):
        agenda.session(event, f"More {n}", room=agenda.room(event))
        factories.registration(event, factories.organisation(), mode=Mode.IN_PERSON)
    assert counts() == first
    assert max(first.values()) <= 12


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("needs_until", "soon"),
        ("needs_until", ""),
        ("needs_until", "0001-01-01"),
        ("needs_until", "9999-12-31"),
        ("capacity", "-1"),
        ("capacity", "99999999999999999999"),
        ("join_url", "javascript:alert(1)"),
        ("join_url", "http://plain.example"),
        ("join_url", "https://[::1"),
        ("hide", "99999999999999999999"),
        ("note", "x" * 501),
    ],
)
def test_hostile_values_are_refused_at_their_field(
    client: PageClient, event: Event, people: list[Registration], field: str, value: str
) -> None:
    refused = send(client, VIRTUAL, {field: value})
    assert refused.status_code == 422
    assert "There is a problem" in refused.text
    assert not moves()


class TestDecided:
    """The decision in which a move was agreed."""

    @pytest.fixture
    def owner(self) -> User:
        return factories.user("olaf.owner@karmin.example", Role.ORGANIZER)

    def about(self, event: Event, owner: User, title: str, **values: Any) -> Decision:
        return decisions.launched(
            owner, title=title, context=DecisionContext.EVENT, context_id=event.id, openness=Openness.PUBLIC, **values
        )

    def test_it_is_named_and_its_followers_hear_of_it(self, client: PageClient, event: Event, owner: User) -> None:
        made = self.about(event, owner, "In spring, on video")
        before = len(decision_queries.entries_of(made))
        checked = send(client, VIRTUAL, {"decision": str(made.id)})
        assert checked.status_code == 200, summary(checked)
        assert len(decision_queries.entries_of(made)) == before, "nothing has happened yet"
        assert send_page(client, checked, VIRTUAL, {"step": "do"}).status_code == 302
        (move,) = moves()
        assert move.decision_id == made.id
        entry = decision_queries.entries_of(made)[-1]
        assert entry.text == "Carried out: “Summit” was moved. On video."
        page = client.get(f"{MOVE}{move.id}").text
        assert f"Decided in {made.code}" in page
        assert f'href="/decisions/{made.id}' in page

    def test_nothing_is_asked_where_nothing_was_decided(self, client: PageClient, event: Event, owner: User) -> None:
        made = decisions.decision(owner, context=DecisionContext.EVENT, context_id=event.id)
        other = factories.event(slug="other", title="Other")
        elsewhere = self.about(other, owner, "Elsewhere")
        page = client.get(VIRTUAL).text
        assert "Decided in" not in page
        for value in (made.id, elsewhere.id, "x", "-1", "9" * 5000):
            refused = send(client, VIRTUAL, {"decision": str(value)})
            assert refused.status_code == 422, value
        assert moves() == []

    def test_a_new_date_may_name_one_too(self, client: PageClient, event: Event, owner: User) -> None:
        made = self.about(event, owner, "Later")
        assert (
            do(client, DATE, starts_at="2027-11-09T09:00", ends_at="2027-11-10T17:00", decision=str(made.id)).status_code == 302
        )
        assert moves()[0].decision_id == made.id
