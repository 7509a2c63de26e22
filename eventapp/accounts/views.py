"""One's own login."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_security.utils import login_user

from eventapp.accounts import mails, passwords, service
from eventapp.accounts.forms import ChangePasswordForm
from eventapp.accounts.models import Role
from eventapp.accounts.permissions import roles_of
from eventapp.accounts.rules import TRIES_PER_ACCOUNT
from eventapp.accounts.throttling import TooManyTries
from eventapp.core.clock import now
from eventapp.core.i18n import _, _l
from eventapp.core.saving import saving
from eventapp.core.web.audiences import signed_in

blueprint = Blueprint("accounts", __name__)

ROLE_NAMES = {
    Role.SYSTEM_ADMIN: _l("Administrator of this installation"),
    Role.ORGANIZER: _l("Organizer of all events"),
    Role.PARTNER_MANAGER: _l("Partner manager"),
    Role.TRAINER: _l("Trainer"),
    Role.FINANCE: _l("Finance"),
    Role.AUDITOR: _l("Auditor, reads only"),
    Role.CATERING: _l("Sees diet and access needs"),
}


@blueprint.get("/account/")
@signed_in
def index() -> ResponseReturnValue:
    """Who one is here."""
    roles = [ROLE_NAMES[role] for role in sorted(roles_of(current_user, now()))]
    return render_template("accounts/index.html", user=current_user, roles=roles)


@blueprint.route("/account/password", methods=["GET", "POST"])
@signed_in
def password() -> ResponseReturnValue:
    """Changes one's password; every other session ends."""
    form = ChangePasswordForm()
    if form.validate_on_submit():
        user, at = current_user._get_current_object(), now()
        with saving():
            wait = service.throttled("password", [user.email], [TRIES_PER_ACCOUNT], at=at)
        if wait is not None:
            raise TooManyTries(wait)
        if passwords.matches(user, form.current_password.data):
            with saving(form) as saved:
                service.set_password(user, form.password.data, by=user, at=at)
                service.forgive("password", user.email, [], at=at)
                mails.send_password_changed(user, at=at)
                saved.location = url_for(".index")
            if saved.ok:
                session.clear()
                login_user(user, remember=False, authn_via=["password"])
                flash(_("Your new password is set. Other devices are signed out."), "success")
                return redirect(saved.location)
        else:
            form.current_password.errors = [_("This is not your current password.")]
    status = 422 if request.method == "POST" else 200
    return render_template("accounts/password.html", form=form, has_errors=form.refused), status
