"""Forms of a company's own pages."""

import re
from typing import Any

from wtforms import HiddenField, RadioField, SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, ValidationError

from eventapp.core.forms import LineField, TextField
from eventapp.core.i18n import _, _l
from eventapp.core.times import zones
from eventapp.partners.acting import ActingForm
from eventapp.partners.company.service import Colleague, Profile
from eventapp.partners.forms import PersonForm, phone_number, spoken_language
from eventapp.partners.models import MembershipRole

# No sign that could make the address of a website anything else than one.
_WEBSITE = re.compile(r"(?:https?://)?[^\s/:@\\<>\"'?#]+\.[^\s/:@\\<>\"'?#.]{2,}(?::\d{1,5})?(?:/[^\s\\<>\"']*)?", re.IGNORECASE)
_ROLES = (
    (MembershipRole.MEMBER, _l("Member: own registrations and the events")),
    (MembershipRole.EXECUTIVE, _l("Executive: reads everything of the company")),
)


class ColleagueForm(ActingForm, PersonForm):
    """Somebody of the company. Admins are named on their own page, so the role here is the lesser one."""

    version = HiddenField(default="0")
    role = SelectField(_l("Role"), choices=[SelectChoice(role.value, label) for role, label in _ROLES])

    def entered(self, role: MembershipRole | None = None) -> Colleague:
        """What was entered; fields that were taken out of the form are none. `role` stands where none may be chosen."""

        def text(name: str) -> str | None:
            return (self[name].data or "") if name in self else None

        return Colleague(
            given_name=text("given_name"),
            family_name=text("family_name"),
            phone=text("phone"),
            address=text("email") or None,
            job_title=self.job_title.data or "",
            function=self.chosen_function(),
            role=role or MembershipRole(self.role.data),
        )


class ProfileForm(ActingForm):
    """What the company says about itself."""

    version = HiddenField(default="0")
    website = LineField(_l("Website"), length=250, render_kw={"inputmode": "url", "autocomplete": "url"})
    phone = LineField(_l("Phone"), [phone_number], length=40, render_kw={"autocomplete": "tel"})
    about = TextField(_l("About us"), length=600, description=_l("What you do, in a few sentences. At most 600 characters."))
    city = LineField(_l("City"), length=120)
    time_zone = SelectField(
        _l("Time zone"), choices=[SelectChoice("", _l("not known")), *(SelectChoice(zone, zone) for zone in zones())]
    )
    language = LineField(_l("Language"), [spoken_language], length=20, description=_l("A code like de or en-GB."))

    def validate_website(self, field: Any) -> None:
        """Only the web's own addresses: it becomes a link."""
        if field.data and not _WEBSITE.fullmatch(field.data):
            raise ValidationError(_("Enter an address like www.company.com."))

    def profile(self) -> Profile:
        """What was entered."""
        return Profile(**{name: self[name].data or "" for name in Profile.__dataclass_fields__})


class AutoJoinForm(ActingForm):
    """Whether people with an address of the company's domains join by themselves."""

    auto_join = RadioField(
        _l("Who has an address of your domains"),
        [InputRequired(_l("Choose one."))],
        choices=[
            SelectChoice("no", _l("asks, and you decide")),
            SelectChoice("yes", _l("joins at once as a member")),
        ],
    )


class AdminForm(ActingForm):
    """One of the people who are no admins."""

    person = SelectField(_l("Colleague"), [InputRequired(_l("Choose a colleague."))])


class DeclineForm(ActingForm):
    """Why somebody is not let in."""

    reason = LineField(_l("Reason"), length=300, description=_l("Stands in the mail to the person. May stay empty."))
