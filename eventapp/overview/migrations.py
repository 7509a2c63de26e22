"""Whether the database stands where the code expects it."""

from functools import lru_cache

from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import inspect, text

from eventapp.core.db import db


@lru_cache(maxsize=4)
def head(directory: str) -> str | None:
    """The newest revision that the code knows."""
    return ScriptDirectory(directory).get_current_head()


def revision() -> str | None:
    """The revision that the database stands at; none for an empty one."""
    if not inspect(db.engine).has_table("alembic_version"):
        return None
    found: str | None = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def at_head() -> bool:
    """Whether nothing is left to migrate."""
    return revision() == head(current_app.config["MIGRATIONS"])
