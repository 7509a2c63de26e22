"""Making, changing and removing sets and their groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select

from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.events.models import Event, Mode
from eventapp.groups import queries
from eventapp.groups.models import Group, GroupKind, GroupPlace, GroupSet
from eventapp.groups.rules.words import group_label
from eventapp.groups.service.log import differing, record_act
from eventapp.groups.service.seating import hold, seat
from eventapp.places import service as places
from eventapp.places.models import Pool

MOST_GROUPS = 300
MOST_PEOPLE = 2000


@dataclass(frozen=True)
class SetDetails:
    """What an organizer says about a set. `mode`, `kinds`, `tags` and `session_id` tell who takes part, see `GroupSet`."""

    name: str
    kind: GroupKind
    place: str = ""
    starts_at: datetime | None = None
    time_text: str = ""
    size: int = 30
    mode: Mode | None = Mode.IN_PERSON
    kinds: tuple[int, ...] = ()
    tags: tuple[int, ...] = ()
    session_id: int | None = None


@dataclass(frozen=True)
class GroupDetails:
    """What an organizer says about a group."""

    name: str
    capacity: int
    near_door: bool
    coach: str
    notes: str


def create(event: Event, details: SetDetails, groups: int, *, by: Actor, at: datetime) -> GroupSet:
    """Makes a set with so many groups of its size."""
    found = GroupSet(
        event_id=event.id, **_values(details), mixes=True, near_door=False, announced_at=None, telling_since=None, created_at=at
    )
    db.session.add(found)
    db.session.flush()
    _make(found, 1, groups)
    record_act("groups.create", found, by, at, {**_values(details), "groups": groups})
    return found


def _values(details: SetDetails) -> dict[str, Any]:
    values = {name: getattr(details, name) for name in SetDetails.__dataclass_fields__}
    return {**values, "kinds": list(details.kinds), "tags": list(details.tags)}


def _make(found: GroupSet, first: int, number: int) -> None:
    pools = [places.new_pool(found.size) for _n in range(number)]
    db.session.flush()
    db.session.add_all(
        Group(set_id=found.id, number=first + n, pool_id=pool.id, name="", near_door=False, coach="", notes="")
        for n, pool in enumerate(pools)
    )
    db.session.flush()


def change(found: GroupSet, details: SetDetails, *, version: int, by: Actor, at: datetime) -> int:
    """Changes a set. Whoever takes part no more loses the place; returns how many that were. Groups keep their sizes."""
    hold(found)
    if found.version != version:
        raise StaleError(_("Somebody else has changed this set since you opened it. Compare, then save again."))
    values = _values(details)
    changes = differing({name: [getattr(found, name), value] for name, value in values.items()})
    for name, value in values.items():
        setattr(found, name, value)
    db.session.flush()
    here = queries.placed_ids(found)
    taking = set(queries.taking_part(found, here))
    leaving = [guest for guest in here if guest not in taking]
    seat(found, dict.fromkeys(leaving), at=at)
    if changes:
        record_act("groups.change", found, by, at, {**changes, **({"people": len(leaving)} if leaving else {})})
    return len(leaving)


def remove(found: GroupSet, *, by: Actor, at: datetime) -> None:
    """Deletes a set with its groups, places, rules and material."""
    hold(found)
    here = queries.placed_ids(found)
    seat(found, dict.fromkeys(here), at=at)
    groups = queries.groups_of(found)
    _drop(groups)
    record_act("groups.remove", found, by, at, {"groups": len(groups), "people": len(here)})
    db.session.delete(found)
    db.session.flush()


def _drop(groups: Sequence[Group]) -> None:
    """Deletes groups in which nobody sits, with their pools."""
    pools = [one.pool_id for one in groups]
    for one in groups:
        db.session.delete(one)
    db.session.flush()
    db.session.execute(delete(Pool).where(Pool.id.in_(pools)), execution_options={"synchronize_session": False})


def add_groups(found: GroupSet, number: int, *, by: Actor, at: datetime) -> None:
    """Adds so many groups of the set's size behind the last one."""
    hold(found)
    there, last = db.session.execute(select(func.count(), func.max(Group.number)).where(Group.set_id == found.id)).one()
    if there + number > MOST_GROUPS:
        raise RuleError(_("A set has at most %(n)s groups.", n=MOST_GROUPS), "groups", 422)
    _make(found, (last or 0) + 1, number)
    record_act("groups.add_groups", found, by, at, {"groups": number})


def change_group(found: GroupSet, one: Group, details: GroupDetails, *, version: int, by: Actor, at: datetime) -> None:
    """Changes a group. Smaller than the people who sit there it may not become: take them out first."""
    hold(found)
    again = select(Group).where(Group.id == one.id).execution_options(populate_existing=True)
    if db.session.scalar(again) is None:
        raise RuleError(_("Somebody has deleted this group in the meantime."))
    pool = places.lock([one.pool_id])[one.pool_id]
    if one.version != version:
        raise StaleError(_("Somebody else has changed this group since you opened it. Compare, then save again."))
    if details.capacity < pool.taken:
        raise RuleError(_("%(n)s people sit there. Move some of them first.", n=pool.taken), "capacity", 409)
    changes = differing(
        {
            "name": [one.name, details.name],
            "places": [pool.capacity, details.capacity],
            "near_door": [one.near_door, details.near_door],
            "coach": [one.coach, details.coach],
            "notes": [one.notes, details.notes],
        }
    )
    one.name, one.near_door, one.coach, one.notes = details.name, details.near_door, details.coach, details.notes
    db.session.flush()
    places.set_capacity(one.pool_id, details.capacity)
    if changes:
        record_act("groups.change_group", found, by, at, {"group": group_label(found.kind, one.number, one.name), **changes})


def remove_group(found: GroupSet, one: Group, *, by: Actor, at: datetime) -> None:
    """Deletes a group; whoever sits there has no place then. The others keep their numbers."""
    hold(found)
    here = list(db.session.scalars(select(GroupPlace.registration_id).where(GroupPlace.group_id == one.id)))
    seat(found, dict.fromkeys(here), at=at)
    label = group_label(found.kind, one.number, one.name)
    _drop([one])
    record_act("groups.remove_group", found, by, at, {"group": label, "people": len(here)})
