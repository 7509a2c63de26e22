"""Forms of a company about its registrations."""

from typing import Any

from wtforms import RadioField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from eventapp.core.forms import AddressField, Form, LineField, OptionalInput
from eventapp.core.i18n import _, _l
from eventapp.partners.queries import Colleague

KEEP, CANCEL = "keep", "cancel"


class ColleagueSubstituteForm(Form):
    """Who comes instead: a colleague from the list, or somebody new."""

    leads_to = "colleague"
    colleague = SelectField(_l("A colleague"), [OptionalInput()])
    given_name = LineField(_l("Given name"), length=100)
    family_name = LineField(_l("Family name"), length=100)
    address = AddressField(_l("E-mail"))

    def offer(self, colleagues: list[Colleague]) -> "ColleagueSubstituteForm":
        """Offers these people, by name and address: two may be called alike."""
        self.leads_to = "colleague" if colleagues else "given_name"
        self.colleague.choices = [
            SelectChoice("", _("not in this list")),
            *(SelectChoice(str(c.person_id), f"{c.full_name} ({c.address})") for c in colleagues),
        ]
        return self

    def validate(self, extra_validators: Any = None) -> bool:
        """A colleague is enough; somebody new needs names and an address, and both at once would leave it open who is meant."""
        valid = bool(super().validate(extra_validators))
        if self.colleague.data:
            if any(field.data for field in (self.given_name, self.family_name, self.address)):
                self.colleague.errors = [*self.colleague.errors, _("Choose a colleague or enter somebody new, not both.")]
                return False
            return valid
        for field, message in (
            (self.given_name, _("Choose a colleague, or enter the given name.")),
            (self.family_name, _("Enter the family name.")),
            (self.address, _("Enter an e-mail like name@company.com.")),
        ):
            if not field.data and not field.errors:
                field.errors = [*field.errors, message]
                valid = False
        return valid

    def chosen(self, colleagues: list[Colleague]) -> tuple[str, str, str]:
        """Given name, family name and address of who comes."""
        for one in colleagues:
            if str(one.person_id) == self.colleague.data:
                return one.given_name, one.family_name, one.address
        return self.given_name.data or "", self.family_name.data or "", self.address.data or ""


class LeavingForm(Form):
    """Somebody leaves the company."""

    reason = LineField(_l("Reason"), length=300, description=_l("Stands in your company's log. May stay empty."))
    upcoming = RadioField(
        _l("What becomes of the registrations for events to come?"),
        [InputRequired(_l("Choose one."))],
        choices=[
            SelectChoice(KEEP, _l("Keep them: hand the places on later")),
            SelectChoice(CANCEL, _l("Cancel them: everybody concerned gets a mail")),
        ],
    )
