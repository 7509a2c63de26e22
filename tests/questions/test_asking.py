"""Answering on the pages: the company's form, the single person's, the link's, the organizers', and the export."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from werkzeug.test import TestResponse

from eventapp.accounts.models import Role
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.events.models import Event
from eventapp.partners.models import Organisation
from eventapp.privacy import purging
from eventapp.questions.models import Kind, Question, Scope, Stage
from eventapp.questions.rules.asked import Given, Option
from eventapp.registrations.answers import service as answering
from eventapp.registrations.answers.models import Answer
from eventapp.registrations.models import Registration
from eventapp.registrations.queries import LOADED
from tests.conftest import NOW
from tests.registrations.test_public import ask, link_in
from tests.support import factories, forms
from tests.support.browsing import check, confirm, register_url, send, send_page, summary
from tests.support.pages import PageClient, fields


@pytest.fixture
def event(app: object) -> Event:
    return factories.event(slug="summit", title="Summit")


@pytest.fixture
def petra(client: PageClient, donau: Organisation) -> PageClient:
    """The company's admin, signed in."""
    return client.sign_in(factories.company_admin(donau, "petra@donau.example"))


def told(name: str) -> dict[str, Any]:
    """The answers about the person of that name, by the key of the question."""
    db.session.rollback()
    query = select(Question.key, Answer.value).join(Question, Question.id == Answer.question_id)
    query = query.join(Registration, Registration.id == Answer.registration_id).where(Registration.name == name)
    return {key: value["is"] for key, value in db.session.execute(query)}


def group_told() -> dict[str, Any]:
    db.session.rollback()
    query = select(Question.key, Answer.value).join(Question, Question.id == Answer.question_id)
    return {key: value["is"] for key, value in db.session.execute(query.where(Answer.organisation_id.is_not(None)))}


def hidden_questions(page: TestResponse) -> set[int]:
    return {int(id_) for id_ in re.findall(r'data-question="q(\d+)"[^>]* hidden>', page.text)}


def test_four_known_colleagues_take_six_clicks_and_no_typing(petra: PageClient, event: Event, donau: Organisation) -> None:
    """From the event's page, when nothing is required of them: what they are asked they answer behind their links."""
    where = forms.section(event)
    forms.question(event, where, "T-shirt?", Kind.ONE_OF, options=("S", "M"))
    forms.question(event, where, "Nickname?", required=True)
    people = [factories.person(donau, f"Given{n}", f"Family{n}", f"p{n}@donau.example") for n in range(4)]
    ids = [str(p.id) for p in people]
    clicks = 0
    page = petra.get("/events/summit/")
    assert register_url(event) in page.text
    clicks += 1  # Register colleagues
    page = petra.get(register_url(event))
    data = fields(page.text)
    data["colleagues"] = ids
    clicks += len(ids)  # each ticked
    done = petra.post(register_url(event), data={**data, "at_once": "1"})
    clicks += 1  # Register ticked colleagues at once
    assert (done.status_code, done.location) == (302, "/events/summit/registrations")
    assert clicks <= 6
    db.session.rollback()
    made = db.session.scalars(select(Registration)).all()
    assert [r.missing_answers for r in made] == [1] * 4
    link = petra.get(f"/r/{made[0].token}").text
    assert "Complete your details" in link


def test_typed_people_are_checked_all_the_same(petra: PageClient, event: Event) -> None:
    data = {"people-0-given_name": "Ada", "people-0-family_name": "Lang", "people-0-email": "ada@donau.example", "at_once": "1"}
    assert "Check and register" in send(petra, register_url(event), data).text


