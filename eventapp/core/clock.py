"""The one place that asks what time it is."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current moment, aware, in UTC. Views and commands call it once and pass it on."""
    return datetime.now(UTC)
