"""What the worker does about blocks by itself: reminding before the last day, and releasing on the date."""

from collections.abc import Callable

import structlog

from eventapp.audit.service import NamedActor
from eventapp.core.clock import now
from eventapp.core.db import reading, rollback, transaction
from eventapp.core.jobs import job
from eventapp.registrations.blocks import notices, queries, releasing
from eventapp.registrations.blocks.models import SeatBlock

log = structlog.get_logger()
ACTOR = NamedActor("seat blocks")


@job("registrations.blocks", every_minute=True)
def keep_blocks() -> None:
    """Releases the blocks whose moment has come, and reminds of those whose last day comes.

    Each block is a transaction of its own: nobody waits long for the lock of an event, and one that fails, which the
    next minute tries again, stops no other.
    """
    with reading():
        due, near = queries.open_ids(SeatBlock.releases_at <= now()), notices.candidates(now())
        rollback()
    for block_id in due:
        _alone(block_id, lambda found: releasing.release_due(found, by=ACTOR, at=now()))
    for block_id in near:
        _alone(block_id, lambda found: notices.remind(found, at=now()))


def _alone(block_id: int, act: Callable[[int], object]) -> None:
    try:
        with transaction():
            act(block_id)
    except Exception:
        log.exception("seat block failed", block=block_id)
