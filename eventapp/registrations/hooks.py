"""What a later feature adds to registering: who may not be registered by others, and what goes with the person.

Privacy stands above registrations, which must not know it; it puts its functions in here when it is imported.
"""

from collections.abc import Callable, Iterable

# person ids → those of them who do not want to be registered by others
BARRED: list[Callable[[Iterable[int]], set[int]]] = []
# ids of registrations whose person has gone, was exchanged, or takes part on video: what they told us in confidence goes
CLEARED: list[Callable[[Iterable[int]], None]] = []


def barred(person_ids: Iterable[int]) -> set[int]:
    """Which of these people may not be registered by others."""
    ids = list(person_ids)
    return set().union(*(ask(ids) for ask in BARRED)) if ids else set()


def cleared(registration_ids: Iterable[int]) -> None:
    """Lets go of what the people of these registrations told us in confidence."""
    ids = list(registration_ids)
    for clear in CLEARED:
        clear(ids)
