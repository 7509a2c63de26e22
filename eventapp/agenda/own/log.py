"""What the log says of places in sessions."""

from datetime import datetime

from eventapp.agenda.models import SessionSignUp
from eventapp.audit.service import Actor, NamedActor, record

WAITING_LIST = NamedActor("waiting list")


def record_act(action: str, sign_up: SessionSignUp, by: Actor, at: datetime, changes: dict[str, object]) -> None:
    """Writes an act on somebody's place in a session into the log, under the name that their company typed."""
    registration = sign_up.registration
    record(
        action,
        by=by,
        at=at,
        object_type="registration",
        object_id=registration.id,
        object_name=registration.name,
        event_id=registration.event_id,
        organisation_id=registration.organisation_id,
        person_id=registration.person_id,
        changes={"session": [None, sign_up.session.title], **changes},
    )
