"""Taking feedback, once for each person and session, and choosing the questions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from eventapp.agenda.feedback import queries
from eventapp.agenda.feedback.models import AskedFor, Feedback, FeedbackAnswer, FeedbackQuestion
from eventapp.agenda.feedback.rules import may_answer
from eventapp.agenda.joining import queries as joining
from eventapp.agenda.models import AgendaSession
from eventapp.audit.service import Actor, NamedActor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.events.models import Event
from eventapp.registrations.models import Registration
from eventapp.registrations.queries import LOADED

MOST_QUESTIONS = 6


def give(token: str, code: str, values: Mapping[int, int | str | None], *, at: datetime) -> None:
    """Keeps what somebody says about a session; `values` are stars or a text by the question's place in the order.

    What was said before is replaced. Raises RuleError once it is too late, or if nothing is said.
    """
    query = select(Registration).options(*LOADED).where(Registration.token == token)
    query = query.with_for_update(of=Registration).execution_options(populate_existing=True)
    registration = db.session.scalars(query).one()
    found = joining.streams(registration, AgendaSession.code == code)
    if not found or not may_answer(registration, found[0], at):
        raise RuleError(_("It is too late to say something about this session."))
    asked = _kept_questions(registration.event_id)
    said = {asked[n].id: (asked[n].asked_for, value) for n, value in values.items() if value and n < len(asked)}
    if not said:
        raise RuleError(_("Give a star or say something."), status=422)
    session_id = found[0].session_id
    assert session_id is not None
    feedback = queries.given(registration, session_id)
    if feedback is None:
        feedback = Feedback(registration_id=registration.id, session_id=session_id, given_at=at)
        db.session.add(feedback)
    feedback.given_at = at
    db.session.flush()
    db.session.execute(delete(FeedbackAnswer).where(FeedbackAnswer.feedback_id == feedback.id))
    for question_id, (asked_for, value) in said.items():
        values_of = {"stars": value, "text": ""} if asked_for is AskedFor.STARS else {"stars": None, "text": value}
        db.session.add(FeedbackAnswer(feedback_id=feedback.id, question_id=question_id, **values_of))
    # Neither which session nor what was said: together with the hour that would tell whose words they are.
    record(
        "feedback.give",
        by=NamedActor(f"{registration.name} (by link)"),
        at=at,
        object_type="registration",
        object_id=registration.id,
        object_name=registration.name,
        event_id=registration.event_id,
        organisation_id=registration.organisation_id,
        person_id=registration.person_id,
    )


def _kept_questions(event_id: int) -> list[FeedbackQuestion]:
    """The questions as rows: the usual ones are written down when the first person answers."""
    found = queries.questions(event_id)
    if found[:1] and found[0].id is not None:
        return found
    db.session.execute(select(Event.id).where(Event.id == event_id).with_for_update())
    found = queries.questions(event_id)
    if found[:1] and found[0].id is None:
        db.session.add_all(found)
        db.session.flush()
    return found


@dataclass(frozen=True)
class Wanted:
    """A question as an organizer wants it; without `id` a new one."""

    id: int | None
    label: str
    asked_for: AskedFor


def choose(event: Event, wanted: Sequence[Wanted], *, by: Actor, at: datetime) -> None:
    """Says what is asked. A question that is left out is not asked any more, and keeps its answers; none changes its kind.

    Raises RuleError without any question, StaleError if one of them is gone.
    """
    if not wanted:
        raise RuleError(_("Ask at least one question."), "label_0", 422)
    kept = {one.id: one for one in _kept_questions(event.id)}
    before = [one.label for one in kept.values()]
    for one in kept.values():
        one.archived = True
    for position, want in enumerate(wanted):
        if want.id is not None and want.id not in kept:
            raise StaleError(_("Somebody else has changed this since you opened it. Compare, then save again."))
        question = kept.get(want.id) if want.id is not None else None
        if question is None:
            question = FeedbackQuestion(event_id=event.id, asked_for=want.asked_for)
            db.session.add(question)
        question.label, question.position, question.archived = want.label, position, False
    record(
        "feedback.choose",
        by=by,
        at=at,
        object_type="event",
        object_id=event.id,
        object_name=event.title,
        event_id=event.id,
        changes={"questions": [before, [want.label for want in wanted]]},
    )
