"""Opening the gate at its date: after a draw in its order, after the first round in the order in which people came."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, update

from eventapp.audit.service import Actor, record
from eventapp.core.db import db, table, write
from eventapp.events import queries as events
from eventapp.events.models import Event, EventStatus, Fairness
from eventapp.places import service as places
from eventapp.places.models import Booking, BookingPool, Pool
from eventapp.registrations.fairness.models import Lot
from eventapp.registrations.fairness.rules import drawn, ticket_of
from eventapp.registrations.models import Registration, RegistrationStatus
from eventapp.registrations.service.promoting import confirm_moved

# Statements for many bookings go in parts, which bounds what one statement holds.
PART = 500


def due(now: datetime) -> list[int]:
    """Ids of the events whose draw or second round is to be held by now and has not been."""
    query = (
        select(Event.id)
        .join(Pool, Pool.id == Event.gate_pool_id)
        .where(
            Event.fairness != Fairness.FIRST_COME,
            Event.fairness_at <= now,
            Event.status != EventStatus.CANCELLED,
            Pool.capacity.is_not(None),
        )
        .order_by(Event.id)
    )
    return list(db.session.scalars(query))


def open_gate(event: Event, *, by: Actor, at: datetime) -> list[Registration]:
    """Holds the draw, or lets the second round begin. Returns those who are confirmed now; the others wait at their turn.

    Called again it does nothing, so that two workers may meet here.
    """
    places.lock([event.pool_id])
    events.read_again(event)
    gate = places.lock([event.gate_pool_id])[event.gate_pool_id] if event.gate_pool_id is not None else None
    if gate is None or gate.capacity is None:
        return []
    people = _draw(event, at) if event.fairness is Fairness.DRAW else gate.waiting
    _record("events.draw" if event.fairness is Fairness.DRAW else "events.round", event, by, at, people)
    moved = places.set_capacity(gate.id, None)
    event.updated_at = at
    db.session.flush()
    return confirm_moved(moved, at=at)


def _draw(event: Event, at: datetime) -> int:
    """Gives the waiting their turns by lot. Whoever applied and is not decided yet is in the draw as well."""
    behind = select(BookingPool.booking_id).where(BookingPool.pool_id == event.gate_pool_id)
    query = select(Registration.code, Registration.booking_id).where(
        Registration.event_id == event.id,
        Registration.status.in_((RegistrationStatus.WAITING, RegistrationStatus.PENDING)),
        Registration.booking_id.in_(behind),
    )
    bookings = dict(db.session.execute(query).all())
    order = drawn(event.draw_seed, bookings)
    turn = update(table(Booking)).where(table(Booking).c.id == bindparam("booking")).values(queued_at=bindparam("turn"))
    for start in range(0, len(order), PART):
        part = list(enumerate(order[start : start + PART], start + 1))
        write(turn, [{"booking": bookings[code], "turn": at + timedelta(microseconds=n)} for n, code in part])
        db.session.add_all(Lot(event_id=event.id, position=n, ticket=ticket_of(code)) for n, code in part)
        db.session.flush()
    db.session.expire_all()
    return len(order)


def lot(event: Event, code: str) -> tuple[int, int] | None:
    """The turn of a registration in its event's draw, and how many were in it; none if it was in none."""
    position = db.session.scalar(select(Lot.position).where(Lot.event_id == event.id, Lot.ticket == ticket_of(code)))
    if position is None:
        return None
    last = db.session.scalar(select(Lot.position).where(Lot.event_id == event.id).order_by(Lot.position.desc()).limit(1))
    return position, last or position


def _record(action: str, event: Event, by: Actor, at: datetime, people: int) -> None:
    record(
        action,
        by=by,
        at=at,
        object_type="event",
        object_id=event.id,
        object_name=event.title,
        event_id=event.id,
        changes={"people": people},
    )
