"""The daily purge, part of what the worker does every minute."""

from eventapp.core.clock import now
from eventapp.core.jobs import job
from eventapp.privacy import purging


@job("privacy.purge", every_minute=True)
def purge_due() -> None:
    """Purges each kind of data that was not purged in the last day."""
    at = now()
    for kind in purging.due(at):
        purging.purge(kind, at)
