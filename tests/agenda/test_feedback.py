"""Feedback on sessions: who is asked and when, once each, and nothing that would tell who said what."""

import csv
import io
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from eventapp.accounts.models import Role
from eventapp.agenda.feedback import queries
from eventapp.agenda.feedback.models import Feedback, FeedbackAnswer, FeedbackQuestion
from eventapp.agenda.feedback.rules import Sum, spread, together
from eventapp.agenda.models import AgendaSession, Speaker
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.events.models import Event
from eventapp.partners.models import Organisation
from eventapp.registrations import service as registrations
from eventapp.registrations.queries import by_token
from tests.support import agenda, factories
from tests.support.browsing import send
from tests.support.factories import TESTS
from tests.support.pages import PageClient, fields

# The session ends at 7:45.
OVER = agenda.day(8)
PAGE = "/admin/events/summit/agenda/feedback/"


@pytest.fixture
def company(app: Flask) -> Organisation:
    return factories.organisation("Donau Systemhaus GmbH", domain="donau.example")


@pytest.fixture
def event(company: Organisation) -> Event:
    return factories.event(slug="summit", title="Summit", quotas={"ready": 50, "none": 50})


@pytest.fixture
def petra(event: Event) -> Speaker:
    return agenda.speaker(event, "Petra Prompter", company="Karmin")


@pytest.fixture
def keynote(event: Event, petra: Speaker) -> AgendaSession:
    made = agenda.session(event, "Keynote", speakers=[petra])
    agenda.session(event, "Later", starts_at=agenda.day(12), speakers=[petra])
    agenda.release(event)
    return made


def people(event: Event, company: Organisation, n: int) -> list[str]:
    """The secret links of so many registered people."""
    made = factories.register(event, company, *(factories.attendee() for _n in range(n)))
    return [one.token for one in made]


def say(client: PageClient, token: str, session: str, content: str = "", speaker: str = "", text: str = "") -> Any:
    return send(client, f"/r/{token}/feedback/{session}", {"q0": content, "q1": speaker, "q2": text})


def said_by(client: PageClient, tokens: Sequence[str], session: str, stars: str = "44444", word: str = "Word") -> None:
    for n, token in enumerate(tokens):
        assert say(client, token, session, stars[n % len(stars)], "5", f"{word} {n}").status_code == 302


def count(model: Any) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


class TestRules:
    def test_nothing_is_shown_below_five(self) -> None:
        assert Sum(4, 20).mean is None
        assert Sum(5, 21).mean == 4.2
        assert spread({5: 4}) is None
        assert spread({5: 4, 1: 1}) == {5: 4, 4: 0, 3: 0, 2: 0, 1: 1}

    def test_what_may_not_be_shown_cannot_be_reckoned_from_a_total(self) -> None:
        assert together([Sum(5, 20), Sum(2, 2)]) == Sum(5, 20)
        assert together([Sum(3, 9), Sum(4, 9)]).mean is None
        assert together([]).mean is None


