"""What the worker does about groups by itself: writing the mails of a telling that was ordered."""

import structlog

from eventapp.core.clock import now
from eventapp.core.db import reading, rollback, transaction
from eventapp.core.jobs import job
from eventapp.groups.service.telling import being_told, tell_some

log = structlog.get_logger()


@job("groups.tell", every_minute=True)
def tell() -> None:
    """Writes mails portion by portion; a worker that goes on after another has died goes on with who is still to be told."""
    with reading():
        waiting = being_told()
        rollback()
    for set_id in waiting:
        try:
            more = True
            while more:
                with transaction():
                    more = tell_some(set_id, at=now())
        except Exception:
            log.exception("telling of places failed", set=set_id)
