"""Forms about more places."""

from typing import Any

from wtforms import IntegerField
from wtforms.validators import NumberRange

from eventapp.core.forms import Form, LineField, TextField, required
from eventapp.core.i18n import _l
from eventapp.events.forms import MOST_PLACES


def _number(label: Any) -> IntegerField:
    message = _l("Enter a whole number from 1 to 100,000.")
    kw = {"min": 1, "max": MOST_PLACES, "inputmode": "numeric"}
    return IntegerField(label, [required(message), NumberRange(1, MOST_PLACES, message)], render_kw=kw)


class AskForm(Form):
    """A company asks for more places."""

    wanted = _number(_l("How many places in all?"))
    reason = TextField(_l("Why"), [required(_l("Say why; the partner manager decides by it."))], length=500)


class GrantForm(Form):
    """The partner manager says yes, perhaps to another number."""

    granted = _number(_l("Places in all"))
    answer = LineField(_l("A word to the company"), length=500)


class RefuseForm(Form):
    """The partner manager says no."""

    answer = LineField(_l("Reason"), [required(_l("Say why; the company reads it in the mail."))], length=500)
