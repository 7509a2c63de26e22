"""What the organizer pages of the agenda share: the pills that lead from page to page."""

from typing import Any

from flask import current_app, render_template, url_for

from eventapp.core.i18n import _
from eventapp.core.web.audiences import may_open
from eventapp.core.web.carrying import carry_out, carry_out_at_once, version_in
from eventapp.events.models import Event
from eventapp.events.subnav import event_tabs

# The forms' life has moved to core; its names stay importable here.
__all__ = ["carry_out", "carry_out_at_once", "page", "pages", "version_in"]

# key, label, endpoint of each page of an agenda, in the order of the work; those that are not open are left out
PAGES: list[tuple[str, Any, str]] = [
    ("sessions", lambda: _("Sessions"), "agenda_admin.index"),
    ("timetable", lambda: _("Timetable"), "timetable_admin.index"),
    ("releases", lambda: _("Releases"), "releases_admin.index"),
    ("speakers", lambda: _("Speakers"), "speakers_admin.index"),
    ("catalogue", lambda: _("Rooms, tracks, types"), "catalogue_admin.index"),
    ("places", lambda: _("Places"), "sign_ups_admin.index"),
    ("video", lambda: _("On video"), "join_admin.index"),
    ("greetings", lambda: _("Greetings"), "greetings_admin.index"),
    ("feedback", lambda: _("Feedback"), "feedback_admin.index"),
    ("call", lambda: _("Call for sessions"), "calls_admin.index"),
]


def pages(event: Event, active: str) -> list[tuple[str, str, bool]]:
    """Label, address, and whether it is the open one, of the agenda's pages that are open to the visitor."""
    there = [one for one in PAGES if one[2] in current_app.view_functions and may_open(one[2])]
    return [(label(), url_for(endpoint, slug=event.slug), key == active) for key, label, endpoint in there]


def page(template: str, event: Event, active: str, **values: Any) -> str:
    """A page of the agenda with the event's tabs and the agenda's pills."""
    return render_template(template, event=event, subnav=event_tabs(event, "agenda"), agenda_pages=pages(event, active), **values)
