"""Trying the assessment: drawn and frozen, saved as one goes, scored exactly, once at a time."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.registrations import service as registrations
from eventapp.registrations.models import Registration
from eventapp.registrations.queries import by_token
from eventapp.training.assessing import queries, rules
from eventapp.training.assessing.attempts import jobs, service
from eventapp.training.models import AssessmentAttempt, AttendanceState, Enrolment, QuestionKind, ResultState
from tests.support import factories, training
from tests.support.browsing import send, send_page
from tests.support.factories import STARTS, TESTS
from tests.support.pages import PageClient, fields

BEGUN = STARTS + timedelta(minutes=5)


class Scene:
    """Somebody enrolled in a run whose course has four questions, of which three are needed."""

    def __init__(self, **values: Any) -> None:
        defaults = {"pass_mark": 75, "attempts": 2, "time_limit": 30}
        self.version = training.course("CLD-201", **{**defaults, **values})
        self.questions = [training.question(self.version, right="b") for _n in range(4)]
        self.run = training.run(self.version)
        self.company = factories.organisation(domain="donau.example")
        self.enrolment = training.enrol(self.run, self.company, factories.person(self.company, "Ada", "Byron"))
        self.run_id, self.id = self.run.id, self.enrolment.id
        self.token = token_of(self.enrolment)

    @property
    def page(self) -> str:
        return f"/r/{self.token}/course/{self.run_id}/assessment"

    def now(self) -> Enrolment:
        db.session.rollback()
        return queries.by_token(self.token, self.run_id)

    def attempt(self) -> AssessmentAttempt:
        return self.attempts()[-1]

    def attempts(self) -> list[AssessmentAttempt]:
        db.session.rollback()
        return list(queries.attempts(self.id))


def token_of(enrolment: Enrolment) -> str:
    """The secret of whoever is enrolled."""
    return db.session.scalars(select(Registration.token).where(Registration.id == enrolment.registration_id)).one()


def right(attempt: AssessmentAttempt, n: int) -> dict[str, str]:
    """The fields of a form that answers `n` questions right and all others wrong."""
    found = {}
    for place, question in enumerate(attempt.questions):
        key = next(o["key"] for o in question["options"] if o["right"] is (place < n))
        found[f"q{question['id']}"] = key
    return found


def begin(client: PageClient, scene: Scene) -> AssessmentAttempt:
    assert send(client, scene.page, action=f"{scene.page}/start").status_code == 302
    return scene.attempt()


def hand_in(client: PageClient, scene: Scene, n: int) -> Any:
    attempt = scene.attempt()
    return send(client, f"{scene.page}/{attempt.number}", {**right(attempt, n), "hand_in": "yes"})


@pytest.fixture
def scene(app: Flask, clock: time_machine.Traveller) -> Iterable[Scene]:
    clock.move_to(BEGUN)
    return Scene()


class TestRules:
    @pytest.mark.parametrize(
        ("points", "most", "mark", "passes"),
        [(7, 10, 70, True), (69, 100, 70, False), (2, 3, 67, False), (2, 3, 66, True), (0, 5, 1, False), (5, 5, 100, True)],
    )
    def test_reaching_the_mark_is_enough_and_nothing_is_rounded(self, points: int, most: int, mark: int, passes: bool) -> None:
        assert rules.reaches(points, most, mark) is passes

    def test_several_right_answers_are_all_or_nothing(self) -> None:
        question = {"id": 1, "points": 3, "options": [{"key": k, "right": k in "ab"} for k in "abc"]}
        for chosen, points in ((["a", "b"], 3), (["a"], 0), (["a", "b", "c"], 0), ([], 0)):
            assert rules.points_for([question], {"1": chosen}) == points

    def test_answers_to_what_was_not_asked_are_left_out(self) -> None:
        asked = [
            {"id": 1, "kind": "single", "options": [{"key": "a"}, {"key": "b"}]},
            {"id": 2, "kind": "multiple", "options": [{"key": "a"}, {"key": "b"}]},
        ]
        sent = {"1": ["a", "b"], "2": ["a", "b", "z"], "99": ["a"]}
        assert rules.known_answers(asked, sent) == {"2": ["a", "b"]}

    def test_results_of_two_parts(self) -> None:
        open_, passed, failed = ResultState.PENDING, ResultState.PASSED, ResultState.FAILED
        assert rules.result([]) is ResultState.NOT_REQUIRED
        assert rules.result([passed, open_]) is open_
        assert rules.result([passed, passed]) is passed
        assert rules.result([passed, failed]) is failed
        assert rules.part_result([False, False], 2) is failed
        assert rules.part_result([False, True], 2) is passed


class TestTrying:
    def test_from_the_start_of_the_run_to_passing(self, client: PageClient, scene: Scene, clock: time_machine.Traveller) -> None:
        clock.move_to(STARTS - timedelta(minutes=1))
        assert "It opens when the run begins." in client.get(scene.page).text
        clock.move_to(STARTS)
        assert begin(client, scene).number == 1
        assert client.get(f"{scene.page}/1").text.count('type="radio"') == 12
        answered = hand_in(client, scene, 3)
        assert answered.status_code == 302
        result = client.get(answered.location).text
        assert "75 %" in result
        assert "Passed" in result
        assert "your answer" in result
        enrolment = scene.now()
        assert (enrolment.result, enrolment.score) == (ResultState.PASSED, 75)
        assert "You have passed already." in client.get(scene.page).text

    def test_the_page_does_not_say_what_is_right(self, client: PageClient, scene: Scene) -> None:
        begin(client, scene)
        page = client.get(f"{scene.page}/1").text
        assert "is-right" not in page
        assert "– right" not in page
        assert '"right"' not in page

    def test_failing_is_explained_after_the_last_attempt_only(self, client: PageClient, scene: Scene) -> None:
        begin(client, scene)
        first = client.get(hand_in(client, scene, 2).location).text
        assert "1 attempt is left." in first
        assert "your answer" not in first
        assert scene.now().result is ResultState.PENDING
        begin(client, scene)
        last = client.get(hand_in(client, scene, 1).location).text
        assert "your answer" in last
        enrolment = scene.now()
        assert (enrolment.result, enrolment.score) == (ResultState.FAILED, 50)
        assert "All attempts are used." in client.get(scene.page).text
        with pytest.raises(RuleError, match="All attempts are used"):
            service.start(scene.now(), by=TESTS, at=BEGUN)
        db.session.rollback()

    def test_an_attempt_that_was_handed_in_stays(self, client: PageClient, scene: Scene) -> None:
        begin(client, scene)
        attempt = scene.attempt()
        form = {**fields(client.get(f"{scene.page}/1").text), **right(attempt, 0), "hand_in": "yes"}
        assert client.post(f"{scene.page}/1", data=form).status_code == 302
        again = {**form, **right(attempt, 4), "once_key": "x" * 30}
        assert client.post(f"{scene.page}/1", data=again).status_code == 302
        assert scene.attempt().points == 0

    def test_completed_with_attendance(self, client: PageClient, scene: Scene) -> None:
        training.enrolment_of(scene.run, by_token(scene.token), attendance=AttendanceState.ATTENDED)
        begin(client, scene)
        hand_in(client, scene, 2)
        assert scene.now().completed_at is None
        begin(client, scene)
        hand_in(client, scene, 3)
        assert scene.now().completed_at is not None


class TestSaving:
    def test_nothing_is_lost_on_the_way(self, client: PageClient, scene: Scene) -> None:
        begin(client, scene)
        attempt = scene.attempt()
        first = attempt.questions[0]["id"]
        saved = send(client, f"{scene.page}/1", {f"q{first}": "b", "save": "yes"})
        assert saved.status_code == 302
        assert fields(client.get(f"{scene.page}/1").text)[f"q{first}"] == "b"

    def test_by_the_script(self, client: PageClient, scene: Scene) -> None:
        begin(client, scene)
        attempt = scene.attempt()
        form = fields(client.get(f"{scene.page}/1").text)
        del form["once_key"]
        answer = client.post(f"{scene.page}/1/save", data={**form, **right(attempt, 1)})
        assert answer.json is not None
        assert answer.json["answered"] == 4
        second = client.post(f"{scene.page}/1/save", data={**form, **right(attempt, 2)})
        assert second.status_code == 409
        third = client.post(f"{scene.page}/1/save", data={**form, **right(attempt, 2), "version": str(answer.json["version"])})
        assert third.status_code == 200
        forged = client.post(f"{scene.page}/1/save", data={**form, f"q{attempt.questions[0]['id']}": "zz"})
        assert forged.status_code == 422

    def test_another_window_has_saved(self, client: PageClient, scene: Scene) -> None:
        begin(client, scene)
        attempt = scene.attempt()
        old = fields(client.get(f"{scene.page}/1").text)
        assert send(client, f"{scene.page}/1", {**right(attempt, 4), "save": "yes"}).status_code == 302
        refused = client.post(f"{scene.page}/1", data={**old, **right(attempt, 0), "hand_in": "yes"})
        assert refused.status_code == 409
        assert "Saved in the other window:" in refused.text
        typed = fields(refused.text)
        assert {k: v for k, v in typed.items() if k.startswith("q")} == right(attempt, 0)
        assert scene.attempt().submitted_at is None
        assert send_page(client, refused, f"{scene.page}/1", {"hand_in": "yes"}).status_code == 302
        assert scene.attempt().points == 0

    def test_open_questions_are_said_before_handing_in(self, client: PageClient, scene: Scene) -> None:
        begin(client, scene)
        attempt = scene.attempt()
        one = dict(list(right(attempt, 4).items())[:1])
        answer = send(client, f"{scene.page}/1", {**one, "hand_in": "yes"})
        page = client.get(answer.location)
        assert "3 questions have no answer yet." in page.text
        assert scene.attempt().submitted_at is None
        assert send_page(client, page, f"{scene.page}/1", {"hand_in": "anyway"}).status_code == 302
        assert scene.attempt().points == 1


class TestTime:
    @pytest.mark.parametrize(("after", "points"), [(timedelta(0), 4), (timedelta(microseconds=1), 0)])
    def test_the_last_moment_counts(self, scene: Scene, after: timedelta, points: int) -> None:
        attempt = service.start(scene.now(), by=TESTS, at=BEGUN)
        factories.commit()
        answers = {name[1:]: [key] for name, key in right(attempt, 4).items()}
        at = BEGUN + timedelta(minutes=30) + after
        service.submit(scene.now(), attempt, answers, attempt.version, by=TESTS, at=at)
        factories.commit()
        assert scene.attempt().points == points

    def test_too_late_what_was_saved_counts(self, client: PageClient, scene: Scene, clock: time_machine.Traveller) -> None:
        begin(client, scene)
        attempt = scene.attempt()
        assert send(client, f"{scene.page}/1", {**right(attempt, 3), "save": "yes"}).status_code == 302
        page = client.get(f"{scene.page}/1")
        clock.move_to(BEGUN + timedelta(minutes=30, seconds=1))
        late = send_page(client, page, f"{scene.page}/1", {**right(attempt, 0), "hand_in": "yes"})
        assert late.status_code == 302
        assert "What was saved in time counts." in client.get(late.location).text
        attempt = scene.attempt()
        assert (attempt.points, attempt.submitted_at) == (3, attempt.due_at)

    def test_the_script_cannot_save_late(self, client: PageClient, scene: Scene, clock: time_machine.Traveller) -> None:
        begin(client, scene)
        form = fields(client.get(f"{scene.page}/1").text)
        clock.move_to(BEGUN + timedelta(hours=1))
        assert client.post(f"{scene.page}/1/save", data={**form, **right(scene.attempt(), 4)}).status_code == 409
        page = client.get(f"{scene.page}/1")
        assert "The time is over" in page.text
        assert send(client, f"{scene.page}/1").status_code == 302
        assert scene.attempt().points == 0

    def test_the_worker_scores_what_nobody_handed_in(
        self, client: PageClient, scene: Scene, clock: time_machine.Traveller
    ) -> None:
        begin(client, scene)
        assert send(client, f"{scene.page}/1", {**right(scene.attempt(), 4), "save": "yes"}).status_code == 302
        clock.move_to(BEGUN + timedelta(minutes=29))
        jobs.close_overdue()
        assert scene.attempt().submitted_at is None
        clock.move_to(BEGUN + timedelta(minutes=31))
        jobs.close_overdue()
        jobs.close_overdue()
        assert scene.attempt().passed is True
        assert scene.now().result is ResultState.PASSED

    def test_a_new_attempt_closes_one_whose_time_is_over(
        self, client: PageClient, scene: Scene, clock: time_machine.Traveller
    ) -> None:
        begin(client, scene)
        clock.move_to(BEGUN + timedelta(hours=1))
        attempt = service.start(scene.now(), by=TESTS, at=BEGUN + timedelta(hours=1))
        factories.commit()
        assert attempt.number == 2
        assert [one.points for one in scene.attempts()] == [0, None]


class TestWho:
    def test_strangers_and_those_who_wait(self, client: PageClient, scene: Scene) -> None:
        other = training.run(training.course(pass_mark=50), capacity=1)
        company = factories.organisation()
        training.enrol(other, company, factories.person(company))
        waits = training.enrol(other, company, factories.person(company))
        token = token_of(waits)
        page = f"/r/{token}/course/{other.id}/assessment"
        assert "Only who is enrolled may do this." in client.get(page).text
        for wrong in (f"/r/{token}/course/{scene.run_id}/assessment", f"/r/{scene.token}/course/{other.id}/assessment"):
            assert client.get(wrong).status_code == 404
        assert client.get(f"{scene.page}/7").status_code == 404

    def test_without_an_assessment_or_questions(self, client: PageClient, app: Flask, clock: time_machine.Traveller) -> None:
        clock.move_to(BEGUN)
        scene = Scene(pass_mark=None)
        assert client.get(scene.page).status_code == 404
        empty = training.run(training.course(pass_mark=50))
        enrolled = training.enrol(empty, scene.company, factories.person(scene.company))
        token = token_of(enrolled)
        assert "There are no questions yet." in client.get(f"/r/{token}/course/{empty.id}/assessment").text

    def test_whoever_comes_instead_begins_anew(self, client: PageClient, scene: Scene, clock: time_machine.Traveller) -> None:
        begin(client, scene)
        registrations.substitute(by_token(scene.token), "Uwe", "Neu", "uwe@donau.example", by=TESTS, at=BEGUN)
        factories.commit()
        assert client.get(scene.page).status_code == 404
        token = token_of(scene.enrolment)
        page = client.get(f"/r/{token}/course/{scene.run_id}/assessment").text
        assert "0 of 2 used" in page

    def test_drawn_and_frozen(self, client: PageClient, app: Flask, clock: time_machine.Traveller) -> None:
        clock.move_to(BEGUN)
        scene = Scene(drawn=2)
        training.question(scene.version, kind=QuestionKind.MULTIPLE, archived=True)
        attempt = begin(client, scene)
        assert len(attempt.questions) == 2
        assert attempt.most == 2
        asked = attempt.questions[0]["id"]
        question = next(one for one in queries.pool(scene.version.id) if one.id == asked)
        question.text, question.archived = "Other words", True
        factories.commit()
        page = client.get(f"{scene.page}/1").text
        assert "Other words" not in page
        assert attempt.questions[0]["text"] in page

    def test_the_log_says_points_and_no_answers(self, client: PageClient, scene: Scene) -> None:
        begin(client, scene)
        hand_in(client, scene, 3)
        entries = {
            e.action: e.changes for e in db.session.scalars(select(AuditEntry).where(AuditEntry.action.like("assessing.%")))
        }
        assert entries["assessing.start"] == {"attempt": 1}
        assert entries["assessing.submit"] == {"attempt": 1, "points": 3, "most": 4, "passed": True}
        assert entries["assessing.result"]["result"] == ["pending", "passed"]
