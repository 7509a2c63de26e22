"""The organizer's start page and the dashboard of an event."""

from flask import Blueprint, render_template

from eventapp.accounts.audiences import visitors_roles
from eventapp.accounts.permissions import ROLE_LABELS, ROLE_TEXTS
from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.core.web.audiences import may_open
from eventapp.events import queries as events
from eventapp.events.audiences import event_reader, staffed_events, vendor
from eventapp.events.rules import publish_blockers, window
from eventapp.events.subnav import event_tabs
from eventapp.overview import queries
from eventapp.partners.audiences import viewer
from eventapp.partners.joining import queue

blueprint = Blueprint("overview_admin", __name__)


@blueprint.get("/admin/")
@vendor
def index() -> str:
    """The events that the visitor may read, with people confirmed and waiting; for others, what their roles are for."""
    at, reads = now(), event_reader.admits()
    rows = queries.events_with_numbers(viewer(), staffed_events()) if reads else []
    return render_template(
        "overview/admin/index.html",
        rows=rows,
        states={r[0].id: window(r[0], at) for r in rows},
        reads_events=reads,
        to_decide=queue.count(viewer(), at) if may_open("queue_admin.index") else 0,
        roles=[(ROLE_LABELS[role], ROLE_TEXTS[role]) for role in sorted(visitors_roles())],
    )


@blueprint.get("/admin/events/<slug:slug>/")
@event_reader
def event(slug: str) -> str:
    """An event in numbers; each opens its filtered list."""
    found = events.event_to_read(viewer(), slug, staffed_events())
    at = now()
    return render_template(
        "overview/admin/event.html",
        event=found,
        state=window(found, at),
        numbers=queries.event_numbers(found, at),
        blockers=publish_blockers(found, at),
        form=ActionForm(),
        subnav=event_tabs(found, "event"),
    )
