"""Pages for signing in and for a forgotten password, under the addresses of Flask-Security.

Every answer is alike for known and unknown addresses, in text, status and, as far as a server can, in time.
"""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts import mails, passkey_site, passwords, queries, service
from eventapp.accounts.demo import DEMO_PASSWORD
from eventapp.accounts.forms import ForgotPasswordForm, ResetPasswordForm, SignInForm
from eventapp.accounts.models import User
from eventapp.accounts.oidc.queries import ways
from eventapp.accounts.service import hooks, sessions
from eventapp.accounts.session_cookie import first_step_done, forget, me, target_or_home, this_session
from eventapp.accounts.throttling import alike, count_mail, count_sign_in, forgive_sign_in
from eventapp.core.clock import now
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.web.audiences import public, safe_target, signed_in


@public
def login() -> ResponseReturnValue:
    """Signs in with e-mail and password, then goes on to `next` or to where the user works."""
    if current_user.is_authenticated:
        return redirect(target_or_home(request.args.get("next")))
    form = SignInForm(next=request.args.get("next"))
    status = 200
    if form.validate_on_submit():
        user = _checked(form.email.data, form.password.data)
        if user is not None:
            return first_step_done(user, "password", form.next.data)
        form.form_errors.append(_("The e-mail or the password is wrong."))
    if request.method == "POST":
        status = 422
    return sign_in_page(form), status


def sign_in_page(form: SignInForm) -> str:
    """The page with every way to sign in; also shown when one of the others did not work."""
    demo = queries.demo_logins()
    return render_template(
        "accounts/login.html",
        form=form,
        has_errors=form.refused,
        demo=demo,
        demo_password=DEMO_PASSWORD,
        next=safe_target(form.next.data),
        passkey_options=passkey_site.sign_in_options(),
        ways=ways(),
    )


def _checked(email: str, password: str) -> User | None:
    """The user whose password this is. Raises `TooManyTries`, for accounts that do not exist as well."""
    at = count_sign_in(email)
    user = queries.user_by_address(email)
    if not passwords.matches(user, password):
        return None
    with saving():
        forgive_sign_in(email, at)
    return user


@signed_in
def logout() -> ResponseReturnValue:
    """Ends the session in the table, so that a copy of the cookie is worth nothing either, and empties the cookie."""
    facts = this_session()
    if facts is not None:
        with saving():
            sessions.end(facts.user, facts.session_id, by=me(), at=now())
    forget()
    return redirect(url_for("overview.home"))


@public
def forgot_password() -> ResponseReturnValue:
    """Sends a link to set a new password, if there is such a login."""
    form = ForgotPasswordForm()
    if form.validate_on_submit():
        with alike(), saving(form) as saved:
            send_link(form.email.data)
            saved.location = url_for("security.login")
        if saved.ok:
            flash(_("If there is a login for this address, a mail with a link is on its way."), "info")
            return redirect(saved.location)
    status = 422 if request.method == "POST" else 200
    return render_template("accounts/forgot_password.html", form=form, has_errors=form.refused), status


def send_link(email: str) -> None:
    """Writes the mail with the link if there is a login. Raises `TooManyTries`."""
    at = now()
    count_mail("reset", email, at=at)
    user = queries.user_by_address(email)
    if user is not None and user.active:
        mails.send_reset_link(user, passwords.reset_token(user), at=at)


@public
def reset_password(token: str) -> ResponseReturnValue:
    """Sets a new password by the link in the mail; the link works once, and for two hours."""
    user = passwords.user_of_reset_token(token)
    if user is None:
        flash(_("This link is used up or too old. Ask for a new one."), "warning")
        return redirect(url_for("security.forgot_password"))
    form = ResetPasswordForm()
    if form.validate_on_submit():
        at = now()
        with saving(form) as saved:
            service.set_password(user, form.password.data, by=user, at=at)
            if user.verified_at is None:
                user.verified_at = at
                hooks.verified(user, by=user, at=at)
            mails.send_password_changed(user, at=at)
            saved.location = url_for("security.login")
        if saved.ok:
            flash(_("Your new password is set. Log in with it."), "success")
            return redirect(saved.location)
    status = 422 if request.method == "POST" else 200
    return render_template("accounts/reset_password.html", form=form, has_errors=form.refused, token=token), status
