"""What a later feature adds to an event's public page: the way in that a company has been invited to.

Invitations stand above events, which must not know them; they put their function in here when they are imported.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from eventapp.events.admission import queries as admission
from eventapp.events.models import Event
from eventapp.events.rules import Blocker
from eventapp.partners.models import Organisation

# event, company, moment → why the company may register nobody; empty when it may
COMPANY_BLOCKERS: list[Callable[[Event, Organisation, datetime], Sequence[Blocker]]] = []


def company_blockers(event: Event, company: Organisation, now: datetime) -> Sequence[Blocker]:
    """Why the company may register nobody for the event at this moment; empty when it may."""
    for ask in COMPANY_BLOCKERS:
        return ask(event, company, now)
    return admission.open_to(event, company, now)[1]
