"""What a later feature adds: who needs a place near the door. Privacy stands above groups, which must not know it."""

from collections.abc import Callable

from eventapp.accounts.permissions import Viewer
from eventapp.events.models import Event

# (viewer, event) → registrations whose people have access needs; raises NotFoundError for whoever may not know that
NEEDING: list[Callable[[Viewer, Event], set[int]]] = []


def needing(viewer: Viewer, event: Event) -> set[int]:
    """The registrations of an event whose people have access needs, for whoever may know."""
    return set().union(*(ask(viewer, event) for ask in NEEDING))
