"""The board of ideas and needs as a list, and as a file."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from werkzeug.datastructures import MultiDict

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.exports import ExportColumn
from eventapp.core.i18n import _, ngettext
from eventapp.core.tables import Column, Filter, Listing, Table
from eventapp.decisions.ideas.models import IDEA_LABELS, KIND_LABELS, Idea
from eventapp.decisions.ideas.queries import COMPANIES, PEOPLE, columns, found_by, own, readable

OWN, UNANSWERED = "own", "unanswered"


def table(viewer: Viewer, path: str) -> Table:
    """What the list can do."""

    def shown(chosen: list[str]) -> ColumnElement[bool]:
        conditions = {OWN: own(viewer), UNANSWERED: Idea.answered_at.is_(None)}
        return or_(*(conditions[one] for one in chosen))

    return Table(
        path=path,
        columns=[
            Column("title", _("Idea or need"), Idea.title),
            Column("kind", _("Kind")),
            Column("state", _("Status")),
            Column("people", _("People who want it"), PEOPLE, numeric=True),
            Column("companies", _("Companies"), COMPANIES, numeric=True),
            Column("changed", _("Changed"), Idea.changed_at),
        ],
        key=Idea.id,
        default="-changed",
        filters=[
            Filter("kind", _("Kind"), [(k.value, str(v), None) for k, v in KIND_LABELS.items()], Idea.kind.in_),
            Filter("state", _("Status"), [(k.value, str(v), None) for k, v in IDEA_LABELS.items()], Idea.state.in_),
            Filter("show", _("Show"), [(OWN, _("Ours"), None), (UNANSWERED, _("Without an answer"), None)], shown),
        ],
        search=found_by,
        search_label=_("Words, or a company"),
    )


def page(viewer: Viewer, path: str, args: MultiDict[str, str]) -> Listing:
    """A page of the list."""

    def totals(conditions: list[ColumnElement[bool]]) -> list[tuple[int, str]]:
        query = select(func.count(), func.count(Idea.organisation_id.distinct())).where(readable(viewer), *conditions)
        ideas, companies = db.session.execute(query).one()
        return [(ideas, ngettext("entry", "entries", ideas)), (companies, ngettext("company", "companies", companies))]

    return table(viewer, path).page(columns().where(readable(viewer)), args, totals)


def _value(value: StrEnum) -> str:
    return value.value


FILE = [
    ExportColumn("kind", show=_value),
    *(ExportColumn(name) for name in ("title", "text", "name", "company")),
    ExportColumn("posted_at", "moment"),
    ExportColumn("state", show=_value),
    *(ExportColumn(name) for name in ("answer", "experiment", "outcome")),
    *(ExportColumn(name, "number") for name in ("people", "companies")),
]


def lines(viewer: Viewer, path: str, args: MultiDict[str, str]) -> Iterator[Sequence[Any]]:
    """A line for each idea that the list shows with these filters."""
    names = ("kind", "title", "text", "name", "company", "posted_at", "state", "answer", "experiment", "outcome")
    query = select(*(getattr(Idea, name) for name in names), PEOPLE, COMPANIES)
    yield from db.session.execute(query.where(readable(viewer), *table(viewer, path).condition(args)).order_by(Idea.id))
