"""What two do at the same moment: begin an attempt, hand in, mark."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import time_machine
from flask import Flask
from sqlalchemy import func, select

from eventapp.core.db import db
from eventapp.core.saving import saving
from eventapp.training.assessing import queries
from eventapp.training.assessing.attempts import service as attempts
from eventapp.training.assessing.exercises import service as exercises
from eventapp.training.assessing.exercises.recordings import Received
from eventapp.training.assessing.exercises.service import Mark, Seen
from eventapp.training.models import AssessmentAttempt, Submission
from tests.support import factories
from tests.support.factories import STARTS, TESTS
from tests.support.recordings import recording
from tests.training.assessing import test_attempts, test_exercises

AT = STARTS + timedelta(minutes=5)


def at_once(app: Flask, act: Callable[[], Any], times: int = 4) -> list[str]:
    """Carries an act out in several threads at the same moment; what each came to."""
    barrier, found = threading.Barrier(times), []

    def run() -> None:
        with app.test_request_context():
            barrier.wait()
            with saving() as saved:
                act()
            found.append("ok" if saved.ok else saved.error.message if saved.error else "?")
            db.session.remove()

    threads = [threading.Thread(target=run) for _n in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sorted(found)


def count(model: Any) -> int:
    db.session.rollback()
    found = db.session.scalar(select(func.count()).select_from(model)) or 0
    db.session.rollback()
    return found


def test_an_attempt_begun_at_once_is_one(app: Flask, clock: time_machine.Traveller) -> None:
    clock.move_to(AT)
    scene = test_attempts.Scene()
    token, run_id = scene.token, scene.run_id
    db.session.remove()
    found = at_once(app, lambda: attempts.start(queries.by_token(token, run_id), by=TESTS, at=AT))
    assert found == ["ok"] * 4
    assert count(AssessmentAttempt) == 1


def test_an_attempt_handed_in_at_once_is_scored_once(app: Flask, clock: time_machine.Traveller) -> None:
    clock.move_to(AT)
    scene = test_attempts.Scene()
    token, run_id = scene.token, scene.run_id
    attempts.start(queries.by_token(token, run_id), by=TESTS, at=AT)
    factories.commit()
    db.session.remove()

    def hand_in() -> None:
        enrolment = queries.by_token(token, run_id)
        (one,) = queries.attempts(enrolment.id)
        attempts.submit(enrolment, one, {}, one.version, by=TESTS, at=AT)

    found = at_once(app, hand_in)
    assert found == ["This attempt has been handed in already."] * 3 + ["ok"]
    assert count(AssessmentAttempt) == 1


def test_recordings_handed_in_at_once_are_one(app: Flask, clock: time_machine.Traveller) -> None:
    clock.move_to(AT)
    scene = test_exercises.Scene()
    token, run_id = scene.token, scene.run_id
    db.session.remove()

    def hand_in() -> None:
        exercises.hand_in(queries.by_token(token, run_id), Received("a", "video/webm", recording()), "", by=TESTS, at=AT)

    assert "ok" in at_once(app, hand_in)
    assert count(Submission) == 1


def test_marked_at_once_is_marked_once(app: Flask, clock: time_machine.Traveller) -> None:
    clock.move_to(AT)
    scene = test_exercises.Scene()
    made = exercises.hand_in(
        queries.by_token(scene.token, scene.run_id), Received("a", "video/webm", recording()), "", by=TESTS, at=AT
    )
    factories.commit()
    id_, seen = made.id, Seen(made.key, made.version)
    given = {scene.points["content"]: Mark(5), scene.points["voice"]: Mark(5)}
    db.session.remove()
    found = at_once(app, lambda: exercises.mark(db.session.get_one(Submission, id_), given, "", seen, by=TESTS, at=AT))
    assert found.count("ok") == 1