def test_the_group_is_asked_once_and_each_person_on_the_second_page(petra: PageClient, event: Event, donau: Organisation) -> None:
    where = forms.section(event)
    stand = forms.question(event, where, "Stand?", Kind.YES_NO, scope=Scope.GROUP, required=True)
    forms.question(event, where, "Topic?", scope=Scope.GROUP, shown_if=[forms.part(stand, "yes")])
    shift = forms.question(event, where, "Shift at the stand?", shown_if=[forms.part(stand, "yes")])
    forms.question(event, where, "Asthma?", Kind.YES_NO, special=True)
    forms.question(event, where, "House rules", Kind.CONSENT)
    ada = factories.person(donau, "Ada", "Lang", "ada@donau.example")
    ada_id, stand_id, shift_id = ada.id, stand.id, shift.id
    page = petra.get(register_url(event))
    assert len(hidden_questions(page)) == 1
    refused = send_page(petra, page, register_url(event), {"colleagues": str(ada_id)})
    assert refused.status_code == 422
    assert "Choose one." in summary(refused)
    page = check(petra, event, colleagues=str(ada_id), **{f"group-q{stand_id}": "yes"})
    assert f'name="c{ada_id}-q{shift_id}"' in page.text
    assert "Asthma?" not in page.text, "health is for the person to tell"
    assert "House rules" not in page.text, "and so is what they agree to"
    done = confirm(petra, event, page, **{f"c{ada_id}-q{shift_id}": "Morning"})
    assert done.status_code == 302
    assert group_told() == {"stand": True}
    assert told("Ada Lang") == {"shift_at_the_stand": "Morning"}
    url = "/events/summit/registrations/answers"
    assert "Answers for your whole group" in petra.get("/events/summit/registrations").text
    assert send(petra, url, {f"group-q{stand_id}": "no"}).status_code == 302
    assert group_told() == {"stand": False}


def test_a_bad_answer_about_one_of_two_keeps_everything(petra: PageClient, event: Event, donau: Organisation) -> None:
    number = forms.question(event, forms.section(event), "How many years?", Kind.NUMBER, settings={"max": "60"})
    ids = [factories.person(donau, f"G{n}", f"F{n}", f"p{n}@donau.example").id for n in range(2)]
    q = f"q{number.id}"
    page = check(petra, event, colleagues=[str(i) for i in ids])
    refused = confirm(petra, event, page, **{f"c{ids[0]}-{q}": "20", f"c{ids[1]}-{q}": "99"})
    assert refused.status_code == 422
    assert "at most 60" in summary(refused)
    assert f'href="#c{ids[1]}-{q}"' in summary(refused)
    assert 'value="20"' in refused.text
    assert 'value="99"' in refused.text
    done = send_page(petra, refused, register_url(event), {f"c{ids[1]}-{q}": "9"})
    assert done.status_code == 302
    assert told("G1 F1") == {"how_many_years": "9"}


def test_an_option_that_runs_out_meanwhile_is_a_message_at_its_field(
    petra: PageClient, event: Event, donau: Organisation, isar: Organisation
) -> None:
    which = forms.question(
        event, forms.section(event), "Workshop?", Kind.ONE_OF, options=(Option("", "Baking", "", 1), Option("", "Drumming"))
    )
    note = forms.question(event, forms.section(event, "More"), "Note?")
    ada_id, q, n = factories.person(donau, "Ada", "Lang", "ada@donau.example").id, f"q{which.id}", f"q{note.id}"
    page = check(petra, event, colleagues=str(ada_id))
    assert "Baking (1 left)" in page.text
    other = factories.registration(event, isar)
    query = select(Registration).options(*LOADED).where(Registration.id == other.id)
    answering.store(
        db.session.scalars(query.execution_options(populate_existing=True)).one(),
        Given({which.id: "baking"}, frozenset({which.id})),
        by=factories.TESTS,
        at=NOW,
    )
    factories.commit()
    late = confirm(petra, event, page, **{f"c{ada_id}-{q}": "baking", f"c{ada_id}-{n}": "Gluten-free flour"})
    assert late.status_code == 409
    assert "Baking” is full" in summary(late)
    assert "Baking (full)" in late.text
    assert "Gluten-free flour" in late.text
    assert told("Ada Lang") == {}
    done = send_page(petra, late, register_url(event), {f"c{ada_id}-{q}": "drumming"})
    assert done.status_code == 302
    assert told("Ada Lang") == {"workshop": "drumming", "note": "Gluten-free flour"}


