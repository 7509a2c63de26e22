"""Erasing while somebody registers the same person, and needs that come in while the place is handed on."""

import threading
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from eventapp.audit import chain
from eventapp.core.db import db, rollback, transaction
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.events.models import Event
from eventapp.lifecycle import erasing
from eventapp.partners.company import service as companies
from eventapp.partners.company.service import Colleague
from eventapp.partners.models import Membership, MembershipRole, MembershipState, Organisation, Person, PersonEmail
from eventapp.places.queries import miscounts
from eventapp.privacy import purging, service
from eventapp.privacy.models import Needs
from eventapp.registrations import service as registering
from eventapp.registrations.models import Registration, Source
from eventapp.registrations.queries import by_token
from eventapp.registrations.tallies import miscounted
from tests.conftest import NOW
from tests.support import factories

ROUNDS = 6


def at_once(app: Flask, *acts: Callable[[], None], alone: Callable[[], None] | None = None) -> list[Exception]:
    """Carries the acts out at the same time, each in a transaction, but for `alone`, which has its own; what was refused."""
    acts = (*acts, alone) if alone is not None else acts
    wait, refused = threading.Barrier(len(acts)), []

    def work(act: Callable[[], None]) -> None:
        with app.app_context():
            wait.wait()
            try:
                with nullcontext() if act is alone else transaction():
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


@pytest.mark.parametrize("address", ["zz@company.example", "zz@elsewhere.example"])
def test_nobody_is_entered_into_an_erased_person(app: Flask, address: str) -> None:
    """Typed at the same moment: whoever was faster, nothing that was typed stays with the person who was erased."""
    company_id, other_id = factories.organisation(domain="company.example").id, factories.organisation().id
    for n in range(ROUNDS):
        typed = address.replace("zz", f"zz{n}")
        person_id = factories.person(db.session.get_one(Organisation, other_id), "Zz", f"Huber{n}", typed).id

        def enter(typed: str = typed) -> None:
            company = db.session.get_one(Organisation, company_id)
            entered = Colleague("Zz", "Typed", "+43123456", typed, "Zz title", None, MembershipRole.MEMBER)
            companies.add_colleague(company, entered, by=factories.TESTS, at=NOW)

        def erase(person_id: int = person_id) -> None:
            erasing.erase(person_id, by=factories.TESTS, now=NOW)

        assert at_once(app, enter, erase) == []
        db.session.expire_all()
        erased = db.session.get_one(Person, person_id)
        assert (erased.full_name, erased.phone) == ("Erased person", "")
        assert typed not in db.session.scalars(select(PersonEmail.address).where(PersonEmail.person_id == person_id)).all()
        for left in db.session.scalars(select(Membership).where(Membership.person_id == person_id)):
            assert (left.given_name, left.family_name, left.phone, left.address, left.job_title) == (None, None, None, None, "")
            assert left.state is MembershipState.ENDED


def test_purging_while_people_are_entered_and_registered(app: Flask) -> None:
    company, event = factories.organisation(tier_key=None, domain="company.example"), factories.event(slug="summit")
    company_id, event_id = company.id, event.id
    for n in range(30):
        factories.registration(event, company, "Old", f"One{n}", at=NOW - timedelta(days=3000))
    later = NOW + timedelta(days=9000)

    def purge() -> None:
        for kind in purging.KINDS:
            purging.purge(kind, later)

    def register(who: str) -> Callable[[], None]:
        def act() -> None:
            at, by = db.session.get_one(Event, event_id), db.session.get_one(Organisation, company_id)
            guests = [factories.attendee("New", f"{who}{n}", f"{who}{n}@company.example") for n in range(5)]
            registering.register(at, by, guests, source=Source.COMPANY, by=factories.TESTS, at=NOW)

        return act

    assert at_once(app, register("a"), register("b"), alone=purge) == []
    db.session.expire_all()
    assert db.session.scalar(select(func.count()).select_from(Registration)) == 40
    assert not miscounts()
    assert not miscounted()
    assert chain.verify(everything=True).broken == [], "the log holds together"
