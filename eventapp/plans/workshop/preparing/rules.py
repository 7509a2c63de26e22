"""When preparations are due and reminded of. Pure."""

from datetime import date, datetime, timedelta

from eventapp.core.times import to_local
from eventapp.plans.models import PrepKind, PrepState, PrepTask, Side, WorkshopSlot

# Before the workshop: preparing begins, both owners are asked for the numbers, the pack is frozen. In days.
OPENS, NUMBERS_ASKED, FROZEN = 21, 10, 3
# Reminders of a preparation, in days before it is due: a week, a day, and once when it is late.
REMINDERS = (7, 1, -1)
MOST_TASKS = 20  # of each side
LONGEST_TEXT = 8000


def day_of(slot: WorkshopSlot, zone: str) -> date:
    """The day on which the workshop begins, where it is."""
    return to_local(slot.starts_at, zone).date()


def due_day(workshop_day: date, days_before: int, today: date) -> date:
    """When something is due that many days before the workshop: not before today, if that has passed already."""
    return max(workshop_day - timedelta(days=days_before), min(today, workshop_day))


def reminders_due(due_on: date, today: date) -> int:
    """How many of the reminders have come by today."""
    return sum(today >= due_on - timedelta(days=days) for days in REMINDERS)


def pack_due(slot: WorkshopSlot, dated_at: datetime, zone: str) -> datetime:
    """From when the clock freezes the pack: three days before, but a day after the date was set if that was late.

    Never after the workshop has begun.
    """
    local = to_local(slot.starts_at, zone)
    earliest = local - timedelta(days=FROZEN)
    return min(max(earliest, dated_at + timedelta(days=1)), slot.starts_at)


def numbers_of(tasks: list[PrepTask], side: Side) -> PrepTask | None:
    """A side's numbers of last year among these tasks."""
    return next((one for one in tasks if one.side is side and one.kind is PrepKind.NUMBERS), None)


def stands(task: PrepTask | None) -> bool:
    """Whether a side's numbers are there to be confirmed: done, or not asked for."""
    return task is None or task.state is not PrepState.TO_DO
