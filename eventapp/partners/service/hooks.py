"""What later features do when somebody comes to belong to a company. They add themselves when the app is put together."""

from collections.abc import Callable
from datetime import datetime

from eventapp.audit.service import Actor
from eventapp.partners.models import Organisation, Person

# Called in the same transaction, after the membership is in force.
ON_JOINED: list[Callable[[Person, Organisation, Actor, datetime], None]] = []


def joined(person: Person, company: Organisation, *, by: Actor, at: datetime) -> None:
    """Tells everybody that the person belongs to the company now."""
    for tell in ON_JOINED:
        tell(person, company, by, at)
