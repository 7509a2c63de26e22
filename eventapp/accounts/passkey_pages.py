"""Passkeys: one's own, and signing in with one."""

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts import mails, passkey_site, queries, service
from eventapp.accounts.forms import FirstPasswordForm, PasskeyAnswerForm, PasskeyForm, PasskeyNameForm, SignInForm
from eventapp.accounts.fresh_proof import prove_for
from eventapp.accounts.models import User
from eventapp.accounts.pages import blueprint
from eventapp.accounts.service import passkeys as keys
from eventapp.accounts.service import sessions
from eventapp.accounts.session_cookie import ask_for_proof, begin, enter, me, pending, prove, proven, start_row, this_session
from eventapp.accounts.signing_in import sign_in_page
from eventapp.accounts.throttling import count_try, forgive_try
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.web.audiences import public, safe_target, signed_in


@blueprint.route("/account/passkeys", methods=["GET", "POST"])
@signed_in
def passkeys() -> ResponseReturnValue:
    """Lists one's passkeys and keeps a new one."""
    if not proven():
        return ask_for_proof()
    form = PasskeyForm()
    if form.validate_on_submit() and _keep(form, url_for(".passkeys")):
        flash(_("Your passkey is ready. Log in with it from now on, if you like."), "success")
        return redirect(url_for(".passkeys"))
    status = 422 if request.method == "POST" else 200
    found = queries.passkeys_of(me())
    options = passkey_site.creation_options(me())
    page = render_template("accounts/passkeys.html", form=form, passkeys=found, options=options, has_errors=form.refused)
    return page, status


@blueprint.route("/account/passkeys/<id:passkey_id>", methods=["GET", "POST"])
@signed_in
def passkey(passkey_id: int) -> ResponseReturnValue:
    """Gives a passkey another name."""
    found = keys.own(me(), passkey_id)
    form = PasskeyNameForm(name=found.name)
    if form.validate_on_submit():
        with saving(form) as saved:
            keys.rename(me(), passkey_id, form.name.data, by=me(), at=now())
            saved.location = url_for(".passkeys")
        if saved.ok:
            return redirect(saved.location)
    status = 422 if request.method == "POST" else 200
    return render_template("accounts/passkey.html", form=form, passkey=found, has_errors=form.refused), status


@blueprint.post("/account/passkeys/<id:passkey_id>/remove")
@signed_in
def remove_passkey(passkey_id: int) -> ResponseReturnValue:
    """Removes a passkey. A link in a mail is always left as a way in."""
    keys.own(me(), passkey_id)
    if not proven():
        return ask_for_proof()
    with saving() as saved:
        keys.remove(me(), passkey_id, by=me(), at=now())
    if saved.ok:
        flash(_("The passkey no longer works here. Remove it on your device as well."), "success")
    return redirect(url_for(".passkeys"))


@blueprint.route("/account/first", methods=["GET", "POST"])
@signed_in
def first_way() -> ResponseReturnValue:
    """After registering without a password: asks for the passkey, or for a password after all."""
    target = safe_target(request.args.get("next")) or url_for(".index")
    user = me()
    if user.password or keys.has_any(user):
        return redirect(target)
    if not proven():
        return ask_for_proof()
    form, password_form = PasskeyForm(name=_("My first passkey")), FirstPasswordForm()
    if request.method == "POST" and "answer" in request.form:
        if form.validate() and _keep(form, target):
            return redirect(target)
    elif password_form.validate_on_submit():
        at = now()
        with saving(password_form) as saved:
            service.set_password(user, password_form.password.data, by=user, at=at)
            key = start_row(user, "password")
            saved.location = target
        if saved.ok:
            begin(user, key, "password")
            return redirect(saved.location)
    refused = form.refused or password_form.refused
    page = render_template(
        "accounts/first_way.html",
        form=form,
        password_form=password_form,
        options=passkey_site.creation_options(user),
        has_errors=refused,
    )
    return page, 422 if request.method == "POST" else 200


@blueprint.post("/login/passkey")
@public
def sign_in_by_passkey() -> ResponseReturnValue:
    """Signs in with a passkey: alone, or as the second step after a password."""
    form, waiting = PasskeyAnswerForm(), pending()
    if form.validate_on_submit():
        user, refusal = _recognised(form)
        if user is not None and (waiting is None or waiting.user.id == user.id):
            methods, target = ("passkey", form.next.data) if waiting is None else (f"{waiting.method},passkey", waiting.target)
            return enter(user, methods, target)
        error = refusal or _("This is the passkey of another login.")
    else:
        error = _("Open the page again and try once more.")
    if waiting is not None:
        flash(error, "warning")
        return redirect(url_for(".second_step"))
    page = SignInForm(formdata=None, next=form.next.data)
    page.form_errors.append(error)
    return sign_in_page(page), 422


@blueprint.post("/account/confirm/passkey")
@signed_in
def confirm_by_passkey() -> ResponseReturnValue:
    """Proves by a passkey who is signed in."""
    form, facts = PasskeyAnswerForm(), this_session()
    back = safe_target(form.next.data) or url_for(".index")
    if current_user.is_authenticated and facts is not None and form.validate_on_submit():
        user, refusal = _recognised(form)
        if user is not None and user.id == facts.user.id:
            with saving():
                sessions.add_method(facts.session_id, "passkey")
            prove_for(back)
            return redirect(back)
        flash(refusal or _("This is the passkey of another login."), "warning")
    return redirect(url_for(".confirm", next=back))


def _recognised(form: PasskeyAnswerForm) -> tuple[User | None, str]:
    """The user whose passkey has answered, or why there is none. Raises `TooManyTries`."""
    site, at = passkey_site.site(), count_try("passkey", None)
    if site is None:
        raise NotFoundError
    found: User | None = None
    with saving() as saved:
        found = keys.recognise(form.answer.data or "", site=site, challenge=passkey_site.used_challenge(), at=at)
        forgive_try("passkey", None, at)
    return (found, "") if saved.ok else (None, saved.error.message if saved.error else "")


def _keep(form: PasskeyForm, target: str) -> bool:
    """Keeps the passkey that the browser has made; the session is then proven by it as well."""
    site, facts = passkey_site.site(), this_session()
    if site is None or facts is None:
        raise NotFoundError
    handle, challenge = passkey_site.handle(), passkey_site.used_challenge()
    with saving(form) as saved:
        if not form.answer.data:
            raise RuleError(_("Your browser has made no passkey. Try once more."), None, 422)
        at = now()
        keys.add(me(), form.answer.data, site=site, challenge=challenge, handle=handle, name=form.name.data, by=me(), at=at)
        sessions.add_method(facts.session_id, "passkey")
        mails.send_second_factor_changed(me(), "passkey", at=at)
        saved.location = target
    if saved.ok:
        session.pop(passkey_site.HANDLE, None)
        prove()
    return saved.ok
