"""The pages of the audit log: the list, one entry, the file. Nothing here or anywhere changes an entry."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.audit import chain, exports, listing, queries, words
from eventapp.audit.service import record
from eventapp.core import exports as files
from eventapp.core.clock import now
from eventapp.core.i18n import _
from eventapp.core.saving import saving
from eventapp.core.web.audiences import audience, belongs_to
from eventapp.core.web.downloads import asked_format, table_file

blueprint = Blueprint("audit_admin", __name__)
reader = audience("reader")


def _confidential() -> bool:
    return belongs_to("confidential_reader")


@blueprint.get("/admin/log/")
@reader
def index() -> ResponseReturnValue:
    """Who did what, the newest first."""
    page = listing.page(url_for(".index"), request.args, now(), confidential=_confidential())
    return render_template(
        "audit/admin/index.html",
        listing=page,
        things=listing.things(page.rows),
        words=words,
        in_words=queries.in_words,
        formats=[(p.name, p.label) for p in files.PRESETS.values()] + [("xlsx", "Excel (XLSX)"), ("json", "JSON")],
    )


@blueprint.get("/admin/log/<id:entry_id>")
@reader
def show(entry_id: int) -> ResponseReturnValue:
    """One entry, with its place in the chain."""
    entry = queries.entry(entry_id, confidential=_confidential())
    return render_template(
        "audit/admin/show.html",
        entry=entry,
        things=listing.things([entry]),
        words=words,
        changes=queries.in_words(entry.changes),
        previous=chain.before(entry.id) if entry.hash else None,
    )


@blueprint.post("/admin/log/export")
@reader
def export() -> ResponseReturnValue:
    """Gives what the filter shows as a file; the download itself stands in the log."""
    name = asked_format()
    at = now()
    conditions = listing.table(url_for(".index"), request.args, at, confidential=_confidential()).condition(request.args)
    with saving():
        record(
            "log.export",
            by=current_user,
            at=at,
            object_type="log",
            object_id=None,
            changes={"format": name, "filter": request.query_string.decode("ascii", "replace")[:500]},
        )
    return table_file(
        exports.rows(conditions), exports.columns(), name, of="log", content="entries", title=_("Log"), zone="UTC", at=at
    )
