"""What is wrong with a timetable: pure functions over plain facts, in O(n log n) whatever the sessions do.

Of each part of a session that overlaps others we name one other, the earlier one that ends last, so that a room with a
hundred sessions at once gives a hundred warnings and not five thousand. Nothing is forbidden: organizers know better.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class Problem(StrEnum):
    """What a warning is about, the gravest first."""

    SPEAKER_TWICE = "speaker_twice"
    SPEAKER_AWAY = "speaker_away"
    ROOM_TWICE = "room_twice"
    ROOM_CLOSED = "room_closed"
    ROOM_SMALL = "room_small"
    CHANGEOVER = "changeover"
    AUDIENCE_SPLIT = "audience_split"
    OUTSIDE = "outside"


Span = tuple[datetime, datetime]
_ORDER = {problem: index for index, problem in enumerate(Problem)}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a session in the timetable.

    `audience` says for whom it is, as one comparable value; `places` is how many its session admits (none: any number),
    `taken` how many have signed up.
    """

    id: int
    session_id: int
    title: str
    starts_at: datetime
    ends_at: datetime
    room_id: int | None = None
    all_rooms: bool = False
    is_break: bool = False
    speakers: tuple[int, ...] = ()
    track_id: int | None = None
    audience: Hashable = ()
    signs_up: bool = False
    places: int | None = None
    taken: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A room: how many it holds (none: any number), minutes between two sessions, when it is open (empty: always)."""

    id: int
    name: str
    capacity: int | None = None
    changeover: int = 0
    hours: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the warnings depend on. `away` has the times at which speakers cannot come, by their id."""

    starts_at: datetime
    ends_at: datetime
    parts: Sequence[Part]
    rooms: Mapping[int, Place]
    speakers: Mapping[int, str] = field(default_factory=dict)
    away: Mapping[int, Sequence[Span]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Warning:
    """A problem of a part; `other` is the part that it has it with. `name` is the room's or the speaker's.

    `number` is what is too many or too few: people for `ROOM_SMALL`, minutes that are there for `CHANGEOVER`; `limit`
    what the room holds or needs.
    """

    problem: Problem
    part: Part
    other: Part | None = None
    name: str = ""
    number: int = 0
    limit: int = 0


def check(facts: Facts) -> list[Warning]:
    """All warnings, by time and gravity."""
    parts = sorted(facts.parts, key=lambda part: (part.starts_at, part.ends_at, part.id))
    found = [
        *_rooms(parts, facts.rooms),
        *_speakers(parts, facts),
        *_audiences(parts),
        *_outside(parts, facts),
    ]
    return sorted(found, key=lambda w: (w.part.starts_at, w.part.id, _ORDER[w.problem], w.other.id if w.other else 0, w.name))


def overlapping(parts: Iterable[Part], *, same_session: bool) -> Iterator[tuple[Part, Part]]:
    """Pairs (later, earlier) of parts at the same time, for each later one at most one; `parts` come by their start.

    Each part that overlaps another stands in a pair. Without `same_session`, parts of one session do not count.
    """
    for part, last, of_others in _with_latest(parts):
        earlier = last if same_session else of_others
        if earlier is not None and earlier.ends_at > part.starts_at:
            yield part, earlier


def _with_latest(parts: Iterable[Part]) -> Iterator[tuple[Part, Part | None, Part | None]]:
    """Each part with the earlier one that ends last, and with that among other sessions."""
    first: Part | None = None
    second: Part | None = None  # the one that ends last among those of another session than `first`
    for part in parts:
        of_others = first if first is None or first.session_id != part.session_id else second
        yield part, first, of_others
        if first is None:
            first = part
        elif part.ends_at > first.ends_at:
            if part.session_id != first.session_id:
                second = first
            first = part
        elif part.session_id != first.session_id and (second is None or part.ends_at > second.ends_at):
            second = part


def _rooms(parts: Sequence[Part], rooms: Mapping[int, Place]) -> Iterator[Warning]:
    by_room: dict[int, list[Part]] = defaultdict(list)
    everywhere = [part for part in parts if part.all_rooms]
    for part in parts:
        if part.room_id is not None:
            by_room[part.room_id].append(part)
    told: set[tuple[int, int]] = set()
    for room_id, own in by_room.items():
        room = rooms[room_id]
        together = _merged_parts(own, everywhere)
        for part, other in overlapping(together, same_session=True):
            if (part.id, other.id) not in told:
                told.add((part.id, other.id))
                yield Warning(Problem.ROOM_TWICE, part, other, "" if part.all_rooms and other.all_rooms else room.name)
        yield from _changeovers(own, room)
        is_open = _within(room.hours) if room.hours else None
        for part in own:
            if is_open is not None and not is_open(part):
                yield Warning(Problem.ROOM_CLOSED, part, name=room.name)
            people = max(part.taken, part.places or 0) if part.signs_up else 0
            if room.capacity is not None and people > room.capacity:
                yield Warning(Problem.ROOM_SMALL, part, name=room.name, number=people, limit=room.capacity)
    for part, other in overlapping(everywhere, same_session=True):
        if (part.id, other.id) not in told:
            yield Warning(Problem.ROOM_TWICE, part, other)


def _merged_parts(own: Sequence[Part], everywhere: Sequence[Part]) -> Sequence[Part]:
    if not everywhere:
        return own
    return sorted((*own, *everywhere), key=lambda part: (part.starts_at, part.ends_at, part.id))


def _changeovers(own: Sequence[Part], room: Place) -> Iterator[Warning]:
    if not room.changeover:
        return
    needed = timedelta(minutes=room.changeover)
    for part, last, of_others in _with_latest(own):
        if of_others is None or (last is not None and last.ends_at > part.starts_at):
            continue  # nobody before, or both at once, which is said already
        gap = part.starts_at - of_others.ends_at
        if gap < needed:
            yield Warning(Problem.CHANGEOVER, part, of_others, room.name, int(gap.total_seconds() // 60), room.changeover)


def _speakers(parts: Sequence[Part], facts: Facts) -> Iterator[Warning]:
    by_speaker: dict[int, list[Part]] = defaultdict(list)
    for part in parts:
        for speaker_id in part.speakers:
            by_speaker[speaker_id].append(part)
    for speaker_id, own in by_speaker.items():
        name = facts.speakers.get(speaker_id, "")
        for part, other in overlapping(own, same_session=False):
            yield Warning(Problem.SPEAKER_TWICE, part, other, name)
        if facts.away.get(speaker_id):
            is_away = _meets(facts.away[speaker_id])
            for part in own:
                if is_away(part):
                    yield Warning(Problem.SPEAKER_AWAY, part, name=name)


def _audiences(parts: Sequence[Part]) -> Iterator[Warning]:
    """Two sessions of one track for the same people at once, both with sign-up: nobody can go to both."""
    alike: dict[Hashable, list[Part]] = defaultdict(list)
    for part in parts:
        if part.signs_up and part.track_id is not None:
            alike[part.track_id, part.audience].append(part)
    for own in alike.values():
        for part, other in overlapping(own, same_session=False):
            yield Warning(Problem.AUDIENCE_SPLIT, part, other)


def _outside(parts: Sequence[Part], facts: Facts) -> Iterator[Warning]:
    for part in parts:
        if part.starts_at < facts.starts_at or part.ends_at > facts.ends_at:
            yield Warning(Problem.OUTSIDE, part)


def merged(spans: Iterable[Span]) -> list[Span]:
    """Spans by their start, those that touch or overlap as one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _within(spans: Iterable[Span]) -> Callable[[Part], bool]:
    """Whether a part lies in one of the spans from its start to its end."""
    ordered = merged(spans)
    starts = [span[0] for span in ordered]

    def is_within(part: Part) -> bool:
        index = bisect_right(starts, part.starts_at) - 1
        return index >= 0 and part.ends_at <= ordered[index][1]

    return is_within


def _meets(spans: Iterable[Span]) -> Callable[[Part], bool]:
    """Whether a part lies in one of the spans with any minute of it."""
    ordered = merged(spans)
    ends = [span[1] for span in ordered]

    def does_meet(part: Part) -> bool:
        index = bisect_right(ends, part.starts_at)
        return index < len(ordered) and ordered[index][0] < part.ends_at

    return does_meet
