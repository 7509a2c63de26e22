"""Keeping answers: what is stored, places of options, versions, what is missing, what goes and when."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.core.db import db, rollback, transaction
from eventapp.core.errors import RuleError
from eventapp.events.models import Event, EventFormat, Mode
from eventapp.partners.models import Organisation
from eventapp.places.queries import miscounts
from eventapp.privacy import purging
from eventapp.questions import queries, service
from eventapp.questions.hooks import keeper
from eventapp.questions.models import Kind, Question, Scope, Stage
from eventapp.questions.rules.asked import Given, Option
from eventapp.questions.service.copying import details_of
from eventapp.registrations import service as registering
from eventapp.registrations.answers import service as answering
from eventapp.registrations.answers.models import Answer, AnswerPlace
from eventapp.registrations.models import Registration
from eventapp.registrations.queries import LOADED
from tests.conftest import NOW
from tests.support import factories, forms
from tests.support.factories import ENDS, TESTS


@pytest.fixture
def event(app: object) -> Event:
    return factories.event(
        slug="summit", format=EventFormat.HYBRID, capacity_in_person=50, capacity_virtual=50, join_url="https://meet.example/x"
    )


def given(values: dict[Question, Any], **more: Any) -> Given:
    found = {q.id: value for q, value in values.items() if value is not None}
    return Given(found, frozenset(q.id for q in values), **more)


def told(registration: Registration) -> dict[int, Any]:
    db.session.rollback()
    rows = db.session.scalars(select(Answer).where(Answer.registration_id == registration.id))
    return {a.question_id: a.answer for a in rows}


def taken(event_id: int) -> dict[str, int]:
    db.session.rollback()
    db.session.expire_all()
    return {key: pool.taken for (_id, key), pool in queries.option_pools(event_id).items()}


def fresh(registration: Registration) -> Registration:
    """The registration with all that services need, also after a rollback."""
    query = select(Registration).options(*LOADED).where(Registration.id == registration.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def keep(registration: Registration, values: dict[Question, Any], **more: Any) -> None:
    answering.store(fresh(registration), given(values, **more), by=TESTS, at=NOW)
    factories.commit()


def workshops(event: Event, limit: int = 1) -> Question:
    options = (Option("", "Baking", "", limit), Option("", "Drumming"))
    return forms.question(event, forms.section(event, "Workshops"), "Which?", Kind.ONE_OF, options=options)


def test_hidden_questions_store_nothing_whatever_is_posted(event: Event, donau: Organisation) -> None:
    where = forms.section(event)
    car = forms.question(event, where, "Car?", Kind.YES_NO)
    plate = forms.question(event, where, "Plate?", shown_if=[forms.part(car, "yes")])
    one = factories.registration(event, donau)
    keep(one, {car: False, plate: "W 1"})
    assert told(one) == {car.id: False}
    keep(one, {car: True, plate: "W 1"})
    assert told(one) == {car.id: True, plate.id: "W 1"}
    keep(one, {car: False})
    assert told(one) == {car.id: False}, "what hangs on it goes too, though that page did not ask it"


def test_the_last_place_of_an_option_goes_once(event: Event, donau: Organisation, isar: Organisation) -> None:
    which = workshops(event)
    one, two = factories.registration(event, donau), factories.registration(event, isar)
    keep(one, {which: "baking"})
    with pytest.raises(RuleError) as refused:
        answering.store(fresh(two), given({which: "baking"}, prefix="c2-"), by=TESTS, at=NOW)
    rollback()
    assert (refused.value.status, refused.value.field) == (409, f"c2-q{which.id}")
    assert "Baking" in refused.value.message
    assert told(two) == {}
    keep(one, {which: "baking"})
    assert taken(event.id) == {"baking": 1}, "the same answer again takes no further place"
    keep(one, {which: "drumming"})
    assert taken(event.id) == {"baking": 0}
    keep(two, {which: "baking"})
    assert taken(event.id) == {"baking": 1}
    assert miscounts() == []


def test_ten_at_once_want_the_last_two_places(app: Flask, event: Event, donau: Organisation) -> None:
    which = workshops(event, limit=2)
    people = factories.register(event, donau, *(factories.attendee() for _n in range(10)))
    ids, question_id, event_id = [r.id for r in people], which.id, event.id
    refused: list[str] = []
    errors: list[BaseException] = []

    def choose(registration_id: int) -> None:
        with app.app_context():
            try:
                with transaction():
                    query = select(Registration).options(*LOADED).where(Registration.id == registration_id)
                    one = db.session.scalars(query).one()
                    answering.store(fresh(one), Given({question_id: "baking"}, frozenset({question_id})), by=TESTS, at=NOW)
            except RuleError as error:
                refused.append(error.message)
            except BaseException as error:
                errors.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=choose, args=(id_,)) for id_ in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(refused) == 8
    assert taken(event_id) == {"baking": 2}
    assert len(db.session.scalars(select(AnswerPlace)).all()) == 2
    assert miscounts() == []


def test_places_go_back_when_somebody_does_not_come(event: Event, donau: Organisation) -> None:
    which = workshops(event)
    one, two = factories.register(event, donau, factories.attendee(), factories.attendee())
    keep(one, {which: "baking"})
    registering.cancel([fresh(one)], reason="", by=TESTS, at=NOW)
    factories.commit()
    assert taken(event.id) == {"baking": 0}
    assert told(one) == {which.id: "baking"}, "it can be undone"
    registering.undo_cancel(fresh(one), by=TESTS, at=NOW)
    factories.commit()
    assert taken(event.id) == {"baking": 1}
    registering.cancel([fresh(one)], reason="", by=TESTS, at=NOW)
    keep(two, {which: "baking"})
    registering.undo_cancel(fresh(one), by=TESTS, at=NOW)
    factories.commit()
    assert told(one) == {}, "the place is another's now"
    assert taken(event.id) == {"baking": 1}
    assert miscounts() == []


def test_whoever_comes_instead_answers_anew(event: Event, donau: Organisation) -> None:
    which = workshops(event)
    name = forms.question(event, forms.section(event), "Nickname?", required=True)
    one = factories.registration(event, donau, "Ada", "Lang", email="ada@donau.example")
    keep(one, {which: "baking", name: "Ada"})
    assert one.missing_answers == 0
    registering.substitute(fresh(one), "Ben", "Moser", "ben@donau.example", by=TESTS, at=NOW)
    factories.commit()
    assert told(one) == {}
    assert taken(event.id) == {"baking": 0}
    assert db.session.get_one(Registration, one.id).missing_answers == 1


def test_a_change_of_mode_drops_what_is_not_asked_any_more(event: Event, donau: Organisation) -> None:
    where = forms.section(event)
    room = forms.question(event, where, "Hotel?", shown_if=[forms.part("mode", "in_person")])
    health = forms.question(event, where, "Step-free?", Kind.YES_NO, special=True)
    one = factories.registration(event, donau)
    keep(one, {room: "Yes", health: True})
    registering.change_mode(fresh(one), Mode.VIRTUAL, by=TESTS, at=NOW)
    factories.commit()
    assert told(one) == {}


def test_what_is_missing_is_counted(event: Event, donau: Organisation) -> None:
    where, later = forms.section(event), forms.section(event, "Later", Stage.B)
    name = forms.question(event, where, "Nickname?", required=True)
    forms.question(event, where, "Only from tomorrow?", required=True, required_from=NOW + timedelta(days=1))
    arrival = forms.question(event, later, "Arrival?", required=True)
    forms.question(event, where, "Stand?", scope=Scope.GROUP, required=True)
    forms.question(event, where, "Not me?", required=True, shown_if=[forms.part("tier", "ready")])
    one = factories.registration(event, donau, at=NOW)
    assert one.missing_answers == 2
    keep(one, {name: "Ada"})
    assert one.missing_answers == 1
    keeper().recount(event.id, NOW + timedelta(days=2))
    factories.commit()
    db.session.expire_all()
    assert one.missing_answers == 2
    service.archive(event, arrival, by=TESTS, at=NOW)
    factories.commit()
    db.session.expire_all()
    assert one.missing_answers == 0


def test_a_removed_option_takes_its_answers_along(event: Event, donau: Organisation) -> None:
    which = workshops(event, limit=5)
    people = factories.register(event, donau, *(factories.attendee() for _n in range(3)))
    for one, key in zip(people, ("baking", "baking", "drumming"), strict=True):
        keep(one, {which: key})
    question, now_asked = queries.question(event, which.id)
    section = queries.section(event, now_asked.section_id)
    left = details_of(now_asked).__class__("Which?", Kind.ONE_OF, options=(Option("drumming", "Drums", "", 1),))
    numbers = service.foresee(event, question, section, left)
    assert (numbers.kept, numbers.dropped) == (1, 2)
    assert taken(event.id) == {"baking": 2}, "looking changes nothing"
    question, now_asked = queries.question(event, which.id)
    done = service.change_question(event, question, section, left, version=question.version, by=TESTS, at=NOW)
    factories.commit()
    assert done == numbers
    assert [told(one) for one in people] == [{}, {}, {which.id: "drumming"}]
    assert taken(event.id) == {"baking": 0, "drumming": 1}, "who chose it before the limit holds a place"
    answer = db.session.scalars(select(Answer)).one()
    (asked,) = queries.versions([answer.version_id]).values()
    assert [o.label for o in asked.options] == ["Baking", "Drumming"], "the answer knows what was asked"
    assert miscounts() == []


def test_a_limit_below_what_is_taken_is_a_visible_overbooking(event: Event, donau: Organisation) -> None:
    which = workshops(event, limit=5)
    people = factories.register(event, donau, *(factories.attendee() for _n in range(3)))
    for one in people[:2]:
        keep(one, {which: "drumming"})
    question, now_asked = queries.question(event, which.id)
    section = queries.section(event, now_asked.section_id)
    options = (Option("baking", "Baking", "", 5), Option("drumming", "Drumming", "", 1))
    details = details_of(now_asked).__class__("Which?", Kind.ONE_OF, options=options)
    service.change_question(event, question, section, details, version=question.version, by=TESTS, at=NOW)
    factories.commit()
    db.session.expire_all()
    pool = queries.option_pools(event.id)[(which.id, "drumming")]
    assert (pool.capacity, pool.taken, pool.overbooked) == (1, 2, 1)
    with pytest.raises(RuleError):
        answering.store(fresh(people[2]), given({which: "drumming"}), by=TESTS, at=NOW)
    rollback()


def test_a_new_condition_drops_answers_of_those_not_asked_any_more(event: Event, donau: Organisation, isar: Organisation) -> None:
    where = forms.section(event)
    dinner = forms.question(event, where, "Dinner?", Kind.YES_NO)
    one, two = factories.registration(event, donau), factories.registration(event, isar)
    keep(one, {dinner: True})
    keep(two, {dinner: True})
    question, now_asked = queries.question(event, dinner.id)
    section = queries.section(event, now_asked.section_id)
    details = details_of(now_asked).__class__(
        "Dinner?", Kind.YES_NO, condition={"all": True, "tests": [forms.part("tier", "premier")]}
    )
    numbers = service.change_question(event, question, section, details, version=question.version, by=TESTS, at=NOW)
    factories.commit()
    assert (numbers.kept, numbers.hidden) == (1, 1)
    assert (told(one), told(two)) == ({dinner.id: True}, {})


def test_what_has_answers_is_archived_not_deleted(event: Event, donau: Organisation) -> None:
    where = forms.section(event)
    name = forms.question(event, where, "Nickname?")
    one = factories.registration(event, donau)
    keep(one, {name: "Ada"})
    with pytest.raises(RuleError, match="Archive"):
        service.delete_question(event, name, by=TESTS, at=NOW)
    rollback()
    service.archive(event, db.session.get_one(Question, name.id), by=TESTS, at=NOW)
    factories.commit()
    assert told(one) == {name.id: "Ada"}


def test_the_freeze_holds_for_people_and_not_for_organizers(event: Event, donau: Organisation) -> None:
    name = forms.question(event, forms.section(event), "Nickname?", frozen_from=NOW - timedelta(hours=1))
    one = factories.registration(event, donau)
    with pytest.raises(RuleError, match="cannot be changed"):
        answering.store(fresh(one), given({name: "Ada"}), by=TESTS, at=NOW)
    rollback()
    answering.store(fresh(one), given({name: "Ada"}, frozen_too=True), by=TESTS, at=NOW)
    factories.commit()
    assert told(one) == {name.id: "Ada"}


def test_special_answers_leave_with_the_purge(event: Event, donau: Organisation) -> None:
    where = forms.section(event)
    health = forms.question(event, where, "Step-free?", Kind.YES_NO, special=True)
    name = forms.question(event, where, "Nickname?")
    one = factories.registration(event, donau)
    keep(one, {health: True, name: "Ada"})
    purging.purge("special_answers", ENDS + timedelta(days=29))
    assert set(told(one)) == {health.id, name.id}
    purging.purge("special_answers", ENDS + timedelta(days=31))
    assert set(told(one)) == {name.id}


def test_group_answers_are_the_company_s_own(event: Event, donau: Organisation, isar: Organisation) -> None:
    where = forms.section(event)
    stand = forms.question(event, where, "Stand?", Kind.YES_NO, scope=Scope.GROUP)
    mine = forms.question(event, where, "At the stand?", Kind.YES_NO, shown_if=[forms.part(stand, "yes")], required=True)
    answering.store_group(event, donau, given({stand: True}), by=TESTS, at=NOW)
    one, two = factories.registration(event, donau), factories.registration(event, isar)
    assert (one.missing_answers, two.missing_answers) == (1, 0)
    keep(one, {mine: True})
    keep(two, {mine: True})
    assert (told(one), told(two)) == ({mine.id: True}, {}), "the other company has no stand, so nobody is asked"
