"""The form of a saved filter."""

from wtforms import BooleanField

from eventapp.core.forms import Form, LineField, required
from eventapp.core.i18n import _l


class FilterForm(Form):
    """Its name, and whether others have it too. `shared` is taken out for whoever may not share."""

    name = LineField(_l("Name"), [required(_l("Give it a name."))], length=60)
    shared = BooleanField(_l("Everybody who works here and sees this list may use it"))
