"""The list of companies by their no-shows."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, func, or_, select, true
from werkzeug.datastructures import MultiDict

from eventapp.core.db import db
from eventapp.core.exports import ExportColumn
from eventapp.core.i18n import _, ngettext
from eventapp.core.portions import rows_of
from eventapp.core.tables import Column, Filter, Listing, Table
from eventapp.core.text import fold
from eventapp.events.models import Event
from eventapp.partners.models import Organisation
from eventapp.registrations.no_shows import queries

COLUMNS = [
    *(ExportColumn(name) for name in ("company", "programme_id", "tier", "country")),
    *(ExportColumn(name, "number") for name in ("events", "confirmed", "came", "no_shows", "no_show_percent")),
]


def page(path: str, args: MultiDict[str, str], at: datetime) -> Listing:
    """A page of the list; companies without a confirmed person are not in it."""
    stats = _stats(args, at)
    return table(path, stats, at).page(_select(stats), args, lambda conditions: _totals(stats, conditions))


def table(path: str, stats: Subquery, at: datetime) -> Table:
    """What the list can do."""
    found = [(str(year), str(year), None) for year in queries.years(at)]
    return Table(
        path=path,
        columns=[
            Column("company", _("Company"), Organisation.sort_key),
            Column("events", _("Events"), stats.c.events, numeric=True),
            Column("confirmed", _("Confirmed"), stats.c.confirmed, numeric=True),
            Column("came", _("Came"), stats.c.came, numeric=True),
            Column("no_shows", _("No-shows"), stats.c.no_shows, numeric=True),
            Column("rate", _("Rate"), stats.c.rate, numeric=True),
        ],
        key=Organisation.id,
        default="-no_shows",
        # The years narrow the events that are counted, not the companies.
        filters=[Filter("year", _("Year"), found, lambda _values: true())],
        search=lambda text: or_(
            Organisation.sort_key.contains(fold(text), autoescape=True), Organisation.programme_id == text.upper()
        ),
        search_label=_("Company"),
    )


def _stats(args: MultiDict[str, str], at: datetime) -> Subquery:
    wanted = {year for year in args.getlist("year")[:50] if year.isascii() and year.isdigit() and len(year) == 4}
    known = [year for year in queries.years(at) if str(year) in wanted] if wanted else []
    spans = [
        (Event.ends_at >= datetime(year, 1, 1, tzinfo=UTC)) & (Event.ends_at < datetime(year + 1, 1, 1, tzinfo=UTC))
        for year in known
        if 1 < year < 9999
    ]
    return queries.by_company(at, *([or_(*spans)] if spans else []))


def _select(stats: Subquery) -> Select[Any]:
    return select(
        Organisation.id,
        Organisation.name,
        Organisation.programme_id,
        Organisation.tier_key,
        Organisation.country_code,
        stats.c.events,
        stats.c.confirmed,
        stats.c.came,
        stats.c.no_shows,
        stats.c.rate,
    ).join(stats, stats.c.organisation_id == Organisation.id)


def _totals(stats: Subquery, conditions: list[ColumnElement[bool]]) -> list[tuple[int, str]]:
    query = select(func.count(), func.coalesce(func.sum(stats.c.confirmed), 0), func.coalesce(func.sum(stats.c.no_shows), 0))
    query = query.select_from(Organisation).join(stats, stats.c.organisation_id == Organisation.id).where(*conditions)
    companies, confirmed, absent = db.session.execute(query).one()
    return [
        (companies, ngettext("company", "companies", companies)),
        (int(confirmed), _("confirmed")),
        (int(absent), ngettext("no-show", "no-shows", int(absent))),
    ]


def rows(path: str, args: MultiDict[str, str], at: datetime) -> Iterator[Sequence[Any]]:
    """What the list shows, for a file."""
    stats = _stats(args, at)
    query = _select(stats).where(*table(path, stats, at).condition(args))
    for row in rows_of(query, Organisation.sort_key, Organisation.id):
        yield (row.name, row.programme_id, row.tier_key, row.country_code, row.events, row.confirmed, row.came, row.no_shows,
               row.rate / 10)  # fmt: skip
