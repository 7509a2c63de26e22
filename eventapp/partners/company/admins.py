"""Who looks after the company: appointing, stepping down, handing over."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms.fields import SelectChoice

from eventapp.core.clock import now
from eventapp.core.db import MAX_ID
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.web.audiences import may_open
from eventapp.partners.audiences import company_admin, company_reader, viewer
from eventapp.partners.company import queries
from eventapp.partners.company.forms import AdminForm
from eventapp.partners.company.subnav import company_name, company_tabs
from eventapp.partners.service import admins

blueprint = Blueprint("company_admins", __name__)


def _form() -> AdminForm:
    form = AdminForm()
    people = queries.candidates(viewer())
    without = _("no login yet")
    form.person.choices = [
        SelectChoice("", _("choose …")),
        *(
            SelectChoice(str(p.id), f"{p.given_name} {p.family_name} ({p.address if p.user_id else without})".strip())
            for p in people
        ),
    ]
    return form


def _page(form: AdminForm | None) -> str:
    return render_template(
        "partners/company/admins.html",
        admins=queries.admins(viewer()),
        counts=queries.people_counts(viewer()),
        form=form,
        own_id=current_user.id,
        has_errors=form is not None and form.refused,
        subnav=company_tabs("people"),
        subnav_title=company_name(),
    )


@blueprint.get("/company/admins")
@company_reader
def index() -> str:
    """The company's admins, and for them how to change who they are."""
    return _page(_form() if may_open("company_admins.appoint") else None)


@blueprint.post("/company/admins/appoint")
@company_admin
def appoint() -> ResponseReturnValue:
    """Makes a colleague an admin; with the other button, in one's own place."""
    form = _form()
    status = 422
    if form.validate_on_submit():
        membership, person, _address = queries.membership(viewer(), _id(form.person.data))
        hands_over = "hand_over" in request.form
        with saving(form) as saved:
            if hands_over:
                own, myself = queries.own_membership(viewer())
                admins.hand_over(own, myself, membership, person, by=current_user, at=now())
            else:
                admins.appoint(membership, person, by=current_user, at=now())
            name, has_login = membership.name_of(person), person.user_id is not None
            saved.location = url_for("company.index") if hands_over else url_for(".index")
        if saved.ok:
            if hands_over:
                flash(_("%(name)s is admin now in your place. You are a member.", name=name), "success")
            elif has_login:
                flash(_("%(name)s is admin now.", name=name), "success")
            else:
                flash(
                    _("%(name)s is admin now. Invite them to sign in: without a login nothing can be done.", name=name), "warning"
                )
            return redirect(saved.location)
        status = saved.status
    return _page(form), status


@blueprint.post("/company/admins/<id:membership_id>/remove")
@company_admin
def remove(membership_id: int) -> ResponseReturnValue:
    """Makes an admin a member again, oneself too. The last one stays."""
    membership, person, _address = queries.membership(viewer(), membership_id)
    is_own = person.user_id == current_user.id
    with saving(ActionForm()) as saved:
        admins.step_down(membership, person, by=current_user, at=now())
        name = membership.name_of(person)
        saved.location = url_for("company.index") if is_own else url_for(".index")
    if saved.error is not None:
        flash(saved.error.message, "danger")
        return redirect(url_for(".index"))
    flash(_("You are a member now.") if is_own else _("%(name)s is a member now.", name=name), "success")
    return redirect(saved.location)


def _id(value: Any) -> int:
    """The id of a choice that the form has checked."""
    return min(int(value), MAX_ID)
