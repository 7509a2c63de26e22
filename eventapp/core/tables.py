"""Lists: search, filters, sorting and paging by key, over one SELECT of columns.

Pages go by key, not by offset: the next page starts behind the last row's sort value and id, which an index finds at
once however long the list is, and rows that come or go in between neither repeat nor hide others.
"""

import base64
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Row, Select, asc, desc, false, tuple_
from sqlalchemy.orm import InstrumentedAttribute
from werkzeug.datastructures import MultiDict

from eventapp.core.db import db, plan_for_values
from eventapp.core.i18n import _
from eventapp.core.text import one_line

PAGE = 50
LONGEST_SEARCH = 100

Choice = tuple[str, str, int | None]


@dataclass(frozen=True)
class Column:
    """A column of a list. `order` is a SQL expression that is never NULL, if people may sort by it.

    One that is `extra` is shown only to whoever chooses it.
    """

    key: str
    label: str
    order: ColumnElement[Any] | InstrumentedAttribute[Any] | None = None
    numeric: bool = False
    extra: bool = False


@dataclass(frozen=True)
class Filter:
    """A filter by ticked values. `clause` makes the condition for the chosen ones; unknown values are ignored."""

    name: str
    label: str
    choices: Sequence[Choice]
    clause: Callable[[list[str]], ColumnElement[bool]]

    def chosen(self, args: MultiDict[str, str]) -> list[str]:
        """The known values that the address asks for, in the order of the choices."""
        asked = set(args.getlist(self.name))
        return [value for value, _label, _count in self.choices if value in asked]


@dataclass
class Listing:
    """A page of a list, as the macros of `components/list.html` show it."""

    rows: Sequence[Row[*tuple[Any, ...]]]
    search: str
    search_label: str
    filters: list[tuple[str, str, Sequence[Choice], list[str]]]
    pills: list[tuple[str, str, str]]
    clear_url: str
    columns: list[tuple[str, str, str | None, str, bool]]
    next_url: str | None
    previous_url: str | None
    first: str | None
    totals: list[tuple[int, str]]
    query: str
    hidden: list[tuple[str, str]] = field(default_factory=list)
    # What the chooser of columns offers, if there is one: key, label, shown or not; and the rest of the address.
    offered: list[tuple[str, str, bool]] = field(default_factory=list)
    besides: list[tuple[str, str]] = field(default_factory=list)

    @property
    def narrowed(self) -> bool:
        """Whether a search or a filter is at work, so that an empty list means something else."""
        return bool(self.search or self.pills)

    def shows(self, key: str) -> bool:
        """Whether the column of that key is shown."""
        return any(column[0] == key for column in self.columns)

    def offers(self, name: str) -> bool:
        """Whether there is a filter of that name."""
        return any(one[0] == name for one in self.filters)


@dataclass(frozen=True)
class Table:
    """What a list can do: its columns, filters and search.

    `search` turns the typed text into a condition (none if there is nothing to look for); `key` is the id column that
    makes every order total; `default` is the sort key at first, with a minus for descending. `kept` are further
    arguments of the address that stay in every address of the list. `chooser`: people choose the columns behind the
    first, which names the row; the choice stands in the address as `columns`. `always` are conditions that hold whatever the
    address asks for: what the reader may see at all.
    """

    path: str
    columns: Sequence[Column]
    key: ColumnElement[int] | InstrumentedAttribute[int]
    default: str
    filters: Sequence[Filter] = ()
    search: Callable[[str], ColumnElement[bool] | None] | None = None
    search_label: str = ""
    kept: Sequence[str] = ()
    chooser: bool = False
    always: Sequence[ColumnElement[bool]] = ()

    def chosen(self, args: MultiDict[str, str]) -> list[str]:
        """The known columns that the address asks for, in their order; none if these are the ones shown anyway."""
        asked = set(args.getlist("columns")) if self.chooser else set()
        found = [c.key for c in self.columns[1:] if c.key in asked]
        return [] if found == [c.key for c in self.columns[1:] if not c.extra] else found

    def shown(self, args: MultiDict[str, str]) -> list[Column]:
        """The columns that the list shows."""
        chosen = self.chosen(args)
        wanted = [c for c in self.columns[1:] if (c.key in chosen if chosen else not c.extra)]
        return [*self.columns[:1], *wanted]

    def condition(self, args: MultiDict[str, str]) -> list[ColumnElement[bool]]:
        """The conditions that the address asks for; the same for the page, its export and its bulk actions."""
        found = [*self.always, *(f.clause(values) for f in self.filters if (values := f.chosen(args)))]
        text = self.searched(args)
        if self.search is None or not text:
            return found
        # Of signs alone nothing can be found; that is not the same as not having searched.
        condition = self.search(text)
        return [*found, false() if condition is None else condition]

    def searched(self, args: MultiDict[str, str]) -> str:
        """The text that is looked for."""
        return one_line(args.get("q", ""))[:LONGEST_SEARCH]

    def order(self, args: MultiDict[str, str]) -> tuple[Column, bool]:
        """The column sorted by, and whether descending."""
        by_key = {c.key: c for c in self.columns if c.order is not None}
        asked = args.get("sort", "")
        if asked.lstrip("-") not in by_key:
            asked = self.default
        return by_key[asked.lstrip("-")], asked.startswith("-")

    def page(
        self,
        select: Select[*tuple[Any, ...]],
        args: MultiDict[str, str],
        totals: Callable[[list[ColumnElement[bool]]], list[tuple[int, str]]],
        *,
        size: int = PAGE,
    ) -> Listing:
        """One page of `select`, narrowed, sorted and counted. `select` must hold `key` under the name `id`."""
        conditions = self.condition(args)
        column, descending = self.order(args)
        assert column.order is not None
        backwards, cursor = _cursor(args, column.order)
        flip = descending != backwards
        query = select.where(*conditions).add_columns(column.order.label("_sort"))
        if cursor is not None:
            here = tuple_(column.order, self.key)
            query = query.where(here < tuple_(*cursor) if flip else here > tuple_(*cursor))
        direction = desc if flip else asc
        query = query.order_by(direction(column.order), direction(self.key)).limit(size + 1)
        plan_for_values()
        rows = list(db.session.execute(query))
        more = len(rows) > size
        rows = rows[:size]
        if backwards:
            rows.reverse()
        has_next, has_previous = (cursor is not None, more) if backwards else (more, cursor is not None)
        shown, chosen = self.shown(args), [("columns", key) for key in self.chosen(args)]
        url = _Urls(self.path, args, [f.name for f in self.filters], self.kept, chosen)
        sort = [("sort", args["sort"])] if args.get("sort", "") in (column.key, f"-{column.key}") else []
        return Listing(
            rows=rows,
            search=self.searched(args),
            search_label=self.search_label or _("Search"),
            filters=[(f.name, f.label, f.choices, f.chosen(args)) for f in self.filters],
            pills=self._pills(args, url),
            clear_url=url.cleared(),
            columns=[
                (c.key, c.label, url.sorted(c.key, column, descending), _direction(c, column, descending), c.numeric)
                if c.order is not None
                else (c.key, c.label, None, "", c.numeric)
                for c in shown
            ],
            next_url=url.at("after", rows[-1]) if has_next and rows else None,
            previous_url=url.at("before", rows[0]) if has_previous and rows else None,
            first=url.without("after", "before") if has_previous else None,
            totals=totals(conditions),
            query=url.query(),
            hidden=[*sort, *((name, args[name]) for name in self.kept if args.get(name)), *chosen],
            offered=[(c.key, c.label, c.key in {s.key for s in shown}) for c in self.columns[1:]] if self.chooser else [],
            besides=[(n, v) for n, v in url.pairs if n not in ("columns", "after", "before")],
        )

    def _pills(self, args: MultiDict[str, str], url: "_Urls") -> list[tuple[str, str, str]]:
        found = []
        for f in self.filters:
            labels = {value: label for value, label, _count in f.choices}
            found += [(str(f.label), str(labels[value]), url.removing(f.name, value)) for value in f.chosen(args)]
        text = self.searched(args)
        return [(_("Search"), text, url.without("q"))] * bool(text) + found


