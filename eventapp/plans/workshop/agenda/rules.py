"""When each part of an agenda is. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from eventapp.core.times import clock, to_local
from eventapp.plans.models import Workshop, WorkshopFormat, WorkshopItem, WorkshopSlot
from eventapp.plans.workshop.calendars import halves

MOST_PARTS = 40


class Part(NamedTuple):
    """A part of the agenda with the time at which it begins, as clocks show it there; empty while there is no date."""

    item: WorkshopItem
    begins: str


class Half(NamedTuple):
    """A half with its parts, its minutes together, and how many it has more (or less) than the time there is."""

    number: int
    parts: list[Part]
    minutes: int
    over: int | None


def timetable(items: Sequence[WorkshopItem], slot: WorkshopSlot | None, workshop: Workshop) -> list[Half]:
    """The agenda by halves. In person there is one, so nothing of it is in a second."""
    spans = {number: (start, end) for number, start, end in halves(slot)} if slot is not None else {}
    numbers = (1, 2) if workshop.format is WorkshopFormat.VIRTUAL else (1,)
    found = []
    for number in numbers:
        there = [one for one in items if one.half == number or len(numbers) == 1]
        minutes = sum(one.minutes for one in there)
        span = spans.get(number)
        over = minutes - int((span[1] - span[0]).total_seconds()) // 60 if span is not None else None
        found.append(Half(number, _begins(there, span[0] if span is not None else None, workshop.time_zone), minutes, over))
    return found


def _begins(items: Sequence[WorkshopItem], start: datetime | None, zone: str) -> list[Part]:
    found, gone = [], 0
    for one in items:
        begins = clock(to_local(start + timedelta(minutes=gone), zone)) if start is not None else ""
        found.append(Part(one, begins))
        gone += one.minutes
    return found
