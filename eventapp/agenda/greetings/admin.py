"""Organizers look at greetings before anybody else does."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, reader
from eventapp.agenda.content.pages import page
from eventapp.agenda.greetings import queries, service
from eventapp.agenda.greetings.forms import DecideForm, version_of
from eventapp.agenda.greetings.models import GREETING_LABELS
from eventapp.core.clock import now
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.events import queries as events
from eventapp.partners.audiences import viewer

blueprint = Blueprint("greetings_admin", __name__)


@blueprint.get("/admin/events/<slug:slug>/agenda/greetings/")
@reader
def index(slug: str) -> str:
    """All greetings, those to look at first."""
    event = events.event_by_slug(viewer(), slug)
    found = queries.all_of(event)
    return page("agenda/greetings/admin/index.html", event, "greetings", greetings=found, labels=GREETING_LABELS)


@blueprint.route("/admin/events/<slug:slug>/agenda/greetings/<id:greeting_id>", methods=["GET", "POST"])
@organizer
def decide(slug: str, greeting_id: int) -> ResponseReturnValue:
    """Shows one, or declines it with a reason."""
    event = events.event_by_slug(viewer(), slug)
    greeting = queries.greeting(event, greeting_id)
    form = DecideForm(data={"version": str(greeting.version), "reason": greeting.reason})
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            shown, reason = "decline" not in request.form, form.reason.data or ""
            service.decide(event, greeting, shown=shown, reason=reason, version=version_of(form), by=current_user, at=now())
            saved.location = url_for(".index", slug=slug)
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        event = events.event_by_slug(viewer(), slug)
        greeting = queries.greeting(event, greeting_id)
        form.version.data = str(greeting.version)
    elif request.method == "POST":
        status = 422
    answer = page(
        "agenda/greetings/admin/decide.html",
        event,
        "greetings",
        greeting=greeting,
        form=form,
        labels=GREETING_LABELS,
        has_errors=form.refused,
    )
    return answer, status
