"""Forms for finding one's company, and for the vendor's decisions."""

from typing import Any

from wtforms import BooleanField, RadioField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import Regexp

from eventapp.core.db import MAX_ID
from eventapp.core.forms import Form, LineField, TextField, required
from eventapp.core.forms import optional as may_stay_empty
from eventapp.core.i18n import _, _l
from eventapp.core.text import words
from eventapp.partners import queries
from eventapp.partners.forms import CompanyForm
from eventapp.partners.joining.rules import SEARCH_MIN, Candidate
from eventapp.partners.joining.service import Told
from eventapp.partners.models import MembershipRole
from eventapp.partners.rules import PROGRAMME_ID

ROLE_CHOICES = (
    (MembershipRole.ADMIN, _l("as admin: looks after people and registrations")),
    (MembershipRole.MEMBER, _l("as member")),
)


class SearchForm(Form):
    """What the company is called, or its programme ID."""

    text = LineField(_l("Company"), [required(_l("Enter the name of your company."))], length=200)
    country = SelectField(_l("Country"))

    def validate_text(self, field: Any) -> None:
        """A single letter finds half of the list and helps nobody."""
        if sum(map(len, words(field.data))) < SEARCH_MIN:
            field.errors = [*field.errors, _("Enter at least two letters of the name, or the programme ID.")]


def search_form(**values: Any) -> SearchForm:
    """The form with the programme's countries."""
    form = SearchForm(**values)
    form.country.choices = [SelectChoice("", _("All countries")), *(SelectChoice(c, name) for c, name in queries.countries())]
    return form


class AskForm(Form):
    """Which company to ask, and a word for whoever decides."""

    company = RadioField(_l("Your company"), validate_choice=False, choices=[])
    note = TextField(
        _l("A word for who decides"), length=500, description=_l("For example what you do there."), render_kw={"rows": 2}
    )

    def offer(self, candidates: list[Candidate]) -> "AskForm":
        """Lists the companies; where there is one only, it is chosen."""
        self.company.choices = [
            SelectChoice(c.organisation_id, ", ".join(filter(None, (c.name, c.city, c.country)))) for c in candidates
        ]
        if len(candidates) == 1:
            self.company.data = str(candidates[0].organisation_id)
        return self

    @property
    def organisation_id(self) -> int | None:
        """The id of the chosen company; none if nothing was chosen or no database could hold it."""
        return number_of(self.company.data)


def number_of(text: str | None) -> int | None:
    """The row id that a field holds, if any database could hold it."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > 10:
        return None
    return int(text) if 0 < int(text) <= MAX_ID else None


class NotListedForm(Form):
    """A company that is not in the list."""

    name = LineField(_l("Name of the company"), [required(_l("Enter the name of the company."))], length=200)
    country_code = SelectField(_l("Country"), [required(_l("Choose the country."))])
    city = LineField(_l("City"), length=120)
    website = LineField(_l("Website"), length=250)
    programme_id = LineField(
        _l("Programme ID"),
        [may_stay_empty(), Regexp(PROGRAMME_ID.pattern + r"\Z", message=_l("Enter a programme ID like KP-123456."))],
        length=20,
        description=_l("If you know it. It looks like KP-123456."),
    )
    note = TextField(_l("Anything else"), length=500, render_kw={"rows": 2})

    def told(self) -> Told:
        """What was entered."""
        return Told(
            name=self.name.data or "",
            country_code=self.country_code.data,
            city=self.city.data or "",
            website=self.website.data or "",
            programme_id=self.programme_id.data or "",
            note=self.note.data or "",
        )


def not_listed_form(**values: Any) -> NotListedForm:
    """The form with the programme's countries."""
    form = NotListedForm(**values)
    form.country_code.choices = [SelectChoice("", _("Choose")), *(SelectChoice(c, name) for c, name in queries.countries())]
    return form


class DecideForm(Form):
    """A decision about one thing in the queue. `role` is on the button, `company` says which one is meant."""

    role = SelectField(choices=[SelectChoice(role.value, label) for role, label in ROLE_CHOICES])

    @property
    def chosen_role(self) -> MembershipRole:
        """Member or admin."""
        return MembershipRole(self.role.data)


class DeclineForm(Form):
    """Why not; the person reads it."""

    reason = TextField(
        _l("Reason"),
        [required(_l("Enter a reason: the person gets it by mail."))],
        length=300,
        description=_l("The person gets it by mail."),
        render_kw={"rows": 2},
    )


class NewCompanyForm(CompanyForm):
    """A company that somebody told about, as it will stand in the list, and as what the person joins it."""

    person_role = SelectField(_l("The person joins"), choices=[SelectChoice(role.value, label) for role, label in ROLE_CHOICES])
    is_another = BooleanField(_l("I have checked: it is none of the companies named above."))
