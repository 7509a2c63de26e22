"""What the worker does about answers by itself: questions that are required from a date on are missing from then on."""

from datetime import timedelta

from eventapp.core.clock import now
from eventapp.core.db import reading, rollback, transaction
from eventapp.core.jobs import job
from eventapp.questions import queries
from eventapp.questions.hooks import keeper

# Longer than between two runs, so that none is passed over; counting twice changes nothing.
LOOK_BACK = timedelta(minutes=10)


@job("answers.count_required", every_minute=True)
def count_required() -> None:
    """Counts anew at events where a question has become required in the last minutes."""
    at = now()
    with reading():
        event_ids = queries.became_required(at - LOOK_BACK, at)
        rollback()
    for event_id in event_ids:
        with transaction():
            keeper().recount(event_id, at)
