"""What the worker does about messages by itself, every minute."""

from eventapp.core.clock import now
from eventapp.core.jobs import job
from eventapp.registrations.messages import schedule


@job("messages.send_due", every_minute=True)
def send_due() -> None:
    """Sends the messages that are due."""
    schedule.send_due(now())
