"""Who sits where, as a file: one row for each place."""

from collections.abc import Iterator, Sequence
from typing import Any

from eventapp.core.exports import ExportColumn
from eventapp.groups import queries
from eventapp.groups.models import GroupSet
from eventapp.groups.rules.words import group_label

COLUMNS = [
    ExportColumn("number", "number"),
    *(ExportColumn(name) for name in ("group", "near_door", "coach", "name", "company", "pinned")),
]


def rows(found: GroupSet) -> Iterator[Sequence[Any]]:
    """The places of a set by group and name; who has none comes last, with an empty group."""
    groups = queries.groups_of(found)
    here = queries.members([one.id for one in groups])
    for one in groups:
        label = group_label(found.kind, one.number, one.name)
        for person in here.get(one.id, []):
            door, pinned = ("yes" if flag else "" for flag in (one.near_door, person.pinned))
            yield one.number, label, door, one.coach, person.name, person.company, pinned
    for person in queries.without_place(found):
        yield None, "", "", "", person.name, person.company, ""
