"""Forms about logins."""

from typing import Any

from wtforms import BooleanField, HiddenField, PasswordField
from wtforms.validators import Length

from eventapp.accounts.rules import PASSWORD_MAX, PASSWORD_MIN
from eventapp.core.forms import AddressField, Form, LineField, required
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


def current_password_field() -> PasswordField:
    """The password that one has."""
    return PasswordField(
        _l("Current password"),
        [required(), Length(max=1000, message=_l("At most %(max)d characters."))],
        render_kw={"autocomplete": "current-password"},
    )


def code_field(label: Any, **kwargs: Any) -> LineField:
    """A code of an authenticator app, or a recovery code where the page says so."""
    return LineField(label, [required()], length=40, render_kw={"autocomplete": "one-time-code", "spellcheck": "false"}, **kwargs)


class ChangePasswordForm(Form):
    """A new password, by somebody who knows the old one."""

    current_password = current_password_field()
    password = new_password_field(_l("New password"))


class SignUpForm(Form):
    """A new account: who, and how they will log in."""

    email = AddressField(_l("E-mail"), [required()], render_kw={"autocomplete": "email"})
    name = LineField(_l("Name"), [required()], length=200, render_kw={"autocomplete": "name"})
    password = new_password_field(_l("Password"))
    use_passkey = BooleanField(_l("With a passkey instead"))

    def validate(self, extra_validators: Any = None) -> bool:
        """A password is needed unless there is to be a passkey; a page without passkeys takes that field away."""
        if self.use_passkey is not None and self.use_passkey.data:
            self.password.validators = []
        return bool(super().validate(extra_validators))


class VerifyForm(Form):
    """The button that makes the account; with a password where this browser is not the one that asked for it."""

    password = new_password_field(_l("Choose a password"))


class FirstPasswordForm(Form):
    """A password for somebody who has none yet."""

    password = new_password_field(_l("Password"))


class MailLinkForm(Form):
    """The address that the link goes to."""

    email = AddressField(_l("E-mail"), [required()], render_kw={"autocomplete": "username"})
    next = HiddenField()


class AddressForm(Form):
    """The new address."""

    email = AddressField(_l("New e-mail"), [required()], render_kw={"autocomplete": "email"})


class ConfirmPasswordForm(Form):
    """Proof by the password."""

    current_password = current_password_field()


class CodeForm(Form):
    """A code of the authenticator app."""

    code = code_field(_l("Code from your app"), description=_l("Six digits."))


class MailCodeForm(Form):
    """The code that was sent by mail."""

    mail_code = code_field(_l("Code from the mail"), description=_l("Six digits."))


class SecondStepForm(Form):
    """The second step of logging in."""

    code = code_field(_l("Code"), description=_l("Six digits from your authenticator app, or one of your recovery codes."))


class TurnOffForm(Form):
    """Both factors, to turn the second one off."""

    current_password = current_password_field()
    code = code_field(_l("Code"), description=_l("Six digits from your authenticator app, or one of your recovery codes."))


class PasskeyForm(Form):
    """The answer of a device that has made a passkey; JavaScript fills it in."""

    name = LineField(_l("Name"), [required()], length=64, description=_l("So that you know it again, for example: My phone."))
    answer = HiddenField()


class PasskeyAnswerForm(Form):
    """The answer of a device that knows a passkey; JavaScript fills it in."""

    answer = HiddenField()
    next = HiddenField()


class PasskeyNameForm(Form):
    """Another name for a passkey."""

    name = LineField(_l("Name"), [required()], length=64)


class StaffPolicyForm(Form):
    """How the vendor's people log in."""

    on = BooleanField(_l("Everybody who works for the vendor needs a second factor"))
