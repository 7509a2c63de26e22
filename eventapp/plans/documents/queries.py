"""What a document needs besides the version itself."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.events.models import Event


def event_titles(content: Mapping[str, Any]) -> dict[int, str]:
    """The titles of the events that rows of a content name. No query if they name none."""
    ids = {row["event_id"] for one in content["sections"] for row in one.get("rows", []) if isinstance(row.get("event_id"), int)}
    if not ids:
        return {}
    rows = db.session.execute(select(Event.id, Event.title).where(Event.id.in_(ids)))
    return {row.id: row.title for row in rows}
