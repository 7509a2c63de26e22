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
from eventapp.events.models import Mode
from eventapp.events.subnav import event_tabs
from eventapp.partners import queries as partners
from eventapp.partners.audiences import viewer
from eventapp.registrations.answers import forms as answer_forms
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
    company = partners.company_by_text(form.company.data) if form.company.data else None
    people = answer_forms.NewPeople(event, company, at=now(), by_others=True, organizer=True, door=True)
    answers = people.of(Mode.IN_PERSON, form.kind.data or None, answer_forms.sent())
    form.parts = [answers]
    status = 200
    if answer_forms.asks_further():
        pass
    elif form.validate_on_submit():
        who = WalkIn(
            form.given_name.data or "",
            form.family_name.data or "",
            form.company.data,
            form.address.data or "",
            int(form.kind.data) if form.kind.data else None,
            answer_forms.given(answers),
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
        answers=answers,
        has_errors=form.refused,
        subnav=event_tabs(event, "registrations"),
    )
    return page, status
