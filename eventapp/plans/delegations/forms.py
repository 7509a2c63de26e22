"""The form of a delegation."""

from collections.abc import Sequence

from wtforms import SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from eventapp.core.forms import Form, TextField, required
from eventapp.core.i18n import _, _l
from eventapp.plans.content.lines import whom
from eventapp.plans.models import PLAN_FUNCTION_LABELS, PlanMember


class DelegationForm(Form):
    """Who signs for the sponsor, and the sponsor's words."""

    delegate_id = SelectField(
        _l("Who signs instead of you"),
        [InputRequired(_l("Choose a person."))],
        coerce=whom,
        description=_l("Somebody who signs anyway still gives one signature; your side then needs another signer."),
    )
    text = TextField(
        _l("In your words"),
        [required(_l("Write down what you delegate."))],
        length=500,
        description=_l("It stands in what is signed, and both teams read it."),
        render_kw={"rows": 4},
    )

    def offer(self, team: Sequence[PlanMember]) -> None:
        """Fills in the people of the own team."""
        people = (SelectChoice(str(one.id), f"{one.name} ({PLAN_FUNCTION_LABELS[one.function]})") for one in team)
        self.delegate_id.choices = [SelectChoice("", _("Choose a person")), *people]
