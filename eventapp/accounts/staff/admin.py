"""Pages about the vendor's people: who holds which role, inviting, giving and ending roles, disabling logins."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, reader, visitors_roles
from eventapp.accounts.models import Grant, Role, User
from eventapp.accounts.permissions import ROLE_LABELS, ROLE_TEXTS, grantable, may_grant, may_manage, roles_of
from eventapp.accounts.staff import invitations, listing, queries, service
from eventapp.accounts.staff.forms import GrantForm, InviteStaffForm, role_choices
from eventapp.accounts.staff.rules import end_of, last_day
from eventapp.core.clock import now
from eventapp.core.errors import NotFoundError, RuleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.saving import saving

blueprint = Blueprint("staff_admin", __name__)


@blueprint.get("/admin/staff/")
@reader
def index() -> str:
    """Everybody with a role, now or once, and the open invitations."""
    at = now()
    page = listing.page(url_for(".index"), request.args, at)
    return render_template(
        "accounts/staff/index.html",
        listing=page,
        grants=queries.grants_of(row.id for row in page.rows),
        labels=ROLE_LABELS,
        last_day=last_day,
        at=at,
        open_invitations=[
            (found, invitations.PURPOSES[invitations.ROLES].describe(found.details), _may_act_on(found.details))
            for found in queries.invitations(invitations.ROLES, at)
        ],
    )


def _may_act_on(details: dict[str, Any]) -> bool:
    return all(may_grant(visitors_roles(), Role(role)) for role in details["roles"])


@blueprint.route("/admin/staff/invite", methods=["GET", "POST"])
@organizer
def invite() -> ResponseReturnValue:
    """Invites somebody by mail to one or several roles."""
    form = InviteStaffForm()
    form.roles.choices = role_choices(grantable(visitors_roles()))
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            until = end_of(form.until.data).isoformat() if form.until.data else None
            details = {"roles": sorted(form.roles.data), "ends_at": until}
            invitations.invite(form.email.data, invitations.ROLES, details, by=_me(), at=now())
            saved.location = url_for(".index") + "#invitations"
        if saved.ok:
            flash(_("Invited. The mail is on its way."), "success")
            return redirect(saved.location)
        status = saved.status
    elif request.method == "POST":
        status = 422
    texts = [(ROLE_LABELS[role], ROLE_TEXTS[role]) for role in Role if role in grantable(visitors_roles())]
    return render_template("accounts/staff/invite.html", form=form, texts=texts, has_errors=form.refused), status


@blueprint.post("/admin/staff/invitations/<id:invitation_id>/send")
@organizer
def send_again(invitation_id: int) -> ResponseReturnValue:
    """Sends an invitation again, with a new link."""
    link = queries.invitation(invitation_id, invitations.ROLES)
    with saving(ActionForm()) as saved:
        invitations.send_again(link, by=_me(), at=now())
        saved.location = url_for(".index") + "#invitations"
    return _back(saved.error, _("Sent again. The old link does not work any more."), saved.location)


@blueprint.post("/admin/staff/invitations/<id:invitation_id>/revoke")
@organizer
def revoke(invitation_id: int) -> ResponseReturnValue:
    """Takes an invitation back."""
    link = queries.invitation(invitation_id, invitations.ROLES)
    with saving(ActionForm()) as saved:
        invitations.revoke(link, by=_me(), at=now())
        saved.location = url_for(".index") + "#invitations"
    return _back(saved.error, _("Taken back. The link does not work any more."), saved.location)


@blueprint.get("/admin/staff/<id:user_id>")
@reader
def show(user_id: int) -> str:
    """One person: roles with who gave them and until when, second factor, when last here."""
    return _page(queries.person(user_id))


def _page(user: User, form: GrantForm | None = None) -> str:
    at, mine = now(), visitors_roles()
    choices = role_choices(grantable(mine))
    if form is None:
        form = GrantForm(formdata=None)
        form.role.choices = choices
    factor, seen_at = queries.facts_of(user.id)
    grants: list[Grant] = queries.grants_of([user.id])[user.id]
    return render_template(
        "accounts/staff/show.html",
        user=user,
        factor=factor,
        seen_at=seen_at,
        grants=[(grant, may_grant(mine, grant.role)) for grant in grants],
        labels=ROLE_LABELS,
        last_day=last_day,
        at=at,
        form=form if choices else None,
        may_manage=may_manage(mine, roles_of(user, at)) and user.id != current_user.id,
        sections=[section(user, roles_of(user, at)) for section in current_app.extensions.get("staff_sections", [])],
        has_errors=form.refused,
    )


@blueprint.post("/admin/staff/<id:user_id>/grant")
@organizer
def grant(user_id: int) -> ResponseReturnValue:
    """Gives a role, or moves its end."""
    user = queries.person(user_id)
    form = GrantForm()
    form.role.choices = role_choices(grantable(visitors_roles()))
    status = 422
    if form.validate():
        with saving(form) as saved:
            until = end_of(form.until.data) if form.until.data else None
            service.give(user, Role(form.role.data), by=_me(), at=now(), ends_at=until)
            saved.location = url_for(".show", user_id=user_id)
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        user = queries.person(user_id)
    return _page(user, form), status


@blueprint.post("/admin/staff/<id:user_id>/end/<role>")
@organizer
def end(user_id: int, role: str) -> ResponseReturnValue:
    """Ends a role now."""
    if role not in set(Role):
        raise NotFoundError
    return _act(user_id, lambda user: service.end(user, Role(role), by=_me(), at=now()), _("The role has ended."))


@blueprint.post("/admin/staff/<id:user_id>/disable")
@organizer
def disable(user_id: int) -> ResponseReturnValue:
    """Disables the login."""
    return _act(user_id, lambda user: service.disable(user, by=_me(), at=now()), _("The login is disabled."))


@blueprint.post("/admin/staff/<id:user_id>/enable")
@organizer
def enable(user_id: int) -> ResponseReturnValue:
    """Lets a disabled login in again."""
    return _act(user_id, lambda user: service.enable(user, by=_me(), at=now()), _("The login works again."))


def _act(user_id: int, act: Any, message: str) -> ResponseReturnValue:
    user = queries.person(user_id)
    here = url_for(".show", user_id=user_id)
    with saving(ActionForm()) as saved:
        act(user)
        saved.location = here
    return _back(saved.error, message, here)


def _back(error: RuleError | None, message: str, location: str) -> ResponseReturnValue:
    if error is not None:
        flash(error.message, "danger")
    else:
        flash(message, "success")
    return redirect(location or url_for(".index"))


def _me() -> User:
    found: User = current_user._get_current_object()
    return found
