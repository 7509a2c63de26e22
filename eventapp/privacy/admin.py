"""Pages of the vendor: needs for the caterer, all data of a person, how long data is kept."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, system_admin
from eventapp.accounts.models import Role
from eventapp.core.clock import now
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.partners.audiences import viewer
from eventapp.privacy import (
    exports,
    jobs,  # noqa: F401 - registers the daily purge
    purging,
    queries,
    service,
)
from eventapp.privacy.forms import DataForm, KeptForm
from eventapp.privacy.rules import KEPT

blueprint = Blueprint("privacy_admin", __name__)


@blueprint.route("/admin/people/<id:person_id>/data", methods=["GET", "POST"])
@organizer
def data(person_id: int) -> ResponseReturnValue:
    """All data of a person, for whoever answers a request. By POST, since it is logged with a reason."""
    person, at = queries.person(viewer(), person_id), now()
    form = DataForm()
    here = url_for(".data", person_id=person_id)
    if form.validate_on_submit():
        found = exports.collect(person, at, confidential=Role.CATERING in viewer().roles, private=False)
        with saving() as saved:
            service.note_export(person, form.reason.data, form.shape.data, by=current_user, now=at)
        if saved.ok and form.shape.data == "json":
            return exports.as_file(found, at)
        if saved.ok:
            return render_template("privacy/data.html", found=found, back=here)
    page = render_template("privacy/admin/data.html", person=person, form=form, has_errors=form.refused)
    return page, 422 if request.method == "POST" else 200


@blueprint.route("/admin/privacy/", methods=["GET", "POST"])
@system_admin
def index() -> ResponseReturnValue:
    """How long each kind of data is kept, and what was purged last."""
    form = KeptForm(data=queries.days())
    status = 200
    if form.validate_on_submit():
        at = now()
        with saving(form) as saved:
            for kept in KEPT:
                purging.set_days(kept.kind, form[kept.kind].data, by=current_user, now=at)
            saved.location = url_for(".index")
        if saved.ok:
            flash(_("Saved. The next purge, once a day, goes by it."), "success")
            return redirect(saved.location)
        status = saved.status
    elif request.method == "POST":
        status = 422
    page = render_template(
        "privacy/admin/index.html",
        form=form,
        kept=KEPT,
        purges=queries.last_purges(),
        labels={kept.kind: kept.label for kept in KEPT},
        has_errors=form.refused,
    )
    return page, status
