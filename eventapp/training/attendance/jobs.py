"""Counting by itself: clicks on join links and arrivals at the door come in without anybody on the pages of the run."""

from eventapp.audit.service import NamedActor
from eventapp.core.clock import now
from eventapp.core.db import db, reading, rollback, transaction
from eventapp.core.jobs import job
from eventapp.training import queries
from eventapp.training.attendance import counting
from eventapp.training.models import Run

WORKER = NamedActor("worker")


@job("attendance.count", every_minute=True)
def count() -> None:
    """Counts runs that are under way or have just ended; a run for which nothing new was said stays as it is."""
    with reading():
        due = counting.due(now())
        rollback()
    for run_id in due:
        with transaction():
            run = db.session.scalars(queries.runs().where(Run.id == run_id)).one()
            if (run := counting.lock(run)).done_at is None:
                counting.recount_and_tell(run, by=WORKER, at=now())
