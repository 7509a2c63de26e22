"""What later features do when somebody comes to belong to a company, or has left one, and when companies end.

They add themselves when the app is put together.
"""

from collections.abc import Callable, Collection
from datetime import datetime

from eventapp.audit.service import Actor
from eventapp.partners.models import Organisation, Person

# Called in the same transaction, after the membership is in force.
ON_JOINED: list[Callable[[Person, Organisation, Actor, datetime], None]] = []
# Called in the same transaction, after the membership has ended.
ON_LEFT: list[Callable[[Person, Organisation, Actor, datetime], None]] = []
# Called in the same transaction, after a login became that of the person.
ON_LOGIN: list[Callable[[Person, Actor, datetime], None]] = []
# Called in the same transaction, after the contracts of these companies have ended, on their page or by an import.
ON_ENDED: list[Callable[[Collection[int], datetime], None]] = []


def joined(person: Person, company: Organisation, *, by: Actor, at: datetime) -> None:
    """Tells everybody that the person belongs to the company now."""
    for tell in ON_JOINED:
        tell(person, company, by, at)


def left(person: Person, company: Organisation, *, by: Actor, at: datetime) -> None:
    """Tells everybody that the person does not belong to the company any more."""
    for tell in ON_LEFT:
        tell(person, company, by, at)


def logged_in(person: Person, *, by: Actor, at: datetime) -> None:
    """Tells everybody that the person has a login now."""
    for tell in ON_LOGIN:
        tell(person, by, at)


def ended(company_ids: Collection[int], *, at: datetime) -> None:
    """Tells everybody that the contracts of these companies have ended."""
    for tell in ON_ENDED:
        tell(company_ids, at)
