"""A company's registrations over all events: the list and the export."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from eventapp.audit.service import record
from eventapp.core import exports as files
from eventapp.core.clock import now
from eventapp.core.saving import saving
from eventapp.core.text import fold
from eventapp.core.web.audiences import may_open
from eventapp.core.web.downloads import asked_format, table_file
from eventapp.events.models import EventStatus
from eventapp.partners.audiences import company_reader, viewer
from eventapp.partners.company import queries as company_queries
from eventapp.partners.company.subnav import company_name, company_tabs
from eventapp.registrations.blocks import queries as blocks
from eventapp.registrations.company import listing
from eventapp.registrations.waiting import texts

blueprint = Blueprint("company_registrations", __name__)


@blueprint.get("/company/registrations/")
@company_reader
def index() -> str:
    """Who of the company is registered where."""
    at = now()
    page = listing.page(viewer(), url_for(".index"), request.args, at)
    waiting = [r.id for r in page.rows if r.waits_for == "block"]
    open_ids = {r.id for r in page.rows if r.ends_at > at and r.event_status is not EventStatus.CANCELLED}
    return render_template(
        "registrations/company/index.html",
        listing=page,
        positions=texts.positions(page.rows),  # type: ignore[arg-type] # rows with the columns that it reads
        holders=blocks.claimed_through(waiting) if waiting else {},
        open_ids=open_ids,
        may_change=may_open("registrations_own.cancel"),
        formats=[(p.name, p.label) for p in files.PRESETS.values()] + [("xlsx", "Excel (XLSX)"), ("json", "JSON")],
        subnav=company_tabs("registrations"),
        subnav_title=company_name(),
    )


@blueprint.post("/company/registrations/export")
@company_reader
def export() -> ResponseReturnValue:
    """Gives what the list shows as a file; the download stands in the log."""
    name = asked_format()
    at, seen_by = now(), viewer()
    company = company_queries.company(seen_by)
    conditions = listing.table(seen_by, url_for(".index"), request.args, at).condition(request.args)
    title, zone = company.name, company.time_zone or "UTC"
    with saving():
        record(
            "registrations.export",
            by=current_user,
            at=at,
            object_type="organisation",
            object_id=company.id,
            object_name=company.name,
            organisation_id=company.id,
            changes={"format": name, "filter": request.query_string.decode("ascii", "replace")[:500]},
        )
    slug = "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in fold(title)).split())[:40] or "company"
    return table_file(
        listing.rows(seen_by, conditions),
        listing.columns(),
        name,
        of=slug,
        content="registrations",
        title=title,
        zone=zone,
        at=at,
    )
