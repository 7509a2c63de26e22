"""Putting people into groups, moving them, taking them out, and pinning them."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from eventapp.audit.service import Actor
from eventapp.core.db import db, table, write
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.events.models import Event
from eventapp.groups import queries
from eventapp.groups.models import Group, GroupPlace, GroupSet
from eventapp.groups.rules.words import group_label
from eventapp.groups.service.log import record_act, record_person
from eventapp.places import service as places
from eventapp.places.models import Booking, Pool
from eventapp.registrations.models import Registration
from eventapp.registrations.queries import LOADED

_PLACES = table(GroupPlace)
_UNSYNCHRONISED = {"synchronize_session": False}
# As many are named one by one in the log; of more their number is.
NAMED = 20


def hold(found: GroupSet) -> None:
    """Takes the lock under which places of the event and its groups are given, and reads the set again.

    Raises RuleError if somebody has deleted it meanwhile.
    """
    places.lock([db.session.scalars(select(Event.pool_id).where(Event.id == found.event_id)).one()])
    query = select(GroupSet).where(GroupSet.id == found.id).execution_options(populate_existing=True)
    if db.session.scalar(query) is None:
        raise RuleError(_("Somebody has deleted these groups in the meantime."))


def seat(found: GroupSet, moves: Mapping[int, int | None], *, at: datetime) -> None:
    """Gives registrations their groups; none takes the place away. The caller holds the event's lock.

    Pinned ones stay pinned. Raises RuleError if a group has no room for all of them; those who leave it go first.
    """
    rows = db.session.execute(
        select(_PLACES.c.registration_id, _PLACES.c.group_id, _PLACES.c.booking_id, _PLACES.c.pinned).where(
            _PLACES.c.set_id == found.id, _PLACES.c.registration_id.in_(list(moves))
        )
    ).all()
    now = {row.registration_id: row for row in rows}
    moves = {guest: to for guest, to in moves.items() if to != (now[guest].group_id if guest in now else None)}
    leaving = [now[guest] for guest in moves if guest in now]
    if leaving:
        gone = _PLACES.c.registration_id.in_([row.registration_id for row in leaving])
        db.session.execute(delete(_PLACES).where(_PLACES.c.set_id == found.id, gone))
        places.discard(_bookings([row.booking_id for row in leaving]))
    coming = {guest: to for guest, to in moves.items() if to is not None}
    if not coming:
        return
    groups = _groups(set(coming.values()))
    _check_room(found, groups, Counter(coming.values()))
    booked = places.book([places.Wish((groups[to].pool_id,)) for to in coming.values()], at=at)
    write(
        insert(_PLACES),
        [
            {
                "set_id": found.id,
                "registration_id": guest,
                "group_id": to,
                "booking_id": booking.id,
                "pinned": guest in now and now[guest].pinned,
            }
            for (guest, to), booking in zip(coming.items(), booked, strict=True)
        ],
    )


def _bookings(ids: Collection[int]) -> Sequence[Booking]:
    return db.session.scalars(select(Booking).where(Booking.id.in_(ids)).order_by(Booking.id)).all()


def _groups(ids: Collection[int]) -> dict[int, Group]:
    return {one.id: one for one in db.session.scalars(select(Group).where(Group.id.in_(ids)))}


def _check_room(found: GroupSet, groups: Mapping[int, Group], coming: Mapping[int, int]) -> None:
    pools: dict[int, Pool] = places.lock(one.pool_id for one in groups.values())
    for group_id, people in coming.items():
        one = groups[group_id]
        pool = pools[one.pool_id]
        if not places.has_room(pool, people):
            label = group_label(found.kind, one.number, one.name)
            raise RuleError(
                _("%(group)s has %(free)s free places, for %(n)s people.", group=label, free=pool.free or 0, n=people), "group"
            )


def chosen(found: GroupSet, ids: Iterable[int]) -> list[Registration]:
    """Those of the registrations that take part in the set or have a place there."""
    mine = select(GroupPlace.registration_id).where(GroupPlace.set_id == found.id)
    wanted = Registration.id.in_(list(ids))
    taking = select(Registration.id).where(*queries.takes_part(found), wanted)
    query = select(Registration).options(*LOADED).where(wanted, Registration.id.in_(mine.union(taking)))
    return list(db.session.scalars(query.order_by(Registration.id)))


def move(found: GroupSet, ids: Iterable[int], to: Group | None, *, by: Actor, at: datetime) -> int:
    """Moves people into a group, or takes their places away. Returns how many that were.

    Raises RuleError if the group has no room for all of them, or if somebody takes part no more.
    """
    hold(found)
    registrations = chosen(found, ids)
    before = queries.placed_ids(found)
    if to is not None:
        if not _groups({to.id}):
            raise RuleError(_("This group is gone. Choose another one."), "group")
        taking = set(queries.taking_part(found, [r.id for r in registrations]))
        if gone := [r for r in registrations if r.id not in taking]:
            raise RuleError(_("%(name)s takes part no more.", name=gone[0].person.full_name))
    going = [r for r in registrations if before.get(r.id) != (to.id if to else None)]
    labels = {
        one.id: group_label(found.kind, one.number, one.name) for one in _groups({*before.values(), to.id if to else 0}).values()
    }
    seat(found, {r.id: to.id if to else None for r in going}, at=at)
    target = labels[to.id] if to else ""
    for registration in going if len(going) <= NAMED else ():
        was = labels.get(before.get(registration.id, 0), "")
        record_person("groups.move", found, registration, by, at, {"group": [was, target]})
    if len(going) > NAMED:
        record_act("groups.move", found, by, at, {"people": len(going), "group": target})
    return len(going)


def pin(found: GroupSet, ids: Iterable[int], pinned: bool, *, by: Actor, at: datetime) -> int:
    """Lets automatic placing leave people where they sit, or move them again. Returns how many that were."""
    hold(found)
    registrations = {r.id: r for r in chosen(found, ids)}
    changing = update(_PLACES).where(
        _PLACES.c.set_id == found.id, _PLACES.c.registration_id.in_(list(registrations)), _PLACES.c.pinned.is_(not pinned)
    )
    done = db.session.scalars(
        changing.values(pinned=pinned).returning(_PLACES.c.registration_id), execution_options=_UNSYNCHRONISED
    ).all()
    if done:
        record_act("groups.pin" if pinned else "groups.unpin", found, by, at, {"people": len(done)})
    return len(done)
