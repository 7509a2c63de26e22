"""What organizers decide against the order of the queue: a place by hand, or back to the waiting list."""

from collections.abc import Collection, Sequence
from datetime import datetime

from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.events import queries as events
from eventapp.events.models import EventStatus
from eventapp.places import service as places
from eventapp.places.models import BookingState
from eventapp.registrations import hooks, mails, queries, tallies
from eventapp.registrations.answers import service as answers
from eventapp.registrations.blocks import queries as blocks
from eventapp.registrations.models import Registration, RegistrationStatus
from eventapp.registrations.service.log import record_act
from eventapp.registrations.service.promoting import confirm_moved

Status = RegistrationStatus
WITHOUT_PLACE = frozenset({Status.WAITING, Status.PENDING})
WITH_PLACE = frozenset({Status.CONFIRMED, Status.OFFERED})


def confirm_by_hand(
    registrations: Sequence[Registration], *, reason: str, above: bool, by: Actor, at: datetime
) -> tuple[list[Registration], list[Registration]]:
    """Gives those who wait or applied a place before all others, with a reason for the log; a waiting group comes whole.

    `above`: also where there is none, as a visible overbooking; else that raises RuleError, as a cancelled event does.
    Returns those who have one now, and others who moved up in their wake.
    """
    chosen = _now(registrations, WITHOUT_PLACE)
    if not chosen:
        return [], []
    seated, promoted = places.seat([r.booking for r in chosen], above=above)
    going = list(queries.of_bookings(b.id for b in seated))
    before = [tallies.key_of(r) for r in going]
    told: dict[str, list[Registration]] = {"promoted": [], "approved": []}
    for registration in going:
        told["approved" if registration.status is Status.PENDING else "promoted"].append(registration)
        changes: dict[str, object] = {"status": [registration.status, Status.CONFIRMED], "reason": reason}
        registration.status = Status.CONFIRMED
        registration.sequence += 1
        record_act("registrations.confirm", registration, by, at, changes)
    db.session.flush()
    tallies.moved(going, before)
    answers.recount(going, at=at)
    for kind, people in told.items():
        if people:
            mails.send_status(people, at=at, kind=kind)
    return going, confirm_moved(promoted, at=at)


def to_waiting_list(
    registrations: Sequence[Registration], *, reason: str, by: Actor, at: datetime, keep_turn: bool = False, tell: bool = True
) -> tuple[list[Registration], list[Registration]]:
    """Takes places away from those who have them, and from who comes along with them; the next in the queue move up.

    They wait at its end, or with `keep_turn` where they stood before. Who finds a place free even then, since nobody
    else waits, keeps it. Returns those who wait now, and those who moved up. Raises RuleError for a cancelled event.
    """
    going = [r for r in _now(queries.with_guests(registrations), WITH_PLACE) if r.checked_in_at is None]
    going = [r for r in going if not blocks.holds_place_of(r.id)]
    if not going:
        return [], []
    before = [tallies.key_of(r) for r in going]
    promoted = places.release([r.booking for r in going])
    waiting = []
    for registration in going:
        promoted += places.rebook(registration.booking, at=at, keep_turn=keep_turn)
        if registration.booking.state is BookingState.WAITING:
            waiting.append(registration)
            changes: dict[str, object] = {"status": [registration.status, Status.WAITING], "reason": reason}
            registration.sequence += registration.status is Status.CONFIRMED
            registration.status = Status.WAITING
            record_act("registrations.to_waiting", registration, by, at, changes)
        else:
            registration.status = Status.CONFIRMED
    db.session.flush()
    hooks.changed(waiting, by=by, at=at)
    tallies.moved(going, before)
    answers.recount(going, at=at)
    if tell:
        mails.send_status(waiting, at=at)
    ours = {r.booking_id for r in going}
    return waiting, confirm_moved([b for b in promoted if b.id not in ours], at=at, tell=tell)


def _now(registrations: Sequence[Registration], statuses: Collection[Status]) -> list[Registration]:
    """Those in one of the states, read again under the locks of their events. Raises RuleError for a cancelled event."""
    places.lock({r.event.pool_id for r in registrations})
    for event in {r.event for r in registrations}:
        events.read_again(event)
        if event.status is EventStatus.CANCELLED:
            raise RuleError(_("This event was cancelled."))
    for registration in registrations:
        db.session.refresh(registration, ["status", "mode", "version", "sequence", "checked_in_at"])
    return sorted((r for r in registrations if r.status in statuses), key=lambda r: (r.registered_at, r.id))
