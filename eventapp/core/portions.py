"""Reading much, some at a time, for files that stream: memory does not grow with it.

Each portion is a transaction of its own, so a slow download holds none open.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from eventapp.core.db import db, end_reading, plan_for_values, reading, rollback

SIZE = 2000
Key = ColumnElement[Any] | InstrumentedAttribute[Any]


@contextmanager
def apart() -> Iterator[None]:
    """A transaction that only reads, apart from what was read before and after."""
    with reading():
        rollback()
        plan_for_values()
        try:
            yield
        finally:
            end_reading()  # the next portion is the same statement


def portions(query: Select[Any], *key: Key, size: int | None = None) -> Iterator[Sequence[Row[Any]]]:
    """The rows of `query` in the order of `key`, at most `size` of them at a time (none: `SIZE`).

    The key tells rows apart and is never null; its columns are the last ones of the query, where the writers of
    `core/exports.py` leave them out. Rows that come in meanwhile are read if their key is higher.
    """
    size = size or SIZE
    query = query.order_by(*key).limit(size)
    behind = query
    while True:
        with apart():
            found = db.session.execute(behind).all()
        if found:
            yield found
        if len(found) < size:
            return
        behind = query.where(tuple_(*key) > tuple_(*found[-1][-len(key) :]))


def rows_of(query: Select[Any], *key: Key) -> Iterator[Row[Any]]:
    """The same, row by row."""
    for found in portions(query, *key):
        yield from found
