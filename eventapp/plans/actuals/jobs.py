"""Reading actual values of all plans in force once an hour, some of them in a transaction."""

from datetime import datetime, timedelta

from sqlalchemy import exists, or_, select

from eventapp.audit.service import NamedActor
from eventapp.core.clock import now
from eventapp.core.db import db, reading, rollback, transaction
from eventapp.core.jobs import job
from eventapp.plans.actuals import reading as readers
from eventapp.plans.models import READ_SOURCES, Objective, Plan, PlanStatus

CLOCK = NamedActor("clock")
# How old a reading grows, less what a look comes too late; and how often this process looks whose is as old.
EVERY, LOOKS = timedelta(minutes=55), timedelta(minutes=10)
# Plans whose locks one transaction holds.
PORTION = 50
_looked: list[datetime] = []


@job("plans.read_actuals", every_minute=True)
def read_all() -> None:
    """Reads what is due, looking every ten minutes."""
    at = now()
    if not _looked or not timedelta() <= at - _looked[-1] < LOOKS:
        _looked[:] = [at]
        read_due(at)


def read_due(at: datetime) -> int:
    """Reads all plans that were not read for an hour; returns how many values have changed."""
    last, changed = 0, 0
    while ids := _due(last, at):
        last = ids[-1]
        with transaction():
            changed += readers.read(ids, by=CLOCK, at=at)
    return changed


def _due(last: int, at: datetime) -> list[int]:
    """The next plans in force that read something, or did when they were signed."""
    reads = exists().where(Objective.plan_id == Plan.id, Objective.source.in_(READ_SOURCES)).correlate(Plan)
    query = select(Plan.id).where(
        Plan.id > last,
        Plan.status == PlanStatus.ACTIVE,
        Plan.suspended_at.is_(None),
        or_(Plan.read_at.is_(None), Plan.read_at <= at - EVERY),
        or_(Plan.amendment.is_not(None), reads),
    )
    with reading():
        ids = list(db.session.scalars(query.order_by(Plan.id).limit(PORTION)))
        rollback()
    return ids
