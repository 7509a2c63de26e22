"""Writing the audit log, in the transaction of the act itself."""

import secrets
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any, Protocol

from sqlalchemy import ColumnElement, select, update

from eventapp.audit import chain
from eventapp.audit.models import AuditEntry
from eventapp.core.db import at_commit, db, table
from eventapp.core.doors import current_door

LONGEST_VALUE = 500
MASK = "•••"
# Words in the name of a field that make its value a secret, and names that have one of them and are none.
SECRET = frozenset({"password", "passwords", "secret", "secrets", "token", "tokens", "hash", "code", "codes", "key", "keys"})
HARMLESS = frozenset({"country_code", "tier_key", "sub_region_key", "region_key", "question_key", "provider_key"})
ERASABLE = ("actor", "object_name", "on_behalf", "changes")
# What stays of the changes when a person is erased: what happened to them as one of many.
LASTING = frozenset({"status", "mode", "role", "state", "kind", "places"})


class Actor(Protocol):
    """Whoever acts: a user, or somebody named by a secret link or a command.

    May also have `on_behalf`, the name of the company that they act for.
    """

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
    person_id: int | None = None,
    on_behalf: str = "",
    changes: Mapping[str, Any] | None = None,
) -> None:
    """Adds an entry. `changes` maps a field to its new value, or to [old, new]; secrets are masked, long texts cut.

    `person_id` is whom it is about. `on_behalf` is for whom it was done, of itself the company that the actor acts for.
    The entry is written and sealed when the transaction commits, see `chain.py`, and read only after that.
    """
    entry = {
        "at": at,
        "action": action,
        "actor": _clean(by.actor_name)[:254],
        "actor_user_id": by.actor_id,
        "object_type": object_type,
        "object_id": object_id,
        "object_name": _clean(object_name)[:254],
        "event_id": event_id,
        "organisation_id": organisation_id,
        "changes": {key: shown(key, value) for key, value in (changes or {}).items()},
        "door": current_door(),
        "on_behalf": _clean(on_behalf or getattr(by, "on_behalf", ""))[:254],
        "person_id": person_id,
        "salt": secrets.token_hex(16),
    }
    at_commit(chain.seal, entry)


def shown(name: str, value: Any) -> Any:
    """The value of a field of that name as the log may keep it."""
    return _masked(plain(value)) if is_secret(name) else plain(value)


def is_secret(name: str) -> bool:
    """Whether a field of that name may hold a secret."""
    return name not in HARMLESS and not SECRET.isdisjoint(name.lower().replace("-", "_").split("_"))


def _masked(value: Any) -> Any:
    """`value` without what it says; that it is empty, true or false may be seen."""
    if isinstance(value, list):
        return [_masked(item) for item in value]
    return value if value in (None, "") or isinstance(value, bool) else MASK


def plain(value: Any) -> Any:
    """`value` as JSON can hold it, alike on both databases."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): shown(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, bool | int) or value is None:
        return value
    text = _clean(str(value))
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}… ({len(text):,})"


def _clean(text: str) -> str:
    """`text` without what Postgres cannot keep: NUL and lone surrogates."""
    if text.isascii():
        return text.replace("\x00", "")
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def erase(
    entries: ColumnElement[bool],
    names: Iterable[str],
    *,
    person_id: int | None = None,
    replacement: str = "erased person",
    by: Actor,
    at: datetime,
) -> int:
    """Takes names out of the entries that fit the condition, and returns how many were changed.

    Texts in which a name stands become `replacement`. In entries about `person_id` all changes go but the plain facts
    of what happened. The chain holds: the hash of the old content stays, and its salt goes, so that nobody can find
    the name by trying. The number of erased entries is itself recorded; `doctor` compares.
    """
    wanted = sorted({name.casefold() for name in names if name.strip()}, key=len, reverse=True)
    columns = table(AuditEntry).c
    erased = 0
    query = select(*(columns[name] for name in ("id", "person_id", "hash", "erased_at", *ERASABLE)))
    changed = []
    for row in db.session.execute(query.where(entries).order_by(columns.id)):
        own = person_id is not None and row.person_id == person_id
        texts: dict[str, Any] = {
            name: _forget(getattr(row, name), wanted, replacement) for name in ("actor", "object_name", "on_behalf")
        }
        if own and row.object_name:
            texts["object_name"] = replacement
        texts["changes"] = {
            name: _forget_in(value, wanted, all_of_it=own and name not in LASTING) for name, value in row.changes.items()
        }
        if all(getattr(row, name) == value for name, value in texts.items()):
            continue
        changed.append({"entry": row.id, **texts})
        erased += row.erased_at is None and row.hash is not None
    for values in changed:
        entry = values.pop("entry")
        db.session.execute(update(table(AuditEntry)).where(columns.id == entry).values(salt="", erased_at=at, **values))
    if erased:
        record(chain.ERASE_ACTION, by=by, at=at, object_type="log", object_id=None, changes={"entries": erased})
    return len(changed)


def _forget(text: str, names: list[str], replacement: str) -> str:
    folded = text.casefold()
    return replacement if any(name in folded for name in names) else text


def _forget_in(value: Any, names: list[str], *, all_of_it: bool) -> Any:
    if isinstance(value, list):
        return [_forget_in(item, names, all_of_it=all_of_it) for item in value]
    if isinstance(value, dict):
        return {key: _forget_in(item, names, all_of_it=all_of_it) for key, item in value.items()}
    if not isinstance(value, str) or value == "":
        return value
    return MASK if all_of_it else _forget(value, names, MASK)
