"""Reading questions and what was answered; the report never asks who it was."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select

from eventapp.agenda.feedback.models import AskedFor, Feedback, FeedbackAnswer, FeedbackQuestion
from eventapp.agenda.feedback.rules import LEAST, Sum, may_answer, spread, together
from eventapp.agenda.joining import queries as joining
from eventapp.agenda.joining.rules import Stream
from eventapp.agenda.models import AgendaSession, SessionSlot, SessionSpeaker, Speaker, Track
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.core.i18n import _
from eventapp.events.models import Event
from eventapp.registrations.models import Registration


def questions(event_id: int, *, archived: bool = False) -> list[FeedbackQuestion]:
    """What is asked about the sessions of an event, in order; the usual questions, which are in no table yet, by default."""
    query = select(FeedbackQuestion).where(FeedbackQuestion.event_id == event_id)
    found = list(db.session.scalars(query.order_by(FeedbackQuestion.position, FeedbackQuestion.id)))
    return [one for one in found if archived or not one.archived] if found else usual(event_id)


def usual(event_id: int) -> list[FeedbackQuestion]:
    """What is asked where nobody has chosen questions."""
    wanted = (
        (_("How good was the content?"), AskedFor.STARS),
        (_("How good was the speaker?"), AskedFor.STARS),
        (_("What do you want to tell the speaker and the organizer?"), AskedFor.TEXT),
    )
    return [
        FeedbackQuestion(event_id=event_id, position=n, label=label, asked_for=asked, archived=False)
        for n, (label, asked) in enumerate(wanted)
    ]


def session_to_answer(registration: Registration, code: str, at: datetime) -> Stream:
    """The session of that code, if this person may say something about it now. Raises NotFoundError."""
    found = joining.streams(registration, AgendaSession.code == code) if code.isprintable() else []
    if not found or not may_answer(registration, found[0], at):
        raise NotFoundError(code)
    return found[0]


def to_answer(registration: Registration, at: datetime) -> list[tuple[Stream, bool]]:
    """The sessions that this person may say something about, by time, and whether they have."""
    given = set(db.session.scalars(select(Feedback.session_id).where(Feedback.registration_id == registration.id)))
    asked = [session for session in joining.streams(registration) if may_answer(registration, session, at)]
    return [(session, session.session_id in given) for session in asked]


def given(registration: Registration, session_id: int) -> Feedback | None:
    """What this person has said about a session."""
    query = select(Feedback).where(Feedback.registration_id == registration.id, Feedback.session_id == session_id)
    return db.session.scalar(query)


def answers(feedback: Feedback) -> Mapping[int, FeedbackAnswer]:
    """The answers of one person about one session, by question."""
    query = select(FeedbackAnswer).where(FeedbackAnswer.feedback_id == feedback.id)
    return {one.question_id: one for one in db.session.scalars(query)}


class SessionResult(NamedTuple):
    """What came of a session: how many answered, and by question the sum of the stars."""

    id: int
    code: str
    title: str
    track: str
    starts_at: datetime | None
    people: int
    sums: Mapping[int, Sum]

    @property
    def shown(self) -> bool:
        """Whether enough people answered to stay anonymous."""
        return self.people >= LEAST


def results(event: Event) -> list[SessionResult]:
    """Every session of an event that anybody answered about, by time. Three queries."""
    of_event = AgendaSession.event_id == event.id
    people = select(Feedback.session_id, func.count()).join(AgendaSession, AgendaSession.id == Feedback.session_id)
    counts = dict(db.session.execute(people.where(of_event).group_by(Feedback.session_id)).all())
    stars = (
        select(Feedback.session_id, FeedbackAnswer.question_id, func.count(), func.sum(FeedbackAnswer.stars))
        .join(FeedbackAnswer, FeedbackAnswer.feedback_id == Feedback.id)
        .join(AgendaSession, AgendaSession.id == Feedback.session_id)
        .where(of_event, FeedbackAnswer.stars.is_not(None))
        .group_by(Feedback.session_id, FeedbackAnswer.question_id)
    )
    sums: dict[int, dict[int, Sum]] = {}
    for session_id, question_id, n, total in db.session.execute(stars):
        sums.setdefault(session_id, {})[question_id] = Sum(n, int(total or 0))
    sessions = (
        select(AgendaSession.id, AgendaSession.code, AgendaSession.title, Track.name, func.min(SessionSlot.starts_at))
        .outerjoin(Track, Track.id == AgendaSession.track_id)
        .outerjoin(SessionSlot, SessionSlot.session_id == AgendaSession.id)
        .where(of_event, AgendaSession.id.in_(counts))
        .group_by(AgendaSession.id, AgendaSession.code, AgendaSession.title, Track.name)
        .order_by(func.min(SessionSlot.starts_at).is_(None), func.min(SessionSlot.starts_at), AgendaSession.title)
    )
    return [
        SessionResult(id_, code, title, track or "", starts_at, counts[id_], sums.get(id_, {}))
        for id_, code, title, track, starts_at in db.session.execute(sessions)
    ]


class SpeakerResult(NamedTuple):
    """What came of a speaker's sessions together: only of those that may be shown by themselves."""

    id: int
    name: str
    company: str
    sessions: int
    people: int
    sums: Mapping[int, Sum]


