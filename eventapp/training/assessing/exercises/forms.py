"""Forms of the practical exercise: handing in, and marking by the rubric."""

from collections.abc import Sequence
from typing import Any

from wtforms import FileField, HiddenField, IntegerField
from wtforms.validators import InputRequired, NumberRange

from eventapp.core.forms import Form, LineField, TextField, required
from eventapp.core.i18n import _l
from eventapp.training.assessing.exercises.service import Mark, criteria_of
from eventapp.training.models import RubricCriterion, Submission

LONGEST_NOTE, LONGEST_COMMENT, LONGEST_IN_ALL = 500, 1000, 4000


class HandInForm(Form):
    """A recording with a note for whoever marks it."""

    file = FileField(_l("Recording"))
    note = TextField(_l("Note for your trainer"), length=LONGEST_NOTE, render_kw={"rows": 3})


class CriterionForm(Form):
    """What an exercise is marked by."""

    name = LineField(_l("Criterion"), [required()], length=100)
    description = TextField(
        _l("What to look for"), length=500, render_kw={"rows": 3}, description=_l("Participants read it before they record.")
    )
    most = IntegerField(
        _l("Points at most"),
        [InputRequired(_l("Fill this in.")), NumberRange(1, 100)],
        default=5,
        render_kw={"min": 1, "max": 100},
    )
    least = IntegerField(
        _l("Points at least, to pass"),
        [InputRequired(_l("Fill this in.")), NumberRange(0, 100)],
        default=0,
        render_kw={"min": 0, "max": 100},
    )


def mark_form(criteria: Sequence[RubricCriterion], submission: Submission) -> Form:
    """Points and a comment for each criterion, with the marks that there are."""
    comment = TextField(_l("Comment on the whole"), length=LONGEST_IN_ALL)
    fields: dict[str, Any] = {"version": HiddenField(), "key": HiddenField(), "comment": comment}
    values: dict[str, Any] = {"version": str(submission.version), "key": submission.key, "comment": submission.comment}
    marks = criteria_of(submission.marks)
    for one in criteria:
        checks = [InputRequired(_l("Give points.")), NumberRange(0, one.most)]
        shown = {"min": 0, "max": one.most, "inputmode": "numeric", "data-points": str(one.most), "data-least": str(one.least)}
        fields[f"points_{one.id}"] = IntegerField(one.name, checks, render_kw=shown)
        fields[f"comment_{one.id}"] = TextField(_l("Comment"), length=LONGEST_COMMENT, render_kw={"rows": 2})
        if (mark := marks.get(one.id)) is not None:
            values |= {f"points_{one.id}": mark.points, f"comment_{one.id}": mark.comment}
    made: Form = type("MarkForm", (Form,), fields)(data=values)
    return made


def marks_in(form: Form, criteria: Sequence[RubricCriterion]) -> dict[int, Mark]:
    """What was given, by the criterion's id."""
    return {one.id: Mark(form[f"points_{one.id}"].data, form[f"comment_{one.id}"].data or "") for one in criteria}
