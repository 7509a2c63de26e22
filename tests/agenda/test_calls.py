"""The call for sessions: proposing, reviewing blind, deciding on several, speakers who confirm by a link, reminders."""

import io
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from eventapp.agenda.calls import jobs, rules, service
from eventapp.agenda.calls.models import CallCriterion, ProposalReview, ProposalSpeaker, ProposalState, SessionProposal
from eventapp.agenda.content import speakers
from eventapp.agenda.models import (
    AgendaPicture,
    AgendaSession,
    SessionSpeaker,
    SessionStatus,
    Speaker,
    SpeakerAnswer,
    SpeakerTask,
)
from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.events.models import Event
from eventapp.mail.models import OutboxMail
from eventapp.partners.models import MembershipRole, Organisation
from tests.support import agenda, browsing, factories
from tests.support.browsing import summary
from tests.support.factories import TESTS
from tests.support.pages import PageClient, fields


@pytest.fixture
def event(app: Flask) -> Event:
    made = factories.event(title="Summit")
    agenda.session_type(made, "Talk", minutes=30)
    details = service.CallDetails("We look for **plans**.", now() - timedelta(days=1), now() + timedelta(days=5), False)
    service.set_call(made, details, version=0, by=TESTS, at=now())
    factories.commit()
    return made


def company(name: str, domain: str) -> tuple[Organisation, Any]:
    made = factories.organisation(name, domain=domain)
    user = factories.user(f"admin@{domain}", name="Petra Stein")
    factories.person(made, "Petra", "Stein", f"admin@{domain}", role=MembershipRole.ADMIN, user=user)
    return made, user


@pytest.fixture
def donau(app: Flask) -> tuple[Organisation, Any]:
    return company("Donau AG", "donau.example")


def send(client: PageClient, page: str, /, *, to: str | None = None, **values: Any) -> TestResponse:
    return browsing.send(client, page, values, action=to)


def fresh(model: type[Any], *conditions: Any) -> Any:
    db.session.expire_all()
    return db.session.scalars(select(model).where(*conditions)).one()


TYPED = {
    "title": "Plans that work",
    "abstract": "Two teams, **one** document.",
    "speakers-0-name": "Søren Friis",
    "speakers-0-address": "soren@donau.example",
}


def proposed(event: Event, by: tuple[Organisation, Any], title: str = "Plans that work") -> SessionProposal:
    made = service.propose(
        event,
        by[0],
        service.ProposalDetails(title, "About", "en", None, None, "", [service.Speaking("Søren Friis", "soren@donau.example")]),
        by=by[1],
        at=now(),
    )
    factories.commit()
    return made


def test_a_company_proposes_changes_and_withdraws(client: PageClient, event: Event, donau: tuple[Organisation, Any]) -> None:
    page = f"/events/{event.slug}/call"
    assert "The admins of a partner company propose sessions." in client.get(page).text
    client.sign_in(donau[1])
    assert "<strong>plans</strong>" in client.get(page).text
    assert send(client, f"{page}/new", **TYPED).status_code == 302
    made, speaker = fresh(SessionProposal), fresh(ProposalSpeaker)
    assert (made.title, made.state, speaker.name) == ("Plans that work", ProposalState.SUBMITTED, "Søren Friis")
    assert send(client, f"{page}/{made.code}", title="Plans that last").status_code == 302
    assert fresh(SessionProposal).title == "Plans that last"
    stale = send(client, f"{page}/{made.code}", title="Mine", version="99")
    assert stale.status_code == 409
    assert "Mine" in stale.text
    assert client.get(browsing.press(client, page, f"{page}/{made.code}/withdraw").location).status_code == 200
    assert fresh(SessionProposal).state is ProposalState.WITHDRAWN


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"title": ""}, "Give it a title."),
        ({"abstract": " "}, "Say what it is about."),
        ({"speakers-0-name": "", "speakers-0-address": ""}, "Enter a name."),
        ({"speakers-0-address": "nobody"}, "Enter an e-mail like name@company.com."),
        ({"speakers-1-name": "Other", "speakers-1-address": "soren@donau.example"}, "This address stands twice."),
    ],
)
def test_what_is_missing_is_said_at_its_field(
    client: PageClient, event: Event, donau: tuple[Organisation, Any], values: dict[str, str], message: str
) -> None:
    client.sign_in(donau[1])
    answer = send(client, f"/events/{event.slug}/call/new", **{**TYPED, **values})
    assert answer.status_code == 422
    assert message in summary(answer)
    assert db.session.scalars(select(SessionProposal)).all() == []


