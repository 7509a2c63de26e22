"""How many queries a page may need."""

from eventapp.core.db import db

MOST = 12
# On Postgres a page that asks past the wall takes it down and puts it up again: statements that set, and read nothing.
OF_THE_WALL = 3


def most_queries() -> int:
    """The limit of a page that asks what lies behind the wall as well."""
    return MOST if db.engine.dialect.name == "sqlite" else MOST + OF_THE_WALL
