"""Changes of rows that are written down as they are made, so that they can be taken back one by one."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, delete, insert, select, update
from sqlalchemy.orm import InstrumentedAttribute

from eventapp.core.db import Base, db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _

Step = dict[str, Any]
# Rows that one statement names by their keys: a database takes only so many values at once.
AT_ONCE = 5000


class Journal:
    """Writes rows and remembers how to undo it. `steps` is plain JSON."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def change(
        self, column: InstrumentedAttribute[Any], old: Any, new: Any, *where: ColumnElement[bool], key: str = "id"
    ) -> list[Any]:
        """Puts `new` in place of `old` wherever the column holds it, and `where` is true; returns the keys of those rows.

        `key` names the column that tells the rows of one company or person apart.
        """
        table = _table(column)
        here = table.c[column.key]
        keys = list(db.session.scalars(select(table.c[key]).where(here == old, *where).order_by(table.c[key])))
        for part in (keys[n : n + AT_ONCE] for n in range(0, len(keys), AT_ONCE)):
            db.session.execute(update(table).where(here == old, table.c[key].in_(part)).values({here: new}))
            self.steps.append(
                {
                    "do": "change",
                    "table": table.name,
                    "column": here.name,
                    "key": key,
                    "keys": [_plain(k) for k in part],
                    "old": _plain(old),
                    "new": _plain(new),
                }
            )
        return keys

    def put(self, column: InstrumentedAttribute[Any], row_id: int, new: Any) -> None:
        """Sets one value of one row."""
        table = _table(column)
        here = table.c[column.key]
        old = db.session.execute(select(here).where(table.c.id == row_id)).scalar_one()
        if old == new:
            return
        db.session.execute(update(table).where(table.c.id == row_id).values({here: new}))
        found = {"do": "change", "table": table.name, "column": here.name, "key": "id", "keys": [row_id]}
        self.steps.append({**found, "old": _plain(old), "new": _plain(new)})

    def remove(self, model: type[Base], *where: ColumnElement[bool]) -> int:
        """Deletes rows; returns how many."""
        table = model.__table__
        assert isinstance(table, Table)
        rows = [dict(row) for row in db.session.execute(select(table).where(*where)).mappings()]
        if rows:
            db.session.execute(delete(table).where(*where))
            plain = [{name: _plain(value) for name, value in row.items()} for row in rows]
            self.steps.append({"do": "remove", "table": table.name, "rows": plain})
        return len(rows)

    def add(self, model: type[Base], **values: Any) -> None:
        """Inserts a row with an `id` of its own."""
        table = model.__table__
        assert isinstance(table, Table)
        row_id = db.session.execute(insert(table).values(values).returning(table.c.id)).scalar_one()
        self.steps.append({"do": "add", "table": table.name, "keys": [row_id]})

    def reverse(self, steps: Iterable[Step]) -> int:
        """Takes changes back, the last one first, where they still stand, as changes of this journal.

        Rows that somebody has changed since stay as they are; returns how many those are.
        """
        left = 0
        for step in reversed([step for step in steps if step["do"] == "change"]):
            table = Base.metadata.tables[step["table"]]
            column, key = table.c[step["column"]], table.c[step["key"]]
            new, old = _back(column, step["old"]), _back(column, step["new"])
            stands = column.is_(None) if old is None else column == old
            keys = [_back(key, k) for k in step["keys"]]
            found = list(db.session.scalars(select(key).where(stands, key.in_(keys)).order_by(key)))
            left += len(keys) - len(found)
            if found:
                db.session.execute(update(table).where(key.in_(found)).values({column: new}))
                turned = {"keys": [_plain(k) for k in found], "old": step["new"], "new": step["old"]}
                self.steps.append({**step, **turned})
        return left


def take_back(steps: list[Step]) -> None:
    """Undoes the steps, the last one first.

    Raises RuleError if a row is no longer as the step left it: then nothing may be taken back.
    """
    for step in reversed(steps):
        table = Base.metadata.tables[step["table"]]
        if step["do"] == "add":
            db.session.execute(delete(table).where(table.c.id.in_(step["keys"])))
        elif step["do"] == "remove":
            db.session.execute(insert(table), [{n: _back(table.c[n], v) for n, v in row.items()} for row in step["rows"]])
        else:
            column, key = table.c[step["column"]], table.c[step["key"]]
            now_there = column.is_(None) if step["new"] is None else column == _back(column, step["new"])
            keys = [_back(key, k) for k in step["keys"]]
            done: Any = db.session.execute(
                update(table).where(now_there, key.in_(keys)).values({column: _back(column, step["old"])})
            )
            if done.rowcount != len(keys):
                raise RuleError(
                    _("This cannot be undone any more: something that the merge had moved was changed since (%(what)s).")
                    % {"what": table.name.replace("_", " ")}
                )


def _table(column: InstrumentedAttribute[Any]) -> Table:
    table = column.class_.__table__
    assert isinstance(table, Table)
    return table


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date | datetime) else value


def _back(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    kind = column.type.python_type
    if issubclass(kind, Enum):
        return kind(value)
    if issubclass(kind, datetime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if issubclass(kind, date) else value
