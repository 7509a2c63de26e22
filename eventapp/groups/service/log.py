"""What the log says of group sets."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from eventapp.audit.service import Actor, record
from eventapp.groups.models import GroupSet
from eventapp.registrations.models import Registration


def record_act(action: str, found: GroupSet, by: Actor, at: datetime, changes: Mapping[str, Any]) -> None:
    """Writes an act on a set into the log."""
    record(
        action,
        by=by,
        at=at,
        object_type="group_set",
        object_id=found.id,
        object_name=found.name,
        event_id=found.event_id,
        changes=changes,
    )


def record_person(
    action: str, found: GroupSet, registration: Registration, by: Actor, at: datetime, changes: Mapping[str, Any]
) -> None:
    """Writes an act on one person's place into the log, under the name that the company typed."""
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
        changes={"set": found.name, **changes},
    )


def differing(changes: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """The fields whose old and new value differ."""
    return {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
