"""When two people write at once: what differs in other fields is merged, what differs in the same one is shown to decide."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

from eventapp.core.amounts import plain_amount
from eventapp.core.errors import StaleError
from eventapp.core.i18n import _

Plain = str | int | bool | None


class Theirs(NamedTuple):
    """A field that somebody else changed since: what stands there now, and which member of the plan wrote it."""

    field: str
    value: Plain
    member_id: int | None


class ConflictError(StaleError):
    """The same field was changed by somebody else since the form was opened. `theirs` says which, and to what.

    `left` are the fields that the writer did not touch and others changed: the form shows them anew, so that sending it
    again does not put the old text back.
    """

    def __init__(self, theirs: list[Theirs], left: list[str]) -> None:
        super().__init__(
            _("Somebody else has changed the same here since you opened it. Compare both texts, then send again what shall hold.")
        )
        self.theirs, self.left = theirs, left


class Since(NamedTuple):
    """A change made since the form was opened: each field old → new, and by which member."""

    changes: Mapping[str, list[Plain]]
    member_id: int | None


def plain(value: Any) -> Plain:
    """A value as the history keeps it, alike on both databases and for text, choices, amounts, days and ids."""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Decimal):
        return plain_amount(value)
    if isinstance(value, date):
        return value.isoformat()
    assert value is None or isinstance(value, str | int | bool), value
    return value


def merge(typed: Mapping[str, Any], current: Mapping[str, Any], since: Iterable[Since]) -> dict[str, Any]:
    """What to write: the typed fields that the writer changed and nobody else did.

    `current` are the fields as they are, `since` the changes made since the form was opened, the oldest first. What stood
    in a field when the form was opened is the old value of its first change since. Raises ConflictError if the writer
    and somebody else changed the same field to different values.
    """
    base: dict[str, Plain] = {}
    last: dict[str, int | None] = {}
    for one in since:
        for name, (old, _new) in one.changes.items():
            base.setdefault(name, old)
            last[name] = one.member_id
    wanted, theirs, left = {}, [], []
    for name, value in typed.items():
        here = plain(current[name])
        if plain(value) == here:
            continue
        if name in base and plain(value) == base[name]:
            left.append(name)
        elif name in base and base[name] != here:
            theirs.append(Theirs(name, here, last[name]))
        else:
            wanted[name] = value
    if theirs:
        raise ConflictError(theirs, left)
    return wanted
