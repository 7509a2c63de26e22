"""Forms about signing in at a provider, and about providers."""

from wtforms import HiddenField, PasswordField, SelectField
from wtforms.validators import Length

from eventapp.accounts.models import Role
from eventapp.accounts.staff.forms import role_choices
from eventapp.core.forms import Form, LineField, required
from eventapp.core.i18n import _l


class LeaveForm(Form):
    """Off to the provider, and where to go afterwards."""

    next = HiddenField()


class ComeBackForm(Form):
    """What the provider sends back. The one-time key is the state, so no state is carried out twice."""

    state = HiddenField(validators=[Length(max=200)])
    code = HiddenField(validators=[Length(max=4000)])
    error = HiddenField(validators=[Length(max=200)])
    iss = HiddenField(validators=[Length(max=2000)])


class ProviderForm(Form):
    """A provider of the vendor's staff."""

    key = LineField(
        _l("Key"),
        [required()],
        length=40,
        description=_l("Small letters, digits and hyphens. It becomes part of the address to come back to, and stays."),
    )
    label = LineField(_l("Name"), [required()], length=100, description=_l("As people know it. It stands on the button."))
    issuer = LineField(
        _l("Issuer"),
        [required()],
        length=250,
        description=_l("Exactly as the provider writes it, like https://login.example.com/tenant."),
    )
    client_id = LineField(_l("Client ID"), [required()], length=200)
    secret = PasswordField(
        _l("Client secret"),
        [Length(max=200, message=_l("At most %(max)d characters."))],
        render_kw={"autocomplete": "new-password"},
    )
    groups_claim = LineField(
        _l("Claim with the groups"), length=60, description=_l("Usually groups. Leave it empty if no group gives a role.")
    )
    version = HiddenField()


class GroupForm(Form):
    """A group and the role that it gives."""

    group = LineField(_l("Group"), [required()], length=200, description=_l("As the provider sends it."))
    role = SelectField(_l("Role"), choices=role_choices(frozenset(Role)), default=Role.TRAINER.value)
