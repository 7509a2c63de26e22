"""Pages for signing in and for a forgotten password, under the addresses of Flask-Security.

Every answer is alike for known and unknown addresses, in text, status and, as far as a server can, in time.
"""

import time

import structlog
from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_security.recoverable import generate_reset_password_token, reset_password_token_status
from flask_security.utils import login_user

from eventapp.accounts import mails, passwords, queries, service
from eventapp.accounts.audiences import is_organizer
from eventapp.accounts.demo import DEMO_PASSWORD
from eventapp.accounts.forms import ForgotPasswordForm, ResetPasswordForm, SignInForm
from eventapp.accounts.models import User
from eventapp.accounts.rules import MAILS_PER_ADDRESS, MAILS_PER_NETWORK, TRIES_PER_ACCOUNT, TRIES_PER_NETWORK
from eventapp.accounts.throttling import TooManyTries, visitors_network
from eventapp.core.clock import now
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.web.audiences import public, safe_target

log = structlog.get_logger()

# The answer to a forgotten password takes this long in any case, so that writing a mail does not show.
ANSWER_SECONDS = 0.3


@public
def login() -> ResponseReturnValue:
    """Signs in with e-mail and password, then goes on to `next` or to where the user works."""
    if current_user.is_authenticated:
        return redirect(_target(request.args.get("next")))
    form = SignInForm(next=request.args.get("next"))
    status = 200
    if form.validate_on_submit():
        user = _checked(form.email.data, form.password.data)
        if user is not None:
            session.clear()
            login_user(user, remember=False, authn_via=["password"])
            return redirect(_target(form.next.data))
        form.form_errors.append(_("The e-mail or the password is wrong."))
    if request.method == "POST":
        status = 422
    demo = queries.demo_logins()
    page = render_template("accounts/login.html", form=form, has_errors=form.refused, demo=demo, demo_password=DEMO_PASSWORD)
    return page, status


def _checked(email: str, password: str) -> User | None:
    """The user whose password this is. Raises `TooManyTries`, for accounts that do not exist as well.

    The try is counted and committed before the password is looked at: parallel guesses cannot slip past, and no
    transaction is open during the slow part.
    """
    at, account, network = now(), email, f"net:{visitors_network()}"
    with saving():
        wait = service.throttled("sign-in", [account, network], [TRIES_PER_ACCOUNT, TRIES_PER_NETWORK], at=at)
        user = queries.user_by_address(email)
    if wait is not None:
        log.warning("sign-in throttled")
        raise TooManyTries(wait)
    if not passwords.matches(user, password):
        return None
    with saving():
        service.forgive("sign-in", account, [network], at=at)
    return user


def _target(asked: str | None) -> str:
    """Where to go after signing in: the page asked for if it is ours, else where the user works."""
    return safe_target(asked) or url_for("overview_admin.index" if is_organizer() else "overview.home")


@public
def forgot_password() -> ResponseReturnValue:
    """Sends a link to set a new password, if there is such a login."""
    form = ForgotPasswordForm()
    if form.validate_on_submit():
        started = time.monotonic()
        with saving(form) as saved:
            send_link(form.email.data, visitors_network())
            saved.location = url_for("security.login")
        time.sleep(max(0.0, started + ANSWER_SECONDS - time.monotonic()))
        if saved.ok:
            flash(_("If there is a login for this address, a mail with a link is on its way."), "info")
            return redirect(saved.location)
    status = 422 if request.method == "POST" else 200
    return render_template("accounts/forgot_password.html", form=form, has_errors=form.refused), status


def send_link(email: str, network: str) -> None:
    """Writes the mail with the link if there is a login. Raises `TooManyTries`."""
    at = now()
    wait = service.throttled("reset", [email, f"net:{network}"], [MAILS_PER_ADDRESS, MAILS_PER_NETWORK], at=at)
    if wait is not None:
        raise TooManyTries(wait)
    user = queries.user_by_address(email)
    if user is not None and user.active:
        mails.send_reset_link(user, generate_reset_password_token(user), at=at)  # type: ignore[no-untyped-call]


@public
def reset_password(token: str) -> ResponseReturnValue:
    """Sets a new password by the link in the mail; the link works once, and for two hours."""
    expired, invalid, user = reset_password_token_status(token)  # type: ignore[no-untyped-call]
    if expired or invalid or user is None or not user.active:
        flash(_("This link is used up or too old. Ask for a new one."), "warning")
        return redirect(url_for("security.forgot_password"))
    form = ResetPasswordForm()
    if form.validate_on_submit():
        at = now()
        with saving(form) as saved:
            service.set_password(user, form.password.data, by=user, at=at)
            mails.send_password_changed(user, at=at)
            saved.location = url_for("security.login")
        if saved.ok:
            flash(_("Your new password is set. Sign in with it."), "success")
            return redirect(saved.location)
    status = 422 if request.method == "POST" else 200
    return render_template("accounts/reset_password.html", form=form, has_errors=form.refused, token=token), status
