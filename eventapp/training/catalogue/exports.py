"""The catalogue as a file: one row for each course, by its newest version."""

from collections.abc import Iterator, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from eventapp.core.db import db
from eventapp.core.exports import ExportColumn
from eventapp.training.catalogue import listing
from eventapp.training.models import Course

COLUMNS = [
    *(ExportColumn(name) for name in ("code", "title", "state")),
    ExportColumn("version", "number"),
    *(ExportColumn(name) for name in ("level", "languages", "modes", "products")),
    *(ExportColumn(name, "number") for name in ("minutes", "pass_mark")),
    ExportColumn("exercise"),
    *(ExportColumn(name, "number") for name in ("validity_months", "runs_to_come", "interested")),
]


def rows(args: MultiDict[str, str]) -> Iterator[Sequence[Any]]:
    """The courses that the list shows with this search and these filters, by code."""
    conditions = listing.table("").condition(args)
    for row in db.session.execute(listing.rows().where(*conditions).order_by(Course.code)):
        yield (
            row.code,
            row.title,
            listing.ARCHIVED if row.archived else row.status.value,
            row.number,
            row.level.value,
            ", ".join(row.languages),
            ", ".join(row.modes),
            ", ".join(row.product_tags),
            row.minutes,
            row.pass_mark,
            "yes" if row.exercise else "",
            row.validity_months,
            row.coming,
            row.interested,
        )
