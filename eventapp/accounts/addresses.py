"""Changing one's address: the new one confirms, the old one can take it back."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts import queries
from eventapp.accounts.forms import AddressForm, VerifyForm
from eventapp.accounts.models import AccountLink, LinkKind
from eventapp.accounts.pages import blueprint
from eventapp.accounts.service import addresses, links
from eventapp.accounts.session_cookie import ask_for_proof, forget, me, proven
from eventapp.accounts.throttling import alike, count_mail
from eventapp.core.clock import now
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.web.audiences import public, signed_in


@blueprint.route("/account/address", methods=["GET", "POST"])
@signed_in
def address() -> ResponseReturnValue:
    """Asks for another address; a mail goes there. The answer is alike if it is somebody else's."""
    if not proven():
        return ask_for_proof()
    form = AddressForm()
    if form.validate_on_submit():
        with alike(), saving(form) as saved:
            at = now()
            count_mail("address", form.email.data, at=at)
            addresses.ask(me(), form.email.data, by=me(), at=at)
            saved.location = url_for(".index")
        if saved.ok:
            flash(_("We have sent a mail to the new address. Open the link in it to confirm."), "info")
            return redirect(saved.location)
    status = 422 if request.method == "POST" else 200
    return render_template("accounts/address.html", form=form, user=me(), has_errors=form.refused), status


@blueprint.route("/account/address/confirm/<token:token>", methods=["GET", "POST"])
@public
def confirm_address(token: str) -> ResponseReturnValue:
    """Confirms the new address, by the link in the mail and as the login that asked for it.

    The link alone is no right: whoever reads the new mailbox may have been written to by a stranger, and by one click
    would give the stranger's login their address.
    """
    link = links.living(LinkKind.CHANGE_ADDRESS, token, at=now())
    if link is None:
        flash(_("This link is used up or too old. Ask for a new one."), "warning")
        return redirect(url_for(".address"))
    if not current_user.is_authenticated or me().id != link.user_id:
        return _log_in_first(link)
    form = _button()
    if form.validate_on_submit():
        with saving() as saved:
            addresses.confirm(link, at=now())
        if saved.ok:
            flash(_("Your new address is confirmed. Log in with it from now on."), "success")
        else:
            flash(saved.error.message if saved.error else _("Try again."), "warning")
        return redirect(url_for(".index"))
    return render_template("accounts/confirm_address.html", form=form, link=link, user=me())


@blueprint.route("/account/address/undo/<token:token>", methods=["GET", "POST"])
@public
def undo_address(token: str) -> ResponseReturnValue:
    """Puts the old address back and ends all sessions, by the link in the mail to the old address."""
    link = links.living(LinkKind.UNDO_ADDRESS, token, at=now())
    if link is None:
        flash(_("This link is used up or too old. Ask the organizers for help."), "warning")
        return redirect(url_for("security.login"))
    form = _button()
    if form.validate_on_submit():
        with saving() as saved:
            user = addresses.undo(link, at=now())
        if saved.ok:
            if current_user.is_authenticated and me().id == user.id:
                forget()
            flash(_("Your old address is back and every device is logged out. Set a new password now."), "success")
            return redirect(url_for("security.forgot_password"))
        flash(saved.error.message if saved.error else _("Try again."), "warning")
        return redirect(url_for("security.login"))
    return render_template("accounts/undo_address.html", form=form, link=link)


def _log_in_first(link: AccountLink) -> ResponseReturnValue:
    asked = queries.user(link.user_id) if link.user_id is not None else None
    address = asked.email if asked is not None else ""
    if current_user.is_authenticated:
        flash(_("This link is for the login %(address)s. Log out, then open it again.", address=address), "warning")
        return redirect(url_for(".index"))
    flash(_("Log in as %(address)s first.", address=address), "info")
    return redirect(url_for("security.login", next=request.path))


def _button() -> VerifyForm:
    form = VerifyForm()
    del form.password
    return form
