"""The recount of groups: their pools against the people who sit there."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import and_, func, or_, select

from eventapp.core.db import db
from eventapp.groups.models import Group, GroupPlace
from eventapp.places.models import Booking, BookingPool, BookingState, Pool
from eventapp.registrations.models import Registration, RegistrationStatus


class Miscount(NamedTuple):
    """A group whose pool counts another number than sit there."""

    group_id: int
    taken: int
    sitting: int


def miscounted() -> Iterator[Miscount]:
    """Groups whose pool does not agree with who sits there."""
    sitting = func.count(GroupPlace.registration_id)
    query = (
        select(Group.id, Pool.taken, sitting)
        .join(Pool, Pool.id == Group.pool_id)
        .outerjoin(GroupPlace, GroupPlace.group_id == Group.id)
        .group_by(Group.id, Pool.taken)
        .having(Pool.taken != sitting)
        .order_by(Group.id)
    )
    yield from (Miscount(*row) for row in db.session.execute(query))


def astray() -> Iterator[tuple[int, int]]:
    """Places (set, registration) of somebody without a confirmed registration, in a group of another set, or whose booking
    does not hold a place of the group."""
    needs = and_(BookingPool.booking_id == GroupPlace.booking_id, BookingPool.pool_id == Group.pool_id)
    query = (
        select(GroupPlace.set_id, GroupPlace.registration_id)
        .join(Group, Group.id == GroupPlace.group_id)
        .join(Booking, Booking.id == GroupPlace.booking_id)
        .join(Registration, Registration.id == GroupPlace.registration_id)
        .outerjoin(BookingPool, needs)
        .where(
            or_(
                Group.set_id != GroupPlace.set_id,
                Booking.state != BookingState.HELD,
                BookingPool.pool_id.is_(None),
                Registration.status != RegistrationStatus.CONFIRMED,
            )
        )
        .order_by(GroupPlace.set_id, GroupPlace.registration_id)
    )
    yield from ((row[0], row[1]) for row in db.session.execute(query))
