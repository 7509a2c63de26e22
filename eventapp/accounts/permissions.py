"""Who somebody is, for queries and permissions."""

from dataclasses import dataclass, field
from datetime import datetime

from eventapp.accounts.models import Role, User

ORGANIZERS = frozenset({Role.SYSTEM_ADMIN, Role.ORGANIZER})
READERS = ORGANIZERS | {Role.AUDITOR}


@dataclass(frozen=True)
class Seat:
    """A company that somebody belongs to at this moment, and as what: `member`, `admin` or `executive`."""

    company_id: int
    company_name: str
    role: str


@dataclass(frozen=True)
class Viewer:
    """Who asks. First argument of queries.

    `roles` are those at the vendor. `seats` are all companies that the person belongs to; `acting_for` is the one that
    the person acts for now. `company_ids` are the companies whose people the viewer may see and register: the one acted
    for, if the viewer is an admin there.
    """

    user: User | None = None
    roles: frozenset[Role] = frozenset()
    company_ids: frozenset[int] = field(default_factory=frozenset)
    seats: tuple[Seat, ...] = ()
    acting_for: int | None = None

    @property
    def is_organizer(self) -> bool:
        """Whether the viewer organizes all events."""
        return bool(self.roles & ORGANIZERS)

    @property
    def reads_all(self) -> bool:
        """Whether the viewer may read what organizers see: they themselves, and auditors."""
        return bool(self.roles & READERS)

    @property
    def seat(self) -> Seat | None:
        """The seat in the company that the viewer acts for."""
        return next((seat for seat in self.seats if seat.company_id == self.acting_for), None)


NOBODY = Viewer()


def roles_of(user: User, now: datetime) -> frozenset[Role]:
    """The roles that are granted to the user at this moment."""
    return frozenset(grant.role for grant in user.grants if grant.ends_at is None or grant.ends_at > now)
