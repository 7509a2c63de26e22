"""Forms of preparations."""

from collections.abc import Sequence

from wtforms import HiddenField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from eventapp.core.forms import Day, Form, LineField, TextField, required
from eventapp.core.i18n import _, _l
from eventapp.plans.content.lines import whom
from eventapp.plans.models import PlanMember
from eventapp.plans.workshop.preparing.rules import LONGEST_TEXT


class FactsForm(Form):
    """Who prepares it, until when."""

    version = HiddenField(default="0")
    due_on = Day(_l("Until"), [InputRequired(_l("Choose a day."))])
    assignee_id = SelectField(_l("Who prepares it"), coerce=whom)

    def offer(self, team: Sequence[PlanMember]) -> None:
        """Fills in the people of that side."""
        people = (SelectChoice(str(one.id), one.name) for one in team)
        self.assignee_id.choices = [SelectChoice("", _("Nobody yet: the plan owner")), *people]


class OwnForm(FactsForm):
    """The same of something that a side adds."""

    title = LineField(_l("What is to be prepared"), [required(_l("Say what is to be prepared."))], length=150)


class NewForm(OwnForm):
    """Something that a side adds."""

    help = LineField(_l("What belongs there"), length=500)


class WriteForm(Form):
    """What a preparation comes to."""

    version = HiddenField()
    text = TextField(_l("Text"), length=LONGEST_TEXT, description=_l("Markdown: **bold**, lists, links."), render_kw={"rows": 18})


class WaiveForm(Form):
    """Why it is not asked for."""

    version = HiddenField()
    reason = LineField(_l("Reason"), [required(_l("Say why, so that both sides know."))], length=300)


class NumbersForm(Form):
    """Which numbers were read."""

    seen = HiddenField()
