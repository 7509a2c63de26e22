"""Conditions over any number of values, such as those of a long file."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, any_, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute

from eventapp.core.db import db


def among(column: ColumnElement[Any] | InstrumentedAttribute[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """The condition that a column has one of these values, of which there may be any number: they are one parameter.

    A statement takes 65,535 parameters on Postgres, and on SQLite as many as it was built for.
    """
    listed = list(values)
    if db.engine.dialect.name == "postgresql":
        return column == any_(literal(listed, ARRAY(column.type)))
    return column.in_(select(func.json_each(json.dumps(listed)).table_valued("value").c.value))
