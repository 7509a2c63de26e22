"""Recordings: what is taken for one, who hears it, how it is marked, and what comes of the marks."""

import io
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from eventapp.accounts.models import Role, User
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.training.assessing import queries, rules
from eventapp.training.assessing.exercises import recordings, service
from eventapp.training.assessing.exercises.recordings import Received
from eventapp.training.assessing.exercises.service import Mark, Seen
from eventapp.training.models import AttendanceState, ResultState, Submission, SubmissionPiece
from tests.support import factories, training
from tests.support.browsing import mails, send, send_page
from tests.support.factories import STARTS, TESTS
from tests.support.pages import PageClient, fields
from tests.support.recordings import KINDS, NOT_RECORDINGS, recording
from tests.training.assessing.test_attempts import token_of

BEGUN = STARTS + timedelta(minutes=5)


class Scene:
    """Somebody enrolled in a course on presenting on video, with a trainer and a rubric of two criteria."""

    def __init__(self) -> None:
        self.version = training.course("VPS-101", exercise="Record yourself", exercise_html="<p>Record yourself</p>", attempts=2)
        self.content = training.criterion(self.version, "Content", most=10)
        self.voice = training.criterion(self.version, "Voice", most=10, least=4)
        self.trainer = factories.user("tara@karmin.example", Role.TRAINER, name="Tara Trainer")
        self.run = training.run(self.version, trainers=[self.trainer])
        company = factories.organisation("Donau Systemhaus GmbH")
        self.enrolment = training.enrol(self.run, company, factories.person(company, "Ada", "Byron", "ada@donau.example"))
        self.enrolment.attendance = AttendanceState.ATTENDED
        factories.commit()
        self.run_id, self.id, self.token = self.run.id, self.enrolment.id, token_of(self.enrolment)
        self.points = {"content": self.content.id, "voice": self.voice.id}

    @property
    def page(self) -> str:
        return f"/r/{self.token}/course/{self.run_id}/exercise"

    def handed(self) -> list[Submission]:
        db.session.rollback()
        return list(queries.submissions(self.id))

    def marking(self, submission: Submission) -> str:
        return f"/teach/{self.run_id}/recordings/{submission.id}"

    def marks(self, content: int | str, voice: int | str) -> dict[str, str]:
        return {f"points_{self.points['content']}": str(content), f"points_{self.points['voice']}": str(voice)}


@pytest.fixture
def scene(app: Flask, clock: time_machine.Traveller) -> Iterable[Scene]:
    clock.move_to(BEGUN)
    return Scene()


def hand_in(client: PageClient, scene: Scene, file: io.BytesIO | None = None, name: str = "me.webm", **values: str) -> Any:
    data = {**fields(client.get(scene.page).text), **values, "file": (file or recording(), name)}
    return client.post(scene.page, data=data, content_type="multipart/form-data")


def trainer_of(client: PageClient, user: User) -> PageClient:
    found = client.application.test_client()
    assert isinstance(found, PageClient)
    found.environ_base["HTTP_HOST"] = "events.test"
    return found.sign_in(user)


class TestRules:
    @pytest.mark.parametrize("kind", KINDS)
    def test_what_a_recording_is_says_its_beginning(self, kind: str) -> None:
        assert recordings.type_of(KINDS[kind] + b"\x00" * 400) == kind

    @pytest.mark.parametrize("kind", NOT_RECORDINGS)
    def test_everything_else_is_none(self, kind: str) -> None:
        assert recordings.type_of(NOT_RECORDINGS[kind] + b"\x00" * 400) is None

    def test_frames_of_mp3(self) -> None:
        assert recordings.type_of(b"\xff\xfb\x90\x64") == "audio/mpeg"
        assert recordings.type_of(b"\xff\xfe\x00h") is None, "the mark of UTF-16"
        assert recordings.type_of(b"\xff\xff\xff\xff") is None
        assert recordings.type_of(b"") is None

    @pytest.mark.parametrize(
        ("points", "passes"), [((7, 7), True), ((10, 4), True), ((10, 3), False), ((6, 7), False), ((0, 0), False)]
    )
    def test_marks(self, points: tuple[int, int], passes: bool) -> None:
        marks = [{"points": points[0], "most": 10, "least": 0}, {"points": points[1], "most": 10, "least": 4}]
        assert rules.marks_pass(marks, 70) is passes
        assert not rules.marks_pass([], 70)