class TestSaying:
    def test_from_the_end_on_until_a_week_later_and_changed_meanwhile(
        self, client: PageClient, event: Event, company: Organisation, keynote: AgendaSession, clock: time_machine.Traveller
    ) -> None:
        (token,) = people(event, company, 1)
        code = keynote.code
        path = f"/r/{token}/feedback/{code}"
        for early in (agenda.day(6), agenda.day(7, 44)):
            clock.move_to(early)
            assert client.get(path).status_code == 404
            assert "How was it?" not in client.get(f"/r/{token}").text
        clock.move_to(agenda.day(7, 45))
        assert "about 1 session yet" in client.get(f"/r/{token}").text
        assert path in client.get(f"/r/{token}/agenda/{code}").text
        assert say(client, token, code, "4", "", "Good & <b>loud</b>").status_code == 302
        page = client.get(path).text
        assert fields(page)["q0"] == "4"
        assert "Good &amp; &lt;b&gt;loud" in page
        assert "all sessions so far" in client.get(f"/r/{token}").text
        assert say(client, token, code, "2", "1", "").status_code == 302
        assert count(Feedback) == 1
        values = {(a.stars, a.text) for a in db.session.scalars(select(FeedbackAnswer))}
        assert values == {(2, ""), (1, "")}
        clock.move_to(agenda.day(7, 45) + timedelta(days=7))
        assert client.get(path).status_code == 404
        clock.move_to(agenda.day(14) + timedelta(days=7))
        assert "Nothing to say now" in client.get(f"/r/{token}/feedback").text

    def test_who_may_not(
        self, client: PageClient, event: Event, company: Organisation, keynote: AgendaSession, clock: time_machine.Traveller
    ) -> None:
        small = agenda.session(db.session.get_one(Event, event.id), "Small", signs_up=True, capacity=1)
        agenda.release(event)
        one, two = people(event, company, 2)
        small_code, code = small.code, keynote.code
        agenda.sign_up(by_token(one), small)
        clock.move_to(OVER)
        assert client.get(f"/r/{one}/feedback/{small_code}").status_code == 200
        assert client.get(f"/r/{two}/feedback/{small_code}").status_code == 404
        for wrong in ("NOSUCH", "x" * 40, "later"):
            assert client.get(f"/r/{one}/feedback/{wrong}").status_code == 404
        form = fields(client.get(f"/r/{one}/feedback/{code}").text)
        db.session.expunge_all()
        registrations.cancel([by_token(one)], reason="", by=TESTS, at=OVER)
        factories.commit()
        assert client.post(f"/r/{one}/feedback/{code}", data={**form, "q0": "5"}).status_code == 404
        assert client.get(f"/r/{one}/feedback").status_code == 200
        assert count(Feedback) == 0

    def test_a_cancelled_session_is_not_asked_about(
        self, client: PageClient, event: Event, company: Organisation, keynote: AgendaSession, clock: time_machine.Traveller
    ) -> None:
        (token,) = people(event, company, 1)
        code = keynote.code
        agenda.cancel(keynote)
        agenda.release(event)
        clock.move_to(OVER)
        assert client.get(f"/r/{token}/feedback/{code}").status_code == 404

    @pytest.mark.parametrize(
        "values", [{"q0": "6"}, {"q0": "0"}, {"q1": "-1"}, {"q0": "x"}, {"q2": "x" * 2001}, {}, {"q2": " \x00 "}]
    )
    def test_hostile_values_and_nothing_at_all(
        self,
        client: PageClient,
        event: Event,
        company: Organisation,
        keynote: AgendaSession,
        clock: time_machine.Traveller,
        values: dict[str, str],
    ) -> None:
        (token,) = people(event, company, 1)
        clock.move_to(OVER)
        answer = send(client, f"/r/{token}/feedback/{keynote.code}", values)
        assert answer.status_code == 422
        assert "There is a problem" in answer.text
        assert count(Feedback) == 0

    def test_sent_twice_is_said_once(
        self, client: PageClient, event: Event, company: Organisation, keynote: AgendaSession, clock: time_machine.Traveller
    ) -> None:
        (token,) = people(event, company, 1)
        clock.move_to(OVER)
        path = f"/r/{token}/feedback/{keynote.code}"
        form = {**fields(client.get(path).text), "q0": "3"}
        assert {client.post(path, data=form).location for _n in range(2)} == {f"/r/{token}/feedback"}
        assert count(Feedback) == count(FeedbackAnswer) == 1

    def test_an_answer_does_not_slip_to_another_question(
        self, client: PageClient, event: Event, company: Organisation, keynote: AgendaSession, clock: time_machine.Traveller
    ) -> None:
        (token,) = people(event, company, 1)
        clock.move_to(OVER)
        path = f"/r/{token}/feedback/{keynote.code}"
        form = {**fields(client.get(path).text), "q0": "3", "q2": "Long words"}
        client.sign_in(factories.organizer())
        assert send(client, f"{PAGE}questions", {"label_0": "How good was the coffee?"}).status_code == 302
        refused = client.post(path, data=form)
        assert refused.status_code == 409
        assert "The questions have changed meanwhile." in refused.text
        assert "Long words" in refused.text
        assert "coffee" in refused.text
        assert count(Feedback) == 0
        assert client.post(path, data={**fields(refused.text), "q0": "3"}).status_code == 302

    def test_it_goes_with_the_place_and_is_not_said_in_the_log(
        self, client: PageClient, event: Event, company: Organisation, keynote: AgendaSession, clock: time_machine.Traveller
    ) -> None:
        (token,) = people(event, company, 1)
        clock.move_to(OVER)
        said_by(client, [token], keynote.code, word="Confided")
        (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "feedback.give"))
        assert entry.changes == {}
        registrations.substitute(by_token(token), "Uwe", "Neu", "uwe@donau.example", by=TESTS, at=OVER)
        factories.commit()
        assert count(Feedback) == count(FeedbackAnswer) == 0


