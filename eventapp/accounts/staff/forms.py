"""Forms about the vendor's people."""

from collections.abc import Iterable
from typing import Any

from wtforms import SelectField, SelectMultipleField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from eventapp.accounts.forms import new_password_field
from eventapp.accounts.models import Role
from eventapp.accounts.permissions import ROLE_LABELS
from eventapp.accounts.staff.rules import LONGEST_ROLE
from eventapp.core.clock import now
from eventapp.core.forms import AddressField, Day, Form, LineField, OptionalInput, required
from eventapp.core.i18n import _, _l


class LastDay(Day):
    """The last day of a right, in UTC; without one the right has no end."""

    def __init__(self, label: Any, validators: list[Any] | None = None, **kwargs: Any) -> None:
        super().__init__(label, [*(validators or [OptionalInput()]), _in_reach], **kwargs)


def _in_reach(_form: Any, field: Any) -> None:
    today = now().date()
    if field.data and field.data < today:
        raise ValidationError(_("Choose a day from today on."))
    if field.data and field.data > today + LONGEST_ROLE:
        raise ValidationError(_("Choose a day within the next ten years, or leave it empty for no end."))


def role_choices(roles: Iterable[Role]) -> list[SelectChoice]:
    """These roles to choose from, in their order."""
    wanted = set(roles)
    return [SelectChoice(role.value, ROLE_LABELS[role]) for role in Role if role in wanted]


class InviteStaffForm(Form):
    """Whom to invite, as what, until when."""

    email = AddressField(_l("E-mail"), [required(_l("Enter the address that the invitation goes to."))])
    roles = SelectMultipleField(
        _l("Roles"),
        [InputRequired(_l("Choose at least one role."))],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    until = LastDay(_l("Last day"), description=_l("Empty: no end."))


class GrantForm(Form):
    """A role to give, or to end on another day."""

    role = SelectField(_l("Role"))
    until = LastDay(_l("Last day"), description=_l("Empty: no end."))


class NewLoginForm(Form):
    """Name and password of somebody who accepts an invitation and has no login yet."""

    name = LineField(_l("Your name"), [required(_l("Enter your name."))], length=200)
    password = new_password_field(_l("Password"))
