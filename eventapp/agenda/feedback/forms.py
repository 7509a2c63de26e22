"""Forms of feedback: what is asked of people, and what organizers choose to ask."""

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import HiddenField, RadioField, SelectField
from wtforms.fields import SelectChoice

from eventapp.agenda.feedback.models import ASKED_LABELS, LONGEST_TEXT, AskedFor, FeedbackAnswer, FeedbackQuestion
from eventapp.agenda.feedback.service import MOST_QUESTIONS, Wanted
from eventapp.core.db import MAX_ID
from eventapp.core.forms import Form, LineField, OptionalInput, TextField
from eventapp.core.i18n import _l, ngettext
from eventapp.core.once import fingerprint

STARS = 5


def feedback_form(asked: Sequence[FeedbackQuestion], said: Mapping[int, FeedbackAnswer]) -> Form:
    """The form of these questions with what was said before. Its fields are named by their place in the order."""
    fields: dict[str, Any] = {"asked": HiddenField()}
    values: dict[str, Any] = {"asked": mark_of(asked)}
    for n, question in enumerate(asked):
        before = said.get(question.id)
        if question.asked_for is AskedFor.STARS:
            choices = [SelectChoice(str(s), ngettext("%(num)s star", "%(num)s stars", s)) for s in range(1, STARS + 1)]
            fields[f"q{n}"] = RadioField(question.label, [OptionalInput()], choices=[*choices, SelectChoice("", _l("No answer"))])
            values[f"q{n}"] = str(before.stars) if before and before.stars else ""
        else:
            fields[f"q{n}"] = TextField(question.label, length=LONGEST_TEXT)
            values[f"q{n}"] = before.text if before else ""
    made: Form = type("FeedbackForm", (Form,), fields)(data=values)
    return made


def mark_of(asked: Sequence[FeedbackQuestion]) -> str:
    """Tells whether the questions are still the ones that a form was made of: an answer must not slip to another one."""
    return fingerprint([(one.asked_for.value, one.label) for one in asked])


def values_of(form: Form, asked: Sequence[FeedbackQuestion]) -> dict[int, int | str | None]:
    """What was filled in, by the question's place."""
    found: dict[int, int | str | None] = {}
    for n, question in enumerate(asked):
        value = form[f"q{n}"].data or None
        found[n] = int(value) if value and question.asked_for is AskedFor.STARS else value
    return found


def questions_form(asked: Sequence[FeedbackQuestion]) -> Form:
    """The form of the questions: each with its words, a new one also with its kind; an empty one is not asked."""
    kinds = [SelectChoice(kind.value, label) for kind, label in ASKED_LABELS.items()]
    fields: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for n in range(MOST_QUESTIONS):
        fields[f"id_{n}"] = HiddenField()
        fields[f"label_{n}"] = LineField(_l("Question %(n)s", n=n + 1), length=200)
        fields[f"kind_{n}"] = SelectField(_l("Answered by"), choices=kinds)
        question = asked[n] if n < len(asked) else None
        values[f"id_{n}"] = str(question.id or "") if question else ""
        values[f"label_{n}"] = question.label if question else ""
        values[f"kind_{n}"] = (question.asked_for if question else AskedFor.STARS).value
    made: Form = type("QuestionsForm", (Form,), fields)(data=values)
    return made


def wanted(form: Form) -> list[Wanted]:
    """What was filled in, in order."""
    found = []
    for n in range(MOST_QUESTIONS):
        number, label = form[f"id_{n}"].data or "", form[f"label_{n}"].data
        if label:
            is_id = number.isascii() and number.isdigit() and len(number) < 11 and 0 < int(number) <= MAX_ID
            found.append(Wanted(int(number) if is_id else None, label, AskedFor(form[f"kind_{n}"].data)))
    return found