class TestReport:
    def test_empty(self, client: PageClient, event: Event, keynote: AgendaSession) -> None:
        client.sign_in(factories.organizer())
        assert "Nobody has said anything yet" in client.get(PAGE).text
        assert "0 answers" in client.get(f"{PAGE}{keynote.id}").text

    def test_four_tell_nothing_and_five_do(
        self,
        client: PageClient,
        event: Event,
        company: Organisation,
        keynote: AgendaSession,
        petra: Speaker,
        clock: time_machine.Traveller,
    ) -> None:
        tokens = people(event, company, 5)
        code, number, secret = keynote.code, keynote.id, petra.token
        clock.move_to(OVER)
        said_by(client, tokens[:4], code, "5431")
        client.sign_in(factories.organizer())
        paths = (PAGE, f"{PAGE}{number}", f"/speaker/{secret}/feedback")
        token = fields(client.get(PAGE).text, f"{PAGE}export/texts")
        exported = lambda what: client.post(f"{PAGE}export/{what}", data={**token, "format": "plain"}).text  # noqa: E731
        for text in (*(client.get(path).text for path in paths), *(exported(w) for w in ("sessions", "speakers", "texts"))):
            assert "Word" not in text
            assert "3.3" not in text
            assert "of 5 stars" not in text
        (line,) = csv.DictReader(io.StringIO(exported("sessions")))
        assert (line["answers"], line["How good was the content?"]) == ("4", "")

        said_by(client, tokens[4:], code, "2", word="Fifth")
        for path in paths[1:]:
            page = client.get(path).text
            assert "3.0 of 5 stars" in page or "3 of 5 stars" in page
            assert "Word 2" in page
            assert "Fifth 0" in page
        assert ">3<" in client.get(PAGE).text or ">3.0<" in client.get(PAGE).text
        (line,) = csv.DictReader(io.StringIO(exported("sessions")))
        assert (line["session"], line["answers"], line["How good was the content?"]) == ("Keynote", "5", "3.0")
        (line,) = csv.DictReader(io.StringIO(exported("speakers")))
        assert (line["speaker"], line["sessions"], line["How good was the speaker?"]) == ("Petra Prompter", "1", "5.0")
        texts = [line["text"] for line in csv.DictReader(io.StringIO(exported("texts")))]
        assert texts == sorted(texts)
        assert len(texts) == 5

    def test_a_question_that_few_answered_stays_hidden(
        self, client: PageClient, event: Event, company: Organisation, keynote: AgendaSession, clock: time_machine.Traveller
    ) -> None:
        tokens = people(event, company, 5)
        code = keynote.code
        clock.move_to(OVER)
        for n, token in enumerate(tokens):
            assert say(client, token, code, "4", "1" if n == 0 else "").status_code == 302
        client.sign_in(factories.organizer())
        page = client.get(f"{PAGE}{keynote.id}").text
        assert "4 of 5 stars" in page or "4.0 of 5 stars" in page
        assert "Too few answers to stay anonymous." in page
        assert "1 of 5 stars" not in page

    def test_a_speaker_s_total_does_not_give_a_small_session_away(
        self, event: Event, company: Organisation, keynote: AgendaSession, client: PageClient, clock: time_machine.Traveller
    ) -> None:
        tokens = people(event, company, 6)
        later = db.session.scalars(select(AgendaSession).where(AgendaSession.title == "Later")).one()
        clock.move_to(agenda.day(14))
        said_by(client, tokens[:5], keynote.code, "4")
        said_by(client, tokens[5:], later.code, "1")
        (who,) = queries.by_speaker(event, queries.results(event))
        assert (who.sessions, who.people) == (1, 5)
        assert {one.mean for one in who.sums.values()} == {4.0, 5.0}

    def test_constant_queries_and_another_event_s_session(
        self,
        client: PageClient,
        event: Event,
        company: Organisation,
        keynote: AgendaSession,
        clock: time_machine.Traveller,
        count_queries: Any,
    ) -> None:
        tokens = people(event, company, 2)
        later = db.session.scalars(select(AgendaSession).where(AgendaSession.title == "Later")).one().code
        clock.move_to(agenda.day(14))
        organizer = factories.organizer()
        said_by(client, tokens, keynote.code)
        other = client.application.test_client()
        assert isinstance(other, PageClient)
        other.environ_base["HTTP_HOST"] = "events.test"
        other.sign_in(organizer)
        counts = []
        for _n in range(2):
            with count_queries() as found:
                other.get(PAGE)
            counts.append(len(found))
            said_by(client, tokens, later)
        assert counts[0] == counts[1] <= 12
        with count_queries() as found:
            client.get(f"/r/{tokens[0]}")
        assert len(found) <= 14
        strange = agenda.session(factories.event(slug="strange"), "Strange")
        for wrong in (strange.id, 999999):
            assert other.get(f"{PAGE}{wrong}").status_code == 404

    def test_speakers_see_their_own_and_unknown_links_are_nothing(
        self,
        client: PageClient,
        event: Event,
        company: Organisation,
        keynote: AgendaSession,
        petra: Speaker,
        clock: time_machine.Traveller,
    ) -> None:
        other = agenda.speaker(event, "Otto Other")
        secret, others = petra.token, other.token
        clock.move_to(OVER)
        said_by(client, people(event, company, 5), keynote.code)
        answer = client.get(f"/speaker/{secret}/feedback")
        assert "Word 1" in answer.text
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Nobody has said anything yet" in client.get(f"/speaker/{others}/feedback").text
        for wrong in (secret[:-1], secret + "A", "A" * 43):
            assert client.get(f"/speaker/{wrong}/feedback").status_code == 404


