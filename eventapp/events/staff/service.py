"""Letting people help with an event, and ending that."""

from datetime import datetime
from typing import Any

from eventapp.accounts.models import User
from eventapp.accounts.permissions import ORGANIZERS, roles_of
from eventapp.accounts.staff import invitations
from eventapp.accounts.staff.invitations import PURPOSES, Purpose
from eventapp.accounts.staff.rules import last_day
from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.core.times import day_text
from eventapp.events.models import Event, EventStaff
from eventapp.events.staff import queries

EVENT = "event"


def invite(event: Event, address: str, *, ends_at: datetime, by: User, at: datetime) -> bool:
    """Invites somebody to help with the event until `ends_at`; whether a mail goes out.

    For somebody who helps already only the end moves. Raises `RuleError` like `invitations.invite`.
    """
    helping = queries.in_force(event, address, at)
    if helping is None:
        details = {"event_id": event.id, "title": event.title, "ends_at": ends_at.isoformat()}
        invitations.invite(address, EVENT, details, by=by, at=at)
        return True
    before, helping.ends_at = helping.ends_at, ends_at
    _record(
        "events.staff_until", event, helping.user_id, by=by, at=at, changes={"address": address, "ends_at": [before, ends_at]}
    )
    return False


def end(event: Event, helping: EventStaff, *, by: Actor, at: datetime) -> None:
    """Ends somebody's help now: it shows at their next request. Raises `RuleError` if it has ended."""
    if helping.ends_at <= at:
        raise RuleError(_("This has ended already."))
    before, helping.ends_at = helping.ends_at, at
    _record("events.staff_ended", event, helping.user_id, by=by, at=at, changes={"ends_at": [before, at]})


def _record(action: str, event: Event, user_id: int, *, by: Actor, at: datetime, changes: dict[str, Any]) -> None:
    db.session.flush()
    user = db.session.get_one(User, user_id)
    changes = {"address": user.email, **changes}
    record(
        action, by=by, at=at, object_type="event", object_id=event.id, object_name=event.title, event_id=event.id, changes=changes
    )


def _describe(details: dict[str, Any]) -> list[str]:
    day = day_text(last_day(datetime.fromisoformat(details["ends_at"])))
    return [_("Helper at %(event)s, until %(day)s", event=details["title"], day=day)]


def _may_give(by: User, details: dict[str, Any], at: datetime) -> bool:
    return bool(roles_of(by, at) & ORGANIZERS) and datetime.fromisoformat(details["ends_at"]) > at


def _give(user: User, details: dict[str, Any], by: User, at: datetime) -> None:
    event = db.session.get_one(Event, int(details["event_id"]))
    ends_at = datetime.fromisoformat(details["ends_at"])
    row = db.session.get(EventStaff, (event.id, user.id))
    if row is None:
        row = EventStaff(event_id=event.id, user_id=user.id, granted_at=at, granted_by=by.actor_name, ends_at=ends_at)
        db.session.add(row)
    elif row.ends_at > at:
        row.ends_at = max(row.ends_at, ends_at)
    else:
        row.granted_at, row.granted_by, row.ends_at = at, by.actor_name, ends_at
    _record("events.staff_added", event, user.id, by=by, at=at, changes={"ends_at": row.ends_at})


PURPOSES[EVENT] = Purpose(_describe, _may_give, _give)
