"""Pages about no-shows: companies over the years, the file, and what one event makes of it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import organizer, reader
from eventapp.audit.service import record
from eventapp.core import exports as files
from eventapp.core.clock import now
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.web.downloads import asked_format, table_file
from eventapp.events import queries as events
from eventapp.events.subnav import event_tabs
from eventapp.partners.audiences import viewer
from eventapp.partners.subnav import list_tabs
from eventapp.registrations.no_shows import listing, queries, service
from eventapp.registrations.no_shows.forms import RuleForm
from eventapp.registrations.no_shows.models import Consequence
from eventapp.registrations.no_shows.rules import MIN_CONFIRMED

blueprint = Blueprint("no_shows_admin", __name__)


@blueprint.get("/admin/no-shows/")
@reader
def index() -> str:
    """Companies by their no-shows."""
    return render_template(
        "registrations/no_shows/index.html",
        listing=listing.page(url_for(".index"), request.args, now()),
        formats=[(p.name, p.label) for p in files.PRESETS.values()] + [("xlsx", "Excel (XLSX)"), ("json", "JSON")],
        subnav=list_tabs("no_shows"),
    )


@blueprint.post("/admin/no-shows/export")
@reader
def export() -> ResponseReturnValue:
    """Gives what the list shows as a file; the download stands in the log."""
    name = asked_format()
    at = now()
    with saving():
        record(
            "registrations.export_no_shows",
            by=current_user,
            at=at,
            object_type="organisation",
            object_id=None,
            changes={"format": name, "filter": request.query_string.decode("ascii", "replace")[:500]},
        )
    rows = listing.rows(url_for(".index"), request.args, at)
    return table_file(rows, listing.COLUMNS, name, of="companies", content="no-shows", title=_("No-shows"), zone="UTC", at=at)


@blueprint.route("/admin/events/<slug:slug>/no-shows", methods=["GET", "POST"])
@organizer
def rule(slug: str) -> ResponseReturnValue:
    """What the event makes of no-shows at earlier ones."""
    event = events.event_by_slug(viewer(), slug)
    found = queries.rule_of(event.id)
    data = {} if found is None else {"consequence": found.consequence.value, "percent": found.percent, "events": found.events}
    form, status = RuleForm(data=data), 200
    if form.validate_on_submit():
        with saving(form) as saved:
            wanted = Consequence(form.consequence.data) if form.consequence.data else None
            service.set_rule(event, wanted, form.percent.data or 0, form.events.data or 1, by=current_user, at=now())
            saved.location = url_for(".rule", slug=slug)
        if saved.ok:
            flash(_("Saved."), "success")
            return redirect(saved.location)
        status = saved.status
        event = events.event_by_slug(viewer(), slug)
    elif request.method == "POST":
        status = 422
    page = render_template(
        "registrations/no_shows/rule.html",
        event=event,
        form=form,
        least=MIN_CONFIRMED,
        has_errors=form.refused,
        subnav=event_tabs(event, "registrations"),
    )
    return page, status
