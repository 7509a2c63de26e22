"""Which other one it is, and which of the two stays."""

from wtforms import HiddenField, RadioField
from wtforms.fields import SelectChoice

from eventapp.core.forms import Form, LineField, required
from eventapp.core.i18n import _l


class MergeForm(Form):
    """The other company (programme ID or name) or person (address); which one stays; check or merge."""

    other = LineField(_l("The other one"), [required()], length=254)
    keep = RadioField(
        _l("Which one stays?"),
        choices=[SelectChoice("this", _l("This one")), SelectChoice("other", _l("The other one"))],
        default="this",
    )
    step = HiddenField(default="check")
