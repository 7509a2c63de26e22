"""The form of a new plan."""

from collections.abc import Sequence

from wtforms import SelectField
from wtforms.fields import SelectChoice

from eventapp.core.forms import LineField, required
from eventapp.core.i18n import _, _l
from eventapp.plans.forms import FactsForm
from eventapp.plans.models import KIND_LABELS, PlanTemplate
from eventapp.plans.teams.service import Candidate


def _people(people: Sequence[tuple[int, Candidate]]) -> list[SelectChoice]:
    return [SelectChoice("", _("Choose a person")), *(SelectChoice(str(key), one.name) for key, one in people)]


class FoundForm(FactsForm):
    """What a plan begins with."""

    template = SelectField(_l("Template"), coerce=int)
    owner_b = SelectField(_l("Plan owner at the company"), [required(_l("Choose a person."))])

    def offer(self, templates: Sequence[PlanTemplate], people: Sequence[tuple[int, Candidate]]) -> None:
        """Fills in the templates and the company's people."""
        self.template.choices = [SelectChoice(one.id, f"{one.name} ({KIND_LABELS[one.kind]})") for one in templates]
        self.owner_b.choices = _people(people)


class ChangePartnerForm(FactsForm):
    """What the new plan begins with, and what the former partner reads."""

    reason = LineField(
        _l("Reason"),
        [required(_l("Say why, so that both sides know."))],
        length=500,
        description=_l("The former partner reads it in the plan that is cancelled."),
    )
    owner_b = SelectField(_l("Plan owner at the company"), [required(_l("Choose a person."))])

    def offer(self, people: Sequence[tuple[int, Candidate]]) -> None:
        """Fills in the new company's people."""
        self.owner_b.choices = _people(people)