class TestHandingIn:
    def test_kept_in_pieces_and_given_out_again(self, client: PageClient, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(recordings, "PIECE", 1000)
        sent = recording(2500)
        content = sent.getvalue()
        assert hand_in(client, scene, sent, note="Third take").status_code == 302
        (made,) = scene.handed()
        assert (made.mime, made.name, made.note, made.size) == ("video/webm", "me.webm", "Third take", len(content))
        assert db.session.scalar(select(func.count()).select_from(SubmissionPiece)) == 3
        address = f"{scene.page}/{made.key}"
        assert address in client.get(scene.page).text
        whole = client.get(address)
        assert whole.data == content
        assert whole.headers["Content-Disposition"].startswith("inline")
        assert whole.headers["X-Content-Type-Options"] == "nosniff"
        assert any("sandbox" in value for value in whole.headers.getlist("Content-Security-Policy"))
        assert client.get(f"{address}?save").headers["Content-Disposition"].startswith("attachment")
        for asked, first, last in (
            ("bytes=0-", 0, len(content) - 1),
            ("bytes=990-1010", 990, 1010),
            ("bytes=-5", len(content) - 5, len(content) - 1),
        ):
            part = client.get(address, headers={"Range": asked})
            assert part.status_code == 206
            assert part.headers["Content-Range"] == f"bytes {first}-{last}/{len(content)}"
            assert part.data == content[first : last + 1]
        assert client.get(address, headers={"Range": "bytes=99999-"}).status_code == 416
        assert client.head(address).headers["Content-Length"] == str(len(content))
        assert scene.handed()[0].passed is None

    @pytest.mark.parametrize("kind", NOT_RECORDINGS)
    def test_what_is_none_is_refused_whatever_it_is_called(self, client: PageClient, scene: Scene, kind: str) -> None:
        answer = hand_in(client, scene, io.BytesIO(NOT_RECORDINGS[kind] * 30), "talk.mp4", note="Keep me")
        assert answer.status_code == 422
        assert "This is no recording that we know." in answer.text
        assert "Keep me" in answer.text
        assert scene.handed() == []

    def test_nothing_or_an_empty_file(self, client: PageClient, scene: Scene) -> None:
        assert "The file is empty." in hand_in(client, scene, io.BytesIO(b"")).text
        assert "Choose a recording." in send(client, scene.page).text

    def test_too_large(self, client: PageClient, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(recordings, "most_bytes", lambda: 2_000_000)
        refused = hand_in(client, scene, recording(2_050_000))
        assert refused.status_code == 422
        assert "at most 2 MB" in refused.text
        assert hand_in(client, scene, recording(2_200_000)).status_code == 413
        assert scene.handed() == []

    def test_only_who_may_hand_in_may_send_so_much(self, client: PageClient, scene: Scene, clock: time_machine.Traveller) -> None:
        big = recording(1_500_000)
        form = fields(client.get(scene.page).text)
        for wrong in (f"/r/{scene.token}/course/9999/exercise", f"/r/{'A' * 43}/course/{scene.run_id}/exercise"):
            data = {**form, "file": (io.BytesIO(big.getvalue()), "me.webm")}
            assert client.post(wrong, data=data, content_type="multipart/form-data").status_code == 413
        clock.move_to(STARTS - timedelta(minutes=1))
        data = {**form, "file": (io.BytesIO(big.getvalue()), "me.webm")}
        assert client.post(scene.page, data=data, content_type="multipart/form-data").status_code == 413
        clock.move_to(BEGUN)
        assert hand_in(client, scene, big).status_code == 302

    def test_replaced_until_it_is_marked(self, client: PageClient, scene: Scene) -> None:
        hand_in(client, scene)
        first = scene.handed()[0].key
        assert "Replace the recording" in client.get(scene.page).text
        assert hand_in(client, scene, recording(900, "audio/wav"), "again.wav").status_code == 302
        (made,) = scene.handed()
        assert (made.number, made.mime, made.key == first) == (1, "audio/wav", False)
        assert client.get(f"{scene.page}/{first}").status_code == 404
        assert db.session.scalar(select(func.count()).select_from(SubmissionPiece)) == 1

    def test_marked_at_the_moment_of_replacing(self, scene: Scene) -> None:
        enrolment = queries.by_token(scene.token, scene.run_id)
        made = service.hand_in(enrolment, Received("a", "video/webm", recording()), "", by=TESTS, at=BEGUN)
        factories.commit()
        db.session.execute(Submission.__table__.update().values(version=made.version + 1))
        db.session.commit()
        enrolment = queries.by_token(scene.token, scene.run_id)
        queries.submissions(enrolment.id)[0].__dict__["version"] = 1
        with pytest.raises(StaleError):
            service.hand_in(enrolment, Received("b", "video/webm", recording()), "", by=TESTS, at=BEGUN)
        db.session.rollback()
        assert [one.name for one in scene.handed()] == ["a"]

    def test_sent_twice_is_handed_in_once(self, client: PageClient, scene: Scene) -> None:
        form = fields(client.get(scene.page).text)
        for _n in range(2):
            data = {**form, "file": (recording(), "me.webm")}
            assert client.post(scene.page, data=data, content_type="multipart/form-data").status_code == 302
        query = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "assessing.hand_in")
        assert len(scene.handed()) == 1
        assert db.session.scalar(query) == 1


class TestMarking:
    def test_marked_passed_and_told(self, client: PageClient, scene: Scene) -> None:
        hand_in(client, scene)
        trainer = trainer_of(client, scene.trainer)
        (made,) = scene.handed()
        listed = trainer.get(f"/teach/{scene.run_id}/results").text
        assert "Ada Byron" in listed
        assert "ada@donau.example" not in listed
        assert trainer.get(f"{scene.marking(made)}/recording").data.startswith(KINDS["video/webm"])
        values = {**scene.marks(8, 6), f"comment_{scene.points['voice']}": "Slower, please", "comment": "Well done"}
        answer = send(trainer, scene.marking(made), values)
        assert answer.status_code == 302
        (made,) = scene.handed()
        assert (made.passed, made.marked_by) == (True, "tara@karmin.example")
        enrolment = queries.by_token(scene.token, scene.run_id)
        assert (enrolment.result, enrolment.score) == (ResultState.PASSED, 70)
        assert enrolment.completed_at is not None
        page = client.get(scene.page).text
        for words in ("14 of 20 points", "70 %", "Slower, please", "Well done", "Passed"):
            assert words in page
        assert "Hand in your recording" not in page
        (mail,) = mails("training.marked")
        assert mail.to_address == "ada@donau.example"
        assert "Well done" not in mail.text
        assert scene.page in mail.text

    def test_failing_and_handing_in_again_within_the_attempts(self, client: PageClient, scene: Scene) -> None:
        trainer = trainer_of(client, scene.trainer)
        for n, result in ((1, ResultState.PENDING), (2, ResultState.FAILED)):
            assert hand_in(client, scene).status_code == 302
            assert send(trainer, scene.marking(scene.handed()[-1]), scene.marks(10, 3)).status_code == 302
            assert [one.number for one in scene.handed()] == list(range(1, n + 1))
            assert queries.by_token(scene.token, scene.run_id).result is result
        page = client.get(scene.page).text
        assert "All attempts are used." in page
        assert "4 are needed" in page

    @pytest.mark.parametrize("values", [(11, 5), (-1, 5), ("", 5), ("x", 5), ("99999999999999999999", 5), ("5.5", 5)])
    def test_hostile_marks(self, client: PageClient, scene: Scene, values: tuple[int | str, int]) -> None:
        hand_in(client, scene)
        trainer = trainer_of(client, scene.trainer)
        answer = send(trainer, scene.marking(scene.handed()[0]), {**scene.marks(*values), "comment": "Typed already"})
        assert answer.status_code == 422
        assert "Typed already" in answer.text
        assert scene.handed()[0].marked_at is None

    def test_marked_anew_and_taken_back(self, client: PageClient, scene: Scene) -> None:
        hand_in(client, scene)
        trainer = trainer_of(client, scene.trainer)
        place = scene.marking(scene.handed()[0])
        old = trainer.get(place)
        assert send(trainer, place, scene.marks(10, 10)).status_code == 302
        stale = send_page(trainer, old, place, scene.marks(1, 1))
        assert stale.status_code == 409
        assert send(trainer, place, scene.marks(2, 4)).status_code == 302
        assert queries.by_token(scene.token, scene.run_id).result is ResultState.PENDING
        assert queries.by_token(scene.token, scene.run_id).completed_at is None
        assert len(mails("training.marked")) == 1
        page = trainer.get(place)
        assert send_page(trainer, page, place, action=f"{place}/unmark").status_code == 302
        (made,) = scene.handed()
        assert (made.passed, made.marks) == (None, [])
        entries = {e.action: e.changes for e in db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))}
        assert entries["assessing.mark"]["points"] == [20, 6]
        assert entries["assessing.unmark"]["points"] == [6, None]

    def test_marks_stay_once_another_recording_came(self, client: PageClient, scene: Scene) -> None:
        hand_in(client, scene)
        trainer = trainer_of(client, scene.trainer)
        first = scene.handed()[0]
        assert send(trainer, scene.marking(first), scene.marks(0, 0)).status_code == 302
        hand_in(client, scene)
        first = scene.handed()[0]
        with pytest.raises(RuleError, match="Another recording"):
            service.unmark(first, Seen(first.key, first.version), by=TESTS, at=BEGUN)
        db.session.rollback()

    def test_marks_never_go_to_a_recording_that_nobody_heard(self, client: PageClient, scene: Scene) -> None:
        """Where a database gives the id of what was replaced again, the version alone would not tell."""
        hand_in(client, scene, recording(3000))
        (heard,) = scene.handed()
        heard_id, place = heard.id, scene.marking(heard)
        trainer = trainer_of(client, scene.trainer)
        typed = {**fields(trainer.get(place).text), **scene.marks(10, 10)}
        hand_in(client, scene, recording(9000))
        (unheard,) = scene.handed()
        answer = trainer.post(place, data=typed)
        assert answer.status_code == (409 if unheard.id == heard_id else 404)
        (unheard,) = scene.handed()
        assert (unheard.marked_at, unheard.passed) == (None, None)

    def test_marks_are_never_taken_from_another_recording(self, client: PageClient, scene: Scene) -> None:
        hand_in(client, scene)
        trainer = trainer_of(client, scene.trainer)
        place = scene.marking(scene.handed()[0])
        send(trainer, place, scene.marks(10, 10))
        (made,) = scene.handed()
        with pytest.raises(StaleError):
            service.unmark(made, Seen("another", made.version), by=TESTS, at=BEGUN)
        db.session.rollback()

    def test_only_whoever_gives_the_run(self, client: PageClient, scene: Scene) -> None:
        hand_in(client, scene)
        (made,) = scene.handed()
        place = scene.marking(made)
        other = factories.user(None, Role.TRAINER)
        for user, statuses in (
            (other, (404, 404)),
            (factories.organizer(), (200, 200)),
            (factories.user(None, Role.AUDITOR), (200, 200)),
            (factories.company_admin(factories.organisation()), (403, 403)),
        ):
            visitor = trainer_of(client, user)
            assert (visitor.get(place).status_code, visitor.get(f"{place}/recording").status_code) == statuses
        both = trainer_of(client, factories.user(None, Role.TRAINER, Role.AUDITOR))
        assert send_page(both, both.get(place), place, scene.marks(10, 10)).status_code == 404
        auditor = trainer_of(client, factories.user(None, Role.AUDITOR))
        assert "Save the marks" not in auditor.get(place).text
        strange = training.run(training.course(exercise="x"), trainers=[db.session.get_one(User, scene.trainer.id)])
        mine = trainer_of(client, db.session.get_one(User, scene.trainer.id))
        assert mine.get(f"/teach/{strange.id}/recordings/{made.id}").status_code == 404
        assert client.get(place).status_code == 302

    def test_without_a_rubric(self, scene: Scene) -> None:
        enrolment = queries.by_token(scene.token, scene.run_id)
        made = service.hand_in(enrolment, Received("a", "video/webm", recording()), "", by=TESTS, at=BEGUN)
        for one in (scene.content, scene.voice):
            db.session.delete(db.session.merge(one))
        factories.commit()
        with pytest.raises(RuleError, match="nothing to mark by"):
            service.mark(made, {}, "", Seen(made.key, made.version), by=TESTS, at=BEGUN)
        db.session.rollback()

    def test_both_parts_have_to_be_passed(self, scene: Scene) -> None:
        version = db.session.merge(scene.version)
        version.pass_mark = 50
        training.question(version)
        enrolment = queries.by_token(scene.token, scene.run_id)
        made = service.hand_in(enrolment, Received("a", "video/webm", recording()), "", by=TESTS, at=BEGUN)
        given = {scene.points["content"]: Mark(10), scene.points["voice"]: Mark(10)}
        service.mark(made, given, "", Seen(made.key, made.version), by=TESTS, at=BEGUN)
        factories.commit()
        enrolment = queries.by_token(scene.token, scene.run_id)
        assert (enrolment.result, enrolment.score, enrolment.completed_at) == (ResultState.PENDING, None, None)


