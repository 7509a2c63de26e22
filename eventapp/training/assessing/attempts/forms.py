"""The form of an attempt: a field for each question, made of what was drawn."""

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import HiddenField, RadioField, SelectMultipleField
from wtforms.fields import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from eventapp.core.forms import Form, OptionalInput
from eventapp.core.i18n import _l
from eventapp.training.models import AssessmentAttempt, QuestionKind


class _TickBoxes(SelectMultipleField):
    """Several options to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def attempt_form(attempt: AssessmentAttempt) -> Form:
    """The questions of an attempt with the answers that are saved. Which of the options are right is not in it."""
    fields: dict[str, Any] = {"version": HiddenField()}
    values: dict[str, Any] = {"version": str(attempt.version)}
    for question in attempt.questions:
        name, saved = f"q{question['id']}", attempt.answers.get(str(question["id"]), [])
        choices = [SelectChoice(option["key"], option["text"]) for option in question["options"]]
        if question["kind"] == QuestionKind.MULTIPLE.value:
            fields[name] = _TickBoxes(
                question["text"], choices=choices, description=_l("Several answers can be right: tick all of them.")
            )
            values[name] = list(saved)
        else:
            fields[name] = RadioField(question["text"], [OptionalInput()], choices=choices)
            values[name] = saved[0] if saved else ""
    made: Form = type("AttemptForm", (Form,), fields)(data=values)
    return made


def answers_in(form: Form, questions: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """What was chosen, by the question's id; questions without an answer are left out."""
    found: dict[str, list[str]] = {}
    for question in questions:
        value = form[f"q{question['id']}"].data
        chosen = list(value) if isinstance(value, list) else [value] if value else []
        if chosen:
            found[str(question["id"])] = chosen
    return found
