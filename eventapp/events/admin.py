"""Organizer pages: create, publish, close and reopen events."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer
from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.events import queries, service
from eventapp.events.forms import empty_form
from eventapp.events.models import EventStatus, Mode
from eventapp.partners.audiences import viewer

blueprint = Blueprint("events_admin", __name__)


@blueprint.route("/admin/events/new", methods=["GET", "POST"])
@organizer
def new() -> ResponseReturnValue:
    """A new event, at first a draft."""
    form = empty_form()
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            event = service.create(form.details(), by=current_user, now=now())
            saved.location = url_for("overview_admin.event", slug=event.slug)
        if saved.ok:
            flash(_("Saved as a draft. Nobody sees it until you publish it."), "success")
            return redirect(saved.location)
        status = saved.status
    elif request.method == "POST":
        status = 422
    return render_template("events/admin/new.html", form=form, has_errors=form.refused), status


@blueprint.post("/admin/events/<slug:slug>/status/<any(published, closed):status>")
@organizer
def change_status(slug: str, status: str) -> ResponseReturnValue:
    """Publishes, closes or reopens."""
    event = queries.event_by_slug(viewer(), slug)
    form = ActionForm()
    with saving(form) as saved:
        service.change_status(event, EventStatus(status), by=current_user, now=now())
        saved.location = url_for("overview_admin.event", slug=slug)
    if saved.error is not None:
        flash(saved.error.message, "danger")
    elif status == "published":
        flash(_("The event is open to visitors now."), "success")
        if Mode.VIRTUAL in event.modes and not event.join_url:
            flash(_("It has no join link yet. People on video need one: add it under Edit."), "warning")
    else:
        flash(_("Registration is closed."), "success")
    return redirect(url_for("overview_admin.event", slug=slug))
