"""What later features do when something happens to a login. They add themselves when the app is put together."""

from collections.abc import Callable
from datetime import datetime

from eventapp.accounts.models import User
from eventapp.audit.service import Actor

# Called with the login that has just proven its address, in the same transaction. May give the address of the page to
# go on with; the first that is given counts.
ON_VERIFIED: list[Callable[[User, Actor, datetime], str | None]] = []

# Called with the login, the address it had before, who did it and when, in the same transaction.
ON_ADDRESS_CHANGED: list[Callable[[User, str, Actor, datetime], None]] = []


def verified(user: User, *, by: Actor, at: datetime) -> str | None:
    """Tells everybody that the address of the login is proven; gives the page to go on with, if somebody named one."""
    targets = [tell(user, by, at) for tell in ON_VERIFIED]
    return next((target for target in targets if target), None)


def address_changed(user: User, old: str, *, by: Actor, at: datetime) -> None:
    """Tells everybody that the login has another address than `old` now."""
    for tell in ON_ADDRESS_CHANGED:
        tell(user, old, by, at)
