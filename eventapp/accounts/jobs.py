"""What is swept up every minute: counted tries and one-time keys that nothing can ask for any more."""

from eventapp.accounts.service import forget_old_attempts
from eventapp.core.clock import now
from eventapp.core.db import transaction
from eventapp.core.jobs import job
from eventapp.core.once import forget_old


@job("accounts.sweep", every_minute=True)
def sweep() -> None:
    """Deletes old tries and old one-time keys."""
    at = now()
    with transaction():
        forget_old_attempts(at)
        forget_old(at)
