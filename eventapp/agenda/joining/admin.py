"""Organizer pages of joining: which link works, who arrived, and how the event is joined."""

from datetime import datetime

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, reader
from eventapp.agenda.content.pages import page
from eventapp.agenda.joining import listing, queries, service
from eventapp.agenda.joining.forms import form_of
from eventapp.agenda.joining.models import Arrival
from eventapp.audit.service import record
from eventapp.core import exports as files
from eventapp.core.clock import now
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.web.carrying import version_in
from eventapp.core.web.downloads import asked_format, table_file
from eventapp.events import queries as events
from eventapp.events.models import Event
from eventapp.partners.audiences import viewer

blueprint = Blueprint("join_admin", __name__)
FORMATS = [*((p.name, p.label) for p in files.PRESETS.values()), ("xlsx", "Excel (XLSX)"), ("json", "JSON")]


@blueprint.get("/admin/events/<slug:slug>/agenda/video/")
@reader
def index(slug: str) -> str:
    """The event and its sessions: which link each has, whether it works, how many arrived."""
    event = events.event_by_slug(viewer(), slug)
    return page(
        "agenda/joining/admin/index.html",
        event,
        "video",
        lines=listing.lines(event),
        settings=queries.settings_of(event.id),
        formats=FORMATS,
    )


@blueprint.route("/admin/events/<slug:slug>/agenda/video/settings", methods=["GET", "POST"])
@organizer
def change(slug: str) -> ResponseReturnValue:
    """When links open, who may follow, the test page and the recording."""
    event = events.event_by_slug(viewer(), slug)
    form = form_of(event, queries.settings_of(event.id))
    status = 200
    if form.validate_on_submit():
        with saving(form) as saved:
            version = version_in(form, -1)
            service.change_settings(event, form.settings(), version=version, by=current_user, at=now())
            saved.location = url_for(".index", slug=slug)
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        event = events.event_by_slug(viewer(), slug)
        form.version.data = str(queries.settings_of(event.id).version)
    elif request.method == "POST":
        status = 422
    shown = page(
        "agenda/joining/admin/change.html",
        event,
        "video",
        form=form,
        has_errors=form.refused,
    )
    return shown, status


@blueprint.get("/admin/events/<slug:slug>/agenda/video/arrivals")
@blueprint.get("/admin/events/<slug:slug>/agenda/video/arrivals/<id:agenda_session_id>")
@reader
def arrivals(slug: str, agenda_session_id: int | None = None) -> str:
    """Who arrived at a session, or at the event as a whole."""
    event = events.event_by_slug(viewer(), slug)
    title = listing.session_title(event, agenda_session_id)
    path = url_for(".arrivals", slug=slug, agenda_session_id=agenda_session_id)
    return page(
        "agenda/joining/admin/arrivals.html",
        event,
        "video",
        title=title,
        listing=listing.page(event, agenda_session_id, path, request.args),
        export_url=url_for(".export", slug=slug, agenda_session_id=agenda_session_id),
        formats=FORMATS,
    )


@blueprint.post("/admin/events/<slug:slug>/agenda/video/arrivals/export")
@blueprint.post("/admin/events/<slug:slug>/agenda/video/arrivals/<id:agenda_session_id>/export")
@reader
def export(slug: str, agenda_session_id: int | None = None) -> ResponseReturnValue:
    """Gives who arrived as a file: at a session what its list shows, else at the event and all sessions."""
    event = events.event_by_slug(viewer(), slug)
    title = listing.session_title(event, agenda_session_id)
    name = asked_format()
    at = now()
    conditions = []
    if agenda_session_id is not None:
        conditions = [Arrival.session_id == agenda_session_id, *listing.table("").condition(request.args)]
    _note(event, name, at, agenda_session_id)
    return table_file(
        listing.exported(event, conditions),
        listing.columns(),
        name,
        of=event.slug,
        content="arrivals",
        title=title,
        zone=event.time_zone,
        at=at,
    )


def _note(event: Event, name: str, at: datetime, session_id: int | None) -> None:
    with saving():
        record(
            "joining.export",
            by=current_user,
            at=at,
            object_type="event",
            object_id=event.id,
            object_name=event.title,
            event_id=event.id,
            changes={"format": name, "session": session_id, "filter": request.query_string.decode("ascii", "replace")[:500]},
        )
