"""Events that take place in several parts: reading them, and setting them as a whole."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.events.models import Event, EventPart, EventStatus

MOST_PARTS = 30


@dataclass(frozen=True)
class PartDetails:
    """A part as somebody fills it in, in UTC. `number` says which of the event's parts it was; none: a new one."""

    starts_at: datetime
    ends_at: datetime
    label: str = ""
    number: int | None = None


def parts_of(event_ids: Collection[int], *, cancelled: bool = False) -> dict[int, list[EventPart]]:
    """The parts of each of these events in the order of time; those that were taken out only with `cancelled`."""
    found: dict[int, list[EventPart]] = {event_id: [] for event_id in event_ids}
    query = select(EventPart).where(EventPart.event_id.in_(event_ids)).order_by(EventPart.starts_at, EventPart.number)
    for part in db.session.scalars(query if cancelled else query.where(~EventPart.cancelled)):
        found[part.event_id].append(part)
    return found


def check_span(event: Event, starts_at: datetime, ends_at: datetime) -> None:
    """Raises RuleError if the event has parts and would begin or end at another time than they do."""
    parts = parts_of([event.id])[event.id]
    if parts and (starts_at, ends_at) != (parts[0].starts_at, max(part.ends_at for part in parts)):
        raise RuleError(_("It takes place in several parts, which say when it begins and ends. Change those."), "starts_at", 409)


def check_order(parts: Sequence[PartDetails]) -> None:
    """Raises RuleError unless there is a part, none ends before it starts, and none begins before the one before ended."""
    if not parts:
        raise RuleError(_("Say when it takes place."), "slot1_starts_at", 422)
    if len(parts) > MOST_PARTS:
        raise RuleError(_("At most %(n)d parts.", n=MOST_PARTS), None, 422)
    ordered = sorted(parts, key=lambda part: part.starts_at)
    if any(part.ends_at <= part.starts_at for part in parts):
        raise RuleError(_("A part must end after it starts."), None, 422)
    if any(later.starts_at < part.ends_at for part, later in pairwise(ordered)):
        raise RuleError(_("Two parts overlap."), None, 422)


def set_parts(event: Event, wanted: Sequence[PartDetails]) -> None:
    """Makes the event take place in these parts; a single one of an event that had none leaves it as a whole.

    Parts keep their numbers. What a draft loses is deleted, what others have in their calendars stays as cancelled.
    """
    there = {part.number: part for part in parts_of([event.id], cancelled=True)[event.id]}
    if not there and len(wanted) < 2:
        return
    kept = {one.number for one in wanted if one.number is not None and one.number in there}
    for number in set(there) - kept:
        if event.status is EventStatus.DRAFT:
            db.session.delete(there.pop(number))
        else:
            there[number].cancelled = True
    db.session.flush()
    free = max(there, default=0)
    for one in sorted(wanted, key=lambda part: part.starts_at):
        if one.number is not None and one.number in kept:
            number = one.number
        else:
            free = number = free + 1
        part = there.get(number) or EventPart(event_id=event.id, number=number)
        part.starts_at, part.ends_at, part.label, part.cancelled = one.starts_at, one.ends_at, one.label, False
        db.session.add(part)
    db.session.flush()
    db.session.expire(event, ["all_parts"])


def span_of(parts: Iterable[PartDetails]) -> tuple[datetime, datetime]:
    """When the first part begins and the last one ends."""
    found = list(parts)
    return min(part.starts_at for part in found), max(part.ends_at for part in found)
