"""What the worker does: sends big batches, reminds the silent on their dates, ends invitations whose time is over."""

import structlog

from eventapp.audit.service import NamedActor
from eventapp.core.clock import now
from eventapp.core.db import db, reading, rollback, transaction
from eventapp.core.jobs import Progress, enqueue, forget_progress, job, progress, read_progress
from eventapp.registrations.invitations import calling_off, inviting, managing, queries, recipients
from eventapp.registrations.invitations.models import BatchState, InvitationBatch

log = structlog.get_logger()

# What each waiting batch had told at the last sweep: one that has not moved since has lost its worker.
_seen: dict[int, Progress | None] = {}


def progress_key(batch_id: int) -> str:
    """Under which name the progress of a batch is told."""
    return f"invitations:{batch_id}"


@job("invitations.send")
def send_batch(batch_id: int) -> None:
    """Sends a batch, a portion in each transaction: cancelling stops it, and a killed worker's successor goes on."""
    with reading():
        batch = db.session.get(InvitationBatch, batch_id)
        waiting = batch is not None and batch.state is BatchState.QUEUED
        found = recipients.of_batch(batch, now())[0] if batch is not None and waiting else []
        by = NamedActor(batch.created_by if batch is not None else "")
        rollback()
    if not waiting:
        return
    done, key = 0, progress_key(batch_id)
    progress(key, 0, len(found))
    try:
        for portion in recipients.portions(found, inviting.PORTION):
            with transaction():
                going_on = inviting.send_portion(batch_id, portion, by=by, at=now())
            if not going_on:
                return
            done += len(portion)
            progress(key, done, len(found))
        with transaction():
            inviting.finish(batch_id, at=now())
    finally:
        forget_progress(key)


@job("invitations.remind")
def remind(reminder_id: int) -> None:
    """Reminds the silent of one date, a portion in each transaction."""
    behind = 0
    while True:
        with transaction():
            behind = managing.remind_portion(reminder_id, behind, at=now())
        if not behind:
            return


@job("invitations.call_off")
def call_off() -> None:
    """Tells the invited of cancelled events, a portion in each transaction."""
    while True:
        with transaction():
            told = calling_off.portion(at=now())
        if not told:
            return


@job("invitations.sweep", every_minute=True)
def sweep() -> None:
    """Ends what is over or cancelled, serves the dates that have come, and asks again for batches that have lost their worker."""
    while True:
        with transaction():
            ended = managing.expire_portion(at=now())
        if ended < managing.PORTION:
            break
    call_off()
    with reading():
        due, waiting = queries.due_reminders(now()), queries.queued_batches()
        rollback()
    for reminder_id in due:
        remind(reminder_id)
    for batch_id in waiting:
        told = read_progress(progress_key(batch_id))
        if batch_id in _seen and _seen[batch_id] == told:
            log.warning("invitations resumed", batch=batch_id)
            enqueue("invitations.send", batch_id)
        _seen[batch_id] = told
    for batch_id in set(_seen) - set(waiting):
        del _seen[batch_id]
