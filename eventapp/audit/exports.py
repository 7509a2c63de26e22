"""The log as a file: one row for each entry, the oldest first."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

from eventapp.audit import words
from eventapp.audit.models import AuditEntry
from eventapp.core.exports import ExportColumn
from eventapp.core.portions import rows_of


def _changes(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True) if value else ""


# The headers are stable: people's spreadsheets and scripts rely on them.
COLUMNS: tuple[tuple[ExportColumn, Any], ...] = (
    (ExportColumn("id", "number"), AuditEntry.id),
    (ExportColumn("at", "moment"), AuditEntry.at),
    (ExportColumn("actor"), AuditEntry.actor),
    (ExportColumn("on_behalf"), AuditEntry.on_behalf),
    (ExportColumn("action"), AuditEntry.action),
    (ExportColumn("what", show=words.act_label), AuditEntry.action),
    (ExportColumn("door", show=lambda door: door.value), AuditEntry.door),
    (ExportColumn("object_type"), AuditEntry.object_type),
    (ExportColumn("object_id", "number"), AuditEntry.object_id),
    (ExportColumn("object_name"), AuditEntry.object_name),
    (ExportColumn("event_id", "number"), AuditEntry.event_id),
    (ExportColumn("company_id", "number"), AuditEntry.organisation_id),
    (ExportColumn("person_id", "number"), AuditEntry.person_id),
    (ExportColumn("changes", show=_changes), AuditEntry.changes),
    (ExportColumn("erased_at", "moment"), AuditEntry.erased_at),
    (ExportColumn("hash"), AuditEntry.hash),
)


def columns() -> list[ExportColumn]:
    """The columns of the export, in order."""
    return [column for column, _source in COLUMNS]


def rows(conditions: Sequence[ColumnElement[bool]] = ()) -> Iterator[Sequence[Any]]:
    """The entries that fit, some at a time: memory does not grow with them."""
    query = select(*(source for _column, source in COLUMNS)).where(*conditions)
    return rows_of(query, AuditEntry.id)
