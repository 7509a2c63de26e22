"""What the worker does about events by itself: companies get the places of the tier that they have now."""

from eventapp.audit.service import NamedActor
from eventapp.core.clock import now
from eventapp.core.db import reading, rollback, transaction
from eventapp.core.jobs import job
from eventapp.events import queries
from eventapp.lifecycle import service

ACTOR = NamedActor("change of tier")


@job("lifecycle.follow_tiers", every_minute=True)
def follow_tiers() -> None:
    """Brings companies' places in line after their tier was changed, by a page, an import or a merge; tells who moves up.

    A sweep, since companies stand below events and cannot reach them when they change. Each pool is a transaction of
    its own, so nobody waits long for the lock of an event.
    """
    with reading():
        astray = queries.astray_pools(now())
        rollback()
    for pool in astray:
        with transaction():
            service.follow_tier(pool.event_id, pool.organisation_id, by=ACTOR, now=now())
