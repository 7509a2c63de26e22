"""Many small rows at once."""

import json
from collections.abc import Sequence
from enum import Enum
from typing import Any

from sqlalchemy import Table, func, inspect, select, text

from eventapp.core.db import db


def insert_rows(model: type[Any], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Inserts rows of texts, numbers, enum members and JSON (lists, dicts) into a table, in the session's transaction.

    On Postgres by COPY: INSERTs for the 90,000 words of a partner list take longer than all the rest. Columns that are
    not named get the default of the database, if there is one.
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
    driver: Any = connection.connection.driver_connection
    names = ", ".join(columns)
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([_plain(value) for value in row])


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
