"""How long roles and invitations last, and what may not happen to a system admin."""

from datetime import UTC, date, datetime, time, timedelta

from eventapp.accounts.models import Role, User

INVITATION_LASTS = timedelta(days=7)
# Invitations that nobody took up are listed for so long, to be sent again.
INVITATIONS_LISTED = timedelta(days=30)
LONGEST_ROLE = timedelta(days=10 * 366)


def end_of(day: date) -> datetime:
    """The moment at which a right ends whose last day is `day`: midnight UTC after it."""
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def last_day(ends_at: datetime) -> date:
    """The last day of a right that ends at that moment."""
    return (ends_at - timedelta(microseconds=1)).astimezone(UTC).date()


def holds_for_good(user: User, role: Role) -> bool:
    """Whether the user holds the role without an end."""
    return user.active and any(grant.role is role and grant.ends_at is None for grant in user.grants)


def later(one: datetime | None, other: datetime | None) -> datetime | None:
    """The later of two ends, where none is never."""
    return None if one is None or other is None else max(one, other)
