"""Forms about logins."""

from typing import Any

from wtforms import HiddenField, PasswordField
from wtforms.validators import Length

from eventapp.accounts.rules import PASSWORD_MAX, PASSWORD_MIN
from eventapp.core.forms import AddressField, Form, required
from eventapp.core.i18n import _l


def new_password_field(label: Any) -> PasswordField:
    """A new password: any characters, long enough; never trimmed or changed."""
    too_short = _l("Use at least %(min)d characters.", min=PASSWORD_MIN)
    too_long = _l("Use at most %(max)d characters.", max=PASSWORD_MAX)
    return PasswordField(
        label,
        [required(), Length(min=PASSWORD_MIN, message=too_short), Length(max=PASSWORD_MAX, message=too_long)],
        description=_l("At least %(min)d characters. A few words in a row are easy to remember.", min=PASSWORD_MIN),
        render_kw={"autocomplete": "new-password"},
    )


class SignInForm(Form):
    """E-mail and password."""

    email = AddressField(_l("E-mail"), [required()], render_kw={"autocomplete": "username"})
    password = PasswordField(
        _l("Password"),
        [required(), Length(max=1000, message=_l("At most %(max)d characters."))],
        render_kw={"autocomplete": "current-password"},
    )
    next = HiddenField()


class ForgotPasswordForm(Form):
    """The address that the link goes to."""

    email = AddressField(_l("E-mail"), [required()], render_kw={"autocomplete": "username"})


class ResetPasswordForm(Form):
    """A new password, by the link in the mail."""

    password = new_password_field(_l("New password"))


class ChangePasswordForm(Form):
    """A new password, by somebody who knows the old one."""

    current_password = PasswordField(_l("Current password"), [required()], render_kw={"autocomplete": "current-password"})
    password = new_password_field(_l("New password"))
