"""What the worker does about the programme by itself: once a day all companies are evaluated."""

from sqlalchemy import func, select

from eventapp.core.clock import now
from eventapp.core.db import db, reading, rollback, transaction
from eventapp.core.jobs import job
from eventapp.training.models import StandingDay
from eventapp.training.programme import evaluating, facts


@job("programme.each_day", every_minute=True)
def each_day() -> None:
    """Evaluates all companies and notes the day, at the first minute of it (UTC) at which the worker runs."""
    at = now()
    with reading():
        last_day = db.session.scalar(select(func.max(StandingDay.day)))
        tiers = {rule.tier for rule in facts.rules()}
        rollback()
    if tiers and (last_day is None or last_day < at.date()):
        last = 0
        # Some hundred companies in a transaction, so that nobody waits for all of them.
        while ids := _next(last, tiers):
            last = ids[-1]
            with transaction():
                evaluating.evaluate(ids, at=at)
        with transaction():
            evaluating.finish(at)


def _next(last: int, tiers: set[str]) -> list[int]:
    with reading():
        ids = [company.id for company in facts.companies_after(last, tiers)]
        rollback()
    return ids
