"""Where a person goes, and what becomes of the places that the old company gave."""

from wtforms import RadioField
from wtforms.fields import SelectChoice

from eventapp.core.forms import Form, LineField, required
from eventapp.core.i18n import _l


class MoveForm(Form):
    """The new company, and whether upcoming registrations stay."""

    company = LineField(_l("New company"), [required()], length=254)
    job_title = LineField(_l("Job title there"), length=150)
    upcoming = RadioField(
        _l("Upcoming registrations"),
        choices=[
            SelectChoice("keep", _l("Keep them: they take places of the old company")),
            SelectChoice("cancel", _l("Cancel them: the places go on to whoever waits")),
        ],
        default="keep",
    )
