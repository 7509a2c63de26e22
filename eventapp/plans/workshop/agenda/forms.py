"""The form of a part of the agenda."""

from collections.abc import Sequence

from wtforms import BooleanField, HiddenField, IntegerField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, NumberRange

from eventapp.core.forms import Form, LineField, required
from eventapp.core.i18n import _, _l
from eventapp.plans.content.lines import whom
from eventapp.plans.models import PlanSection
from eventapp.plans.workshop.agenda.service import PartDetails

LONGEST = 480


class PartForm(Form):
    """A part of the agenda."""

    version = HiddenField(default="0")
    title = LineField(_l("What it is about"), [required(_l("Say what it is about."))], length=150)
    minutes = IntegerField(
        _l("Minutes"),
        [
            InputRequired(_l("Enter a whole number from 1 to 480.")),
            NumberRange(1, LONGEST, _l("Enter a whole number from 1 to 480.")),
        ],
        default=30,
        render_kw={"min": 1, "max": LONGEST, "inputmode": "numeric"},
    )
    half = SelectField(
        _l("Half"), coerce=int, default=1, choices=lambda: [SelectChoice(n, _("Half %(number)s", number=n)) for n in (1, 2)]
    )
    section_id = SelectField(_l("Section of the plan"), coerce=whom)
    is_break = BooleanField(_l("A break"))

    def offer(self, sections: Sequence[PlanSection], *, halves: bool) -> None:
        """Fills in the sections; in person there is one half, so there is nothing to choose."""
        self.section_id.choices = [
            SelectChoice("", _("None")),
            *(SelectChoice(str(one.id), one.title) for one in sections),
        ]
        if not halves:
            del self.half

    def details(self) -> PartDetails:
        """The checked input."""
        return PartDetails(
            title=self.title.data or "",
            minutes=self.minutes.data or 0,
            half=self.half.data if "half" in self else 1,
            section_id=self.section_id.data,
            is_break=bool(self.is_break.data),
        )