def test_nobody_proposes_before_or_after(event: Event, donau: tuple[Organisation, Any]) -> None:
    opens, closes = now(), now() + timedelta(hours=1)
    assert [rules.is_open(opens, closes, at) for at in (opens - timedelta(seconds=1), opens, closes)] == [False, True, False]
    past = service.CallDetails("", now() - timedelta(days=2), now() - timedelta(days=1), False)
    service.set_call(event, past, version=1, by=TESTS, at=now())
    factories.commit()
    with pytest.raises(RuleError, match="not open"):
        proposed(event, donau)


def test_another_company_sees_nothing_of_it(client: PageClient, event: Event, donau: tuple[Organisation, Any]) -> None:
    made = proposed(event, donau, "Secret idea")
    client.sign_in(company("Isar AG", "isar.example")[1])
    page = f"/events/{event.slug}/call"
    assert "Secret idea" not in client.get(page).text
    for path in (f"{page}/{made.code}", f"{page}/ZZZZZZ"):
        assert client.get(path).status_code == 404


def test_scores_are_weighted() -> None:
    assert rules.score({1: 2, 2: 1}, [{"1": 5, "2": 2}]) == 4.0
    assert rules.score({1: 2, 2: 1}, [{"1": 5}, {"1": 0, "2": 0}]) == 2.5
    assert rules.score({1: 1}, [{"9": 5}, {}]) is None
    assert rules.score({}, []) is None


def test_reviews_are_blind_until_it_is_decided(client: PageClient, event: Event, donau: tuple[Organisation, Any]) -> None:
    made = proposed(event, donau)
    blind = service.CallDetails("", now() - timedelta(days=1), now() + timedelta(days=5), True)
    service.set_call(event, blind, version=1, by=TESTS, at=now())
    criterion = service.add_criterion(event, "Use for partners", 3, by=TESTS, at=now())
    factories.commit()
    client.sign_in(factories.organizer())
    page = f"/admin/events/{event.slug}/agenda/call/"
    for path in (page, f"{page}proposals/{made.code}"):
        text = client.get(path).text
        assert "Plans that work" in text
        assert "Donau AG" not in text
        assert "Søren" not in text
    answer = send(client, f"{page}proposals/{made.code}", **{f"score_{criterion.id}": "4", "remark": "Good"})
    assert answer.status_code == 302
    assert fresh(ProposalReview).scores == {str(criterion.id): 4}
    wrong = send(client, f"{page}proposals/{made.code}", **{f"score_{criterion.id}": "9"})
    assert wrong.status_code == 422
    service.decide(event, [made.code], ProposalState.RESERVE, "", by=TESTS, at=now())
    factories.commit()
    assert "Donau AG" in client.get(page).text


def test_accepting_makes_a_session_that_its_speakers_confirm(
    client: PageClient, event: Event, donau: tuple[Organisation, Any]
) -> None:
    made, other = proposed(event, donau), proposed(event, donau, "Another")
    client.sign_in(factories.organizer())
    page = f"/admin/events/{event.slug}/agenda/call/"
    data = {**fields(client.get(page).text, f"{page}decide"), "decision": "accepted", "note": "Fits well", "codes": [made.code]}
    assert client.post(f"{page}decide", data=data).status_code == 302
    again = client.post(f"{page}decide", data=data)
    assert again.status_code == 302
    session, part, speaker = fresh(AgendaSession), fresh(SessionSpeaker), fresh(Speaker)
    assert (session.title, session.status, part.answer) == (made.title, SessionStatus.TENTATIVE, SpeakerAnswer.OPEN)
    kinds = {m.kind: m for m in db.session.scalars(select(OutboxMail))}
    assert len(kinds) == 2
    assert "Fits well" in kinds["agenda.call_decided"].text
    assert kinds["agenda.call_asked"].to_address == "soren@donau.example"
    link = f"/speaker/{speaker.token}"
    assert f"{link}\n" in kinds["agenda.call_asked"].text + "\n"
    stranger = client.application.test_client()
    assert stranger.get(link).status_code == 200
    guest = PageClient(client.application, client.application.response_class, use_cookies=True)
    browsing.press(guest, link, f"{link}/sessions/{session.id}/confirm")
    assert fresh(AgendaSession).status is SessionStatus.CONFIRMED
    browsing.press(guest, link, f"{link}/sessions/{session.id}/decline")
    assert (fresh(AgendaSession).status, fresh(SessionSpeaker).answer) == (SessionStatus.TENTATIVE, SpeakerAnswer.DECLINED)
    assert guest.get("/speaker/unknown").status_code == 404
    done, refused = service.decide(event, [made.code, other.code], ProposalState.DECLINED, "", by=TESTS, at=now())
    assert ([p.code for p in done], [p.code for p in refused]) == ([other.code], [made.code])


