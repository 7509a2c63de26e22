"""Erasing while somebody registers the same person, and needs that come in while the place is handed on."""

import threading
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from eventapp.core.db import db, rollback, transaction
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.events.models import Event
from eventapp.lifecycle import erasing
from eventapp.partners.models import Organisation, Person
from eventapp.privacy import service
from eventapp.privacy.models import Needs
from eventapp.registrations import service as registering
from eventapp.registrations.models import Registration, Source
from eventapp.registrations.queries import by_token
from tests.conftest import NOW
from tests.support import factories

ROUNDS = 6


def at_once(app: Flask, *acts: Callable[[], None]) -> list[Exception]:
    """Carries the acts out at the same time, each in a transaction; what was refused."""
    wait, refused = threading.Barrier(len(acts)), []

    def work(act: Callable[[], None]) -> None:
        with app.app_context():
            wait.wait()
            try:
                with transaction():
                    act()
            except (RuleError, NotFoundError) as error:
                refused.append(error)

    db.session.rollback()
    threads = [threading.Thread(target=work, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rollback()
    return refused


def test_nobody_who_is_erased_is_registered_at_the_same_moment(app: Flask) -> None:
    company, event = factories.organisation(tier_key=None), factories.event(slug="summit")
    factories.registration(event, company)  # the company's pool is there
    event_id, company_id = event.id, company.id
    for n in range(ROUNDS):
        address, word = f"zz{n}@company.example", f"Zz{n}"
        person_id = factories.person(db.session.get_one(Organisation, company_id), word, "Huber", address).id

        def register(address: str = address, word: str = word) -> None:
            attendee = factories.attendee(word, "Huber", address)
            at, by = db.session.get_one(Event, event_id), db.session.get_one(Organisation, company_id)
            registering.register(at, by, [attendee], source=Source.COMPANY, by=factories.TESTS, at=NOW)

        def erase(person_id: int = person_id) -> None:
            erasing.erase(person_id, by=factories.TESTS, now=NOW)

        assert at_once(app, register, erase) == []
        db.session.expire_all()
        assert db.session.get_one(Person, person_id).full_name == "Erased person"
        names = db.session.scalars(select(Registration.name).where(Registration.person_id == person_id)).all()
        assert set(names) <= {"Erased person"}
        active = Registration.status != "cancelled"
        assert db.session.scalar(select(func.count()).where(Registration.person_id == person_id, active)) == 0


def test_needs_never_pass_to_the_next_holder(app: Flask) -> None:
    company, event = factories.organisation(domain="company.example"), factories.event(slug="summit")
    answers = service.Answers(["vegan"], "", [], False, "")
    for n in range(ROUNDS):
        made = factories.registration(event, company, "Eva", f"Huber{n}")
        factories.person(company, "Otto", f"Neu{n}", f"otto{n}@company.example")
        first = made.person_id

        def load(token: str = made.token) -> Registration:
            return by_token(token)  # as the page does: the link dies when the place is handed on

        def tell(load: Any = load) -> None:
            service.tell_needs(load(), answers, 30, by=factories.TESTS, through="link", now=NOW)

        def hand_on(load: Any = load, n: int = n) -> None:
            registering.substitute(load(), "Otto", f"Neu{n}", f"otto{n}@company.example", by=factories.TESTS, at=NOW)

        at_once(app, tell, hand_on)
        db.session.expire_all()
        found = db.session.get_one(Registration, made.id)
        assert (found.person_id, db.session.get(Needs, made.id)) != (first, None), "one of the two went through"
        assert found.person_id == first or db.session.get(Needs, made.id) is None
        db.session.rollback()
