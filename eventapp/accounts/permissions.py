"""Who somebody is and may do, for queries and permissions."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from eventapp.accounts.models import Role, User
from eventapp.core.i18n import _l

ORGANIZERS = frozenset({Role.SYSTEM_ADMIN, Role.ORGANIZER})
READERS = ORGANIZERS | {Role.AUDITOR}
# Who looks after the installation, and who looks after everybody: not those who organize events.
CONFIDENTIAL_READERS = frozenset({Role.SYSTEM_ADMIN, Role.AUDITOR})
COMPANY_WRITERS = ORGANIZERS | {Role.PARTNER_MANAGER}
COMPANY_READERS = COMPANY_WRITERS | READERS
# Not the organizers: whoever needs to see them is granted the role, which stands in the log.
NEEDS_READERS = frozenset({Role.CATERING})

ROLE_LABELS = {
    Role.SYSTEM_ADMIN: _l("System admin"),
    Role.ORGANIZER: _l("Organizer"),
    Role.PARTNER_MANAGER: _l("Partner manager"),
    Role.TRAINER: _l("Trainer"),
    Role.FINANCE: _l("Finance"),
    Role.AUDITOR: _l("Auditor"),
    Role.CATERING: _l("Catering"),
}
ROLE_TEXTS = {
    Role.SYSTEM_ADMIN: _l("Everything, with who else may do what, and how staff sign in."),
    Role.ORGANIZER: _l("All events, registrations, companies and mails."),
    Role.PARTNER_MANAGER: _l("Companies of the own territory and their people; reads events and registrations."),
    Role.TRAINER: _l("The runs of courses that they give: participants, roll call, marks."),
    Role.FINANCE: _l("Funding of partners, as soon as there is any; nothing else."),
    Role.AUDITOR: _l("Reads everything and changes nothing."),
    Role.CATERING: _l("Diet and access needs of those who come."),
}

# Which roles the holder of a role may give and end. Nobody gives what they do not have or what does not stand below it:
# the auditor looks after the organizers, so only a system admin names one.
GRANTS = {
    Role.SYSTEM_ADMIN: frozenset(Role),
    Role.ORGANIZER: frozenset({Role.ORGANIZER, Role.PARTNER_MANAGER, Role.TRAINER, Role.CATERING}),
    Role.PARTNER_MANAGER: frozenset(),
    Role.TRAINER: frozenset(),
    Role.FINANCE: frozenset(),
    Role.AUDITOR: frozenset(),
    Role.CATERING: frozenset(),
}


def grantable(roles: Iterable[Role]) -> frozenset[Role]:
    """The roles that somebody with these roles may give and end."""
    return frozenset().union(*(GRANTS[role] for role in roles))


def may_grant(roles: Iterable[Role], role: Role) -> bool:
    """Whether somebody with these roles may give or end `role`."""
    return role in grantable(roles)


def may_manage(roles: Iterable[Role], theirs: Iterable[Role]) -> bool:
    """Whether somebody with these roles may disable or enable somebody with `theirs`: none of these stands above."""
    mine = grantable(roles)
    return bool(mine) and mine >= frozenset(theirs)


@dataclass(frozen=True)
class Seat:
    """A company that somebody belongs to at this moment, and as what: `member`, `admin` or `executive`.

    `person_id` is who they are in the partner list; none where nobody has looked.
    """

    company_id: int
    company_name: str
    role: str
    person_id: int | None = None


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
    def reads_companies(self) -> bool:
        """Whether the viewer may read every company: readers, and partner managers beyond their territory."""
        return bool(self.roles & COMPANY_READERS)

    @property
    def manages_partners(self) -> bool:
        """Whether the viewer looks after the companies of a territory."""
        return Role.PARTNER_MANAGER in self.roles

    @property
    def seat(self) -> Seat | None:
        """The seat in the company that the viewer acts for."""
        return next((seat for seat in self.seats if seat.company_id == self.acting_for), None)


NOBODY = Viewer()


# Later features say here who else works for the vendor: who helps with one event holds no role.
HELPS: list[Callable[[User, datetime], bool]] = []


def works_for_vendor(user: User, now: datetime) -> bool:
    """Whether the user has a role at the vendor, or helps there, at this moment."""
    return bool(roles_of(user, now)) or any(ask(user, now) for ask in HELPS)


def roles_of(user: User, now: datetime) -> frozenset[Role]:
    """The roles that are granted to the user at this moment."""
    return frozenset(grant.role for grant in user.grants if grant.ends_at is None or grant.ends_at > now)
