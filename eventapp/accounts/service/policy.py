"""The choice whether the vendor's people need a second factor."""

from datetime import datetime

from eventapp.accounts import queries
from eventapp.accounts.models import Policy
from eventapp.audit.service import Actor, record
from eventapp.core.db import db


def require_second_factor_of_staff(on: bool, *, by: Actor, at: datetime) -> None:
    """Makes the second factor a duty of everybody with a role at the vendor, or ends the duty."""
    found = queries.second_factor_for_staff()
    before = bool(found and found.value.get("on"))
    if before is on:
        return
    if found is None:
        found = Policy(key=queries.STAFF_SECOND_FACTOR, value={}, changed_by="", changed_at=at)
        db.session.add(found)
    found.value, found.changed_by, found.changed_at = {"on": on}, by.actor_name, at
    db.session.flush()
    name = queries.STAFF_SECOND_FACTOR
    changes = {"on": [before, on]}
    record("policy.changed", by=by, at=at, object_type="policy", object_id=None, object_name=name, changes=changes)
