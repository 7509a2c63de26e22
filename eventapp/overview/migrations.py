"""Whether the database stands where the code expects it."""

from functools import lru_cache
from pathlib import Path

from flask import current_app
from sqlalchemy import inspect, text

from eventapp.core.db import db


@lru_cache(maxsize=4)
def head(directory: str) -> str | None:
    """The newest revision that the code knows: files are named after their revisions, which are numbered."""
    return max((file.name[:4] for file in Path(directory, "versions").glob("[0-9]*.py")), default=None)


def revision() -> str | None:
    """The revision that the database stands at; none for an empty one."""
    if not inspect(db.engine).has_table("alembic_version"):
        return None
    found: str | None = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def at_head() -> bool:
    """Whether nothing is left to migrate."""
    return revision() == head(current_app.config["MIGRATIONS"])
