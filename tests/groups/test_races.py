"""Many at once for the last place of a circle, and acts that cross each other: nobody sits where there is no room."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select

from eventapp.core.db import db, transaction
from eventapp.core.errors import RuleError
from eventapp.groups import queries, service
from eventapp.groups.models import Group, GroupSet
from eventapp.groups.service import seating
from eventapp.overview.doctor import examine
from eventapp.registrations import service as registrations
from eventapp.registrations.models import Registration
from eventapp.registrations.queries import LOADED
from tests.conftest import NOW
from tests.groups.conftest import Scene, counted_right
from tests.support import factories

Act = Callable[[], object]


def at_once(app: Flask, *acts: Act) -> list[str]:
    """Each act in a thread and a transaction of its own, all beginning together; what became of each."""
    barrier = Barrier(len(acts))
    db.session.rollback()

    def one(act: Act) -> str:
        with app.app_context():
            barrier.wait(30)
            try:
                with transaction():
                    act()
                outcome = "done"
            except RuleError:
                outcome = "refused"
            finally:
                db.session.remove()
        return outcome

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def moving(scene: Scene, n: int, number: int) -> Act:
    """Moves one person into the circle of that number."""
    set_id, person = scene.found.id, scene.people[n].id

    def act() -> None:
        found = db.session.get_one(GroupSet, set_id)
        to = db.session.scalars(select(Group).where(Group.set_id == set_id, Group.number == number)).one()
        service.move(found, [person], to, by=factories.TESTS, at=NOW)

    return act


def cancelling(scene: Scene, n: int) -> Act:
    """Cancels one person's registration."""
    person = scene.people[n].id

    def act() -> None:
        query = select(Registration).options(*LOADED).where(Registration.id == person)
        registrations.cancel([db.session.scalars(query).one()], reason="", by=factories.TESTS, at=NOW)

    return act


def test_six_people_share_the_two_places_of_a_circle(app: Flask, scene: Scene) -> None:
    for _round in range(5):
        outcome = at_once(app, *(moving(scene, n, 1) for n in range(6)))
        assert outcome.count("done") == 2
        assert list(scene.places.values()) == [1, 1]
        counted_right()
        for person in queries.placed_ids(scene.found):
            service.move(scene.found, [person], None, by=factories.TESTS, at=NOW)
        factories.commit()


def test_the_same_person_ends_in_one_circle(app: Flask, scene: Scene) -> None:
    assert at_once(app, *(moving(scene, 0, number) for number in (1, 2, 3, 1, 2, 3))) == ["done"] * 6
    assert list(scene.places) == ["Ada Of0"]
    counted_right()


def test_whoever_is_cancelled_while_being_moved_has_no_place(app: Flask, scene: Scene) -> None:
    at_once(app, moving(scene, 0, 1), cancelling(scene, 0), moving(scene, 0, 2), moving(scene, 1, 1), cancelling(scene, 2))
    assert scene.places == {"Ben Of0": 1}
    counted_right()


def test_one_of_two_who_saw_the_same_preview_places(app: Flask, scene: Scene) -> None:
    seen_by, event_id, set_id = scene.viewer(), scene.event.id, scene.found.id
    mark = service.draft(seen_by, scene.event, scene.found, anew=False, seed=1).fingerprint

    def place() -> None:
        found = db.session.get_one(GroupSet, set_id)
        event = db.session.get_one(type(scene.event), event_id)
        service.apply(seen_by, event, found, anew=False, seed=1, fingerprint=mark, by=factories.TESTS, at=NOW)

    assert sorted(at_once(app, place, place, place)) == ["done", "refused", "refused"]
    assert len(scene.places) == 6
    counted_right()


def test_control_without_the_question_for_room_the_doctor_finds_who_has_no_place(
    app: Flask, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: the third person of a circle for two sits there, and the recount says so."""
    monkeypatch.setattr(seating, "_check_room", lambda *_arguments: None)
    scene.move(0, 1, 2, to=1)
    assert len(scene.places) == 3
    db.session.rollback()
    assert {result.check.name for result in examine(NOW) if result.level == "error"} >= {"places_in_groups"}
