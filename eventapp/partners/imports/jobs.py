"""Applying imports in the worker."""

import structlog

from eventapp.audit.service import NamedActor
from eventapp.core.clock import now
from eventapp.core.db import reading, rollback, transaction
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.core.jobs import Progress, enqueue, forget_progress, job, progress, read_progress
from eventapp.partners.imports import queries, service
from eventapp.partners.models import ImportState

log = structlog.get_logger()

# What each waiting import had told at the last sweep: one that has not moved since has lost its worker.
_seen: dict[int, Progress | None] = {}


def progress_key(batch_id: int) -> str:
    """Under which name the progress of an import is told."""
    return f"import:{batch_id}"


@job("imports.apply")
def apply_batch(batch_id: int) -> None:
    """Applies an import that waits, and says so on its page if that fails."""
    with reading():
        batch = queries.batch(batch_id)
        waiting, actor = batch.state is ImportState.QUEUED, NamedActor(batch.created_by)
        rollback()
    if not waiting:
        return
    key = progress_key(batch_id)
    try:
        with transaction():
            service.apply(batch_id, by=actor, at=now(), tell=lambda done, total: progress(key, done, total))
    except service.ChangedSinceError as error:
        with transaction():
            service.check_again(batch_id, error, at=now())
    except RuleError as error:
        _give_up(batch_id, error.message)
    except Exception:
        _give_up(batch_id, str(_("Something broke. Nothing was imported; try again.")))
        raise
    finally:
        forget_progress(key)


def _give_up(batch_id: int, message: str) -> None:
    with transaction():
        service.give_up(batch_id, message)


@job("imports.sweep", every_minute=True)
def sweep() -> None:
    """Asks again for imports whose request was lost, or whose worker was."""
    with reading():
        waiting = queries.waiting()
        rollback()
    for batch_id in waiting:
        told = read_progress(progress_key(batch_id))
        if batch_id in _seen and _seen[batch_id] == told:
            log.warning("import resumed", batch=batch_id)
            enqueue("imports.apply", batch_id)
        _seen[batch_id] = told
    for batch_id in set(_seen) - set(waiting):
        del _seen[batch_id]
