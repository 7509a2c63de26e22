"""The organizer's page for a person who changes company."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer
from eventapp.core.clock import now
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.lifecycle.moving import service
from eventapp.lifecycle.moving.forms import MoveForm
from eventapp.partners import queries as partners
from eventapp.partners.audiences import viewer

blueprint = Blueprint("moving_admin", __name__)


@blueprint.route("/admin/companies/<id:organisation_id>/people/<id:membership_id>/move", methods=["GET", "POST"])
@organizer
def index(organisation_id: int, membership_id: int) -> ResponseReturnValue:
    """Moves a person to another company."""
    membership, person = partners.membership(viewer(), organisation_id, membership_id)
    form = MoveForm()
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            company = partners.company_named(form.company.data or "")
            cancel = form.upcoming.data == "cancel"
            service.move(
                membership, person, company, job_title=form.job_title.data or "", cancel=cancel, by=current_user, at=now()
            )
            saved.location = url_for("partners_admin.show", organisation_id=company.id) + "#people"
        if saved.ok:
            flash(_("%(name)s belongs to this company now.", name=person.full_name), "success")
            return redirect(saved.location)
        status = saved.status
        membership, person = partners.membership(viewer(), organisation_id, membership_id)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "lifecycle/moving/index.html",
        form=form,
        has_errors=form.refused,
        company=partners.organisation(viewer(), organisation_id),
        membership=membership,
        person=person,
        upcoming=service.upcoming(person.id, organisation_id, now()),
    )
    return page, status
