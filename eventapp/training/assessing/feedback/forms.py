"""Forms of feedback: right after a run, and weeks later."""

from typing import Any

from wtforms import RadioField
from wtforms.fields import SelectChoice

from eventapp.core.forms import Form, OptionalInput, TextField
from eventapp.core.i18n import _, _l
from eventapp.training.assessing.feedback.rules import NPS, ONE_TO_FIVE
from eventapp.training.models import CourseFeedback

LONGEST = 2000


def _scale(label: Any, low: Any, high: Any, numbers: range) -> RadioField:
    ends = _("%(least)s: %(low)s, %(most)s: %(high)s", least=numbers[0], low=low, most=numbers[-1], high=high)
    choices = [SelectChoice(str(n), str(n)) for n in numbers]
    return RadioField(label, [OptionalInput()], choices=[*choices, SelectChoice("", _("No answer"))], description=ends)


def after_form(said: CourseFeedback | None) -> Form:
    """What is asked right after a run, with what was said before."""
    fields: dict[str, Any] = {
        name: _scale(
            label,
            _("not at all") if name == "intent" else _("poor"),
            _("very much") if name == "intent" else _("very good"),
            range(1, 6),
        )
        for name, label in ONE_TO_FIVE.items()
    }
    fields[NPS] = _scale(_l("Would you recommend this course to a colleague?"), _("no"), _("certainly"), range(11))
    fields["comment"] = TextField(_l("What do you want to tell us?"), length=LONGEST, render_kw={"rows": 4})
    names = (*ONE_TO_FIVE, NPS)
    values: dict[str, Any] = dict.fromkeys(names, "")
    if said is not None:
        values = {name: "" if getattr(said, name) is None else str(getattr(said, name)) for name in names}
        values["comment"] = said.comment
    made: Form = type("FeedbackForm", (Form,), fields)(data=values)
    return made


def later_form(said: CourseFeedback | None) -> Form:
    """What is asked weeks later, with what was said before."""
    fields: dict[str, Any] = {
        "used": _scale(_l("How much of what you learned do you use?"), _("nothing"), _("a lot"), range(1, 6)),
        "used_comment": TextField(_l("What do you use, and what is in the way?"), length=LONGEST, render_kw={"rows": 4}),
    }
    used = said.used if said is not None else None
    values = {"used": "" if used is None else str(used), "used_comment": said.used_comment if said is not None else ""}
    made: Form = type("FollowUpForm", (Form,), fields)(data=values)
    return made


def number_in(form: Form, name: str) -> int | None:
    """What was chosen; none if nothing was."""
    return int(form[name].data) if form[name].data else None
