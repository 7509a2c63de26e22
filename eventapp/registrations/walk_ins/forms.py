"""The form for somebody at the door."""

from typing import Any

from wtforms import SelectField

from eventapp.core.forms import AddressField, Form, LineField, OptionalInput, required
from eventapp.core.i18n import _, _l


class WalkInForm(Form):
    """Name and company are enough. `reason` is asked of organizers alone."""

    given_name = LineField(_l("Given name"), length=100, render_kw={"autocomplete": "off"})
    family_name = LineField(_l("Family name"), length=100, render_kw={"autocomplete": "off"})
    company = LineField(_l("Company"), [required(_l("Enter the company."))], length=200, render_kw={"autocomplete": "off"})
    address = AddressField(_l("E-mail"), render_kw={"autocomplete": "off"})
    kind = SelectField(_l("Comes as"), [OptionalInput()])
    reason = LineField(
        _l("Reason to let them in without a place"),
        length=300,
        description=_l("Only if no place is left: it then counts as overbooked, and the reason stands in the log."),
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """A name is needed, whichever part of it."""
        valid = super().validate(extra_validators)
        if not self.given_name.data and not self.family_name.data:
            self.family_name.errors = [*self.family_name.errors, _("Enter a name.")]
            valid = False
        return valid
