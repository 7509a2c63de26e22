"""The rows of an import as a list, and what they say in words."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select

from eventapp.core.i18n import _, _l, ngettext
from eventapp.core.tables import Column, Filter, Table
from eventapp.partners.imports import queries
from eventapp.partners.imports.fields import missing_for_new
from eventapp.partners.imports.reasons import OUTCOMES, field_label, no_column, sentence, value_of, warning
from eventapp.partners.models import (
    FUNCTION_LABELS,
    STATUS_LABELS,
    TYPE_LABELS,
    ImportBatch,
    ImportKind,
    ImportRow,
    RowOutcome,
)
from eventapp.partners.reference import TIERS

TONES = {
    RowOutcome.CREATE: "ok",
    RowOutcome.UPDATE: "info",
    RowOutcome.UNCHANGED: "off",
    RowOutcome.REPEAT: "neutral",
    RowOutcome.CONFLICT: "warn",
    RowOutcome.UNSURE: "wait",
    RowOutcome.REJECTED: "bad",
}

# Words for values that are kept as keys, by field.
LABELS: dict[str, Any] = {
    "primary_type": TYPE_LABELS,
    "other_types": TYPE_LABELS,
    "status": STATUS_LABELS,
    "function": FUNCTION_LABELS,
    "tier_key": {key: label for key, label, _position in TIERS},
    "role": {"admin": _l("Company admin"), "member": _l("Member"), "executive": _l("Executive")},
    "state": {"requested": _l("asked for"), "active": _l("in force")},
}


def rows_of(batch: ImportBatch) -> Select[Any]:
    """The rows of an import, as columns."""
    return select(
        ImportRow.record.label("id"),
        ImportRow.line,
        ImportRow.outcome,
        ImportRow.reason,
        ImportRow.key,
        ImportRow.label,
        ImportRow.object_id,
        ImportRow.changes,
        ImportRow.made,
        ImportRow.warnings,
    ).where(ImportRow.batch_id == batch.id)


def table(batch: ImportBatch, path: str) -> Table:
    """What the list of rows can do."""
    counts = queries.outcomes(batch.id)
    choices = [(outcome.value, str(OUTCOMES[outcome]), counts[outcome]) for outcome in RowOutcome if counts.get(outcome)]
    return Table(
        path=path,
        columns=[
            Column("line", _("Line"), ImportRow.record, numeric=True),
            Column("outcome", _("Outcome")),
            Column("what", _("Company") if batch.kind is ImportKind.PARTNERS else _("Person")),
            Column("why", _("What happens")),
        ],
        key=ImportRow.record,
        default="line",
        filters=[
            Filter("outcome", _("Outcome"), choices, lambda values: ImportRow.outcome.in_([RowOutcome(v) for v in values])),
        ],
        search=_search,
        search_label=_("Name or key"),
    )


def _search(text: str) -> ColumnElement[bool]:
    return or_(ImportRow.label.icontains(text, autoescape=True), ImportRow.key.icontains(text, autoescape=True))


def in_words(kind: ImportKind, row: Any) -> dict[str, Any]:
    """What a row does and why, for the page: outcome, reasons, and each changed value."""
    reasons = []
    if row.outcome in (RowOutcome.REJECTED, RowOutcome.UNSURE):
        reasons = [sentence(kind, row.reason, value_of(row.warnings))]
    elif row.outcome is RowOutcome.CONFLICT:
        reasons = [_("An earlier row says otherwise; that one counts.")]
    elif row.outcome is RowOutcome.REPEAT:
        reasons = [_("The same as an earlier row.")]
    elif row.outcome is RowOutcome.UPDATE and row.made == "membership":
        reasons = [_("Comes to one more company, and is changed:")]
    return {
        "outcome": str(OUTCOMES[row.outcome]),
        "tone": TONES[row.outcome],
        "reasons": [*reasons, *(warning(kind, code, value) for code, value in row.warnings if code not in ("differs", "value"))],
        "changes": [(field_label(kind, key), shown(key, pair[0]), shown(key, pair[1])) for key, pair in row.changes.items()],
    }


def nothing_to_do(counts: Mapping[RowOutcome, int]) -> str:
    """Why applying would change nothing; empty if it would, or as soon as somebody says which companies are meant."""
    if any(counts.get(outcome) for outcome in (RowOutcome.CREATE, RowOutcome.UPDATE, RowOutcome.UNSURE)):
        return ""
    rejected, rows = counts.get(RowOutcome.REJECTED, 0), sum(counts.values())
    if not rejected:
        return _("Applying would change nothing: everything in the file stands in the list already.")
    if rejected == rows:
        return _("Applying would change nothing: every row is rejected.")
    return ngettext(
        "Applying would change nothing: %(num)s row is rejected, and the others stand in the list already.",
        "Applying would change nothing: %(num)s rows are rejected, and the others stand in the list already.",
        rejected,
    )


def about_columns(batch: ImportBatch, counts: Mapping[RowOutcome, int]) -> str:
    """Which columns new companies lack, if rows are rejected for that."""
    missing = [field.key for field in missing_for_new(batch.kind, batch.mapping)]
    rows = queries.rejected_for(batch.id, "no_column") if missing and counts.get(RowOutcome.REJECTED) else 0
    return no_column(missing, batch.kind, rows) if rows else ""


def shown(key: str, value: Any) -> str:
    """A value of a field as people read it."""
    if isinstance(value, list):
        return ", ".join(shown(key, item) for item in value)
    if value is None or value == "":
        return ""
    return str(LABELS.get(key, {}).get(value, value))
