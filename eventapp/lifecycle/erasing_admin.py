"""The organizer's page to erase a person: what it would do in numbers first, then the name typed, then once and for all."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer
from eventapp.core.clock import now
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.forms import Form, LineField, required
from eventapp.core.i18n import _, _l
from eventapp.core.saving import saving
from eventapp.lifecycle import erasing
from eventapp.partners.audiences import viewer
from eventapp.privacy import queries

blueprint = Blueprint("erasing_admin", __name__)


class EraseForm(Form):
    """Typing the name says that one means this person."""

    name = LineField(_l("Type the full name to confirm"), [required()], length=250)


@blueprint.route("/admin/people/<id:person_id>/erase", methods=["GET", "POST"])
@organizer
def erase(person_id: int) -> ResponseReturnValue:
    """Erases a person."""
    person = queries.person(viewer(), person_id)
    form = EraseForm()
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            if person.erased_at is None and not erasing.typed_right(person, form.name.data):
                raise RuleError(_("This is not the name above."), "name", 422)
            erasing.erase(person_id, by=current_user, now=now())
            saved.location = url_for("partners_admin.index")
        if saved.ok:
            flash(_("Erased. Counts stay; the name does not."), "success")
            return redirect(saved.location)
        status = saved.status
        db.session.expire_all()
        person = queries.person(viewer(), person_id)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "lifecycle/admin/erase.html",
        person=person,
        address=queries.address_of(person_id),
        consequences=erasing.preview(person, now()) if person.erased_at is None else [],
        form=form,
        has_errors=form.refused,
    )
    return page, status
