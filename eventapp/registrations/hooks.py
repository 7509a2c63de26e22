"""What later features add to registering: who may not be registered by others, and what goes with the person.

Privacy and the agenda stand above registrations, which must not know them; they put their functions in here when they are
imported.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from markupsafe import Markup

from eventapp.audit.service import Actor
from eventapp.registrations.models import Registration

# person ids → those of them who do not want to be registered by others
BARRED: list[Callable[[Iterable[int]], set[int]]] = []
# ids of registrations whose person has gone, was exchanged, or takes part on video: what they told us in confidence goes
CLEARED: list[Callable[[Iterable[int]], None]] = []
# registrations whose status, way to take part or kind has changed or, with True, whose person was exchanged: what later
# features keep about them is looked at again, under the lock of the event
CHANGED: list[Callable[[Sequence[Registration], bool, Actor, datetime], None]] = []
# registrations that were made, or whose status was changed, by whatever act
COUNTED: list[Callable[[Sequence[Registration]], None]] = []
# a registration that is handed on in a moment, and is still the one's who leaves
LEAVING: list[Callable[[Registration, Actor, datetime], None]] = []
# a registration → further lines (label, text) of its own page behind the secret link
FURTHER: list[Callable[[Registration], list[tuple[Any, str]]]] = []
# registration, moment → a block of one's own page, empty where there is nothing to say
OWN_PAGE: list[Callable[[Registration, datetime], Markup]] = []


def barred(person_ids: Iterable[int]) -> set[int]:
    """Which of these people may not be registered by others."""
    ids = list(person_ids)
    return set().union(*(ask(ids) for ask in BARRED)) if ids else set()


def cleared(registration_ids: Iterable[int]) -> None:
    """Lets go of what the people of these registrations told us in confidence."""
    ids = list(registration_ids)
    for clear in CLEARED:
        clear(ids)


def changed(registrations: Sequence[Registration], *, person: bool = False, by: Actor, at: datetime) -> None:
    """Lets later features look again at what they keep about these registrations. `person`: somebody else comes."""
    for look in CHANGED:
        look(registrations, person, by, at)


def counted(registrations: Sequence[Registration]) -> None:
    """Lets later features follow what these registrations have become."""
    for follow in COUNTED:
        follow(registrations)


def further(registration: Registration) -> list[tuple[Any, str]]:
    """What later features have to say on the registration's own page."""
    return [line for tell in FURTHER for line in tell(registration)]


def leaving(registration: Registration, *, by: Actor, at: datetime) -> None:
    """Lets go of what else the person had a place in, before somebody else comes in their stead."""
    for let_go in LEAVING:
        let_go(registration, by, at)


def on_own_page(registration: Registration, at: datetime) -> list[Markup]:
    """What later features show on the page behind one's secret link."""
    return [block for show in OWN_PAGE if (block := show(registration, at))]
