"""The page for people at the door: for organizers, and for who helps with the event at this moment."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.core.clock import now
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.events import queries as events
from eventapp.events.admission import queries as admission
from eventapp.events.audiences import door, staffed_events
from eventapp.events.subnav import event_tabs
from eventapp.partners.audiences import viewer
from eventapp.registrations.forms import offer_kinds
from eventapp.registrations.walk_ins.forms import WalkInForm
from eventapp.registrations.walk_ins.service import WalkIn, let_in

blueprint = Blueprint("walk_ins_admin", __name__)


@blueprint.route("/admin/events/<slug:slug>/registrations/walk-in", methods=["GET", "POST"])
@door
def new(slug: str) -> ResponseReturnValue:
    """Registers somebody who stands at the door, and checks them in."""
    event = events.event_at_door(viewer(), slug, staffed_events())
    form = WalkInForm()
    offer_kinds(form.kind, admission.way_in(event).kinds)
    if not viewer().is_organizer:
        del form.reason
    status = 200
    if form.validate_on_submit():
        who = WalkIn(
            form.given_name.data or "",
            form.family_name.data or "",
            form.company.data,
            form.address.data or "",
            int(form.kind.data) if form.kind.data else None,
        )
        name = ""
        with saving(form) as saved:
            reason = (form.reason.data or "") if "reason" in form else ""
            made = let_in(event, who, above=reason, by=current_user, at=now())
            name = made.name
            saved.location = url_for(".new", slug=slug)
        if saved.ok:
            if name:
                flash(_("%(name)s is registered and checked in.", name=name), "success")
            return redirect(saved.location)
        status = saved.status
        event = events.event_at_door(viewer(), slug, staffed_events())
    elif request.method == "POST":
        status = 422
    page = render_template(
        "registrations/walk_ins/new.html",
        event=event,
        form=form,
        has_errors=form.refused,
        subnav=event_tabs(event, "registrations"),
    )
    return page, status
