"""What happened to the company, as it may read it: who, when, what."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import ColumnElement, func, or_, select

from eventapp.accounts.permissions import Viewer
from eventapp.audit import queries as audit
from eventapp.audit.models import AuditEntry
from eventapp.audit.words import GROUPS, find, visible_acts
from eventapp.core.db import db
from eventapp.core.i18n import _
from eventapp.core.tables import Column, Filter, Table
from eventapp.partners.audiences import company_reader, viewer
from eventapp.partners.company.queries import OURS, is_request, read_id
from eventapp.partners.company.subnav import company_name, company_tabs
from eventapp.partners.models import Membership

blueprint = Blueprint("company_log", __name__)
LATEST = 6


def visible(viewer: Viewer) -> ColumnElement[bool]:
    """The condition of an entry that the company may read.

    An entry about a person needs one of ours, or somebody who asked to be: whoever was only typed is no secret to spill.
    """
    company_id = read_id(viewer)
    ours = select(Membership.person_id).where(
        Membership.organisation_id == company_id, or_(Membership.state.in_(OURS), is_request())
    )
    own_people = or_(AuditEntry.object_type != "person", AuditEntry.object_id.in_(ours))
    return audit.visible_to_company(company_id) & own_people


def _listed() -> Any:
    return select(*(getattr(AuditEntry, name) for name in audit.LISTED))


class Line(NamedTuple):
    """An entry in words, with the title of the event that it belongs to."""

    entry: audit.CompanyEntry
    event: str


def _lines(rows: Iterable[Any]) -> list[Line]:
    entries = [audit.for_company(row) for row in rows]
    events = find("event", {entry.event_id for entry in entries if entry.event_id is not None})
    titles: dict[int | None, str] = {event_id: event.name for event_id, event in events.items()}
    return [Line(entry, titles.get(entry.event_id, "")) for entry in entries]


def latest(viewer: Viewer) -> list[Line]:
    """The last few entries, for the company's first page."""
    query = _listed().where(visible(viewer)).order_by(AuditEntry.id.desc()).limit(LATEST)
    return _lines(db.session.execute(query))


def _table() -> Table:
    groups = {action.partition(".")[0] for action in visible_acts()}
    choices = [(key, str(GROUPS[key]), None) for key in sorted(groups) if key in GROUPS]
    return Table(
        path=url_for(".index"),
        columns=[
            Column("at", _("When (UTC)"), AuditEntry.at),
            Column("act", _("What")),
            Column("name", _("To whom or what")),
            Column("actor", _("Who")),
            Column("changes", _("Changes")),
        ],
        key=AuditEntry.id,
        default="-at",
        filters=[Filter("group", _("About"), choices, audit.in_groups)],
        search=_by_name,
        search_label=_("Name of a person"),
    )


def _by_name(text: str) -> ColumnElement[bool] | None:
    """Searches what is shown, and nothing else: not who acted, since names of the vendor's people are left out."""
    return func.lower(AuditEntry.object_name).contains(text.lower(), autoescape=True) if text else None


@blueprint.get("/company/log")
@company_reader
def index() -> str:
    """The company's log, the newest first."""
    shown = visible(viewer())

    def totals(conditions: list[ColumnElement[bool]]) -> list[tuple[int, str]]:
        number = db.session.scalar(select(func.count(AuditEntry.id)).where(shown, *conditions)) or 0
        return [(number, _("entry") if number == 1 else _("entries"))]

    listing = _table().page(_listed().where(shown), request.args, totals)
    return render_template(
        "partners/company/log.html",
        listing=listing,
        lines=_lines(listing.rows),
        subnav=company_tabs("log"),
        subnav_title=company_name(),
    )
