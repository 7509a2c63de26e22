"""What people say of runs: who is asked and when, once each, and nothing that would tell who said what."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from eventapp.accounts.models import Role
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.events.models import EventStatus
from eventapp.partners.models import Person
from eventapp.registrations.messages import service as messages
from eventapp.registrations.messages.kinds import KINDS
from eventapp.training.assessing.feedback import asking, queries
from eventapp.training.assessing.feedback.rules import Stage, Sum, asked_at, csat, nps, percent, stage, together
from eventapp.training.models import AttendanceState, CourseFeedback, Run
from tests.support import factories, training
from tests.support.browsing import mails, send
from tests.support.factories import STARTS, TESTS
from tests.support.pages import PageClient, fields
from tests.training.assessing.test_attempts import token_of
from tests.training.assessing.test_exercises import trainer_of

ENDS = STARTS + timedelta(hours=2)
GOOD = {"relevance": "5", "pace": "4", "trainer": "5", "platform": "4", "intent": "5", "nps": "10"}
BAD = {"relevance": "1", "pace": "2", "trainer": "3", "platform": "1", "intent": "1", "nps": "0"}


class Scene:
    """A run that is given by a trainer, with as many people as are wanted."""

    def __init__(self, people: int = 1, code: str = "", **values: Any) -> None:
        self.version = training.course(code, **values)
        self.trainer = factories.user(None, Role.TRAINER, name="Tara Trainer")
        self.run = training.run(self.version, trainers=[self.trainer])
        self.run_id = self.run.id
        company = factories.organisation()
        self.enrolments = [training.enrol(self.run, company, factories.person(company)) for _n in range(people)]
        self.tokens = [token_of(one) for one in self.enrolments]

    def page(self, n: int = 0) -> str:
        return f"/r/{self.tokens[n]}/course/{self.run_id}/feedback"

    def say(self, client: PageClient, number: Sequence[int], values: dict[str, str], words: str = "") -> None:
        for n in number:
            answer = send(client, self.page(n), {**values, "comment": f"{words} {n}" if words else ""})
            assert answer.status_code == 302, answer.text[:2000]


@pytest.fixture
def over(clock: time_machine.Traveller) -> Iterable[time_machine.Traveller]:
    clock.move_to(ENDS + timedelta(hours=1))
    return clock


def count() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(CourseFeedback)) or 0


class TestRules:
    def test_shares_and_scores(self) -> None:
        assert [percent(1, 8), percent(1, 3), percent(2, 3), percent(0, 7), percent(7, 7)] == [13, 33, 67, 0, 100]
        assert Sum(5, 4, 1, 20).net == 60
        assert Sum(8, 0, 1, 9).net == -13
        assert Sum(4, 4, 0, 20).net is None
        assert Sum(4, 4, 0, 20).share is None
        assert csat({"relevance": Sum(5, 5, 0, 25), "pace": Sum(4, 0, 0, 4), "intent": Sum(5, 0, 0, 5)}) == 100
        assert csat({"relevance": Sum(4, 4, 0, 20)}) is None
        assert nps({}) is None

    def test_what_may_not_be_shown_cannot_be_reckoned_from_a_total(self) -> None:
        shown, small = {"pace": Sum(5, 5, 0, 25)}, {"pace": Sum(1, 0, 0, 1)}
        assert together([shown, small]) == together([shown]) == shown
        assert together([small, small]) == {}

    @pytest.mark.parametrize(
        ("days", "expected"),
        [
            (-0.01, None),
            (0, Stage.AFTER),
            (29.9, Stage.AFTER),
            (30, None),
            (59.9, None),
            (60, Stage.LATER),
            (89.9, Stage.LATER),
            (90, None),
        ],
    )
    def test_what_is_asked_when(self, days: float, expected: Stage | None) -> None:
        assert stage(ENDS, 60, ENDS + timedelta(days=days)) is expected
        assert stage(None, 60, ENDS) is None

    def test_a_follow_up_after_30_days_takes_the_place_of_the_first_questions(self) -> None:
        assert stage(ENDS, 30, ENDS + timedelta(days=30)) is Stage.LATER

    def test_people_are_asked_in_the_morning_over_a_clock_change(self) -> None:
        ends = datetime(2027, 3, 27, 16, 0, tzinfo=UTC)
        assert asked_at(ends, "Europe/Vienna", 1) == datetime(2027, 3, 28, 8, 0, tzinfo=UTC)
        assert asked_at(ends, "Europe/Vienna", -1) == datetime(2027, 3, 26, 9, 0, tzinfo=UTC)


class TestSaying:
    def test_from_the_end_on_and_changed_meanwhile(self, client: PageClient, app: Flask, clock: time_machine.Traveller) -> None:
        scene = Scene()
        clock.move_to(ENDS - timedelta(minutes=1))
        assert client.get(scene.page()).status_code == 404
        clock.move_to(ENDS)
        scene.say(client, [0], GOOD, "Good & <b>loud</b>")
        page = client.get(scene.page()).text
        assert fields(page)["nps"] == "10"
        assert "Good &amp; &lt;b&gt;loud" in page
        scene.say(client, [0], {**BAD, "pace": ""})
        said = db.session.scalars(select(CourseFeedback)).one()
        assert (said.relevance, said.pace, said.nps, said.comment) == (1, None, 0, "")
        assert count() == 1
        clock.move_to(ENDS + timedelta(days=60))
        assert send(client, scene.page(), {"used": "4", "used_comment": "Daily"}).status_code == 302
        said = db.session.scalars(select(CourseFeedback)).one()
        assert (said.used, said.used_comment, said.relevance) == (4, "Daily", 1)
        entries = list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == "assessing.give_feedback")))
        assert len(entries) == 3
        assert all(entry.changes == {} for entry in entries)

    def test_who_stayed_away_or_was_cancelled_says_nothing(self, client: PageClient, app: Flask, over: Any) -> None:
        scene = Scene(2)
        scene.enrolments[0].attendance = AttendanceState.NO_SHOW
        factories.commit()
        assert client.get(scene.page(0)).status_code == 404
        assert client.get(scene.page(1)).status_code == 200
        run = db.session.get_one(Run, scene.run_id)
        db.session.refresh(run, ["event"])
        run.event.status, run.event.cancelled_reason = EventStatus.CANCELLED, "x"
        factories.commit()
        assert client.get(scene.page(1)).status_code == 404

    @pytest.mark.parametrize(
        "values",
        [
            {"relevance": "6"},
            {"pace": "0"},
            {"trainer": "-1"},
            {"nps": "11"},
            {"nps": "x"},
            {"comment": "x" * 2001},
            {},
            {"comment": " \x00 "},
        ],
    )
    def test_hostile_values_and_nothing_at_all(self, client: PageClient, app: Flask, over: Any, values: dict[str, str]) -> None:
        scene = Scene()
        answer = send(client, scene.page(), values)
        assert answer.status_code == 422
        assert "There is a problem" in answer.text
        assert count() == 0

    def test_sent_twice_is_said_once(self, client: PageClient, app: Flask, over: Any) -> None:
        scene = Scene()
        form = {**fields(client.get(scene.page()).text), "nps": "9"}
        assert [client.post(scene.page(), data=form).status_code for _n in range(2)] == [302, 302]
        assert count() == 1


class TestReport:
    def test_four_tell_nothing_and_five_do(self, client: PageClient, app: Flask, over: Any) -> None:
        scene = Scene(5)
        place = f"/teach/{scene.run_id}/feedback"
        trainer = trainer_of(client, scene.trainer)
        assert "shown from 5 answers on" in trainer.get(place).text
        scene.say(client, range(4), GOOD, "Word")
        page = trainer.get(place).text
        for secret in ("Word", "100 %", "on average"):
            assert secret not in page
        scene.say(client, [4], BAD, "Fifth")
        page = trainer.get(place).text
        # 16 of 20 answers about satisfaction are good; 4 promoters, 1 detractor of 5.
        for shown in ("80 %", ">60<", "Word 0", "Fifth 4"):
            assert shown in page

    def test_the_file_holds_what_the_page_shows(self, client: PageClient, app: Flask, over: Any) -> None:
        scene = Scene(5)
        place = f"/teach/{scene.run_id}/feedback"
        scene.say(client, range(5), {**GOOD, "pace": ""}, "Word")
        scene.say(client, [0], {**GOOD, "pace": "1"}, "Word")
        trainer = trainer_of(client, scene.trainer)
        token = fields(trainer.get(place).text, f"{place}/export")
        lines = list(csv.DictReader(io.StringIO(trainer.post(f"{place}/export", data={**token, "format": "plain"}).text)))
        questions = {line["question"] for line in lines}
        assert "pace" not in questions, "one answer would be somebody's"
        assert sorted(line["text"] for line in lines if line["question"] == "comment") == [f"Word {n}" for n in range(5)]
        (line,) = [line for line in lines if line["question"] == "nps"]
        assert (line["answers"], line["nps"]) == ("5", "100")
        assert trainer.post(f"{place}/export", data={**token, "format": "exe"}).status_code == 400

    def test_no_filter_makes_a_difference_of_one(self, client: PageClient, app: Flask, over: Any) -> None:
        large, small = Scene(5, "AAA-101"), Scene(1, "AAA-102")
        large.say(client, range(5), GOOD)
        small.say(client, [0], BAD)
        client.sign_in(factories.organizer())
        page = "/admin/training/results?by="
        for shape in ("courses", "runs"):
            text = client.get(f"{page}{shape}").text
            assert text.count("100 %") >= 2, "the large one, and the sum without the small one"
            assert "67 %" not in text
        everything = client.get(f"{page}trainers&course={large.version.course_id}&course={small.version.course_id}").text
        assert "satisfied (CSAT)" in everything
        found = queries.sums([large.run_id, small.run_id])
        assert csat(together(found.values())) == 100

    def test_constant_queries(self, client: PageClient, app: Flask, over: Any, count_queries: Any) -> None:
        organizer = factories.organizer()
        visitor = trainer_of(client, organizer)
        counts = []
        for people in (1, 5):
            scene = Scene(people)
            scene.say(client, range(people), GOOD, "Word")
            for place in ("/admin/training/results", f"/teach/{scene.run_id}/results", f"/teach/{scene.run_id}/feedback"):
                with count_queries() as found:
                    assert visitor.get(place).status_code == 200
                counts.append(len(found))
        assert counts[0] == counts[3] <= 12
        assert counts[1] == counts[4] <= 14
        assert max(counts[2], counts[5]) <= 14

    def test_empty_and_who_may(self, client: PageClient, app: Flask, over: Any) -> None:
        client.sign_in(factories.organizer())
        assert "No runs yet" in client.get("/admin/training/results").text
        scene = Scene(0)
        page = client.get(f"/teach/{scene.run_id}/results").text
        assert "Nobody is enrolled yet" in page
        assert "No run fits" in client.get("/admin/training/results?year=1999&mode=in_person").text
        other = trainer_of(client, factories.user(None, Role.TRAINER))
        assert other.get(f"/teach/{scene.run_id}/feedback").status_code == 404
        assert other.get("/admin/training/results").status_code == 403

    def test_results_as_files(self, client: PageClient, app: Flask, over: Any) -> None:
        scene = Scene(6, "AAA-101", pass_mark=50)
        for n, one in enumerate(scene.enrolments):
            one.attendance = AttendanceState.ATTENDED if n else AttendanceState.NO_SHOW
            one.result, one.score = ("passed", 80) if n > 2 else ("failed", 40)  # type: ignore[assignment]
        factories.commit()
        scene.say(client, range(1, 6), GOOD)
        client.sign_in(factories.organizer())
        token = fields(client.get("/admin/training/results").text, "export/courses")
        for shape in ("courses", "trainers", "runs"):
            text = client.post(f"/admin/training/results/export/{shape}", data={**token, "format": "plain"}).text
            (line,) = csv.DictReader(io.StringIO(text))
            numbers = ("enrolled", "no_shows", "passed", "failed", "pass_rate", "average_score", "no_show_rate", "csat", "nps")
            assert [line[name] for name in numbers] == ["6", "1", "3", "3", "50", "60", "17", "100", "100"]


class TestAsking:
    def test_the_morning_after_once_each(self, app: Flask, clock: time_machine.Traveller) -> None:
        scene = Scene(3)
        scene.enrolments[0].attendance = AttendanceState.NO_SHOW
        factories.commit()
        due = asked_at(ENDS, "Europe/Vienna", 1)
        assert asking.ask_due(due - timedelta(minutes=1)) == 0
        assert asking.ask_due(due) == 2
        assert asking.ask_due(due + timedelta(minutes=1)) == 0
        found = mails("registrations.course_feedback")
        assert len(found) == 2
        assert f"/r/{scene.tokens[1]}/course" in found[0].text
        assert scene.version.title in found[0].subject

    def test_weeks_later_once_each(self, app: Flask) -> None:
        Scene(2, follow_up_days=45)
        due = asked_at(ENDS, "Europe/Vienna", 45)
        assert asking.ask_due(due - timedelta(hours=1)) == 0
        assert asking.ask_due(due) == 2
        assert asking.ask_due(due + timedelta(days=1)) == 0
        assert len(mails("registrations.course_follow_up")) == 2

    def test_too_late_is_never(self, app: Flask) -> None:
        Scene(1)
        assert asking.ask_due(ENDS + timedelta(days=6)) == 0
        assert asking.ask_due(ENDS + timedelta(days=66)) == 0

    def test_nobody_is_woken(self, app: Flask) -> None:
        scene = Scene(2)
        person = scene.enrolments[0].person_id
        db.session.get_one(Person, person).time_zone = "America/New_York"
        factories.commit()
        due = asked_at(ENDS, "Europe/Vienna", 1)
        assert asking.ask_due(due) == 1
        assert asking.ask_due(due + timedelta(hours=6)) == 1

    def test_switched_off(self, app: Flask) -> None:
        scene = Scene(1)
        event = db.session.merge(scene.run.event)
        messages.switch(event, KINDS[asking.AFTER], enabled=False, hour=None, by=TESTS, at=STARTS)
        factories.commit()
        db.session.expire_all()
        assert asking.ask_due(asked_at(ENDS, "Europe/Vienna", 1)) == 0
        assert mails("registrations.course_feedback") == []

    def test_a_cancelled_run_asks_nobody(self, app: Flask) -> None:
        scene = Scene(1)
        event = db.session.merge(scene.run.event)
        event.status, event.cancelled_reason = EventStatus.CANCELLED, "x"
        factories.commit()
        assert asking.ask_due(asked_at(ENDS, "Europe/Vienna", 1)) == 0

    def test_it_stands_among_the_messages_of_runs_only(self, client: PageClient, app: Flask) -> None:
        scene, plain = Scene(0), factories.event(slug="plain")
        client.sign_in(factories.organizer())
        slug = db.session.merge(scene.run.event).slug
        assert "How was the course?" in client.get(f"/admin/events/{slug}/messages/").text
        assert "How was the course?" not in client.get(f"/admin/events/{plain.slug}/messages/").text
