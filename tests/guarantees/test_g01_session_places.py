"""G1 for sessions: never one place too many in a session, and nobody in two at once.

Processes sign up, give back and exchange at the same moment, through the whole act with its rules, its mails and its log.
"""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from eventapp.agenda.models import AgendaSession, SessionSignUp, SignUpStatus
from eventapp.agenda.own import counting, queries, service
from eventapp.core.db import db, transaction
from eventapp.core.errors import RuleError
from eventapp.places import service as places
from eventapp.places.models import Pool
from eventapp.places.queries import miscounts
from eventapp.registrations import queries as registrations
from eventapp.registrations.models import Registration
from tests.conftest import NOW
from tests.guarantees.test_g01_last_place import Crowd, damage, unprotect
from tests.support import agenda, factories
from tests.support.factories import TESTS

PEOPLE, ROUNDS = 16, 6
Ids = tuple[int, ...]


def sign_up(app: Flask, number: int, ids: Ids) -> str:
    """Each a person of their own at the last place: `ids` are a session and then the registrations."""
    with app.app_context():
        try:
            with transaction():
                registration = registrations.by_token(token_of(ids[1 + number]))
                session = db.session.get_one(AgendaSession, ids[0])
                outcome = service.sign_up(registration, session, by=TESTS, at=NOW).status.value
        except RuleError:
            outcome = "refused"
        finally:
            db.session.remove()
    return outcome


def unguarded(app: Flask, number: int, ids: Ids) -> str:
    """The same without locks, guards and transactions."""
    unprotect(app)
    places.lock = lambda _ids: {}  # type: ignore[assignment] # of the event's pool as well
    return sign_up(app, number, ids)


def both_at_once(app: Flask, number: int, ids: Ids) -> str:
    """One person in two browsers: half of them want the first session, half the second, which is at the same time."""
    with app.app_context():
        try:
            with transaction():
                registration = registrations.by_token(token_of(ids[2]))
                session = db.session.get_one(AgendaSession, ids[number % 2])
                service.sign_up(registration, session, by=TESTS, at=NOW)
            outcome = "in"
        except RuleError:
            outcome = "refused"
        finally:
            db.session.remove()
    return outcome


def come_and_go(app: Flask, number: int, ids: Ids) -> str:
    """People come and go while the capacity changes: whoever waits moves up, once."""
    with app.app_context():
        try:
            with transaction():
                session = db.session.get_one(AgendaSession, ids[0])
                registration = registrations.by_token(token_of(ids[1 + number]))
                mine = [one for one in queries.of_registrations([registration.id]) if one.session_id == session.id]
                if number % 5 == 0:
                    service.change_capacity(session, 1 + number % 4, at=NOW)
                elif mine:
                    service.give_back(mine, by=TESTS, at=NOW)
                else:
                    service.sign_up(registration, session, by=TESTS, at=NOW)
            outcome = "done"
        except RuleError:
            outcome = "refused"
        finally:
            db.session.remove()
    return outcome


def token_of(registration_id: int) -> str:
    return str(db.session.scalars(select(Registration.token).where(Registration.id == registration_id)).one())


def scene(app: Flask, capacity: int = 1) -> tuple[list[int], list[int]]:
    """Two sessions at the same time with places, and people; by id."""
    event = factories.event()
    company = factories.organisation()
    people = factories.register(event, company, *(factories.attendee() for _n in range(PEOPLE)))
    sessions = [agenda.session(event, signs_up=True, capacity=capacity) for _n in range(2)]
    agenda.release(event)
    return [session.id for session in sessions], [one.id for one in people]


def taken(session_id: int) -> int:
    """How many have a place, counted in the rows."""
    query = select(func.count()).where(SessionSignUp.session_id == session_id, SessionSignUp.status == SignUpStatus.CONFIRMED)
    count = db.session.scalar(query)
    db.session.remove()
    return int(count or 0)


@pytest.mark.timeout(240)
def test_the_last_place_of_a_session_goes_once(app: Flask) -> None:
    scenes = [scene(app) for _round in range(ROUNDS)]
    with Crowd(app, sign_up, PEOPLE) as crowd:
        for (session, _other), people in scenes:
            outcome = crowd.rush((session, *people))
            assert sorted(set(outcome)) == ["confirmed", "waiting"], outcome
            assert outcome.count("confirmed") == taken(session) == 1
    assert miscounts() == []
    db.session.remove()


@pytest.mark.timeout(240)
def test_nobody_is_in_two_sessions_at_once(app: Flask) -> None:
    scenes = [scene(app, 9) for _round in range(ROUNDS)]
    with Crowd(app, both_at_once, 12) as crowd:
        for (first, second), people in scenes:
            outcome = crowd.rush((first, second, people[0]))
            assert set(outcome) <= {"in", "refused"}, outcome
            assert taken(first) + taken(second) == 1


@pytest.mark.timeout(240)
def test_whoever_comes_and_goes_all_is_counted_right(app: Flask) -> None:
    scenes = [scene(app, 3) for _round in range(ROUNDS // 2)]
    with Crowd(app, come_and_go, PEOPLE) as crowd:
        for (session, _other), people in scenes:
            for _turn in range(3):
                outcome = crowd.rush((session, *people))
                assert set(outcome) <= {"done", "refused"}, outcome
                assert damage() == []
                astray = differing()
                assert astray == []


def differing() -> list[Any]:
    """Sign-ups whose state is not that of their booking."""
    found = list(counting.differing())
    db.session.remove()
    return found


@pytest.mark.timeout(240)
def test_without_the_guard_it_goes_more_than_once(app: Flask) -> None:
    """The negative control."""
    # On a machine that does little at once it may take some rounds until two meet.
    scenes = [scene(app) for _round in range(3 * ROUNDS)]
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("ALTER TABLE pool DROP CONSTRAINT ck_pool_taken_within_capacity"))
        db.session.commit()
    with Crowd(app, unguarded, PEOPLE) as crowd:
        for (session, _other), people in scenes:
            crowd.rush((session, *people))
            if taken(session) > 1:
                return
            pool = db.session.scalars(
                select(Pool.taken).join(AgendaSession, AgendaSession.pool_id == Pool.id).where(AgendaSession.id == session)
            ).one()
            db.session.remove()
            if pool != taken(session):
                return
    pytest.fail("nothing went wrong without the protection: the guarantee proves nothing")