class TestRubric:
    def test_added_changed_moved_taken_out(self, client: PageClient, scene: Scene) -> None:
        client.sign_in(factories.organizer())
        place = f"/admin/training/versions/{scene.version.id}/rubric/"
        assert send(client, f"{place}add", {"name": "Light", "most": "5", "least": "2"}).status_code == 302
        names = lambda: [one.name for one in queries.rubric(scene.version.id)]  # noqa: E731
        assert names() == ["Content", "Voice", "Light"]
        light = queries.rubric(scene.version.id)[-1].id
        assert send(client, place, action=f"{place}{light}/up").status_code == 302
        assert names() == ["Content", "Light", "Voice"]
        assert send(client, f"{place}{light}", {"name": "Picture"}).status_code == 302
        assert send(client, place, action=f"{place}{light}/remove").status_code == 302
        assert names() == ["Content", "Voice"]

    @pytest.mark.parametrize(
        "values",
        [{"most": "0"}, {"most": "101"}, {"least": "6"}, {"least": "-1"}, {"name": " "}, {"name": "Content"}, {"most": "9" * 30}],
    )
    def test_hostile_values(self, client: PageClient, scene: Scene, values: dict[str, str]) -> None:
        client.sign_in(factories.organizer())
        place = f"/admin/training/versions/{scene.version.id}/rubric/"
        answer = send(client, f"{place}add", {"name": "Light", "most": "5", "least": "0", **values})
        assert answer.status_code in (409, 422)
        assert len(queries.rubric(scene.version.id)) == 2
