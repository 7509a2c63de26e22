"""The form of an event's rule about no-shows."""

from wtforms import IntegerField, RadioField
from wtforms.fields import SelectChoice
from wtforms.validators import NumberRange

from eventapp.core.forms import Form
from eventapp.core.i18n import _l
from eventapp.registrations.no_shows.models import CONSEQUENCE_LABELS


class RuleForm(Form):
    """What follows for companies with many no-shows."""

    consequence = RadioField(
        _l("What follows"),
        choices=[SelectChoice("", _l("Nothing")), *(SelectChoice(c.value, label) for c, label in CONSEQUENCE_LABELS.items())],
        default="",
    )
    percent = IntegerField(
        _l("More no-shows than, in per cent"),
        [NumberRange(0, 99, _l("A number from 0 to 99."))],
        default=30,
    )
    events = IntegerField(
        _l("Over the company's last events"),
        [NumberRange(1, 20, _l("A number from 1 to 20."))],
        default=3,
    )
