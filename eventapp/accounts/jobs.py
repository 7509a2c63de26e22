"""What is swept up every minute: counted tries, one-time keys, links and sessions that nothing can ask for any more."""

from eventapp.accounts.service import forget_old_attempts
from eventapp.accounts.service.links import forget_old_links
from eventapp.accounts.service.sessions import forget_old_sessions
from eventapp.core.clock import now
from eventapp.core.db import transaction
from eventapp.core.jobs import job
from eventapp.core.once import forget_old


@job("accounts.sweep", every_minute=True)
def sweep() -> None:
    """Deletes what is old."""
    at = now()
    with transaction():
        forget_old_attempts(at)
        forget_old_links(at)
        forget_old_sessions(at)
        forget_old(at)