def test_a_speaker_changes_what_is_said_of_them_and_finishes_tasks(client: PageClient, event: Event) -> None:
    speaker = agenda.speaker(event, "Søren Friis")
    task = speakers.add_task(speaker, "Slides", None, by=TESTS, at=now())
    factories.commit()
    link = f"/speaker/{speaker.token}"
    assert send(client, link, biography="*New*", job_title="CTO").status_code == 302
    assert fresh(Speaker).biography_html == "<p><em>New</em></p>\n"
    browsing.press(client, link, f"{link}/tasks/{task.id}/done")
    assert fresh(SpeakerTask).done_at is not None
    other = agenda.speaker(event, "Other")
    assert client.post(f"/speaker/{other.token}/tasks/{task.id}/done", data=fields(client.get(link).text)).status_code == 404


def test_a_name_gives_nobody_the_link_of_somebody_else(event: Event, donau: tuple[Organisation, Any]) -> None:
    """Whoever names a speaker as the agenda prints them, with an address of their own, gets a link of their own."""
    known = agenda.speaker(event, "Søren Friis")
    made = proposed(event, donau)
    service.decide(event, [made.code], ProposalState.ACCEPTED, "", by=TESTS, at=now())
    factories.commit()
    asked = fresh(OutboxMail, OutboxMail.kind == "agenda.call_asked")
    assert known.token not in asked.text
    assert len(db.session.scalars(select(Speaker)).all()) == 2


def test_what_organizers_hold_back_no_speaker_confirms(event: Event) -> None:
    speaker = agenda.speaker(event)
    session = agenda.session(event, speakers=[speaker], status=SessionStatus.TENTATIVE)
    for confirmed in (True, False, True):
        part = fresh(SessionSpeaker)
        part.session = fresh(AgendaSession)
        service.answer(speaker, part, confirmed, by=TESTS, at=now())
        factories.commit()
    assert fresh(AgendaSession, AgendaSession.id == session.id).status is SessionStatus.TENTATIVE


def test_a_speaker_sends_a_picture(client: PageClient, event: Event) -> None:
    speaker = agenda.speaker(event, "Søren Friis")
    link, data = f"/speaker/{speaker.token}", io.BytesIO()
    Image.new("RGB", (900, 300), "red").save(data, "JPEG")
    data.seek(0)
    assert send(client, link, picture=(data, "me.jpg")).status_code == 302
    assert (fresh(AgendaPicture).width, fresh(Speaker).picture_id) == (480, fresh(AgendaPicture).id)
    broken = send(client, link, picture=(io.BytesIO(b"<svg/>"), "me.jpg"), biography="Kept")
    assert broken.status_code == 422
    assert "Kept" in broken.text
    assert client.get(link).headers["Referrer-Policy"] == "no-referrer"


def test_speakers_are_reminded_once(event: Event, donau: tuple[Organisation, Any]) -> None:
    person = factories.person(donau[0], "Eva", "Roth", "eva@donau.example")
    speaker = agenda.speaker(event, person=person)
    for title, days in (("Slides", 2), ("Photo", 1), ("Later", 9)):
        speakers.add_task(speaker, title, now() + timedelta(days=days), by=TESTS, at=now())
    factories.commit()
    assert jobs.remind(at=now()) == 1
    assert jobs.remind(at=now()) == 0
    mail = fresh(OutboxMail)
    assert "Slides" in mail.text
    assert "Photo" in mail.text
    assert "Later" not in mail.text


def test_criteria_come_and_go(client: PageClient, event: Event) -> None:
    client.sign_in(factories.organizer())
    page = f"/admin/events/{event.slug}/agenda/call/criteria"
    assert send(client, page, name="Use", weight="2").status_code == 302
    assert send(client, page, name="use", weight="2").status_code == 409
    assert send(client, page, name="Else", weight="0").status_code == 422
    browsing.press(client, page, f"{page}/{fresh(CallCriterion).id}/delete")
    assert db.session.scalars(select(CallCriterion)).all() == []
