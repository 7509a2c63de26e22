"""Organizer pages of reminding the silent: now, and on dates."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer
from eventapp.core.clock import now
from eventapp.core.db import after_commit
from eventapp.core.errors import RuleError
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import _
from eventapp.core.jobs import enqueue
from eventapp.core.saving import saving
from eventapp.events import queries as events
from eventapp.events.models import Event
from eventapp.events.subnav import event_tabs
from eventapp.partners.audiences import viewer
from eventapp.registrations.invitations import managing, queries
from eventapp.registrations.invitations.forms import RemindForm
from eventapp.registrations.invitations.rules import USUAL_DAYS, USUAL_TIMES, morning_of

blueprint = Blueprint("invitation_reminders_admin", __name__)


@blueprint.route("/admin/events/<slug:slug>/invitations/reminders", methods=["GET", "POST"])
@organizer
def index(slug: str) -> ResponseReturnValue:
    """Whom a reminder would reach, in numbers; then it goes out, or is kept for its day."""
    event = events.event_by_slug(viewer(), slug)
    form = RemindForm()
    status = 200
    if form.validate_on_submit() and "look" not in request.form:
        later = form.on.data is not None
        with saving(form) as saved:
            _remind(event, form)
            saved.location = url_for(".index", slug=slug)
        if saved.ok:
            flash(_("Kept for that day.") if later else _("The reminders are on their way."), "success")
            return redirect(saved.location)
        status = saved.status
        event = events.event_by_slug(viewer(), slug)
    elif request.method == "POST" and form.refused:
        status = 422
    valid = not form.refused
    days = form.days.data if valid and form.days.data else USUAL_DAYS
    times = form.times.data if valid and form.times.data else USUAL_TIMES
    page = render_template(
        "registrations/invitations/admin/reminders.html",
        event=event,
        form=form,
        plan=managing.plan_remind(event, days, times, at=now()),
        reminders=queries.reminders(event.id),
        has_errors=form.refused,
        subnav=event_tabs(event, "invitations"),
    )
    return page, status


def _remind(event: Event, form: RemindForm) -> None:
    at = now()
    due_at = morning_of(form.on.data, event) if form.on.data else at
    if due_at < at:
        raise RuleError(_("Nine o'clock of that day is over. Choose a later day, or leave it empty for now."), "on", 422)
    if not form.on.data and not managing.plan_remind(event, form.days.data, form.times.data, at=at).going:
        raise RuleError(_("Nobody has to be reminded."))
    made = managing.add_reminder(event, due_at, form.days.data, form.times.data, by=current_user, at=at)
    if not form.on.data:
        after_commit(lambda: enqueue("invitations.remind", made.id))


@blueprint.post("/admin/events/<slug:slug>/invitations/reminders/<id:reminder_id>/drop")
@organizer
def drop(slug: str, reminder_id: int) -> ResponseReturnValue:
    """Takes a date away that has not come yet."""
    event = events.event_by_slug(viewer(), slug)
    found = queries.reminder(event, reminder_id)
    with saving(ActionForm()) as saved:
        managing.drop_reminder(event, found, by=current_user, at=now())
        saved.location = url_for(".index", slug=slug)
    if saved.error is not None:
        flash(saved.error.message, "danger")
    else:
        flash(_("Taken away."), "success")
    return redirect(url_for(".index", slug=slug))
