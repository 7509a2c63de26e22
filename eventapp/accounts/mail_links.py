"""Signing in by a link in a mail. The answer is alike whether there is a login for the address or not."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.forms import MailLinkForm, VerifyForm
from eventapp.accounts.models import LinkKind
from eventapp.accounts.pages import blueprint
from eventapp.accounts.service import links, mail_sign_in
from eventapp.accounts.session_cookie import first_step_done, target_or_home
from eventapp.accounts.throttling import alike, count_mail
from eventapp.core.clock import now
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.web.audiences import public


@blueprint.route("/login/link", methods=["GET", "POST"])
@public
def mail_link() -> ResponseReturnValue:
    """Mails a link to sign in, if there is such a login."""
    if current_user.is_authenticated:
        return redirect(target_or_home(request.args.get("next")))
    form = MailLinkForm()
    if form.validate_on_submit():
        with alike(), saving(form) as saved:
            at = now()
            count_mail("mail-link", form.email.data, at=at)
            mail_sign_in.ask(form.email.data, at=at)
            saved.location = url_for("security.login")
        if saved.ok:
            flash(_("If there is a login for this address, a mail with a link is on its way."), "info")
            return redirect(saved.location)
    status = 422 if request.method == "POST" else 200
    return render_template("accounts/mail_link.html", form=form, has_errors=form.refused), status


@blueprint.route("/login/link/<token:token>", methods=["GET", "POST"])
@public
def sign_in_by_mail(token: str) -> ResponseReturnValue:
    """Signs in by the link. Only the button does so: mail scanners open links."""
    link = links.living(LinkKind.SIGN_IN, token, at=now())
    if link is None:
        flash(_("This link is used up or too old. Ask for a new one."), "warning")
        return redirect(url_for(".mail_link"))
    form = VerifyForm()
    del form.password
    if form.validate_on_submit():
        with saving() as saved:
            user, target = mail_sign_in.enter(link, at=now())
        if saved.ok:
            return first_step_done(user, "mail", target)
        flash(saved.error.message if saved.error else _("Try again."), "warning")
        return redirect(url_for(".mail_link"))
    status = 422 if request.method == "POST" else 200
    return render_template("accounts/sign_in_by_mail.html", form=form, link=link, has_errors=form.refused), status
