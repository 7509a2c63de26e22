"""The second factor: setting it up, its recovery codes, turning it off, and the second step of signing in."""

import io
from datetime import datetime

import segno
from flask import Response, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from eventapp.accounts import mails, passkey_site, passwords, queries, totp
from eventapp.accounts.forms import CodeForm, SecondStepForm, TurnOffForm
from eventapp.accounts.models import User
from eventapp.accounts.pages import blueprint
from eventapp.accounts.service import passkeys, sessions
from eventapp.accounts.service import second_factor as service
from eventapp.accounts.session_cookie import (
    ask_for_proof,
    enter,
    me,
    must_have_two,
    pending,
    proven,
    this_session,
)
from eventapp.accounts.throttling import count_try, forgive_try
from eventapp.core.clock import now
from eventapp.core.crypto import decrypt, encrypt
from eventapp.core.errors import NotFoundError
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.web.audiences import public, signed_in

NEW_SECRET = "totp_secret"  # noqa: S105 - the name of a place in the session


@blueprint.get("/account/second-factor")
@signed_in
def second_factor() -> ResponseReturnValue:
    """Whether the second factor is on, and what can be done about it."""
    facts = this_session()
    return render_template(
        "accounts/second_factor.html",
        user=me(),
        codes_left=queries.recovery_codes_left(me()),
        is_duty=facts is not None and must_have_two(me(), facts),
        has_passkeys=passkeys.has_any(me()),
    )


@blueprint.route("/account/second-factor/set-up", methods=["GET", "POST"])
@signed_in
def set_up_second_factor() -> ResponseReturnValue:
    """Shows a secret for the app, and turns the second factor on when a code proves that the app has it."""
    if me().totp_secret is not None:
        return redirect(url_for(".second_factor"))
    if not proven():
        return ask_for_proof()
    form, facts = CodeForm(), this_session()
    secret = _new_secret()
    if form.validate_on_submit() and facts is not None:
        at, codes = now(), []
        # Without the form's one-time key: the codes are shown in this answer and cannot be shown again.
        with saving() as saved:
            codes = service.turn_on(me(), secret, form.code.data, by=me(), at=at)
            sessions.add_method(facts.session_id, "totp")
            mails.send_second_factor_changed(me(), "on", at=at)
        if saved.ok:
            session.pop(NEW_SECRET, None)
            return render_template("accounts/recovery_codes.html", codes=codes, first=True, plain_text=_plain_text(codes))
        if saved.error is not None:
            form.refuse(saved.error)
    page = render_template("accounts/set_up_second_factor.html", form=form, key=totp.in_groups(secret), has_errors=form.refused)
    return page, 422 if request.method == "POST" else 200


@blueprint.get("/account/second-factor/code.svg")
@signed_in
def second_factor_code() -> Response:
    """The secret that is being set up, as a QR code for the app. Nothing here unless the page was opened."""
    if NEW_SECRET not in session:
        raise NotFoundError
    address = totp.setup_address(_new_secret(), account=me().email, site=current_app.config["SETTINGS"].site_name)
    image = io.BytesIO()
    segno.make(address, error="m", micro=False).save(image, kind="svg", scale=5, border=4, light="#fff")
    return Response(image.getvalue(), mimetype="image/svg+xml")


@blueprint.post("/account/second-factor/recovery-codes")
@signed_in
def renew_recovery_codes() -> ResponseReturnValue:
    """Makes new recovery codes and shows them once."""
    if not proven():
        return redirect(url_for(".confirm", next=url_for(".second_factor")))
    codes: list[str] = []
    with saving() as saved:
        at = now()
        codes = service.renew_recovery_codes(me(), by=me(), at=at)
        mails.send_second_factor_changed(me(), "codes", at=at)
    if not saved.ok:
        return redirect(url_for(".second_factor"))
    return render_template("accounts/recovery_codes.html", codes=codes, first=False, plain_text=_plain_text(codes))


@blueprint.route("/account/second-factor/turn-off", methods=["GET", "POST"])
@signed_in
def turn_off_second_factor() -> ResponseReturnValue:
    """Turns the second factor off, for somebody who has both: the password and a code."""
    user = me()
    if user.totp_secret is None:
        return redirect(url_for(".second_factor"))
    if user.password is None and not proven():
        return ask_for_proof()
    form = TurnOffForm()
    if user.password is None:
        del form.current_password
    if form.validate_on_submit():
        at = count_try("second", user.email)
        if "current_password" in form and not passwords.matches(user, form.current_password.data):
            form.current_password.errors = [_("This is not your current password.")]
        else:
            with saving(form) as saved:
                accepted = service.accept(user, form.code.data, at=at)
                if accepted:
                    forgive_try("second", user.email, at)
                    service.turn_off(user, by=user, at=at)
                    mails.send_second_factor_changed(user, "off", at=at)
                saved.location = url_for(".second_factor")
            if saved.ok and accepted:
                flash(_("Your second factor is off."), "success")
                return redirect(saved.location)
            form.code.errors = [*form.code.errors, _("This code is wrong, too old, or was used before.")]
    status = 422 if request.method == "POST" else 200
    return render_template("accounts/turn_off_second_factor.html", form=form, has_errors=form.refused), status


@blueprint.route("/login/second", methods=["GET", "POST"])
@public
def second_step() -> ResponseReturnValue:
    """The second step of signing in: a code of the app, a recovery code, or a passkey."""
    waiting = pending()
    if waiting is None:
        return redirect(url_for("security.login"))
    form = SecondStepForm()
    user = waiting.user
    if user.totp_secret is None:
        del form.code
    if form.validate_on_submit() and "code" in form:
        at = count_try("second", user.email)
        method = accepted_code(user, form.code.data, at=at)
        if method is not None:
            return enter(user, f"{waiting.method},{method}", waiting.target)
        form.code.errors = [_("This code is wrong, too old, or was used before.")]
    page = render_template(
        "accounts/second_step.html",
        form=form,
        by_code="code" in form,
        passkey_options=passkey_site.sign_in_options() if passkeys.has_any(user) else None,
        has_errors=form.refused,
    )
    return page, 422 if request.method == "POST" else 200


def accepted_code(user: User, typed: str, *, at: datetime) -> str | None:
    """Uses up a code of the user and tells what kind it was: `totp`, `recovery`, or none. Commits.

    The user is told by mail when it was a recovery code.
    """
    method = None
    with saving():
        method = service.accept(user, typed, at=at)
        if method is not None:
            forgive_try("second", user.email, at)
        if method == "recovery":
            mails.send_second_factor_changed(user, "recovery", at=at)
    return method


def _new_secret() -> str:
    """The secret that is being set up in this browser. The cookie is signed and not secret, so it is encrypted there."""
    kept = session.get(NEW_SECRET)
    secret = decrypt(kept, NEW_SECRET) if isinstance(kept, str) else None
    if secret is None:
        secret = totp.new_secret()
        session[NEW_SECRET] = encrypt(secret, NEW_SECRET)
    return secret


def _plain_text(codes: list[str]) -> str:
    """The codes as a file to keep."""
    return "\r\n".join([_("Recovery codes. Each works once."), *codes, ""])
