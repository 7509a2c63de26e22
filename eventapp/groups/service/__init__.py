"""Changing group sets. Everything in the caller's transaction; whatever moves people, under the lock of the event's pool."""

from eventapp.groups.service.following import follow
from eventapp.groups.service.material import add_material, change_material, remove_material, supply
from eventapp.groups.service.placing import Draft, apply, draft, undo
from eventapp.groups.service.ruling import add_rule, remove_rule, switch_rules
from eventapp.groups.service.seating import move, pin
from eventapp.groups.service.sets import (
    GroupDetails,
    SetDetails,
    add_groups,
    change,
    change_group,
    create,
    remove,
    remove_group,
)
from eventapp.groups.service.telling import announce, tell_some, untold

__all__ = [
    "Draft",
    "GroupDetails",
    "SetDetails",
    "add_groups",
    "add_material",
    "add_rule",
    "announce",
    "apply",
    "change",
    "change_group",
    "change_material",
    "create",
    "draft",
    "follow",
    "move",
    "pin",
    "remove",
    "remove_group",
    "remove_material",
    "remove_rule",
    "supply",
    "switch_rules",
    "tell_some",
    "undo",
    "untold",
]
