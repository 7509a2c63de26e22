"""Who helps with an event."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from eventapp.accounts.models import User, UserSession
from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.events.models import Event, EventStaff


def helpers(event: Event) -> Sequence[Row[*tuple[Any, ...]]]:
    """Everybody who helps with the event or did: id, name, email, active, granted_by, ends_at, seen_at; by name."""
    seen = select(func.max(UserSession.seen_at)).where(UserSession.user_id == User.id).correlate(User).scalar_subquery()
    columns = (User.id, User.name, User.email, User.active, EventStaff.granted_by, EventStaff.ends_at, seen.label("seen_at"))
    query = select(*columns).join(EventStaff, EventStaff.user_id == User.id).where(EventStaff.event_id == event.id)
    return db.session.execute(query.order_by(EventStaff.ends_at.desc(), func.lower(User.email), User.id)).all()


def helper(viewer: Viewer, event: Event, user_id: int) -> EventStaff:
    """The row of somebody who helps or did, for an organizer. Raises `NotFoundError`."""
    found = db.session.get(EventStaff, (event.id, user_id)) if viewer.is_organizer else None
    if found is None:
        raise NotFoundError
    return found


def in_force(event: Event, address: str, at: datetime) -> EventStaff | None:
    """The row of the login with this address, if it helps with the event at that moment."""
    query = select(EventStaff).join(User, User.id == EventStaff.user_id)
    return db.session.scalar(query.where(EventStaff.event_id == event.id, User.email == address, EventStaff.ends_at > at))
