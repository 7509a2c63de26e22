"""Forms of actions."""

from datetime import date

from wtforms import HiddenField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from eventapp.core.forms import Day, Form, LineField, TextField, required
from eventapp.core.i18n import _, _l
from eventapp.plans.content.lines import Context, choice_field, whom
from eventapp.plans.models import ACTION_STATUS_LABELS


class ActionFactsForm(Form):
    """What is to be done, by whom, until when."""

    text = TextField(_l("What is to be done"), [required(_l("Say what is to be done."))], length=500, render_kw={"rows": 3})
    accountable_id = SelectField(_l("Accountable"), [InputRequired(_l("Choose a person."))], coerce=whom)
    helper_id = SelectField(_l("Helper"), coerce=whom, description=_l("Of the side that the accountable person is not on."))
    due_on = Day(_l("Until"), [InputRequired(_l("Choose a day."))])

    def offer(self, context: Context) -> None:
        """The people of both teams; who has left only where they stand. Helpers begin with the side that may help."""
        accountable = context.people.get(self.accountable_id.object_data or 0)
        for field, none in ((self.accountable_id, _("Choose a person")), (self.helper_id, _("Nobody"))):
            there = [one for one in context.people.values() if one.left_at is None or one.id == field.object_data]
            if field is self.helper_id and accountable is not None:
                there.sort(key=lambda one: one.side is accountable.side)
            people = (SelectChoice(str(one.id), one.name, optgroup=context.names[one.side]) for one in there)
            field.choices = [SelectChoice("", none), *people]


class NewActionForm(ActionFactsForm):
    """A new action."""

    def due(self) -> date:
        """The day, which is there once the form is valid."""
        found = self.due_on.data
        assert isinstance(found, date)
        return found


class MoveForm(Form):
    """How far an action is; `version` is that of the card that was moved."""

    version = HiddenField()
    status = choice_field(_l("Status"), ACTION_STATUS_LABELS)


class ActionForm(ActionFactsForm):
    """An action with how far it is."""

    version = HiddenField()
    status = choice_field(_l("Status"), ACTION_STATUS_LABELS)
    blocked_by = LineField(_l("What blocks it"), length=300)
    evidence = TextField(_l("How it is seen that it is done"), length=1000, render_kw={"rows": 3})

    NAMES = ("text", "accountable_id", "helper_id", "due_on", "status", "blocked_by", "evidence")
