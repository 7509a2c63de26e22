"""Saving, changing and deleting filters: everybody their own."""

from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import func, select

from eventapp.accounts.lists.models import SavedFilter
from eventapp.accounts.models import User
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.core.text import clean

MOST = 50
LONGEST = 2000
# The page of the list is no part of what somebody looks for, and a saved filter never leads to another.
LEFT_OUT = frozenset({"after", "before", "filter"})


def cleaned(query: str) -> str:
    """What stays of the query string of a list's address. Raises RuleError if that is nothing, or too long."""
    try:
        pairs = parse_qsl(query[: 4 * LONGEST], max_num_fields=LONGEST // 2)
    except ValueError:
        pairs = []
    text = urlencode([(clean(name), clean(value)) for name, value in pairs if name not in LEFT_OUT])
    if not text:
        raise RuleError(_("Search, filter or sort the list first: there is nothing to save."), status=422)
    if len(text) > LONGEST:
        raise RuleError(_("So many filters at once cannot be saved. Choose fewer."), status=422)
    return text


def save(user: User, endpoint: str, name: str, query: str, *, shared: bool, by: Actor, at: datetime) -> SavedFilter:
    """Saves what somebody looks for. One's own filter of the same name and list is replaced."""
    text = cleaned(query)
    found = _of_name(user, endpoint, name)
    before = found.shared if found is not None else None
    if found is None:
        own = (SavedFilter.user_id == user.id, SavedFilter.endpoint == endpoint)
        if (db.session.scalar(select(func.count()).select_from(SavedFilter).where(*own)) or 0) >= MOST:
            raise RuleError(_("You have saved %(number)s filters of this list. Delete one first.", number=MOST))
        found = SavedFilter(user_id=user.id, endpoint=endpoint, name=name, saved_at=at)
        db.session.add(found)
    found.query, found.shared, found.saved_at = text, shared, at
    db.session.flush()
    _record("save", found, {"shared": [before, shared]} if before != shared else None, by, at)
    return found


def change(found: SavedFilter, *, name: str, shared: bool, by: Actor, at: datetime) -> None:
    """Renames a filter, shares it or takes it back. Raises RuleError if there is one of that name."""
    user = db.session.get_one(User, found.user_id)
    other = _of_name(user, found.endpoint, name)
    if other is not None and other is not found:
        raise RuleError(_("Another filter of this list has this name."), "name")
    pairs = (("name", found.name, name), ("shared", found.shared, shared))
    changes = {field: [old, new] for field, old, new in pairs if old != new}
    if not (found.shared or shared):
        changes.pop("name", None)
    found.name, found.shared = name, shared
    db.session.flush()
    _record("change", found, changes, by, at)


def delete(found: SavedFilter, *, by: Actor, at: datetime) -> None:
    """Deletes a filter, also for those with whom it was shared."""
    _record("delete", found, None, by, at)
    db.session.delete(found)
    db.session.flush()


def _of_name(user: User, endpoint: str, name: str) -> SavedFilter | None:
    query = select(SavedFilter).where(SavedFilter.user_id == user.id, SavedFilter.endpoint == endpoint)
    return db.session.scalar(query.where(SavedFilter.name == name))


def _record(act: str, found: SavedFilter, changes: dict[str, Any] | None, by: Actor, at: datetime) -> None:
    # What somebody calls a filter of their own is nobody's business, not even that of those who read the log.
    name = found.name if found.shared else ""
    record(f"filter.{act}", by=by, at=at, object_type="filter", object_id=found.id, object_name=name, changes=changes or {})
