"""What the worker does about attempts by itself, every minute."""

from eventapp.core.clock import now
from eventapp.core.db import transaction
from eventapp.core.jobs import job
from eventapp.training.assessing.attempts import service

MOST_AT_ONCE = 500


@job("assessing.close_overdue", every_minute=True)
def close_overdue() -> None:
    """Scores attempts whose time is over, each in a transaction of its own."""
    for _n in range(MOST_AT_ONCE):
        with transaction():
            closed = service.close_overdue(now())
        if not closed:
            return
