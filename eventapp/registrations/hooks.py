"""What later features add to registering: who may not be registered by others, and what goes with the person.

Privacy and the agenda stand above registrations, which must not know them; they put their functions in here when they are
imported.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from markupsafe import Markup

from eventapp.audit.service import Actor
from eventapp.events.models import Event
from eventapp.registrations.models import Registration


class Required(NamedTuple):
    """What an event asks of people themselves: what each of those `asked` about lacks, by person id, and what somebody lacks
    of whom nothing is known. In words that follow a name; who lacks nothing is missing."""

    lacking: Mapping[int, str]
    stranger: str
    asked: Collection[int]


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
# registration, moment → what cancelling it then would mean besides; empty where it means nothing more
CANCELLING: list[Callable[[Registration, datetime], str]] = []
# event, person ids, moment → what these people lack; none where the event asks nothing of people themselves
REQUIREMENTS: list[Callable[[Event, Collection[int], datetime], Required | None]] = []
# event, moment → a block above the forms by which people register, empty where there is nothing to say
ABOVE_FORM: list[Callable[[Event, datetime], Markup]] = []
# an event → the keys of further messages that its people may get
FURTHER_KINDS: list[Callable[[Event], Collection[str]]] = []


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


def cancelling(registration: Registration, at: datetime) -> list[str]:
    """What whoever is about to cancel has to know besides, each a sentence."""
    return [text for tell in CANCELLING if (text := tell(registration, at))]


def required(event: Event, person_ids: Collection[int], at: datetime) -> Required | None:
    """What these people lack for the event; none where it asks nothing of people themselves."""
    return next((found for ask in REQUIREMENTS if (found := ask(event, person_ids, at)) is not None), None)


def lacks(registration: Registration, at: datetime) -> str:
    """What the person of a registration lacks for its event, in words that follow a name; empty if nothing."""
    found = required(registration.event, [registration.person_id], at)
    return found.lacking.get(registration.person_id, "") if found is not None else ""


def above_form(event: Event, at: datetime) -> list[Markup]:
    """What later features show above the forms by which people register."""
    return [block for show in ABOVE_FORM if (block := show(event, at))]


def further_kinds(event: Event) -> set[str]:
    """The keys of messages that later features send to people of this event."""
    return {key for tell in FURTHER_KINDS for key in tell(event)}
