"""What is done with logins, by use case. Other features find here what they may call."""

from eventapp.accounts.service.attempts import forget_old_attempts, forgive, throttled
from eventapp.accounts.service.hooks import ON_ADDRESS_CHANGED, ON_VERIFIED
from eventapp.accounts.service.users import (
    add_user,
    check_password,
    disable,
    end_sessions,
    grant,
    invite,
    set_password,
)

__all__ = [
    "ON_ADDRESS_CHANGED",
    "ON_VERIFIED",
    "add_user",
    "check_password",
    "disable",
    "end_sessions",
    "forget_old_attempts",
    "forgive",
    "grant",
    "invite",
    "set_password",
    "throttled",
]
