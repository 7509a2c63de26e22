"""Reading saved filters: one's own and, for whoever works for the vendor, those that others share."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select

from eventapp.accounts.lists.models import SavedFilter
from eventapp.accounts.models import User
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError


def _visible(user: User, *, for_vendor: bool) -> ColumnElement[bool]:
    own = SavedFilter.user_id == user.id
    return own | SavedFilter.shared if for_vendor else own


def of_list(user: User, endpoint: str, *, for_vendor: bool) -> Sequence[SavedFilter]:
    """The filters of a list, one's own first, by name."""
    visible = _visible(user, for_vendor=for_vendor)
    found = db.session.scalars(select(SavedFilter).where(SavedFilter.endpoint == endpoint, visible))
    return sorted(found, key=lambda one: (one.user_id != user.id, one.name.casefold(), one.id))


def saved_filter(user: User, endpoint: str, filter_id: int, *, for_vendor: bool) -> SavedFilter:
    """A filter of the list. Raises NotFoundError for an unknown one, another list's, or another person's own."""
    visible = _visible(user, for_vendor=for_vendor)
    query = select(SavedFilter).where(SavedFilter.id == filter_id, SavedFilter.endpoint == endpoint, visible)
    return _found(db.session.scalar(query), filter_id)


def own_filter(user: User, filter_id: int) -> SavedFilter:
    """A filter of one's own, of any list. Raises NotFoundError."""
    query = select(SavedFilter).where(SavedFilter.id == filter_id, SavedFilter.user_id == user.id)
    return _found(db.session.scalar(query), filter_id)


def _found(found: SavedFilter | None, filter_id: int) -> SavedFilter:
    if found is None:
        raise NotFoundError(filter_id)
    return found
