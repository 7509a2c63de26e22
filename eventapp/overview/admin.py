"""The organizer's start page and the dashboard of an event."""

from flask import Blueprint, render_template

from eventapp.accounts.audiences import organizer
from eventapp.core.clock import now
from eventapp.core.forms import ActionForm
from eventapp.events import queries as events
from eventapp.events.rules import publish_blockers, window
from eventapp.events.subnav import event_tabs
from eventapp.overview import queries
from eventapp.partners.audiences import viewer

blueprint = Blueprint("overview_admin", __name__)


@blueprint.get("/admin/")
@organizer
def index() -> str:
    """All events with people confirmed and waiting."""
    at = now()
    rows = queries.events_with_numbers()
    return render_template("overview/admin/index.html", rows=rows, states={r[0].id: window(r[0], at) for r in rows})


@blueprint.get("/admin/events/<slug:slug>/")
@organizer
def event(slug: str) -> str:
    """An event in numbers; each opens its filtered list."""
    found = events.event_by_slug(viewer(), slug)
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
