"""The form of a rule."""

from collections.abc import Sequence
from typing import Any

from wtforms import HiddenField, IntegerField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, NumberRange, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from eventapp.core.forms import Form, LineField, OptionalInput, required
from eventapp.core.i18n import _, _l
from eventapp.training.models import Credential

MOST = 100_000


def _number(label: Any, most: int, message: Any, help_: Any = "", *, empty: bool = False) -> IntegerField:
    checks = [OptionalInput() if empty else InputRequired(message), NumberRange(1 if empty else 0, most, message)]
    return IntegerField(label, checks, description=help_, render_kw={"inputmode": "numeric", "min": 0, "max": most})


class RuleForm(Form):
    """What companies of a tier must have."""

    name = LineField(_l("Name"), [required(_l("Give the rule a name, such as “Technical people”."))], length=100)
    tier = SelectField(_l("Tier"))
    countries = SelectMultipleField(
        _l("Only in these countries"), description=_l("None ticked: in all."), option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )  # fmt: skip
    credentials = SelectMultipleField(
        _l("Credentials that count"), option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )
    people_min = _number(
        _l("People"), MOST, _l("Enter a whole number from 0 to 100,000."), _l("Different people with one of these credentials.")
    )
    score_min = _number(
        _l("Points"), MOST, _l("Enter a whole number from 0 to 100,000."), _l("Each credential of a person counts once.")
    )
    window_months = _number(
        _l("Completed in the last months"), 240, _l("Enter 1 to 240 months, or nothing."),
        _l("Empty: as long as the certificate is valid."), empty=True,
    )  # fmt: skip
    risk_days = _number(_l("Days of warning"), 730, _l("Enter 0 to 730 days."), _l("At risk is who falls within these days."))
    grace_days = _number(_l("Days of grace"), 730, _l("Enter 0 to 730 days."), _l("How long a company has to mend it."))

    version = HiddenField()

    def offering(
        self, tiers: Sequence[tuple[str, str]], countries: Sequence[tuple[str, str]], credentials: Sequence[Credential]
    ) -> "RuleForm":
        """The same form with what can be chosen."""
        self.tier.choices = list(tiers)
        self.countries.choices = list(countries)
        self.credentials.choices = [(str(one.id), one.name) for one in credentials]
        return self

    def validate_credentials(self, field: Any) -> None:
        """At least one credential counts."""
        if not field.data:
            raise ValidationError(_("Tick at least one credential."))

    def validate_score_min(self, field: Any) -> None:
        """A rule asks for people, for points, or for both."""
        if not (field.data or self.people_min.data):
            raise ValidationError(_("Ask for at least one person or one point."))
