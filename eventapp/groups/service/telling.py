"""Telling people where they sit: only whom it concerns, in portions, each with its mails in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from eventapp.audit.service import Actor
from eventapp.core.db import after_commit, db, table, write
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.core.jobs import enqueue
from eventapp.events.models import Event
from eventapp.groups import queries
from eventapp.groups.models import Group, GroupSet, GroupTold
from eventapp.groups.rules.words import group_label, telling, when_text
from eventapp.groups.service.log import record_act
from eventapp.groups.service.seating import hold
from eventapp.registrations import service as registrations
from eventapp.registrations.models import Registration
from eventapp.registrations.queries import LOADED

PORTION = 100
PLACE, GONE = "group_place", "group_place_gone"


@dataclass(frozen=True)
class Untold:
    """Who does not know where they sit, by registration: never told, told something else, and told a place that is gone."""

    new: list[int]
    changed: list[int]
    gone: list[int]

    @property
    def ids(self) -> list[int]:
        """All of them, in order."""
        return sorted([*self.new, *self.changed, *self.gone])


def untold(found: GroupSet, groups: Sequence[Group]) -> Untold:
    """Whom a telling would reach now. Who was never told and has no place is not among them."""
    texts = {one.id: telling(found, one) for one in groups}
    told, places = queries.told(found), queries.placed_ids(found)
    taking = set(queries.taking_part(found, {*told, *places}))
    result = Untold([], [], [])
    for guest in sorted(taking):
        now, before = texts.get(places.get(guest, 0), ""), told.get(guest)
        if now and before is None:
            result.new.append(guest)
        elif before is not None and now != before:
            (result.changed if now else result.gone).append(guest)
    return result


def announce(found: GroupSet, *, by: Actor, at: datetime) -> int:
    """Orders that everybody is told whom it concerns; from now on people see their places. Returns how many that are.

    The mails say what holds when they are written, by the worker. Raises RuleError if everybody knows.
    """
    hold(found)
    number = len(untold(found, queries.groups_of(found)).ids)
    if not number:
        raise RuleError(_("Everybody knows where they sit: there is nothing to tell."))
    first = found.announced_at is None
    _mark(found, announced_at=found.announced_at or at, telling_since=at)
    record_act("groups.announce", found, by, at, {"people": number, "first": first})
    after_commit(lambda: enqueue("groups.tell"))
    return number


def _mark(found: GroupSet, **values: datetime | None) -> None:
    """Past the set's version: whoever edits it at this time has nothing to compare."""
    statement = update(GroupSet).where(GroupSet.id == found.id).values(values)
    db.session.execute(statement, execution_options={"synchronize_session": False})
    db.session.refresh(found)


def being_told() -> list[int]:
    """The sets for which mails are being written."""
    return list(db.session.scalars(select(GroupSet.id).where(GroupSet.telling_since.is_not(None)).order_by(GroupSet.id)))


def tell_some(set_id: int, *, at: datetime) -> bool:
    """Writes the next portion of mails, and notes whom they told. Gives back whether more are to be written."""
    found = db.session.get(GroupSet, set_id)
    if found is None:
        return False
    hold(found)
    if found.telling_since is None:
        return False
    groups = queries.groups_of(found)
    ids = untold(found, groups).ids
    portion = ids[:PORTION]
    if portion:
        _tell(found, groups, portion, at)
    if len(ids) > len(portion):
        return True
    _mark(found, telling_since=None)
    return False


def _tell(found: GroupSet, groups: Sequence[Group], ids: list[int], at: datetime) -> None:
    event = db.session.get_one(Event, found.event_id)
    by_id, places = {one.id: one for one in groups}, queries.placed_ids(found)
    query = select(Registration).options(*LOADED).where(Registration.id.in_(ids)).order_by(Registration.id)
    people = db.session.scalars(query).all()
    seated = [person for person in people if person.id in places]
    when = when_text(found, event.time_zone)
    further = {}
    for person in people:
        one = by_id.get(places.get(person.id, 0))
        label = group_label(found.kind, one.number, one.name) if one else ""
        further[person.id] = {"activity": found.name, "group": label, "group_where": found.place, "group_when": when}
    registrations.tell(seated, PLACE, further, at=at)
    registrations.tell([person for person in people if person.id not in places], GONE, further, at=at)
    own = (GroupTold.set_id == found.id, GroupTold.registration_id.in_(ids))
    db.session.execute(delete(GroupTold).where(*own), execution_options={"synchronize_session": False})
    texts = {one.id: telling(found, one) for one in groups}
    rows = [{"set_id": found.id, "registration_id": id_, "told": texts.get(places.get(id_, 0), ""), "at": at} for id_ in ids]
    write(insert(table(GroupTold)), rows)
