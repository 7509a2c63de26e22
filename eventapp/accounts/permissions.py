"""Who somebody is, for queries and permissions."""

from dataclasses import dataclass, field
from datetime import datetime

from eventapp.accounts.models import Role, User


@dataclass(frozen=True)
class Viewer:
    """Who asks: a login with its roles, and the companies whose people it may register. First argument of queries."""

    user: User | None = None
    roles: frozenset[Role] = frozenset()
    company_ids: frozenset[int] = field(default_factory=frozenset)

    @property
    def is_organizer(self) -> bool:
        """Whether the viewer organizes all events."""
        return bool(self.roles & {Role.ORGANIZER, Role.SYSTEM_ADMIN})


NOBODY = Viewer()


def roles_of(user: User, now: datetime) -> frozenset[Role]:
    """The roles that are granted to the user at this moment."""
    return frozenset(grant.role for grant in user.grants if grant.ends_at is None or grant.ends_at > now)