def test_somebody_alone_answers_with_the_registration(client: PageClient, event: Event, donau: Organisation) -> None:
    where = forms.section(event)
    car = forms.question(event, where, "Car?", Kind.YES_NO)
    plate = forms.question(event, where, "Plate?", required=True, shown_if=[forms.part(car, "yes")])
    health = forms.question(event, where, "Asthma?", Kind.YES_NO, special=True)
    rules = forms.question(event, where, "House rules", Kind.CONSENT, required=True)
    factories.person(donau, "Ada", "Lang", "ada@donau.example")
    car_q, plate_q, health_q, rules_q = (f"q{q.id}" for q in (car, plate, health, rules))
    url = link_in(ask(client, event, "ada@donau.example"))
    page = client.get(url)
    assert hidden_questions(page) == {plate.id}
    page = send_page(client, page, url, {car_q: "yes", "further": "1"})
    assert page.status_code == 200
    assert hidden_questions(page) == set()
    refused = send_page(client, page, url, {car_q: "yes", "note": "Hello"})
    assert refused.status_code == 422
    assert "Tick this to go on." in summary(refused)
    assert 'value="Hello"' in refused.text
    done = send_page(client, refused, url, {car_q: "yes", plate_q: "W 1", health_q: "no", rules_q: "y"})
    assert done.status_code == 302
    assert told("Ada Lang") == {"car": True, "plate": "W 1", "asthma": False, "house_rules": True}


def registered(event: Event, company: Organisation, **values: Any) -> Registration:
    return factories.registration(event, company, "Ada", "Lang", email="ada@donau.example", **values)


def test_behind_the_link_also_what_comes_after_confirmation(
    client: PageClient, event: Event, donau: Organisation, clock: time_machine.Traveller
) -> None:
    first = forms.question(event, forms.section(event), "Nickname?")
    later = forms.question(event, forms.section(event, "Travel", Stage.B), "Arrival?", required=True)
    one = registered(event, donau)
    url, q1, q2 = f"/r/{one.token}/edit", f"q{first.id}", f"q{later.id}"
    assert "Arrival?" in client.get(url).text
    assert send(client, url, {q1: "Ada", q2: "By train"}).status_code == 302
    assert told("Ada Lang") == {"nickname": "Ada", "arrival": "By train"}
    assert 'value="By train"' in client.get(url).text
    from eventapp.questions import service

    service.set_deadlines(db.session.get_one(Event, event.id), {Stage.B: NOW - timedelta(hours=1)}, by=factories.TESTS, at=NOW)
    factories.commit()
    page = client.get(url)
    assert "Nickname?" in page.text
    assert "Arrival?" not in page.text
    assert send(client, url, {q1: "", q2: "Late"}).status_code == 302
    assert told("Ada Lang") == {"arrival": "By train"}


def test_health_is_not_asked_of_staff_who_come_by_the_link(client: PageClient, event: Event, donau: Organisation) -> None:
    health = forms.question(event, forms.section(event), "Asthma?", Kind.YES_NO, special=True)
    other = forms.question(event, forms.section(event, "More"), "Nickname?")
    one = registered(event, donau)
    url, q = f"/r/{one.token}/edit", f"q{health.id}"
    send(client, url, {q: "yes"})
    assert told("Ada Lang") == {"asthma": True}
    client.sign_in(factories.organizer())
    page = client.get(url)
    assert "Asthma?" not in page.text
    send_page(client, page, url, {f"q{other.id}": "Adi", q: "no"})
    assert told("Ada Lang") == {"asthma": True, "nickname": "Adi"}


def test_organizers_read_answers_as_they_were_asked_but_not_in_confidence(
    client: PageClient, event: Event, donau: Organisation
) -> None:
    where = forms.section(event)
    name = forms.question(event, where, "Nickname?", frozen_from=NOW - timedelta(days=1))
    health = forms.question(event, where, "Asthma?", special=True)
    desk = forms.question(event, where, "Who greets?", scope=Scope.ORGANIZER)
    one = registered(event, donau)
    q, d = f"q{name.id}", f"q{desk.id}"
    query = select(Registration).options(*LOADED).where(Registration.id == one.id)
    answering.store(
        db.session.scalars(query).one(),
        Given({health.id: "Zzsecret"}, frozenset({health.id})),
        by=factories.TESTS,
        at=NOW,
    )
    factories.commit()
    client.sign_in(factories.organizer())
    shown, edit = f"/admin/events/summit/registrations/{one.id}", f"/admin/events/summit/registrations/{one.id}/answers"
    assert send(client, edit, {q: "Ada", d: "The board"}).status_code == 302
    page = client.get(shown).text
    assert "The board" in page
    assert "told in confidence" in page
    assert "Zzsecret" not in page + client.get(edit).text
    forms_url = f"/admin/events/summit/form/questions/{name.id}"
    preview = send(client, forms_url, {"label": "What do friends call you?"})
    assert "1 are good answers" in preview.text
    assert send_page(client, preview, forms_url, {"label": "What do friends call you?"}).status_code == 302
    page = client.get(shown).text
    assert "Nickname?" in page
    assert "asked now as: What do friends call you?" in page
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "registrations.answers")).all()
    assert "Zzsecret" not in str([e.changes for e in entries])


