"""Accepting an invitation to work for the vendor."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts import queries
from eventapp.accounts.models import User
from eventapp.accounts.staff import invitations
from eventapp.accounts.staff.forms import NewLoginForm
from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.web.audiences import public
from eventapp.core.web.errors import RefusedPage

blueprint = Blueprint("invitations", __name__)


@blueprint.route("/invitation/<token:token>", methods=["GET", "POST"])
@public
def accept(token: str) -> ResponseReturnValue:
    """Shows what one is invited to; accepts it, for a new login or as the very address that was invited."""
    link = invitations.living(token, now())
    existing = queries.user_by_address(link.address) if link is not None else None
    if link is None or (existing is not None and not existing.active):
        raise RefusedPage(410, _("This invitation was accepted already, taken back, or is too old. Ask for a new one."))
    me: User | None = current_user._get_current_object() if current_user.is_authenticated else None
    is_me = existing is not None and me is not None and me.id == existing.id
    form = NewLoginForm() if existing is None else ActionForm()
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            values = {"name": form.name.data, "password": form.password.data} if isinstance(form, NewLoginForm) else {}
            invitations.accept(link, user=me, **values, at=now())
            saved.location = url_for("overview_admin.index") if is_me else url_for("security.login")
        if saved.ok:
            flash(_("Welcome.") if is_me else _("Your login is ready. Log in with your address and the password."), "success")
            return redirect(saved.location)
        status = saved.status
        if status == 410:
            raise RefusedPage(410, _("This invitation was accepted already, taken back, or is too old. Ask for a new one."))
    elif request.method == "POST":
        status = 422
    page = render_template(
        "accounts/staff/invitation.html",
        address=link.address,
        inviter=link.created_by,
        given=invitations.describe(link),
        expires_at=link.expires_at,
        exists=existing is not None,
        is_me=is_me,
        form=form,
        has_errors=form.refused,
        here=url_for(".accept", token=token),
    )
    return page, status
