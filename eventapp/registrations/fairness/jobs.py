"""The draw and the second round, held by the worker at their date."""

from eventapp.audit.service import NamedActor
from eventapp.core.clock import now
from eventapp.core.db import reading, rollback, transaction
from eventapp.core.jobs import job
from eventapp.events.queries import event_by_id
from eventapp.registrations.fairness import service

ACTOR = NamedActor("date of the event")


@job("registrations.open_gates", every_minute=True)
def open_gates() -> None:
    """Holds what is due; each event is a transaction of its own."""
    with reading():
        due = service.due(now())
        rollback()
    for event_id in due:
        with transaction():
            service.open_gate(event_by_id(event_id), by=ACTOR, at=now())
