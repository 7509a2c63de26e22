"""Forms about certificates."""

from typing import Any

from wtforms import HiddenField, IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange

from eventapp.core.forms import AddressField, Day, Form, LineField, OptionalInput, TextField, required
from eventapp.core.i18n import _l
from eventapp.events.models import FORMAT_LABELS, EventFormat


class VerifyForm(Form):
    """The code of a certificate, as it stands on the paper."""

    code = LineField(_l("Certificate code"), [required()], length=100)


class NameForm(Form):
    """Another spelling of the name that is printed."""

    version = HiddenField()
    name = LineField(_l("Name as printed"), [required()], length=200)


class RevokeForm(Form):
    """Why a certificate does not count any more."""

    version = HiddenField()
    reason = TextField(_l("Reason"), [required()], length=300, render_kw={"rows": 3})


class IssueForm(Form):
    """A certificate by hand."""

    who = AddressField(_l("E-mail of the person"), [required()])
    of = SelectField(_l("Course or credential"), [required()])
    completed_on = Day(_l("Completed on"), [InputRequired(_l("Enter a day."))])
    expires_on = Day(_l("Valid until"), [OptionalInput()])
    mode = SelectField(_l("How"))
    minutes = IntegerField(
        _l("Minutes attended"), [InputRequired(_l("Enter a number.")), NumberRange(0, 60000, _l("From 0 to 60,000."))], default=0
    )
    name = LineField(_l("Name as printed"), length=200)
    reason = TextField(_l("Reason"), [required()], length=300, render_kw={"rows": 3})

    def offering(self, versions: Any, credentials: Any) -> "IssueForm":
        """The form with its choices: versions of courses by "v<id>", credentials by "c<id>"."""
        self.of.choices = {
            str(_l("Courses")): [(f"v{v.id}", f"{v.title} ({v.course.code}, {v.number})") for v in versions],
            str(_l("Credentials")): [(f"c{c.id}", f"{c.name} ({c.code})") for c in credentials],
        }
        self.mode.choices = [(mode.value, str(FORMAT_LABELS[mode])) for mode in (EventFormat.IN_PERSON, EventFormat.VIRTUAL)]
        return self
