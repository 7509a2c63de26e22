"""The form of a new plan."""

from collections.abc import Sequence

from wtforms import BooleanField, SelectField
from wtforms.fields import SelectChoice

from eventapp.core.forms import LineField, required
from eventapp.core.i18n import _, _l
from eventapp.plans.forms import FactsForm
from eventapp.plans.models import KIND_LABELS, PlanTemplate
from eventapp.plans.teams.service import Candidate


def _people(people: Sequence[tuple[int, Candidate]]) -> list[SelectChoice]:
    return [SelectChoice("", _("Choose a person")), *(SelectChoice(str(key), one.name) for key, one in people)]


def _called(template: PlanTemplate) -> str:
    """The template's name, with its kind where the name does not say it."""
    kind = str(KIND_LABELS[template.kind])
    return template.name if template.name.casefold() == kind.casefold() else f"{template.name} ({kind})"


class FoundForm(FactsForm):
    """What a plan begins with."""

    template = SelectField(_l("Template"), coerce=int)
    owner_b = SelectField(_l("Plan owner at the company"), [required(_l("Choose a person."))])

    beside = BooleanField(_l("Open a second plan of this period all the same"))

    def offer(self, templates: Sequence[PlanTemplate], people: Sequence[tuple[int, Candidate]]) -> None:
        """Fills in the templates and the company's people."""
        self.template.choices = [SelectChoice(one.id, _called(one)) for one in templates]
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
