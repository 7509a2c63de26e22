"""Mails about changed answers: each as a difference, what was told in confidence never quoted, nothing for organizers only."""

import pytest

from eventapp.core.db import db
from eventapp.events.models import MODE_LABELS, Admission, Event, EventFormat, Mode
from eventapp.partners.models import Organisation
from eventapp.questions.models import Kind, Question, Scope
from eventapp.questions.rules.asked import Given
from eventapp.registrations import queries, service
from eventapp.registrations.models import Registration
from tests.conftest import NOW
from tests.support import factories, forms
from tests.support.browsing import mails, send
from tests.support.pages import PageClient


@pytest.fixture
def event(app: object) -> Event:
    made = factories.event(slug="summit", format=EventFormat.HYBRID, join_url="https://meet.example/x")
    made.admission, made.reapproval = Admission.APPROVAL, True
    factories.commit()
    return made


@pytest.fixture
def one(event: Event, donau: Organisation) -> Registration:
    return factories.registration(event, donau, "Ada", "Lang", email="ada@donau.example")


def told(number: int) -> str:
    """The text of the last mail about a change, of so many."""
    found = mails("registrations.changed", to="ada@donau.example")
    assert len(found) == number
    return found[-1].text if found else ""


def test_one_edit_is_one_mail_with_every_difference(client: PageClient, event: Event, one: Registration) -> None:
    where = forms.section(event)
    shirt = forms.question(event, where, "T-shirt & <size>", Kind.ONE_OF, options=("Small", "Large"))
    long = forms.question(event, where, "Tell us", Kind.LONG_TEXT)
    health = forms.question(event, where, "Access needs", special=True)
    small, large = "small", "large"
    url, q = f"/r/{one.token}/edit", {"shirt": f"q{shirt.id}", "long": f"q{long.id}", "health": f"q{health.id}"}
    first = {q["shirt"]: small, q["long"]: "x\ny" * 400, q["health"]: "Step-free secret"}
    assert send(client, url, first).status_code == 302
    text = told(1)
    assert "- T-shirt & <size>: empty → Small" in text
    assert "- Access needs: changed; in confidence, so it is not said here" in text
    assert "secret" not in text
    assert max(len(line) for line in text.splitlines() if "Tell us" in line) < 400
    html = mails("registrations.changed")[-1].html or ""
    assert "T-shirt &amp; &lt;size&gt;" in html
    assert "secret" not in html
    assert review(one) is None, "first answers are no edit"
    assert send(client, url, {"badge_name": "Ada L.", q["shirt"]: large, q["health"]: "Other secret"}).status_code == 302
    text = told(2)
    assert "- Name on the badge: empty → Ada L." in text
    assert "- T-shirt & <size>: Small → Large" in text
    assert "secret" not in text
    assert "Tell us" not in text, "as before"
    assert review(one) is not None
    send(client, url, {})
    told(2)


def test_what_only_organizers_know_is_told_to_nobody_else(client: PageClient, event: Event, one: Registration) -> None:
    where = forms.section(event)
    row = forms.question(event, where, "Row at the gala", scope=Scope.ORGANIZER)
    hotel = forms.question(event, where, "Hotel")
    client.sign_in(factories.organizer())
    url = f"/admin/events/summit/registrations/{one.id}/answers"
    assert send(client, url, {f"q{row.id}": "Front, she complains"}).status_code == 302
    told(0)
    assert send(client, url, {f"q{row.id}": "Back", f"q{hotel.id}": "Sacher"}).status_code == 302
    text = told(1)
    assert "- Hotel: empty → Sacher" in text
    assert "Row at the gala" not in text


def test_an_answer_that_the_other_mode_does_not_ask_is_told(event: Event, one: Registration) -> None:
    lunch = forms.question(event, forms.section(event), "Lunch?", Kind.YES_NO, shown_if=[forms.part("mode", "in_person")])
    service.answer(queries.by_token(one.token), given(lunch, True), by=factories.TESTS, at=NOW)
    service.change_mode(queries.by_token(one.token), Mode.VIRTUAL, by=factories.TESTS, at=NOW)
    factories.commit()
    text = told(2)
    assert f"- Takes part: {MODE_LABELS[Mode.IN_PERSON]} → {MODE_LABELS[Mode.VIRTUAL]}" in text
    assert "- Lunch?: Yes → empty" in text


def given(question: Question, value: object) -> Given:
    return Given({question.id: value}, frozenset({question.id}))


def review(one: Registration) -> object:
    db.session.rollback()
    return db.session.get_one(Registration, one.id, populate_existing=True).review_at
