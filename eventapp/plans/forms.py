"""Forms about a plan as a whole."""

from wtforms import HiddenField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from eventapp.core.forms import Day, Form, LineField, TextField, required
from eventapp.core.i18n import _l
from eventapp.plans.models import CONFIDENTIALITY_LABELS, SUMMARY_LENGTH, Confidentiality

# ISO 4217, those that partner programmes of the region count in.
CURRENCIES = ("EUR", "GBP", "CHF", "USD", "SEK", "DKK", "NOK", "PLN", "CZK", "HUF", "RON", "TRY", "AED", "SAR", "ZAR", "ILS")
MONTHS = (
    *(_l("January"), _l("February"), _l("March"), _l("April"), _l("May"), _l("June")),
    *(_l("July"), _l("August"), _l("September"), _l("October"), _l("November"), _l("December")),
)


def month_choices() -> list[SelectChoice]:
    """The months by number."""
    return [SelectChoice(number, str(label)) for number, label in enumerate(MONTHS, start=1)]


class FactsForm(Form):
    """A plan's own facts."""

    title = LineField(_l("Title"), [required(_l("Give the plan a name."))], length=150)
    period_start = Day(_l("First day"), [InputRequired(_l("Choose a day."))])
    period_end = Day(_l("Last day"), [InputRequired(_l("Choose a day."))])
    fiscal_start = SelectField(
        _l("The fiscal year begins in"), coerce=int, choices=month_choices, description=_l("For the names of the quarters.")
    )
    currency = SelectField(_l("Currency"), choices=[SelectChoice(code, code) for code in CURRENCIES])


class PlanForm(FactsForm):
    """The same of a plan that exists, with its summary."""

    version = HiddenField()
    confidentiality = SelectField(
        _l("Who reads the summary"),
        choices=lambda: [SelectChoice(one.value, str(CONFIDENTIALITY_LABELS[one])) for one in Confidentiality],
    )
    summary = TextField(
        _l("Executive summary"),
        length=SUMMARY_LENGTH,
        description=_l("What both sides want to reach together, in plain words."),
    )


class CancelForm(Form):
    """Why a plan is given up."""

    reason = LineField(_l("Reason"), [required(_l("Say why, so that both sides know."))], length=500)
