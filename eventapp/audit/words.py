"""What actions, fields and objects are called, put together from the features: each declares its own in its `words.py`."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from eventapp.core.doors import Door
from eventapp.core.i18n import _l

DOORS: dict[Door, Any] = {
    Door.PAGE: _l("Page"),
    Door.LINK: _l("Secret link"),
    Door.API: _l("API"),
    Door.IMPORT: _l("Import"),
    Door.JOB: _l("Worker"),
    Door.COMMAND: _l("Command line"),
}


@dataclass(frozen=True)
class Act:
    """What an action is called. `visible` are the fields that the company concerned may read in its own log.

    None, as for every action that says nothing: the company does not see the entry.
    """

    label: Any
    visible: frozenset[str] | None = None


class Thing(NamedTuple):
    """An object that an entry is about, as it is now: its name, and the address of its page."""

    name: str
    url: str


@dataclass(frozen=True)
class Kind:
    """A kind of object. `find` looks up those that still exist, by id; none where they have no page."""

    label: Any
    find: Callable[[Collection[int]], Mapping[int, Thing]] | None = None


GROUPS: dict[str, Any] = {}
CONFIDENTIAL: set[str] = set()
ACTS: dict[str, Act] = {}
FIELDS: dict[str, Any] = {}
KINDS: dict[str, Kind] = {}


def declare_acts(
    group: str,
    label: Any,
    acts: Mapping[str, Any],
    *,
    visible: Mapping[str, Iterable[str]] | None = None,
    confidential: bool = False,
) -> None:
    """Names the actions of a group: `{"cancel": "Cancelled a registration"}` is the action `<group>.cancel`.

    `visible` names those that the company concerned may see, with the fields that it may read of each. Those of a
    `confidential` group are not shown to organizers either.
    """
    shown = visible or {}
    if confidential:
        CONFIDENTIAL.add(group)
    GROUPS.setdefault(group, label)
    for name, words in acts.items():
        ACTS[f"{group}.{name}"] = Act(words, frozenset(shown[name]) if name in shown else None)


def declare_fields(**labels: Any) -> None:
    """Names fields, the same in every action."""
    FIELDS.update(labels)


def declare_kind(object_type: str, label: Any, find: Callable[[Collection[int]], Mapping[int, Thing]] | None = None) -> None:
    """Names a kind of object, and says how those that still exist are found."""
    KINDS[object_type] = Kind(label, find)


def act_label(action: str) -> str:
    """What an action is called; its key, if a later version has written it."""
    return str(ACTS[action].label) if action in ACTS else action


def field_label(name: str) -> str:
    """What a field is called."""
    return str(FIELDS[name]) if name in FIELDS else name.replace("_", " ").strip().capitalize()


def kind_label(object_type: str) -> str:
    """What a kind of object is called."""
    return str(KINDS[object_type].label) if object_type in KINDS else object_type


def visible_acts() -> list[str]:
    """The actions that companies see in their own log."""
    return sorted(action for action, act in ACTS.items() if act.visible is not None)


def find(object_type: str, ids: Collection[int]) -> Mapping[int, Thing]:
    """Those of the objects that still exist and have a page, by id."""
    kind = KINDS.get(object_type)
    return kind.find(ids) if ids and kind is not None and kind.find is not None else {}


declare_acts("log", _l("Log"), {"export": _l("Downloaded the log"), "erase": _l("Erased names from the log")})
declare_kind("log", _l("Log"))