class TestQuestions:
    def test_chosen_reworded_added_and_dropped(
        self, client: PageClient, event: Event, company: Organisation, keynote: AgendaSession, clock: time_machine.Traveller
    ) -> None:
        clock.move_to(OVER)
        tokens = people(event, company, 5)
        said_by(client, tokens, keynote.code)
        client.sign_in(factories.organizer())
        page = client.get(f"{PAGE}questions").text
        assert "How good was the content?" in page
        values = {"label_0": "Was it useful?", "label_1": "", "label_3": "What next?", "kind_3": "text"}
        assert send(client, f"{PAGE}questions", values).status_code == 302
        asked = client.get(f"/r/{tokens[0]}/feedback/{keynote.code}").text
        for words in ("Was it useful?", "What next?", "What do you want to tell"):
            assert words in asked
        assert "How good was the speaker?" not in asked
        report = client.get(PAGE).text
        assert "How good was the speaker?" in report, "what was answered stays"
        assert count(FeedbackQuestion) == 4
        assert send(client, f"{PAGE}questions", {f"label_{n}": "" for n in range(6)}).status_code == 422

    @pytest.mark.parametrize(
        "values", [{"label_0": "x" * 201}, {"kind_5": "stars; drop"}, {"id_0": "999999"}, {"id_0": "9" * 30, "label_0": "x"}]
    )
    def test_hostile_values(self, client: PageClient, event: Event, keynote: AgendaSession, values: dict[str, str]) -> None:
        client.sign_in(factories.organizer())
        assert send(client, f"{PAGE}questions", values).status_code in (302, 409, 422)
        labels = {one.label for one in queries.questions(event.id)}
        assert len(labels) == 3

    def test_auditors_read_and_others_do_not(self, client: PageClient, event: Event, keynote: AgendaSession) -> None:
        client.sign_in(factories.user(None, Role.AUDITOR))
        assert client.get(PAGE).status_code == 200
        assert client.get(f"{PAGE}questions").status_code == 403
        client.sign_in(factories.company_admin(factories.organisation()))
        assert client.get(PAGE).status_code == 403
