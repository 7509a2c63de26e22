"""The report as files: by session, by speaker, and the texts. What may not be shown is empty."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select

from eventapp.agenda.feedback import queries
from eventapp.agenda.feedback.models import AskedFor, Feedback, FeedbackAnswer, FeedbackQuestion
from eventapp.agenda.feedback.rules import Sum
from eventapp.core.db import db
from eventapp.core.exports import ExportColumn
from eventapp.events.models import Event


def starred(event: Event) -> list[FeedbackQuestion]:
    """The questions with stars that anybody can have answered, also former ones."""
    found = queries.questions(event.id, archived=True)
    return [one for one in found if one.asked_for is AskedFor.STARS and one.id is not None]


def columns(what: str, asked: Sequence[FeedbackQuestion]) -> list[ExportColumn]:
    """The columns of a file; each question with stars has one, called as it is asked."""
    means = [ExportColumn(one.label) for one in asked]
    session, answers = (ExportColumn("session_code"), ExportColumn("session")), ExportColumn("answers", "number")
    speaker = (ExportColumn("speaker"), ExportColumn("company"), ExportColumn("sessions", "number"))
    return {
        "sessions": [*session, ExportColumn("track"), answers, *means],
        "speakers": [*speaker, answers, *means],
        "texts": [*session, ExportColumn("question"), ExportColumn("text")],
    }[what]


def rows(what: str, event: Event, asked: Sequence[FeedbackQuestion]) -> Iterator[Sequence[Any]]:
    """The lines of a file."""
    found = queries.results(event)
    if what == "speakers":
        for who in queries.by_speaker(event, found):
            yield (who.name, who.company, who.sessions, who.people, *_means(who.sums, asked))
    elif what == "sessions":
        for one in found:
            yield (one.code, one.title, one.track, one.people, *_means(one.sums if one.shown else {}, asked))
    else:
        yield from _texts(found)


def _means(sums: Any, asked: Sequence[FeedbackQuestion]) -> list[str]:
    return ["" if (mean := sums.get(one.id, Sum()).mean) is None else str(mean) for one in asked]


def _texts(found: Sequence[queries.SessionResult]) -> list[tuple[str, str, str, str]]:
    """All texts of the sessions that may be shown, sorted by the words, so that their order tells nothing."""
    shown = {one.id: one for one in found if one.shown}
    query = (
        select(Feedback.session_id, FeedbackQuestion.label, FeedbackAnswer.text)
        .join(FeedbackAnswer, FeedbackAnswer.feedback_id == Feedback.id)
        .join(FeedbackQuestion, FeedbackQuestion.id == FeedbackAnswer.question_id)
        .where(Feedback.session_id.in_(shown), FeedbackAnswer.text != "")
    )
    lines = [(shown[id_].code, shown[id_].title, label, text) for id_, label, text in db.session.execute(query)]
    return sorted(lines)
