"""Forms of the pool of questions."""

from typing import Any

from wtforms import BooleanField, FileField, IntegerField, RadioField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, NumberRange

from eventapp.core.forms import Form, LineField, TextField, required
from eventapp.core.i18n import _l
from eventapp.training.assessing.questions.service import LONGEST_OPTION, LONGEST_TEXT, Asked
from eventapp.training.assessing.rules import KEYS
from eventapp.training.models import QUESTION_LABELS, AssessmentQuestion, QuestionKind


def question_form(changed: AssessmentQuestion | None) -> Form:
    """A question with its options; an option without a text is none."""
    fields: dict[str, Any] = {
        "text": TextField(_l("Question"), [required()], length=LONGEST_TEXT, render_kw={"rows": 3}),
        "kind": RadioField(
            _l("Answered by"),
            choices=[SelectChoice(kind.value, label) for kind, label in QUESTION_LABELS.items()],
            default=QuestionKind.SINGLE.value,
        ),
        "points": IntegerField(
            _l("Points"), [InputRequired(_l("Fill this in.")), NumberRange(1, 100)], default=1, render_kw={"min": 1, "max": 100}
        ),
        "explanation": TextField(
            _l("Explanation"),
            length=LONGEST_TEXT,
            render_kw={"rows": 3},
            description=_l("Shown with the right answer after passing, or after the last attempt."),
        ),
    }
    values: dict[str, Any] = {}
    if changed is not None:
        values = {"text": changed.text, "kind": changed.kind.value, "points": changed.points, "explanation": changed.explanation}
    options = list(changed.options) if changed is not None else []
    for n, key in enumerate(KEYS):
        fields[f"option_{key}"] = LineField(_l("Option %(key)s", key=key.upper()), length=LONGEST_OPTION)
        fields[f"right_{key}"] = BooleanField(_l("This is right"))
        if n < len(options):
            values |= {f"option_{key}": options[n]["text"], f"right_{key}": bool(options[n]["right"])}
    made: Form = type("QuestionForm", (Form,), fields)(data=values)
    return made


def asked_in(form: Form) -> Asked:
    """What was filled in."""
    options = [(form[f"option_{key}"].data, bool(form[f"right_{key}"].data)) for key in KEYS if form[f"option_{key}"].data]
    kind = QuestionKind(form["kind"].data)
    return Asked(form["text"].data, kind, tuple(options), form["points"].data, form["explanation"].data or "")


class FileForm(Form):
    """A file of questions."""

    file = FileField(_l("CSV or XLSX file"))
