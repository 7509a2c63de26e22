"""Forms of buddies."""

from wtforms import HiddenField, IntegerField
from wtforms.validators import InputRequired, NumberRange

from eventapp.community.buddies.rules import MOST_AT_ONCE
from eventapp.core.forms import Form, LineField, TextField
from eventapp.core.i18n import _l


class OfferForm(Form):
    """Offers to be a buddy."""

    version = HiddenField(default="0")
    note = TextField(
        _l("What newcomers can ask you"),
        length=400,
        render_kw={"rows": 3},
        description=_l("Newcomers and the vendor read it, with the name of your company."),
    )
    most = IntegerField(
        _l("Newcomers at once"),
        [InputRequired(_l("Enter a number from 1 to 5.")), NumberRange(1, MOST_AT_ONCE, _l("Enter a number from 1 to 5."))],
        default=1,
        render_kw={"inputmode": "numeric", "min": 1, "max": MOST_AT_ONCE},
    )


class EndForm(Form):
    """Ends it."""

    reason = LineField(_l("Why"), length=300, description=_l("The vendor reads it, the other company does not."))
