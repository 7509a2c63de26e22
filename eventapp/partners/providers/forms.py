"""Forms about companies' providers."""

from wtforms import HiddenField

from eventapp.core.forms import AddressField, Form, LineField, required
from eventapp.core.i18n import _l


class CompanySignInForm(Form):
    """The address whose domain says which company it is."""

    email = AddressField(_l("E-mail"), [required()], render_kw={"autocomplete": "username"})
    next = HiddenField()


class CompanyChoiceForm(Form):
    """The company that gets a provider."""

    company = LineField(_l("Programme ID or name"), [required()], length=200)
