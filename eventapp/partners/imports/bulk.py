"""Many small rows at once."""

import json
from collections.abc import Sequence
from enum import Enum
from typing import Any

from sqlalchemy import Table, func, inspect, select, text

from eventapp.core.db import db


def insert_rows(model: type[Any], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Inserts rows of texts, numbers, enum members and JSON (lists, dicts) into a table, in the session's transaction.

    On Postgres by one array for each column: an INSERT for each of the 90,000 words of a partner list takes longer than
    all the rest, and COPY does not work with row-level security. Columns that are not named get the default of the
    database, if there is one.
    """
    if not rows:
        return
    connection = db.session.connection()
    table = inspect(model).local_table
    assert isinstance(table, Table)
    if connection.dialect.name != "postgresql":
        # Straight to the driver: to compile names and values of each row takes longer than to write them.
        types = [table.c[name].type.dialect_impl(connection.dialect) for name in columns]
        binds = [type_.bind_processor(connection.dialect) for type_ in types]
        ready = [tuple(bind(value) if bind else value for bind, value in zip(binds, row, strict=True)) for row in rows]
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - names of our own
        connection.exec_driver_sql(statement, ready)
        return
    kinds = [_array_of(table.c[name].type.compile(connection.dialect)) for name in columns]
    arrays = ", ".join(f"%s::{kind}[]" for kind, _taken in kinds)
    taken = ", ".join(f"c{n}{cast}" for n, (_kind, cast) in enumerate(kinds))
    names = ", ".join(f"c{n}" for n in range(len(columns)))
    statement = (
        f"INSERT INTO {table.name} ({', '.join(columns)})"  # noqa: S608 - names of our own
        f" SELECT {taken} FROM unnest({arrays}) AS rows ({names})"
    )
    connection.exec_driver_sql(statement, tuple([_plain(value) for value in column] for column in zip(*rows, strict=True)))


def _array_of(kind: str) -> tuple[str, str]:
    """What the array of a column holds, and how it becomes the column's. Texts stay texts: a cast would cut long ones.

    A JSON document is text until it is a row: an array of arrays would be taken for one of two dimensions.
    """
    if kind == "JSONB":
        return "text", "::jsonb"
    return ("text", "") if kind.startswith(("VARCHAR", "TEXT")) else (kind, "")


def insert_with_ids(model: type[Any], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> list[int]:
    """Inserts rows like `insert_rows` and returns their ids, in the same order."""
    if not rows:
        return []
    connection = db.session.connection()
    if connection.dialect.name != "postgresql":
        # Nobody else writes meanwhile, and these are the ids that SQLite would give: those behind the last one.
        last: int = db.session.scalar(select(func.max(model.id))) or 0
        ids = list(range(last + 1, last + 1 + len(rows)))
    else:
        query = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :number)")
        ids = list(db.session.scalars(query, {"name": model.__tablename__, "number": len(rows)}))
    insert_rows(model, ("id", *columns), [(id_, *row) for id_, row in zip(ids, rows, strict=True)])
    return ids


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return json.dumps(value) if isinstance(value, dict | list) else value
