"""Forms of next year's plan."""

from collections.abc import Iterable

from wtforms import SelectMultipleField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from eventapp.core.forms import Day, Form
from eventapp.core.i18n import _, _l
from eventapp.core.times import day_text
from eventapp.plans.content.lines import Context
from eventapp.plans.forms import FactsForm
from eventapp.plans.models import PlanAction


class FollowForm(FactsForm):
    """What next year's plan begins with."""


class Actions(SelectMultipleField):
    """Several actions, ticked."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class TakeOverForm(Form):
    """Which open actions go on."""

    actions = Actions(_l("Still open"), [InputRequired(_l("Choose at least one action."))], coerce=int)
    due_on = Day(_l("New day for those that are late"))

    def offer(self, actions: Iterable[PlanAction], context: Context) -> None:
        """The open actions, with whom and until when."""
        self.actions.choices = [
            SelectChoice(
                one.id,
                _("%(text)s (%(name)s, %(day)s)", text=one.text, name=context.name(one.accountable_id), day=day_text(one.due_on)),
            )
            for one in actions
        ]
