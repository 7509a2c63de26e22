"""Who helps with an event, and who works for the vendor at all."""

from flask import g
from flask_login import current_user

from eventapp.accounts import permissions
from eventapp.accounts.audiences import is_organizer, visitors_roles
from eventapp.accounts.permissions import COMPANY_READERS
from eventapp.core.clock import now
from eventapp.core.web.audiences import Audience
from eventapp.events import queries


def staffed_events() -> frozenset[int]:
    """Ids of the events that the visitor helps with at this moment; asked for once in a request."""
    if not current_user.is_authenticated:
        return frozenset()
    kept: tuple[int, frozenset[int]] | None = g.get("staffed_events")
    if kept is None or kept[0] != current_user.id:
        kept = g.staffed_events = (current_user.id, queries.staffed_by(current_user.id, now()))
    return kept[1]


permissions.HELPS.append(lambda user, at: bool(queries.staffed_by(user.id, at)))

# Reads an event's numbers and registrations. Which event somebody with no other role may read is said by the query.
event_reader = Audience("event_reader", lambda: bool(visitors_roles() & COMPANY_READERS) or bool(staffed_events()))
# Lets people in at an event's door. At which one a helper does is said by the query.
door = Audience("door", lambda: is_organizer() or bool(staffed_events()))
# Whoever works for the vendor, in whatever role, if only at one event.
vendor = Audience("vendor", lambda: bool(visitors_roles()) or bool(staffed_events()))
