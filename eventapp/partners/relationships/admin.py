"""Organizer pages of connections between companies."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer
from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.partners import queries as partners
from eventapp.partners.audiences import viewer
from eventapp.partners.relationships import queries, service
from eventapp.partners.relationships.forms import RelationshipForm
from eventapp.partners.relationships.words import label

blueprint = Blueprint("relationships_admin", __name__)


@blueprint.route("/admin/companies/<id:organisation_id>/relationships", methods=["GET", "POST"])
@organizer
def index(organisation_id: int) -> ResponseReturnValue:
    """The company's connections, now and before, and a form for another one."""
    company = partners.organisation(viewer(), organisation_id)
    form = RelationshipForm()
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            other = partners.company_named(form.other.data or "", "other")
            ends = (company, other) if form.outgoing else (other, company)
            service.add(
                *ends, form.kind(), valid_from=form.valid_from.data, valid_to=form.valid_to.data, by=current_user, at=now()
            )
            saved.location = url_for(".index", organisation_id=organisation_id)
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        company = partners.organisation(viewer(), organisation_id)
    elif request.method == "POST":
        status = 422
    table = queries.table(url_for(".index", organisation_id=organisation_id), organisation_id, now().date())
    page = render_template(
        "partners/relationships/index.html",
        company=company,
        form=form,
        has_errors=form.refused,
        listing=table.page(queries.rows(organisation_id), request.args, lambda found: queries.totals(organisation_id, found)),
        label=label,
        today=now().date(),
    )
    return page, status


@blueprint.post("/admin/companies/<id:organisation_id>/relationships/<id:relationship_id>/end")
@organizer
def end(organisation_id: int, relationship_id: int) -> ResponseReturnValue:
    """Ends a connection today."""
    found = queries.relationship(viewer(), organisation_id, relationship_id)
    with saving(ActionForm()) as saved:
        service.end(found, by=current_user, at=now())
        saved.location = url_for(".index", organisation_id=organisation_id)
    if saved.ok:
        flash(_("Ended. It stays in the history."), "success")
    return redirect(url_for(".index", organisation_id=organisation_id))
