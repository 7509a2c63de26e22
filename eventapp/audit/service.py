"""Writing the audit log, in the transaction of the act itself."""

from datetime import date, datetime
from enum import Enum
from typing import Any, Protocol

from sqlalchemy import insert

from eventapp.audit.models import AuditEntry
from eventapp.core.db import table, write

_INSERT = insert(table(AuditEntry))


class Actor(Protocol):
    """Whoever acts: a user, or somebody named by a secret link or a command."""

    @property
    def actor_id(self) -> int | None:
        """The user's id, if there is a login behind it."""

    @property
    def actor_name(self) -> str:
        """Name for the log."""


class NamedActor:
    """An actor without a login: the holder of a link, a command, the worker."""

    def __init__(self, name: str) -> None:
        self.actor_id: int | None = None
        self.actor_name = name


def record(
    action: str,
    *,
    by: Actor,
    at: datetime,
    object_type: str,
    object_id: int | None,
    object_name: str = "",
    event_id: int | None = None,
    organisation_id: int | None = None,
    changes: dict[str, Any] | None = None,
) -> None:
    """Adds an entry. `changes` maps a field to its new value, or to [old, new]."""
    entry = {
        "at": at,
        "action": action,
        "actor": by.actor_name[:254],
        "actor_user_id": by.actor_id,
        "object_type": object_type,
        "object_id": object_id,
        "object_name": object_name[:254],
        "event_id": event_id,
        "organisation_id": organisation_id,
        "changes": {key: plain(value) for key, value in (changes or {}).items()},
    }
    write(_INSERT, entry)


def plain(value: Any) -> Any:
    """`value` as JSON can hold it."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool | dict) or value is None else str(value)