def exported(client: PageClient) -> list[dict[str, str]]:
    page = client.get("/admin/events/summit/registrations/")
    url = "/admin/events/summit/registrations/export"
    text = client.post(url, data={**fields(page.text, url), "format": "plain"}).text
    return list(csv.DictReader(io.StringIO(text)))


def test_answers_are_columns_of_the_export(client: PageClient, event: Event, donau: Organisation, isar: Organisation) -> None:
    where = forms.section(event)
    which = forms.question(event, where, "Workshop?", Kind.ONE_OF, options=("Baking", "Drumming"))
    stand = forms.question(event, where, "Stand?", Kind.YES_NO, scope=Scope.GROUP)
    health = forms.question(event, where, "Asthma?", special=True)
    forms.question(event, where, "Internal?", in_exports=False)
    one = registered(event, donau)
    factories.registration(event, isar)
    query = select(Registration).options(*LOADED).where(Registration.id == one.id)
    values = {which.id: "baking", health.id: "+yes"}
    answering.store(db.session.scalars(query).one(), Given(values, frozenset(values)), by=factories.TESTS, at=NOW)
    answering.store_group(event, donau, Given({stand.id: True}, frozenset({stand.id})), by=factories.TESTS, at=NOW)
    factories.commit()
    organizer = client.sign_in(factories.organizer())
    mine, theirs = exported(organizer)
    assert (mine["answer_workshop"], mine["answer_stand"]) == ("Baking", "Yes")
    assert (theirs["answer_workshop"], theirs["answer_stand"]) == ("", "")
    assert not {"answer_asthma", "answer_internal"} & mine.keys()
    client.sign_in(factories.user(None, Role.ORGANIZER, Role.CATERING))
    assert exported(client)[0]["answer_asthma"].lstrip("'") == "+yes"


def test_a_company_sees_nothing_of_another_s_answers(
    petra: PageClient, event: Event, donau: Organisation, isar: Organisation
) -> None:
    stand = forms.question(event, forms.section(event), "Stand?", scope=Scope.GROUP)
    answering.store_group(event, isar, Given({stand.id: "Zzcanary"}, frozenset({stand.id})), by=factories.TESTS, at=NOW)
    factories.commit()
    for url in ("/events/summit/registrations/answers", "/events/summit/register"):
        assert "Zzcanary" not in petra.get(url).text
    send(petra, "/events/summit/registrations/answers", {f"group-q{stand.id}": "Ours"})
    db.session.rollback()
    assert sorted(a.text for a in db.session.scalars(select(Answer))) == ["Ours", "Zzcanary"]


def test_an_organizer_s_own_registration_takes_answers_along(client: PageClient, event: Event, donau: Organisation) -> None:
    where = forms.section(event)
    forms.question(event, where, "Board?", Kind.YES_NO, shown_if=[forms.part("tier", "premier")])
    board = db.session.scalars(select(Question)).one().id
    client.sign_in(factories.organizer())
    url = "/admin/events/summit/registrations/add"
    values = {"company": donau.programme_id, "given_name": "Ada", "family_name": "Lang", "address": "ada@donau.example"}
    page = send(client, url, {**values, "further": "1"})
    assert hidden_questions(page) == set(), "now the company is known"
    assert send_page(client, page, url, {f"q{board}": "yes"}).status_code == 302
    assert told("Ada Lang") == {"board": True}


def give(client: PageClient, url: str, question: int, name: str, content: bytes, **values: Any) -> TestResponse:
    """Sends the form behind the link with a file."""
    page = client.get(url)
    assert 'enctype="multipart/form-data"' in page.text
    data = {**fields(page.text), f"q{question}": (io.BytesIO(content), name), **values}
    return client.post(url, data=data, content_type="multipart/form-data")


