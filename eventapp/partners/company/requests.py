"""Who asks to join the company, and deciding it."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.web.audiences import may_open
from eventapp.partners.audiences import company_admin, company_reader, viewer
from eventapp.partners.company import queries
from eventapp.partners.company.forms import DeclineForm
from eventapp.partners.company.subnav import company_name, company_tabs
from eventapp.partners.joining import decisions
from eventapp.partners.joining import queries as joining
from eventapp.partners.models import MembershipRole

blueprint = Blueprint("company_requests", __name__)


def _page(template: str, **values: Any) -> str:
    return render_template(template, subnav=company_tabs("requests"), subnav_title=company_name(), **values)


@blueprint.get("/company/requests/")
@company_reader
def index() -> str:
    """Everybody who asks, the oldest request first."""
    return _page(
        "partners/company/requests.html", requests=queries.requests(viewer()), may_change=may_open("company_requests.approve")
    )


@blueprint.post("/company/requests/<id:join_request_id>/approve")
@company_admin
def approve(join_request_id: int) -> ResponseReturnValue:
    """Lets somebody in, as a member or as a further admin."""
    membership, person = joining.request(viewer(), join_request_id)
    role = MembershipRole.ADMIN if request.form.get("role") == "admin" else MembershipRole.MEMBER
    with saving(ActionForm()) as saved:
        decisions.approve(membership, person, role=role, by=current_user, at=now())
        name = person.full_name
        saved.location = url_for(".index")
    if saved.error is not None:
        flash(saved.error.message, "danger")
    else:
        flash(_("%(name)s belongs to your company now, and is told by mail.", name=name), "success")
    return redirect(url_for(".index"))


@blueprint.route("/company/requests/<id:join_request_id>/decline", methods=["GET", "POST"])
@company_admin
def decline(join_request_id: int) -> ResponseReturnValue:
    """Does not let somebody in, with a reason."""
    membership, person = joining.request(viewer(), join_request_id)
    form = DeclineForm()
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            decisions.decline(membership, person, reason=form.reason.data or "", by=current_user, at=now())
            saved.location = url_for(".index")
        if saved.ok:
            flash(_("Declined. A mail says so."), "success")
            return redirect(saved.location)
        status = saved.status
        membership, person = joining.request(viewer(), join_request_id)
    elif request.method == "POST":
        status = 422
    page = _page("partners/company/decline.html", membership=membership, person=person, form=form, has_errors=form.refused)
    return page, status
