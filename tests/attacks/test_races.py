"""Two people at the same moment: what one decided on had changed when the other was done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from eventapp.core.db import db, reading, writing
from eventapp.core.errors import RuleError
from eventapp.events.models import Event
from eventapp.lifecycle import service as lifecycle
from eventapp.partners.models import Membership, Organisation, Person, PersonEmail, PersonWord
from eventapp.places.queries import miscounts
from eventapp.registrations import queries, service
from eventapp.registrations.models import Registration
from eventapp.registrations.service import registering
from eventapp.registrations.tallies import miscounted
from tests.attacks.conftest import Firm
from tests.conftest import NOW
from tests.support import factories
from tests.support.browsing import check, confirm
from tests.support.pages import PageClient


@pytest.fixture
def postgres(backend: object) -> None:
    """Where the other one acts while this one holds its lock: SQLite has one for everything."""
    if getattr(backend, "name", "") != "postgres":
        pytest.skip("the database lets one writer in at a time")


@contextmanager
def meanwhile(app: Flask, act: Callable[[], None]) -> Iterator[None]:
    """Lets `act` happen and commit in another connection after what this one has read, and before the block, which writes."""
    errors: list[BaseException] = []

    def run() -> None:
        with app.app_context():
            try:
                act()
                factories.commit()
            except BaseException as error:
                errors.append(error)
            finally:
                db.session.remove()

    thread = Thread(target=run)
    thread.start()
    thread.join(20)
    assert not errors, errors
    assert not thread.is_alive()
    with writing():
        yield


def loaded(registration_id: int) -> Registration:
    """As a request loads it, in a transaction that only reads."""
    with reading():
        return db.session.scalars(select(Registration).options(*queries.LOADED).where(Registration.id == registration_id)).one()


def sound() -> None:
    """Every recount agrees."""
    db.session.rollback()
    assert miscounts() == []
    assert miscounted() == []


def test_a_cancellation_is_not_undone_into_an_event_cancelled_meanwhile(app: Flask, firm: Firm) -> None:
    event = factories.event()
    registration = factories.registration(event, firm.company)
    service.cancel([loaded(registration.id)], reason="", by=factories.TESTS, at=NOW)
    factories.commit()
    mine, event_id = loaded(registration.id), event.id

    def cancel_event() -> None:
        lifecycle.cancel_event(db.session.get_one(Event, event_id), "Storm", by=factories.TESTS, now=NOW)

    with meanwhile(app, cancel_event), pytest.raises(RuleError):
        service.undo_cancel(mine, by=factories.TESTS, at=NOW)
    sound()


def test_a_cancellation_is_not_undone_into_a_mode_that_has_gone(app: Flask, firm: Firm) -> None:
    event = factories.event(format=factories.EventFormat.HYBRID, join_url="https://meet.example/x")
    registration = factories.registration(event, firm.company, mode=factories.Mode.VIRTUAL)
    service.cancel([loaded(registration.id)], reason="", by=factories.TESTS, at=NOW)
    event.format = factories.EventFormat.IN_PERSON
    factories.commit()
    with pytest.raises(RuleError):
        service.undo_cancel(loaded(registration.id), by=factories.TESTS, at=NOW)
    sound()


def test_nobody_registers_in_a_mode_that_went_meanwhile(app: Flask, firm: Firm) -> None:
    event = factories.event(format=factories.EventFormat.HYBRID, join_url="https://meet.example/x")
    event_id = event.id
    assert event.modes

    def change() -> None:
        db.session.get_one(Event, event_id).format = factories.EventFormat.IN_PERSON

    attendee = factories.attendee(mode=factories.Mode.VIRTUAL)
    with meanwhile(app, change), pytest.raises(RuleError):
        service.register(event, firm.company, [attendee], source=factories.Source.COMPANY, by=factories.TESTS, at=NOW)
    sound()


@pytest.mark.usefixtures("postgres")
def test_what_a_constraint_refuses_is_a_conflict_and_not_a_breakdown(app: Flask, petra: PageClient, firm: Firm) -> None:
    """The colleague is deleted, as by undoing an import, between the form's reading and its writing."""
    event = factories.event()
    page = check(petra, event, colleagues=[firm.ada.id])
    ada_id = firm.ada.id
    original = registering.problems_of

    def deleted_now(*args: object, **kwargs: object) -> object:
        found = original(*args, **kwargs)  # type: ignore[arg-type]

        def delete_ada() -> None:
            for table in (PersonWord, PersonEmail, Membership):
                db.session.execute(delete(table).where(table.person_id == ada_id))
            db.session.execute(delete(Person).where(Person.id == ada_id))

        with meanwhile(app, delete_ada):
            return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registering, "problems_of", deleted_now)
        answer = confirm(petra, event, page)
    assert answer.status_code == 409
    assert "at the same moment" in answer.text
    sound()


def test_the_same_new_people_in_two_events_do_not_wait_for_each_other(app: Flask, firm: Firm) -> None:
    addresses = [f"p{n:02d}@donau.example" for n in range(30)]
    ids = [factories.event().id, factories.event().id]
    company_id = firm.company.id
    start = Barrier(2)
    errors: list[BaseException] = []

    def enrol_all(event_id: int, order: list[str]) -> None:
        with app.app_context():
            with reading():
                event, company = db.session.get_one(Event, event_id), db.session.get_one(Organisation, company_id)
            people = [factories.attendee("P", address[:3], address) for address in order]
            start.wait(10)
            try:
                with writing():
                    service.register(event, company, people, source=factories.Source.COMPANY, by=factories.TESTS, at=NOW)
                    factories.commit()
            except BaseException as error:
                errors.append(error)
            finally:
                db.session.remove()

    threads = [Thread(target=enrol_all, args=(ids[0], addresses)), Thread(target=enrol_all, args=(ids[1], addresses[::-1]))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(40)
    assert errors == []
    assert db.session.scalar(select(func.count()).select_from(Registration)) == 60
    sound()
