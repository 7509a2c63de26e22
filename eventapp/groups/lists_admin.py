"""Lists for coaches to print, and the export."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.accounts.audiences import reader
from eventapp.core import exports as files
from eventapp.core.clock import now
from eventapp.core.saving import saving
from eventapp.core.web.downloads import asked_format, table_file
from eventapp.events import queries as events
from eventapp.events.audiences import event_reader, staffed_events
from eventapp.events.subnav import event_tabs
from eventapp.groups import exports, queries
from eventapp.groups.admin import load
from eventapp.groups.rules.words import group_label, when_text
from eventapp.groups.service.log import record_act
from eventapp.partners.audiences import viewer

blueprint = Blueprint("group_lists", __name__)


@blueprint.get("/admin/events/<slug:slug>/groups/<id:set_id>/lists")
@event_reader
def index(slug: str, set_id: int) -> str:
    """A list for each group, for its coach: names and companies only. With `group` only that one's."""
    event = events.event_to_read(viewer(), slug, staffed_events())
    found = queries.group_set(event, set_id)
    groups = queries.groups_of(found)
    asked = request.args.get("group", "")
    shown = [one for one in groups if not asked or str(one.number) == asked]
    return render_template(
        "groups/admin/lists.html",
        event=event,
        found=found,
        groups=groups,
        shown=shown,
        one=asked,
        members=queries.members([one.id for one in shown]) if shown else {},
        labels={one.id: group_label(found.kind, one.number, one.name) for one in groups},
        stocks=queries.stocks(found),
        supplies=queries.supplies(found),
        when=when_text(found, event.time_zone),
        formats=[(p.name, p.label) for p in files.PRESETS.values()] + [("xlsx", "Excel (XLSX)"), ("json", "JSON")],
        subnav=event_tabs(event, "groups"),
    )


@blueprint.post("/admin/events/<slug:slug>/groups/<id:set_id>/export")
@reader
def export(slug: str, set_id: int) -> ResponseReturnValue:
    """Everybody with their group as a file; the download stands in the log."""
    event, found = load(slug, set_id)
    name = asked_format()
    at = now()
    rows = list(exports.rows(found))
    with saving():
        record_act("groups.export", found, current_user, at, {"format": name})
    return table_file(
        rows, exports.COLUMNS, name, of=event.slug, content=f"groups-{found.id}", title=found.name, zone=event.time_zone, at=at
    )
