"""Forms of greetings."""

from wtforms import HiddenField

from eventapp.agenda.greetings.models import LONGEST
from eventapp.core.forms import Form, LineField
from eventapp.core.i18n import _l


class GreetingForm(Form):
    """What a company says."""

    version = HiddenField(default="0")
    text = LineField(
        _l("Greeting"),
        length=LONGEST,
        description=_l("One or two sentences, plain text. Empty it to take it back."),
    )
    name = LineField(_l("Who says so"), length=120, description=_l("The company's name stands there in any case."))


class DecideForm(Form):
    """What an organizer makes of it."""

    version = HiddenField(default="0")
    reason = LineField(_l("Reason"), length=300, description=_l("Only if you decline: the company reads it."))


def version_of(form: GreetingForm | DecideForm) -> int:
    """The version that the form was made of."""
    said = form.version.data or ""
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else -1
