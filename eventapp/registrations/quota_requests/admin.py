"""Requests for more places, decided by the partner manager of the company or an organizer."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import partner_manager, partner_reader
from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _, ngettext
from eventapp.core.saving import saving
from eventapp.partners.audiences import viewer
from eventapp.registrations.quota_requests import queries, service
from eventapp.registrations.quota_requests.forms import GrantForm, RefuseForm

blueprint = Blueprint("quota_requests_admin", __name__)


@blueprint.get("/admin/quota-requests/")
@partner_reader
def index() -> str:
    """What is to be decided, the oldest first: a partner manager's own companies, all by choice."""
    own = viewer().manages_partners and not viewer().is_organizer and request.args.get("whose") != "all"
    return render_template(
        "registrations/quota_requests/index.html",
        open=queries.to_decide(viewer(), own=own),
        decided=queries.decided(viewer(), own=own),
        own=own,
        may_choose=viewer().manages_partners and not viewer().is_organizer,
        form=ActionForm(),
    )


@blueprint.post("/admin/quota-requests/<id:quota_request_id>/grant")
@partner_manager
def grant(quota_request_id: int) -> ResponseReturnValue:
    """Says yes to what was asked for, with one click."""
    asked = queries.to_change(viewer(), quota_request_id)
    with saving(ActionForm()) as saved:
        moved = service.grant(asked.request, asked.event, asked.company, asked.request.wanted, "", by=current_user, at=now())
        saved.location = url_for(".index")
    _tell(saved.error.message if saved.error else None, asked.company.name, moved if saved.ok else 0)
    return redirect(url_for(".index"))


@blueprint.route("/admin/quota-requests/<id:quota_request_id>", methods=["GET", "POST"])
@partner_manager
def change(quota_request_id: int) -> ResponseReturnValue:
    """Says yes to another number than was asked for."""
    asked = queries.to_change(viewer(), quota_request_id)
    form = GrantForm(data={"granted": asked.request.wanted})
    status, moved = 200, 0
    if form.validate_on_submit():
        with saving(form) as saved:
            moved = service.grant(
                asked.request, asked.event, asked.company, form.granted.data, form.answer.data or "", by=current_user, at=now()
            )
            saved.location = url_for(".index")
        if saved.ok:
            _tell(None, asked.company.name, moved)
            return redirect(saved.location)
        status = saved.status
        asked = queries.to_change(viewer(), quota_request_id)
    elif request.method == "POST":
        status = 422
    page = render_template("registrations/quota_requests/change.html", asked=asked, form=form, has_errors=form.refused)
    return page, status


@blueprint.route("/admin/quota-requests/<id:quota_request_id>/refuse", methods=["GET", "POST"])
@partner_manager
def refuse(quota_request_id: int) -> ResponseReturnValue:
    """Says no, with a reason."""
    asked = queries.to_change(viewer(), quota_request_id)
    form = RefuseForm()
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            service.refuse(asked.request, asked.event, asked.company, form.answer.data, by=current_user, at=now())
            saved.location = url_for(".index")
        if saved.ok:
            flash(_("Refused. %(company)s is told why.", company=asked.company.name), "success")
            return redirect(saved.location)
        status = saved.status
        asked = queries.to_change(viewer(), quota_request_id)
    elif request.method == "POST":
        status = 422
    page = render_template("registrations/quota_requests/refuse.html", asked=asked, form=form, has_errors=form.refused)
    return page, status


def _tell(problem: str | None, company: str, moved: int) -> None:
    if problem is not None:
        flash(problem, "danger")
        return
    up = ngettext("%(num)s person moved up.", "%(num)s people moved up.", moved) if moved else ""
    flash(f"{_('Granted. %(company)s gets a mail.', company=company)} {up}".strip(), "success")
