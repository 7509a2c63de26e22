"""Announcing places: who would be told what, then ordering the mails."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer
from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.i18n import ngettext
from eventapp.core.saving import saving
from eventapp.events.models import Event
from eventapp.events.subnav import event_tabs
from eventapp.groups import queries, service
from eventapp.groups.admin import load
from eventapp.groups.models import GroupSet
from eventapp.groups.rules.words import group_label, when_text
from eventapp.groups.service.telling import GONE, PLACE
from eventapp.registrations import service as registrations

blueprint = Blueprint("group_telling", __name__)
# As many of those whom it concerns stand on the page by name, and with the mail that they would get.
LINES, SAMPLES = 50, 3


@blueprint.route("/admin/events/<slug:slug>/groups/<id:set_id>/announce", methods=["GET", "POST"])
@organizer
def index(slug: str, set_id: int) -> ResponseReturnValue:
    """Shows whom mails would reach and how they read; sent, the worker writes them."""
    event, found = load(slug, set_id)
    form, status = ActionForm(), 200
    if form.validate_on_submit():
        number = 0
        with saving(form) as saved:
            number = service.announce(found, by=current_user, at=now())
            saved.location = url_for(".index", slug=slug, set_id=set_id)
        if saved.ok:
            flash(ngettext("%(num)s mail is being written.", "%(num)s mails are being written.", number), "success")
            return redirect(saved.location)
        status = saved.status
        event, found = load(slug, set_id)
    elif request.method == "POST":
        status = 422
    return _page(event, found, form), status


def _page(event: Event, found: GroupSet, form: ActionForm) -> str:
    groups = queries.groups_of(found)
    labels = {one.id: group_label(found.kind, one.number, one.name) for one in groups}
    untold = service.untold(found, groups)
    concerned = queries.concerned(untold.ids, found)
    when = when_text(found, event.time_zone)
    told = []
    for row in concerned[:SAMPLES]:
        further = {"activity": found.name, "group": labels.get(row.group_id, ""), "group_where": found.place, "group_when": when}
        told.append((row.id, PLACE if row.group_id else GONE, further))
    return render_template(
        "groups/admin/announce.html",
        event=event,
        found=found,
        untold=untold,
        labels=labels,
        concerned=concerned[:LINES],
        more=max(0, len(concerned) - LINES),
        unreachable=sum(not row.reachable for row in concerned),
        samples=registrations.samples(event, told),
        when=when,
        switched_off=not registrations.sends(event, PLACE),
        form=form,
        has_errors=form.refused,
        subnav=event_tabs(event, "groups"),
    )
