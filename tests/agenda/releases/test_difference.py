"""What a release does with each part: pure functions, compared with what the words say."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventapp.agenda.models import ChangeKind, SessionLevel
from eventapp.agenda.releases.difference import Line, compare, plan
from tests.support.factories import STARTS

A = Line(
    slot_id=1, session_id=1, room_id=1, all_rooms=False, starts_at=STARTS, ends_at=STARTS + timedelta(minutes=45), sequence=0,
    cancelled=False, listed=True, title="News", subtitle="", label="", abstract_html="", language="en", level=SessionLevel.ANY,
    track_id=None, type_id=1, delivery=None, speakers=(1,),
)  # fmt: skip

# A busy machine is no reason to fail.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def kinds(old: list[Line], new: list[Line]) -> list[ChangeKind]:
    return [change.kind for change in plan(old, new).changes]


def test_the_four_kinds() -> None:
    later = replace(A, starts_at=A.starts_at + timedelta(hours=1), ends_at=A.ends_at + timedelta(hours=1))
    assert kinds([], [A]) == [ChangeKind.NEW]
    assert kinds([A], [A]) == []
    assert kinds([A], [later]) == kinds([A], [replace(A, room_id=2)]) == [ChangeKind.MOVED]
    assert kinds([A], []) == [ChangeKind.CANCELLED]
    for words in ({"title": "Old news"}, {"speakers": (1, 2)}, {"track_id": 3}, {"listed": False}):
        assert kinds([A], [replace(A, **words)]) == [ChangeKind.CHANGED]
    assert kinds([replace(A, cancelled=True)], []) == []
    assert kinds([replace(A, cancelled=True)], [A]) == [ChangeKind.NEW]


def test_a_sequence_is_raised_by_what_calendars_must_take_for_newer() -> None:
    def sequence(old: Line, new: Line | None) -> int:
        return plan([old], [new] if new else []).lines[0].sequence

    first = replace(A, sequence=4)
    assert sequence(first, replace(first, room_id=2)) == 5
    assert sequence(first, None) == 5
    assert sequence(first, replace(first, ends_at=first.ends_at + timedelta(minutes=15))) == 5
    assert sequence(first, replace(first, title="Other")) == 4
    assert sequence(replace(first, cancelled=True), first) == 5
    assert sequence(first, first) == 4
    assert plan([], [A]).lines[0].sequence == 0


lines = st.builds(
    lambda slot, hour, room, title: replace(
        A, slot_id=slot, session_id=slot, starts_at=STARTS + timedelta(hours=hour), ends_at=STARTS + timedelta(hours=hour + 1),
        room_id=room, title=title,
    ),
    st.integers(1, 6), st.integers(0, 3), st.integers(1, 2), st.sampled_from(["x", "y"]),
)  # fmt: skip
drafts = st.lists(st.lists(lines, max_size=6, unique_by=lambda line: line.slot_id), min_size=1, max_size=6)


@PATIENT
@given(drafts)
def test_releases_one_after_the_other_end_at_the_draft_and_sequences_only_grow(each: list[list[Line]]) -> None:
    shown: tuple[Line, ...] = ()
    sequences: dict[int, int] = {}
    for draft in each:
        made = plan(shown, [replace(line, sequence=sequences.get(line.slot_id, 0)) for line in draft])
        assert {line.slot_id for line in made.lines if not line.cancelled} == {line.slot_id for line in draft}
        assert all(line.sequence >= sequences.get(line.slot_id, 0) for line in made.lines)
        moved = {c.new.slot_id for c in made.changes if c.kind in (ChangeKind.MOVED, ChangeKind.CANCELLED)}
        assert all(line.sequence > sequences.get(line.slot_id, 0) for line in made.lines if line.slot_id in moved)
        assert not plan(made.lines, (line for line in made.lines if not line.cancelled)).changes
        shown = made.lines
        sequences = {line.slot_id: line.sequence for line in shown}
    assert not compare(shown, shown)