def by_speaker(event: Event, found: Sequence[SessionResult]) -> list[SpeakerResult]:
    """The results of sessions by who spoke in them, by name. One query."""
    by_id = {one.id: one for one in found}
    query = (
        select(Speaker.id, Speaker.name, Speaker.company, SessionSpeaker.session_id)
        .join(SessionSpeaker, SessionSpeaker.speaker_id == Speaker.id)
        .where(Speaker.event_id == event.id, SessionSpeaker.session_id.in_(by_id))
        .order_by(func.lower(Speaker.name), Speaker.id)
    )
    spoke: dict[tuple[int, str, str], list[SessionResult]] = {}
    for id_, name, company, session_id in db.session.execute(query):
        spoke.setdefault((id_, name, company), []).append(by_id[session_id])
    return [SpeakerResult(*who, *_of_speaker(sessions)) for who, sessions in spoke.items()]


def _of_speaker(sessions: Sequence[SessionResult]) -> tuple[int, int, dict[int, Sum]]:
    shown = [one for one in sessions if one.shown]
    asked = {question for one in shown for question in one.sums}
    sums = {question: together(one.sums.get(question, Sum()) for one in shown) for question in asked}
    return len(shown), sum(one.people for one in shown), sums


class Detail(NamedTuple):
    """What was answered to one question about one session: the spread of the stars, or the texts in no telling order."""

    question: FeedbackQuestion
    sum: Sum
    spread: Mapping[int, int] | None
    texts: Sequence[str]


def details(event: Event, result: SessionResult) -> list[Detail]:
    """The answers about a session by question; none while too few have answered. Three queries."""
    if not result.shown:
        return []
    of_session = select(FeedbackAnswer).join(Feedback, Feedback.id == FeedbackAnswer.feedback_id)
    of_session = of_session.where(Feedback.session_id == result.id)
    stars: dict[int, dict[int, int]] = {}
    counted: Any = of_session.with_only_columns(FeedbackAnswer.question_id, FeedbackAnswer.stars, func.count())
    counted = counted.where(FeedbackAnswer.stars.is_not(None)).group_by(FeedbackAnswer.question_id, FeedbackAnswer.stars)
    for question_id, n, people in db.session.execute(counted):
        stars.setdefault(question_id, {})[n] = people
    words: dict[int, list[str]] = {}
    said: Any = of_session.with_only_columns(FeedbackAnswer.question_id, FeedbackAnswer.text)
    for question_id, text in db.session.execute(said.where(FeedbackAnswer.text != "")):
        words.setdefault(question_id, []).append(text)
    return [
        Detail(
            one, result.sums.get(one.id, Sum()), spread(stars.get(one.id, {})), sorted(words.get(one.id, []), key=str.casefold)
        )
        for one in questions(event.id, archived=True)
        if one.id is not None and (not one.archived or one.id in stars or one.id in words)
    ]


def result(event: Event, session_id: int) -> SessionResult:
    """What came of one session. Raises NotFoundError."""
    found = next((one for one in results(event) if one.id == session_id), None)
    if found is not None:
        return found
    session = db.session.get(AgendaSession, session_id)
    if session is None or session.event_id != event.id:
        raise NotFoundError(session_id)
    return SessionResult(session.id, session.code, session.title, "", None, 0, {})


def speaker_by_token(token: str) -> tuple[Speaker, Event]:
    """Who holds that link, and the event. Raises NotFoundError."""
    query = select(Speaker, Event).join(Event, Event.id == Speaker.event_id).where(Speaker.token == token)
    row = db.session.execute(query).first()
    if row is None:
        raise NotFoundError
    return row[0], row[1]


def sessions_of(speaker: Speaker) -> set[int]:
    """The sessions that they speak in."""
    return set(db.session.scalars(select(SessionSpeaker.session_id).where(SessionSpeaker.speaker_id == speaker.id)))