def test_a_file_is_kept_and_only_ever_saved(client: PageClient, event: Event, donau: Organisation) -> None:
    where = forms.section(event)
    slides = forms.question(event, where, "Your slides?", Kind.FILE, settings={"types": ["pdf", "txt"]})
    number = forms.question(event, where, "How many years?", Kind.NUMBER)
    one = registered(event, donau)
    url, slides_id, number_id, one_id = f"/r/{one.token}/edit", slides.id, number.id, one.id
    for name, content in (
        ("a.html", b"<script>"),
        ("a.pdf", b"<script>"),
        ("a.txt", b"a\x00b"),
        ("a.pdf", b""),
        ("a.pdf", b"%PDF-" + b"x" * 900_000),
    ):
        assert give(client, url, slides_id, name, content).status_code == 422, name
    refused = give(client, url, slides_id, "../x/Žofie’s talk.pdf", b"%PDF-1.7 zz", **{f"q{number_id}": "many"})
    assert refused.status_code == 422
    assert "Žofie’s talk.pdf" in refused.text, "a form that is refused does not lose the file"
    assert send_page(client, refused, url, {f"q{number_id}": "3"}).status_code == 302
    answer = told("Ada Lang")["your_slides"]
    assert answer["name"] == "Žofie’s talk.pdf"
    assert len(answer["id"]) >= 20, "a random name"
    saved = client.get(f"/r/{one.token}/files/{answer['id']}")
    assert saved.data == b"%PDF-1.7 zz"
    assert saved.headers["Content-Type"] == "application/octet-stream"
    assert saved.headers["Content-Disposition"].startswith("attachment")
    other = factories.registration(db.session.get_one(Event, event.id), factories.organisation("Other AG"))
    assert client.get(f"/r/{other.token}/files/{answer['id']}").status_code == 404
    assert give(client, url, slides_id, "b.txt", b"new").status_code == 302
    assert client.get(f"/r/{one.token}/files/{answer['id']}").status_code == 404, "the old one is gone"
    client.sign_in(factories.organizer())
    page = client.get(f"/admin/events/summit/registrations/{one_id}").text
    link = re.search(r'href="(/admin/events/summit/registrations/\d+/files/[^"]+)"', page)
    assert link
    assert client.get(link[1]).data == b"new"
    page = client.get(f"/admin/events/summit/registrations/{one_id}/answers")
    edit = f"/admin/events/summit/registrations/{one_id}/answers"
    assert client.post(edit, data={**fields(page.text), f"q{slides_id}-remove": "1"}).status_code == 302
    assert "your_slides" not in told("Ada Lang")
    assert client.get(link[1]).status_code == 404


def test_a_form_is_finished_later(client: PageClient, event: Event, donau: Organisation, clock: Any) -> None:
    name = forms.question(event, forms.section(event), "Nickname?")
    years = forms.question(event, forms.section(event, "More"), "How many years?", Kind.NUMBER)
    one = registered(event, donau)
    url, name_q, years_q = f"/r/{one.token}/edit", f"q{name.id}", f"q{years.id}"
    assert send(client, url, {name_q: "Adi", years_q: "not yet sure", "later": "1"}).status_code == 302
    assert told("Ada Lang") == {}
    forms.question(db.session.get_one(Event, event.id), forms.section(db.session.get_one(Event, event.id), "New"), "Added?")
    page = client.get(url)
    assert "Here is what you typed last time" in page.text
    assert 'value="Adi"' in page.text
    assert 'value="not yet sure"' in page.text, "also after the form has changed"
    assert "Added?" in page.text
    assert send_page(client, page, url, {years_q: "4"}).status_code == 302
    assert told("Ada Lang") == {"nickname": "Adi", "how_many_years": "4"}
    assert "last time" not in client.get(url).text
    send(client, url, {name_q: "Other", "later": "1"})
    purging.purge("drafts", NOW + timedelta(days=15))
    assert "last time" not in client.get(url).text


def test_a_browser_knows_frozen_answers_that_conditions_ask_about(
    client: PageClient, event: Event, donau: Organisation, clock: time_machine.Traveller
) -> None:
    where = forms.section(event)
    lab = forms.question(event, where, "Lab?", Kind.YES_NO, frozen_from=NOW + timedelta(days=1))
    forms.question(event, where, "Laptop?", shown_if=[forms.part(lab, "yes")])
    one = registered(event, donau)
    url, lab_q = f"/r/{one.token}/edit", f"q{lab.id}"
    assert send(client, url, {lab_q: "yes"}).status_code == 302
    clock.shift(timedelta(days=2))
    page = client.get(url)
    assert hidden_questions(page) == set()
    assert f'data-answers="{{&#34;{lab_q}&#34;: true}}"' in page.text, "else the browser would hide what the server shows"
