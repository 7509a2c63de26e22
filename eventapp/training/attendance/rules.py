"""The arithmetic of attendance: pure functions over spans of time, in whole seconds.

A span is two moments in UTC, so clocks that go forward or back change nothing. Fractions of a second are dropped.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from eventapp.training.models import AttendanceState, IntervalSource, RollMark
from eventapp.training.rules import Slot

# How long before a slot a click or an arrival at the door is meant for that slot.
EARLY = timedelta(hours=2)


class Span(NamedTuple):
    """From when to when; the end does not belong to it."""

    start: datetime
    end: datetime

    @property
    def seconds(self) -> int:
        """How long it is."""
        return int((self.end - self.start).total_seconds())


@dataclass(frozen=True)
class Said:
    """What a source says: there from then to then. `left_at` none: the source does not say until when."""

    source: IntervalSource
    joined_at: datetime
    left_at: datetime | None = None


def slot_of(moment: datetime, slots: Sequence[Slot]) -> Slot | None:
    """The slot that a join at this moment is meant for: the first that is not over by then."""
    return next((slot for slot in slots if moment < slot.ends_at), None)


def near(moment: datetime, slots: Sequence[Slot]) -> Slot | None:
    """The slot in which, or shortly before which, something happened; none if it has to do with no slot."""
    found = slot_of(moment, slots)
    return found if found is not None and moment >= found.starts_at - EARLY else None


def end_of(said: Said, slots: Sequence[Slot]) -> datetime:
    """When it ended: where the source does not say, with the slot that it began in or before."""
    if said.left_at is not None:
        return said.left_at
    slot = slot_of(said.joined_at, slots)
    return slot.ends_at if slot is not None else said.joined_at


def clip(span: Span, slots: Iterable[Slot]) -> list[Span]:
    """The parts of a span that lie in the slots."""
    span = Span(span.start.replace(microsecond=0), span.end.replace(microsecond=0))
    cut = (Span(max(span.start, slot.starts_at), min(span.end, slot.ends_at)) for slot in slots)
    return [part for part in cut if part.start < part.end]


def merge(spans: Iterable[Span]) -> list[Span]:
    """The spans in order, those that touch or overlap as one: two devices never add up."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def total(slots: Sequence[Slot]) -> int:
    """The seconds of all slots; a time that two of them share counts once."""
    return sum(span.seconds for span in merge(Span(slot.starts_at, slot.ends_at) for slot in slots))


def attended(said: Iterable[Said], slots: Sequence[Slot]) -> int:
    """The seconds in which somebody was there, by any of the sources."""
    parts = [part for one in said for part in clip(Span(one.joined_at, end_of(one, slots)), slots)]
    return sum(span.seconds for span in merge(parts))


def counting(said: Sequence[Said], slots: Sequence[Slot], reported: Iterable[Slot]) -> list[Said]:
    """What counts of all that is said: a click on the join link only where no report of the meeting tool was imported.

    A click proves that somebody came, not how long they stayed, and a report knows both.
    """
    known = list(reported)
    return [one for one in said if one.source is not IntervalSource.JOIN or slot_of(one.joined_at, slots) not in known]


def reported_slots(said: Iterable[tuple[datetime, datetime | None]], slots: Sequence[Slot]) -> list[Slot]:
    """The slots that lines of a report reach into: for these it is known who was in the meeting."""
    lines = [Said(IntervalSource.IMPORT, joined, left) for joined, left in said]
    spans = merge(part for line in lines for part in clip(Span(line.joined_at, end_of(line, slots)), slots))
    return [slot for slot in slots if any(span.start < slot.ends_at and slot.starts_at < span.end for span in spans)]


def state_of(seconds: int, of: int, *, mark: int, partial_from: int) -> AttendanceState:
    """What so many seconds of the slots' come to; whoever reaches a mark (in percent) has it."""
    if of and seconds * 100 >= mark * of:
        return AttendanceState.ATTENDED
    if of and seconds * 100 >= partial_from * of:
        return AttendanceState.PARTIAL
    return AttendanceState.NO_SHOW


def percent(seconds: int, of: int) -> float:
    """The share of the slots with two decimals, for exports."""
    return round(100 * seconds / of, 2) if of else 0.0


def tenths(seconds: int, of: int) -> float:
    """The share of the slots with one decimal, rounded down: who stands below a mark is never shown as having it."""
    return seconds * 1000 // of / 10 if of else 0.0


class Doubt(StrEnum):
    """Where sources disagree about somebody in a slot."""

    CLICKED = "clicked"
    MISSED = "missed"
    UNSEEN = "unseen"


@dataclass(frozen=True)
class InSlot:
    """What the sources say of somebody in one slot.

    `report` are seconds by the meeting tool; `seen` that a sheet or the door has them. `on_video` is how they take part.
    """

    slot: Slot
    reported: bool
    on_video: bool
    clicked: bool = False
    report: int = 0
    seen: bool = False
    mark: RollMark | None = None


def doubts(found: InSlot, partial_from: int) -> list[Doubt]:
    """Where the sources disagree; `partial_from` is the percentage of the slot from which a report says that somebody came.

    Followed the link and is not in the report; marked as not here, but there by another source; here by the roll or the
    sheet, takes part on video, and hardly in the report.
    """
    enough = found.report * 100 >= partial_from * found.slot.seconds and found.report > 0
    made = []
    if found.clicked and found.reported and not found.report:
        made.append(Doubt.CLICKED)
    came = enough or found.seen or (found.clicked and not found.reported)
    if found.mark is RollMark.ABSENT and came:
        made.append(Doubt.MISSED)
    here = found.mark is RollMark.PRESENT or (found.seen and found.mark is None)
    if here and found.on_video and found.reported and not enough:
        made.append(Doubt.UNSEEN)
    return made
