"""Forms of requests for changes."""

from collections.abc import Iterable

from wtforms import HiddenField, RadioField, SelectMultipleField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from eventapp.core.forms import Form, OptionalInput, TextField, required
from eventapp.core.i18n import _, _l
from eventapp.plans.models import PlanSection


class Sections(SelectMultipleField):
    """Several sections, ticked."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class ProposalForm(Form):
    """What somebody wants to be changed, where, and why."""

    items = Sections(_l("Sections concerned"), [OptionalInput()])
    wanted = TextField(
        _l("What is to change"),
        [required(_l("Say what is to change."))],
        length=1000,
        description=_l("As it should read or count in the end."),
        render_kw={"rows": 4},
    )
    reason = TextField(_l("Why"), [required(_l("Say why."))], length=1000, render_kw={"rows": 4})

    def offer(self, sections: Iterable[PlanSection]) -> None:
        """The sections of the plan."""
        self.items.choices = [SelectChoice(one.key, one.title) for one in sections]


class AnswerForm(Form):
    """Yes or no, and what is said to it."""

    version = HiddenField()
    verdict = RadioField(_l("Your answer"), [InputRequired(_l("Choose an answer."))])
    answer = TextField(_l("What you say to it"), length=1000, description=_l("A no needs a reason."), render_kw={"rows": 4})

    def offer(self, *, amends: bool) -> None:
        """What may be answered; with `amends` a yes opens the plan to be changed."""
        yes = _("Accept; the plan is opened for an amendment") if amends else _("Accept")
        self.verdict.choices = [SelectChoice("accept", yes), SelectChoice("reject", _("Reject"))]
