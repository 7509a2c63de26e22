"""The form of an actual value."""

from wtforms import HiddenField
from wtforms.validators import InputRequired

from eventapp.core.forms import AmountField, Form, LineField
from eventapp.core.i18n import _l


class ActualForm(Form):
    """What was reached."""

    version = HiddenField(default="0")
    value = AmountField(_l("Reached"), [InputRequired(_l("Enter a number."))])
    note = LineField(_l("Remark"), length=300)
