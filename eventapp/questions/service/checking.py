"""What is checked and noted at every change of a form."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm.attributes import set_committed_value

from eventapp.audit.service import Actor, record
from eventapp.core.db import db, table
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.events.models import Event
from eventapp.places import service as places
from eventapp.questions import queries
from eventapp.questions.models import Question, Section
from eventapp.questions.rules.asked import Asked
from eventapp.questions.rules.conditions import form_problems

MOST_QUESTIONS = 200
MOST_SECTIONS = 40


def lock(event: Event | None) -> None:
    """Puts changes of one event's form and its answers in a row. The library has no answers."""
    if event is not None:
        places.lock([event.pool_id])


def check_form(event: Event | None, *, about: int | None = None) -> list[Asked]:
    """Raises RuleError if a condition does not work where its question stands now. Gives the questions in their order.

    A problem of the question `about` belongs to the field `condition`; one of another question names it.
    """
    db.session.flush()
    sections = queries.form_of(event.id) if event is not None else queries.library()
    questions = queries.questions_in(sections)
    if len(questions) > MOST_QUESTIONS:
        raise RuleError(_("A form has at most %(n)d questions.", n=MOST_QUESTIONS), status=422)
    for question, text in form_problems(questions):
        if question.id == about:
            raise RuleError(text, "condition", 422)
        raise RuleError(_("“%(label)s” would not work any more. %(text)s", label=question.label, text=text), status=409)
    if event is not None and event.has_form != bool(questions):
        # Not a change of the event: who edits it at this moment is not in conflict with this.
        db.session.execute(update(table(Event)).where(table(Event).c.id == event.id).values(has_form=bool(questions)))
        set_committed_value(event, "has_form", bool(questions))
    return questions


def note(
    action: str, thing: Section | Question, name: str, event: Event | None, by: Actor, at: datetime, **changes: object
) -> None:
    """An entry of the log."""
    record(
        action,
        by=by,
        at=at,
        object_type="form_section" if isinstance(thing, Section) else "question",
        object_id=thing.id,
        object_name=name,
        event_id=event.id if event else None,
        changes=dict(changes),
    )
