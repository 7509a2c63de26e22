"""What a release does with each part of a session: pure functions over lines, tested without a database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from eventapp.agenda.models import ChangeKind, SessionLevel
from eventapp.events.models import EventFormat


@dataclass(frozen=True, slots=True)
class Line:
    """A part of a session as a release shows it, or as the draft would. `speakers` are ids, in their order."""

    slot_id: int
    session_id: int
    room_id: int | None
    all_rooms: bool
    starts_at: datetime
    ends_at: datetime
    sequence: int
    cancelled: bool
    listed: bool
    title: str
    subtitle: str
    label: str
    abstract_html: str
    language: str
    level: SessionLevel
    track_id: int | None
    type_id: int
    delivery: EventFormat | None
    speakers: tuple[int, ...] = ()

    @property
    def place(self) -> tuple[datetime, int | None, bool]:
        """When and where it begins: what makes it moved when it differs."""
        return (self.starts_at, self.room_id, self.all_rooms)


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: what was (none: it is new) and what is, which of a cancelled one are its last time and words."""

    kind: ChangeKind
    old: Line | None
    new: Line

    @property
    def raises(self) -> bool:
        """Whether calendars must take it for newer: its time, its room or whether it takes place differs (RFC 5546, 2.1.4)."""
        if self.old is None:
            return False
        return self.kind is not ChangeKind.CHANGED or self.old.ends_at != self.new.ends_at


@dataclass(frozen=True, slots=True)
class Plan:
    """What a release would hold: its differences by time, and all its lines with the sequences that they will have."""

    changes: tuple[Change, ...]
    lines: tuple[Line, ...]

    def count(self, kind: ChangeKind) -> int:
        """How many differences are of that kind."""
        return sum(change.kind is kind for change in self.changes)


def plan(released: Iterable[Line], draft: Iterable[Line]) -> Plan:
    """From the lines of the release before (none: the first one) and those of the draft to those of the next release.

    What was released and is not in the draft any more stays as cancelled, with its last time and words.
    """
    before = {line.slot_id: line for line in released}
    after = {line.slot_id: line for line in draft}
    changes = tuple(_raised(change) for change in _changes(before, after))
    lines = {**before, **after, **{change.new.slot_id: change.new for change in changes}}
    return Plan(changes, tuple(sorted(lines.values(), key=lambda line: (line.starts_at, line.slot_id))))


def compare(old: Iterable[Line], new: Iterable[Line]) -> tuple[Change, ...]:
    """The difference between any two releases, by time."""
    return _changes({line.slot_id: line for line in old}, {line.slot_id: line for line in new if not line.cancelled})


def _changes(before: Mapping[int, Line], after: Mapping[int, Line]) -> tuple[Change, ...]:
    found = (_change(before.get(slot_id), after.get(slot_id)) for slot_id in before.keys() | after.keys())
    return tuple(sorted((change for change in found if change is not None), key=_by_time))


def _raised(change: Change) -> Change:
    return replace(change, new=replace(change.new, sequence=change.new.sequence + 1)) if change.raises else change


def _change(old: Line | None, new: Line | None) -> Change | None:
    if new is None:
        assert old is not None
        return None if old.cancelled else Change(ChangeKind.CANCELLED, old, replace(old, cancelled=True))
    if old is None or old.cancelled:
        return Change(ChangeKind.NEW, old, new)
    if old.place != new.place:
        return Change(ChangeKind.MOVED, old, new)
    return None if replace(old, sequence=new.sequence) == new else Change(ChangeKind.CHANGED, old, new)


def _by_time(change: Change) -> tuple[datetime, int]:
    return (change.new.starts_at, change.new.slot_id)