def _direction(column: Column, sorted_by: Column, descending: bool) -> str:
    return ("desc" if descending else "asc") if column.key == sorted_by.key else ""


class _Urls:
    """Addresses of the same list with one thing changed."""

    def __init__(
        self,
        path: str,
        args: MultiDict[str, str],
        filters: Iterable[str],
        kept: Iterable[str],
        columns: Iterable[tuple[str, str]],
    ) -> None:
        names = {"q", "sort", "after", "before", *filters, *kept}
        self.path = path
        self.filters = set(filters)
        self.pairs = [*((n, v) for n, v in args.items(multi=True) if n in names and v), *columns]

    def _url(self, pairs: list[tuple[str, str]]) -> str:
        return f"{self.path}?{urlencode(pairs)}" if pairs else self.path

    def query(self) -> str:
        """Search and filters as a query string, for the export of what is shown."""
        return urlencode([(n, v) for n, v in self.pairs if n not in ("after", "before")])

    def without(self, *names: str) -> str:
        return self._url([(n, v) for n, v in self.pairs if n not in (*names, "after", "before")])

    def cleared(self) -> str:
        return self.without("q", *self.filters)

    def removing(self, name: str, value: str) -> str:
        return self._url([(n, v) for n, v in self.pairs if (n, v) != (name, value) and n not in ("after", "before")])

    def sorted(self, key: str, by: Column, descending: bool) -> str:
        turned = f"-{key}" if key == by.key and not descending else key
        return self._url([*((n, v) for n, v in self.pairs if n not in ("sort", "after", "before")), ("sort", turned)])

    def at(self, name: str, row: Row[*tuple[Any, ...]]) -> str:
        value = row._mapping["_sort"]
        text = value.isoformat() if isinstance(value, date) else value
        packed = base64.urlsafe_b64encode(json.dumps([text, row._mapping["id"]]).encode()).decode().rstrip("=")
        return self._url([*((n, v) for n, v in self.pairs if n not in ("after", "before")), (name, packed)])


def _cursor(
    args: MultiDict[str, str], order: ColumnElement[Any] | InstrumentedAttribute[Any]
) -> tuple[bool, tuple[Any, int] | None]:
    """Whether to page backwards, and the key to start behind; a broken key is the first page."""
    backwards = "before" in args and "after" not in args
    packed = args.get("before" if backwards else "after", "")
    if not packed or len(packed) > 1000:
        return False, None
    try:
        value, row_id = json.loads(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
        return backwards, (_typed(value, order), _row_id(row_id))
    except (ValueError, TypeError, OverflowError, RecursionError):
        return False, None


def _typed(value: Any, order: ColumnElement[Any] | InstrumentedAttribute[Any]) -> Any:
    """`value` out of a cursor as the type of the column, or ValueError."""
    kind = order.type.python_type
    if kind is datetime:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError(value)
        return moment.astimezone(UTC)
    if kind is date:
        return date.fromisoformat(value)
    if kind is int and isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31:
        return value
    if kind is str and isinstance(value, str) and "\x00" not in value and not any("\ud800" <= c <= "\udfff" for c in value):
        return value
    raise ValueError(value)


def _row_id(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31:
        return value
    raise ValueError(value)
