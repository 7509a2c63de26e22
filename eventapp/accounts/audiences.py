"""Who works for the vendor, by role. Asked for each request: what was taken away is gone at the next one."""

from flask_login import current_user

from eventapp.accounts.models import Role
from eventapp.accounts.permissions import (
    COMPANY_READERS,
    COMPANY_WRITERS,
    CONFIDENTIAL_READERS,
    NEEDS_READERS,
    ORGANIZERS,
    READERS,
    roles_of,
)
from eventapp.core.clock import now
from eventapp.core.web.audiences import Audience


def visitors_roles() -> frozenset[Role]:
    """The vendor's roles that the visitor holds at this moment."""
    return roles_of(current_user, now()) if current_user.is_authenticated else frozenset()


def is_organizer() -> bool:
    """Whether the visitor is granted, at this moment, to organize all events."""
    return bool(visitors_roles() & ORGANIZERS)


system_admin = Audience("system_admin", lambda: Role.SYSTEM_ADMIN in visitors_roles())
organizer = Audience("organizer", is_organizer)
# Reads what organizers see, and changes nothing: auditors besides the organizers.
reader = Audience("reader", lambda: bool(visitors_roles() & READERS))
# Reads as well what is written for few, like who signs which joint plan: in the log, and among the mails.
confidential_reader = Audience("confidential_reader", lambda: bool(visitors_roles() & CONFIDENTIAL_READERS))
# Reads companies and people: partner managers besides the readers.
partner_reader = Audience("partner_reader", lambda: bool(visitors_roles() & COMPANY_READERS))
# Changes companies and people. Which of them a partner manager may change is said by the queries.
partner_manager = Audience("partner_manager", lambda: bool(visitors_roles() & COMPANY_WRITERS))
# Sees what people need at the table and at the door.
catering = Audience("catering", lambda: bool(visitors_roles() & NEEDS_READERS))
