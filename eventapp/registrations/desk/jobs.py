"""Acts in bulk that the worker carries out, a portion at a time."""

import structlog

from eventapp.core.clock import now
from eventapp.core.db import db, reading, rollback, transaction
from eventapp.core.errors import RuleError
from eventapp.core.jobs import enqueue, forget_progress, job, progress
from eventapp.events.models import Event
from eventapp.registrations.desk import bulk, queries
from eventapp.registrations.desk.models import BulkAct

log = structlog.get_logger()
_seen: dict[int, tuple[int, int]] = {}


def progress_key(act_id: int) -> str:
    """Under which name the progress of an act is told."""
    return f"bulk:{act_id}"


@job("registrations.bulk")
def carry_out(act_id: int) -> None:
    """Carries an act out or takes it back, each portion in its own transaction: whoever registers waits for one only."""
    key, last = progress_key(act_id), False
    while not last:
        with transaction():
            act = db.session.get(BulkAct, act_id)
            if act is None or not act.under_way:
                break
            event = db.session.get_one(Event, act.event_id)
            try:
                with db.session.begin_nested():
                    last = bulk.go_on(event, act, at=now())
            except RuleError as error:
                db.session.refresh(act)
                bulk.give_up(act, error.message)
                last = True
            progress(key, *act.progress)
    forget_progress(key)


@job("registrations.bulk_sweep", every_minute=True)
def sweep() -> None:
    """Asks again for acts whose request was lost, or whose worker was: those that have not moved since the last sweep."""
    with reading():
        waiting = {act_id: db.session.get_one(BulkAct, act_id).progress for act_id in queries.waiting_acts()}
        rollback()
    for act_id, reached in waiting.items():
        if _seen.get(act_id) == reached:
            log.warning("act resumed", act=act_id)
            enqueue("registrations.bulk", act_id)
    _seen.clear()
    _seen.update(waiting)
