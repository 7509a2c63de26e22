"""What the log says of registrations."""

from datetime import datetime

from eventapp.audit.service import Actor, record
from eventapp.registrations.models import Registration


class _Promotion:
    actor_id = None
    actor_name = "waiting list"


PROMOTION = _Promotion()


def record_act(action: str, registration: Registration, by: Actor, at: datetime, changes: dict[str, object]) -> None:
    """Writes an act on a registration into the log, under the name that its company typed."""
    record(
        action,
        by=by,
        at=at,
        object_type="registration",
        object_id=registration.id,
        # As the company typed it: the log that it reads must not tell it a stranger's own name.
        object_name=registration.name,
        event_id=registration.event_id,
        organisation_id=registration.organisation_id,
        person_id=registration.person_id,
        changes=changes,
    )
