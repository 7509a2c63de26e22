"""Registering an account. The answer is alike whether there is a login for the address or not."""

import secrets

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts import passkey_site, passwords
from eventapp.accounts.forms import SignUpForm, VerifyForm
from eventapp.accounts.models import LinkKind
from eventapp.accounts.pages import blueprint
from eventapp.accounts.service import links, sign_up
from eventapp.accounts.service.sessions import hash_of
from eventapp.accounts.session_cookie import begin, kept_text, start_row
from eventapp.accounts.throttling import alike, count_mail
from eventapp.core.clock import now
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.web.audiences import public, safe_target

BROWSER = "sign_up"


@blueprint.route("/register-account", methods=["GET", "POST"])
@public
def register_account() -> ResponseReturnValue:
    """Asks for an account; a mail says how to go on."""
    if current_user.is_authenticated:
        return redirect(url_for("accounts.index"))
    form = SignUpForm()
    if passkey_site.site() is None:
        del form.use_passkey
    if form.validate_on_submit():
        by_passkey = "use_passkey" in form and form.use_passkey.data
        browser = hash_of(kept_text(BROWSER, lambda: secrets.token_urlsafe(32)))
        with alike():
            # Hashed in any case, before anything is looked up: the costly part must not tell whether there is a login.
            hashed = passwords.hashed(form.password.data or secrets.token_urlsafe(16))
            with saving(form) as saved:
                at = now()
                count_mail("sign-up", form.email.data, at=at)
                sign_up.ask(form.email.data, form.name.data, None if by_passkey else hashed, browser=browser, at=at)
                saved.location = url_for(".mail_sent")
        if saved.ok:
            return redirect(saved.location)
    status = 422 if request.method == "POST" else 200
    return render_template("accounts/register_account.html", form=form, has_errors=form.refused), status


@blueprint.get("/register-account/sent")
@public
def mail_sent() -> ResponseReturnValue:
    """Says that a mail is on its way, whatever stands in it."""
    return render_template("accounts/mail_sent.html")


@blueprint.route("/register-account/<token:token>", methods=["GET", "POST"])
@public
def verify(token: str) -> ResponseReturnValue:
    """Makes the login and signs in. Only the button does so: mail scanners open links."""
    link = links.living(LinkKind.SIGN_UP, token, at=now())
    if link is None:
        flash(_("This link is used up or too old. Ask for a new one."), "warning")
        return redirect(url_for(".register_account"))
    form = VerifyForm()
    known = link.details.get("browser") == hash_of(str(session.get(BROWSER, "")))
    stored = link.details.get("password")
    if known or stored is None:
        del form.password
    if form.validate_on_submit():
        hashed = stored if known or stored is None else passwords.hashed(form.password.data)
        with saving(form) as saved:
            user, target = sign_up.verify(link, password_hash=hashed, at=now())
            key = start_row(user, "mail")
            saved.location = safe_target(target) or url_for(".index")
        if saved.ok:
            begin(user, key, "mail")
            flash(_("Your account is ready."), "success")
            if hashed is None:
                return redirect(url_for(".first_way", next=saved.location))
            return redirect(saved.location)
        flash(saved.error.message if saved.error else _("Try again."), "warning")
        return redirect(url_for("security.login"))
    status = 422 if request.method == "POST" else 200
    page = render_template(
        "accounts/verify.html", form=form, link=link, asks_password="password" in form, has_errors=form.refused
    )
    return page, status
