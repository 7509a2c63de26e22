"""One's own login: who one is here, the password, and proving once more who one is."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from eventapp.accounts import (  # the modules without a name below bring their pages along
    addresses,  # noqa: F401
    mail_codes,
    mail_links,  # noqa: F401
    mails,
    own_sessions,  # noqa: F401
    passkey_pages,  # noqa: F401
    passkey_site,
    passwords,
    service,
    sign_up,  # noqa: F401
    staff_policy,  # noqa: F401
)
from eventapp.accounts.forms import ChangePasswordForm, CodeForm, ConfirmPasswordForm, MailCodeForm
from eventapp.accounts.fresh_proof import asked_for, prove_for
from eventapp.accounts.models import User
from eventapp.accounts.pages import blueprint
from eventapp.accounts.permissions import ROLE_LABELS, roles_of
from eventapp.accounts.rules import proves_two
from eventapp.accounts.second_factor import accepted_code
from eventapp.accounts.service import passkeys, sessions
from eventapp.accounts.session_cookie import (
    ask_for_proof,
    begin,
    me,
    must_have_two,
    proven,
    start_row,
    this_session,
)
from eventapp.accounts.throttling import count_mail, count_try, forgive_try
from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.web.audiences import safe_target, signed_in


@blueprint.get("/account/")
@signed_in
def index() -> ResponseReturnValue:
    """Who one is here."""
    roles = [ROLE_LABELS[role] for role in sorted(roles_of(me(), now()))]
    return render_template("accounts/index.html", user=me(), roles=roles)


@blueprint.route("/account/password", methods=["GET", "POST"])
@signed_in
def password() -> ResponseReturnValue:
    """Changes one's password; every other session ends."""
    user = me()
    form = ChangePasswordForm()
    if user.password is None:
        if not proven():
            return ask_for_proof()
        del form.current_password
    if form.validate_on_submit():
        at = count_try("password", user.email)
        if user.password is None or passwords.matches(user, form.current_password.data):
            facts = this_session()
            methods = facts.methods if facts is not None else "password"
            with saving(form) as saved:
                service.set_password(user, form.password.data, by=user, at=at)
                forgive_try("password", user.email, at)
                mails.send_password_changed(user, at=at)
                key = start_row(user, methods)
                saved.location = url_for(".index")
            if saved.ok:
                begin(user, key, "password")
                flash(_("Your new password is set. Other devices are logged out."), "success")
                return redirect(saved.location)
        else:
            form.current_password.errors = [_("This is not your current password.")]
    status = 422 if request.method == "POST" else 200
    return render_template("accounts/password.html", form=form, has_errors=form.refused), status


@blueprint.route("/account/confirm", methods=["GET", "POST"])
@signed_in
def confirm() -> ResponseReturnValue:
    """Proves once more who is signed in, before something about the login is changed or an act that asks for it."""
    user, facts = me(), this_session()
    target = safe_target(request.args.get("next")) or url_for(".index")
    # Where a second factor is a duty, the password alone does not lead on.
    needs_second = facts is not None and must_have_two(user, facts) and not proves_two(facts.methods)
    password_form, code_form, mail_form = ConfirmPasswordForm(), CodeForm(), MailCodeForm()
    has_passkey = passkeys.has_any(user)
    by_password = bool(user.password) and not (needs_second and (user.totp_secret or has_passkey))
    by_code = user.totp_secret is not None
    by_mail = not (by_password or by_code or has_passkey)
    if by_code and "code" in request.form and code_form.validate_on_submit() and facts is not None:
        at = count_try("second", user.email)
        method = accepted_code(user, code_form.code.data, at=at)
        if method is not None:
            with saving():
                sessions.add_method(facts.session_id, method)
            prove_for(target)
            return redirect(target)
        code_form.code.errors = [_("This code is wrong, too old, or was used before.")]
    elif by_password and "current_password" in request.form and password_form.validate_on_submit():
        at = count_try("password", user.email)
        if passwords.matches(user, password_form.current_password.data):
            with saving():
                forgive_try("password", user.email, at)
            prove_for(target)
            return redirect(target)
        password_form.current_password.errors = [_("This is not your current password.")]
    elif by_mail and "mail_code" in request.form and mail_form.validate_on_submit():
        if _accepted_mail_code(user, mail_form.mail_code.data):
            prove_for(target)
            return redirect(target)
        mail_form.mail_code.errors = [_("This code is wrong, too old, or was used before.")]
    elif by_mail and "send_code" in request.form:
        _send_mail_code(user, here := url_for(".confirm", next=target))
        return redirect(here)
    refused = password_form.refused or code_form.refused or mail_form.refused
    page = render_template(
        "accounts/confirm.html",
        password_form=password_form if by_password else None,
        code_form=code_form if by_code else None,
        mail_form=mail_form if by_mail and mail_codes.waits_for(user, now()) else None,
        by_mail=by_mail,
        address=user.email,
        passkey_options=passkey_site.sign_in_options() if has_passkey else None,
        next=target,
        asked=asked_for(target),
        has_errors=refused,
    )
    return page, 422 if request.method == "POST" else 200


def _send_mail_code(user: User, here: str) -> None:
    """Mails a code for this browser. Raises `TooManyTries`."""
    made = ""
    with saving(ActionForm()) as saved:
        at = now()
        count_mail("mail-code", user.email, at=at)
        made = mail_codes.send(user, at=at)
        saved.location = here
    if saved.ok and made:
        mail_codes.keep(made)


def _accepted_mail_code(user: User, typed: str) -> bool:
    """Uses up the code. Raises `TooManyTries`."""
    at, accepted = count_try("mail-code-typed", user.email), False
    with saving():
        accepted = mail_codes.accept(user, typed, at=at)
        if accepted:
            forgive_try("mail-code-typed", user.email, at)
    return accepted
