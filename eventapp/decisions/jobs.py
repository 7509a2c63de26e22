"""What the worker does about decisions by itself: reminding owners of what is due."""

from sqlalchemy import exists, or_, select

from eventapp.core.clock import now
from eventapp.core.db import db, reading, rollback, transaction
from eventapp.core.jobs import job
from eventapp.decisions.mails import AHEAD
from eventapp.decisions.models import Decision
from eventapp.decisions.queries import due_reopenings
from eventapp.decisions.service import remind


@job("decisions.remind", every_minute=True)
def remind_owners() -> None:
    """Tells owners of decisions to look at again and of requests to answer, each once."""
    at = now()
    with reading():
        again = exists().where(Decision.revisit_on <= at.date(), Decision.revisit_told_at.is_(None))
        due = db.session.scalar(select(or_(again, exists().where(due_reopenings(at + AHEAD)))))
        rollback()
    if due:
        with transaction():
            remind(at=at)
