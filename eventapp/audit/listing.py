"""The list of the log: columns, filters, what it says in words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from flask_babel import format_date
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute
from werkzeug.datastructures import MultiDict

from eventapp.audit import queries, words
from eventapp.audit.models import AuditEntry
from eventapp.audit.words import Thing
from eventapp.core.db import MAX_ID, db
from eventapp.core.doors import Door
from eventapp.core.i18n import _
from eventapp.core.tables import Choice, Column, Filter, Listing, Table

MONTHS = 24
DAYS = (1, 7, 30)


def table(path: str, args: MultiDict[str, str], at: datetime, *, confidential: bool) -> Table:
    """What the list can do; with `confidential` it holds what is for few as well.

    Persons, companies and single objects are chosen by the links in its rows.
    """
    groups = words.GROUPS.keys() if confidential else words.GROUPS.keys() - words.CONFIDENTIAL
    return Table(
        path=path,
        always=queries.readable(confidential),
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
            Filter("group", _("What"), _sorted((key, str(words.GROUPS[key])) for key in groups), queries.in_groups),
            Filter(
                "object",
                _("Kind of object"),
                _sorted((key, str(kind.label)) for key, kind in words.KINDS.items()),
                AuditEntry.object_type.in_,
            ),
            Filter("door", _("How"), [(d.value, str(label), None) for d, label in words.DOORS.items()], _came_by),
            Filter("when", _("When"), _periods(at), lambda values: _within(values, at)),
            Filter("event", _("Event"), _events(), _ids(AuditEntry.event_id)),
            Filter("company", _("Company"), _chosen(args, "company", "organisation"), _ids(AuditEntry.organisation_id)),
            Filter("person", _("Person"), _chosen(args, "person", "person"), _ids(AuditEntry.person_id)),
            Filter("by", _("Who"), _typed(args, "by"), AuditEntry.actor.in_),
            Filter("of", _("Object"), _objects(args), _of),
        ],
        search=queries.matches,
        search_label=_("Who, or the name of what was changed"),
    )


def page(path: str, args: MultiDict[str, str], at: datetime, *, confidential: bool) -> Listing:
    """A page of the list. Filters that nothing can be chosen from are left out."""
    columns: Any = select(*(getattr(AuditEntry, name) for name in queries.LISTED))
    shown = table(path, args, at, confidential=confidential).page(columns, args, _totals)
    shown.filters = [one for one in shown.filters if one[2]]
    return shown


def _totals(conditions: list[ColumnElement[bool]]) -> list[tuple[int, str]]:
    count = db.session.scalar(select(func.count(AuditEntry.id)).where(*conditions)) or 0
    return [(count, _("entries") if count != 1 else _("entry"))]


@dataclass
class Things:
    """The objects, companies, events and people of some entries, each kind asked for once."""

    found: dict[str, Mapping[int, Thing]] = field(default_factory=dict)

    def get(self, kind: str, id_: int | None) -> Thing | None:
        """The object, if it still exists and has a page."""
        return self.found.get(kind, {}).get(id_) if id_ is not None else None


def things(rows: Sequence[Any]) -> Things:
    """What the entries speak of, as far as it still exists."""
    wanted: dict[str, set[int]] = {}
    for row in rows:
        named = ((row.object_type, row.object_id), ("event", row.event_id), ("organisation", row.organisation_id))
        for kind, id_ in (*named, ("person", row.person_id)):
            if id_ is not None:
                wanted.setdefault(kind, set()).add(id_)
    return Things({kind: words.find(kind, ids) for kind, ids in wanted.items()})


def _sorted(pairs: Any) -> list[Choice]:
    return [(value, label, None) for value, label in sorted(pairs, key=lambda pair: pair[1].casefold())]


def _came_by(values: list[str]) -> ColumnElement[bool]:
    return AuditEntry.door.in_([Door(value) for value in values])


def _periods(at: datetime) -> list[Choice]:
    """The last days, and the months since the first entry, the newest first."""
    found: list[Choice] = [("1", _("Last 24 hours"), None), ("7", _("Last 7 days"), None), ("30", _("Last 30 days"), None)]
    oldest, month = queries.oldest(), at.astimezone(UTC).replace(day=1)
    while oldest is not None and len(found) < len(DAYS) + MONTHS and (month.year, month.month) >= (oldest.year, oldest.month):
        found.append((f"{month:%Y-%m}", str(format_date(month, "MMMM y", rebase=False)), None))
        month = (month - timedelta(days=1)).replace(day=1)
    return found


def _within(values: list[str], at: datetime) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = []
    for value in values:
        if "-" in value:
            start = datetime(int(value[:4]), int(value[5:]), 1, tzinfo=UTC)
            end = (start + timedelta(days=32)).replace(day=1)
            conditions.append((AuditEntry.at >= start) & (AuditEntry.at < end))
        else:
            conditions.append(AuditEntry.at > at - timedelta(days=int(value)))
    return or_(*conditions)


def _events() -> list[Choice]:
    """Events that something happened to; the latest hundred."""
    return _sorted((str(id_), thing.name) for id_, thing in words.find("event", queries.events(100)).items())


def _chosen(args: MultiDict[str, str], name: str, kind: str) -> list[Choice]:
    """What the address itself names, with the name that it has now."""
    ids = sorted({int(value) for value in args.getlist(name)[:10] if _is_id(value)})
    found = words.find(kind, ids)
    return [(str(id_), found[id_].name if id_ in found else f"{words.kind_label(kind)} {id_}", None) for id_ in ids]


def _typed(args: MultiDict[str, str], name: str) -> list[Choice]:
    values = {value for value in args.getlist(name)[:10] if 0 < len(value) <= 254 and value.isprintable()}
    return [(value, value, None) for value in sorted(values)]


def _objects(args: MultiDict[str, str]) -> list[Choice]:
    """Single objects, written like `organisation-7`."""
    found: list[Choice] = []
    for value in dict.fromkeys(args.getlist("of")[:10]):
        kind, _dash, number = value.rpartition("-")
        if kind in words.KINDS and _is_id(number):
            thing = words.find(kind, [int(number)]).get(int(number))
            found.append((value, thing.name if thing else f"{words.kind_label(kind)} {number}", None))
    return found


def _of(values: list[str]) -> ColumnElement[bool]:
    pairs = [value.rpartition("-") for value in values]
    return or_(*((AuditEntry.object_type == kind) & (AuditEntry.object_id == int(number)) for kind, _dash, number in pairs))


def _ids(column: InstrumentedAttribute[int | None]) -> Callable[[list[str]], ColumnElement[bool]]:
    return lambda values: column.in_([int(value) for value in values])


def _is_id(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 11 and 0 < int(value) <= MAX_ID
