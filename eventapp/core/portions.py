"""Reading much, some at a time: memory does not grow with it.

What a file holds is read in one transaction, which `core/exports.make` begins and ends, so a file tells of one moment, and
a slow download holds nothing open: the file is whole before its first byte leaves.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Row, Select
from sqlalchemy.orm import InstrumentedAttribute

from eventapp.core.db import db, end_reading, plan_for_values, reading, rollback

SIZE = 500
Key = ColumnElement[Any] | InstrumentedAttribute[Any]


@contextmanager
def apart() -> Iterator[None]:
    """A transaction that only reads, apart from what was read before and after: all its statements see one moment."""
    with reading():
        rollback()
        if db.engine.dialect.name != "sqlite":  # there each transaction does
            db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        plan_for_values()
        try:
            yield
        finally:
            end_reading()


def portions(query: Select[Any], *key: Key, size: int | None = None) -> Iterator[Sequence[Row[Any]]]:
    """The rows of `query` in the order of `key`, or else its own, at most `size` of them at a time (none: `SIZE`).

    It is one statement, whose rows come as they are asked for, so `apart` stands around it; other statements may be sent
    meanwhile. They are columns, no objects: the session would look at each row anew.
    """
    found = db.session.connection().execute(query.order_by(*key), execution_options={"yield_per": size or SIZE})
    yield from found.partitions()


def rows_of(query: Select[Any], *key: Key) -> Iterator[Row[Any]]:
    """The same, row by row."""
    for found in portions(query, *key):
        yield from found
