"""What the organizer pages of the agenda share: carrying out a form, and the pills that lead from page to page."""

from collections.abc import Callable
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from eventapp.core.errors import StaleError
from eventapp.core.forms import Form
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.web.audiences import may_open
from eventapp.events.models import Event
from eventapp.events.subnav import event_tabs

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


def version_in(form: Any, otherwise: int = 0) -> int:
    """Which version of the row the form was opened with; `otherwise`, which no row has, for anything that is none."""
    text = form.version.data or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise


def carry_out(
    form: Form, act: Callable[[], str], show: Callable[[bool], str], *, said: Callable[[], str] | None = None
) -> ResponseReturnValue:
    """A form's whole life: shown, refused with 409 or 422 and everything typed still there, or carried out once.

    `act` does the work and returns where the answer stands; `show` makes the page, and is told whether somebody else saved
    meanwhile. `said` is what is flashed when it worked.
    """
    status, stale = 200, False
    if form.validate_on_submit():
        with saving(form) as saved:
            saved.location = act()
        if saved.ok:
            flash(said() if said else _("Saved."), "success")
            return redirect(saved.location)
        status, stale = saved.status, isinstance(saved.error, StaleError)
    elif request.method == "POST":
        status = 422
    return show(stale), status


def carry_out_at_once(form: Form, act: Callable[[], Any], back: str, said: str = "") -> ResponseReturnValue:
    """A button: carried out, or refused in words, and back to the page that it stands on."""
    with saving(form) as saved:
        act()
        saved.location = back
    if saved.error is not None:
        flash(saved.error.message, "danger")
    elif said:
        flash(said, "success")
    return redirect(back)
