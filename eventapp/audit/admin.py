"""The organizer's page of the audit log."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, func, select

from eventapp.audit import queries
from eventapp.audit.models import AuditEntry
from eventapp.core.db import db
from eventapp.core.i18n import _
from eventapp.core.tables import Column, Filter, Table
from eventapp.core.web.audiences import audience

blueprint = Blueprint("audit_admin", __name__)
reader = audience("reader")


def _table() -> Table:
    return Table(
        path=url_for(".index"),
        columns=[
            Column("at", _("When (UTC)"), AuditEntry.at.expression),
            Column("actor", _("Who")),
            Column("action", _("What")),
            Column("object", _("To what")),
            Column("changes", _("Changes")),
        ],
        key=AuditEntry.id.expression,
        default="-at",
        filters=[
            Filter("action", _("What"), [(a, a, None) for a in queries.actions()], AuditEntry.action.in_),
            Filter("object", _("To what"), [(o, o, None) for o in queries.object_types()], AuditEntry.object_type.in_),
        ],
        search=queries.matches,
        search_label=_("Who, or the name of what was changed"),
    )


def _totals(conditions: list[ColumnElement[bool]]) -> list[tuple[int, str]]:
    count = db.session.scalar(select(func.count(AuditEntry.id)).where(*conditions)) or 0
    return [(count, _("entries") if count != 1 else _("entry"))]


def shown_changes(changes: dict[str, Any]) -> list[tuple[str, str | None, str]]:
    """The changes of an entry as (field, old or none, new)."""
    rows: list[tuple[str, str | None, str]] = []
    for name, value in changes.items():
        if isinstance(value, list) and len(value) == 2:
            rows.append((name, _text(value[0]), _text(value[1])))
        else:
            rows.append((name, None, _text(value)))
    return rows


def _text(value: Any) -> str:
    text = "–" if value is None or value == "" else str(value)
    return text if len(text) <= 200 else f"{text[:200]}…"


@blueprint.get("/admin/log/")
@reader
def index() -> ResponseReturnValue:
    """Who did what, the newest first."""
    columns: Any = select(
        AuditEntry.id,
        AuditEntry.at,
        AuditEntry.actor,
        AuditEntry.action,
        AuditEntry.object_type,
        AuditEntry.object_id,
        AuditEntry.object_name,
        AuditEntry.changes,
    )
    listing = _table().page(columns, request.args, _totals)
    return render_template("audit/admin/index.html", listing=listing, shown_changes=shown_changes)
