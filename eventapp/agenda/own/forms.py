"""Forms of the organizer's page about the places of a session."""

from wtforms import BooleanField

from eventapp.core.forms import Form, LineField, required
from eventapp.core.i18n import _l


class PutInForm(Form):
    """Puts somebody into a session by hand."""

    who = LineField(_l("Code or e-mail address"), [required()], length=254)
    reason = LineField(_l("Why by hand?"), [required(_l("Say why: it stands in the log."))], length=300)
    above = BooleanField(_l("Also when the session is full"))


class TakeOutForm(Form):
    """Takes people out of a session."""

    why = LineField(_l("Why?"), [required(_l("Say why: it stands in the log."))], length=300)
