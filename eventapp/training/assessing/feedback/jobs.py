"""What the worker does about feedback by itself, every minute."""

from eventapp.core.clock import now
from eventapp.core.jobs import job
from eventapp.training.assessing.feedback import asking


@job("assessing.ask_for_feedback", every_minute=True)
def ask_for_feedback() -> None:
    """Asks people how a run was, and later what they use of it."""
    asking.ask_due(now())
