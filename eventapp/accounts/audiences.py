"""Who organizes."""

from flask_login import current_user

from eventapp.accounts.models import Role
from eventapp.accounts.permissions import roles_of
from eventapp.core.clock import now
from eventapp.core.web.audiences import Audience


def is_organizer() -> bool:
    """Whether the visitor is granted, at this moment, to organize all events."""
    if not current_user.is_authenticated:
        return False
    return bool(roles_of(current_user, now()) & {Role.ORGANIZER, Role.SYSTEM_ADMIN})


organizer = Audience("organizer", is_organizer)
