"""The arithmetic of attendance: against a count second by second, at each boundary, over a clock change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventapp.training.attendance import rules
from eventapp.training.attendance.rules import Doubt, InSlot, Said, Span
from eventapp.training.models import AttendanceState, IntervalSource, RollMark
from eventapp.training.rules import Slot

START = datetime(2027, 4, 13, 8, 0, tzinfo=UTC)
IMPORT, JOIN = IntervalSource.IMPORT, IntervalSource.JOIN


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def slot(start: int, end: int) -> Slot:
    return Slot(at(start), at(end))


def said(start: float, end: float | None, source: IntervalSource = IMPORT) -> Said:
    return Said(source, at(start), at(end) if end is not None else None)


TWO_HOURS = [slot(0, 7200)]

lengths = st.integers(0, 90)
spans = st.tuples(st.integers(-60, 300), st.one_of(st.none(), lengths))
# Slots one behind the other, some touching.
slot_lists = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 60)), min_size=1, max_size=4)


def _slots(parts: list[tuple[int, int]]) -> list[Slot]:
    made, clock = [], 0
    for pause, length in parts:
        made.append(slot(clock + pause, clock + pause + length))
        clock += pause + length
    return made


def _brute(lines: list[Said], slots: list[Slot]) -> int:
    """Counts seconds in which anybody of the lines is there, one after the other."""
    count = 0
    for one in slots:
        second = one.starts_at
        while second < one.ends_at:
            count += any(line.joined_at <= second < _end(line, slots) for line in lines)
            second += timedelta(seconds=1)
    return count


def _end(line: Said, slots: list[Slot]) -> datetime:
    if line.left_at is not None:
        return line.left_at
    return next((one.ends_at for one in slots if line.joined_at < one.ends_at), line.joined_at)


@given(st.lists(spans, max_size=6), slot_lists)
def test_as_counted_second_by_second(found: list[tuple[int, int | None]], parts: list[tuple[int, int]]) -> None:
    slots = _slots(parts)
    lines = [said(start, None if length is None else start + length) for start, length in found]
    assert rules.attended(lines, slots) == _brute(lines, slots)


@given(st.lists(spans, max_size=6), slot_lists, st.randoms(use_true_random=False))
def test_never_more_than_the_slots_and_in_any_order(
    found: list[tuple[int, int | None]], parts: list[tuple[int, int]], shuffle: object
) -> None:
    slots = _slots(parts)
    lines = [said(start, None if length is None else start + length) for start, length in found]
    counted = rules.attended(lines, slots)
    assert 0 <= counted <= rules.total(slots)
    mixed = list(lines)
    shuffle.shuffle(mixed)
    assert rules.attended(mixed, slots) == counted
    assert rules.attended(lines + lines, slots) == counted, "a second device adds nothing"


@given(st.lists(spans, max_size=5), spans)
def test_another_line_never_takes_away(found: list[tuple[int, int | None]], one: tuple[int, int | None]) -> None:
    slots = [slot(0, 100), slot(130, 200)]
    lines = [said(start, None if length is None else start + length) for start, length in found]
    more = said(one[0], None if one[1] is None else one[0] + one[1])
    assert rules.attended([*lines, more], slots) >= rules.attended(lines, slots)


@pytest.mark.parametrize(
    ("lines", "seconds"),
    [
        ([], 0),
        ([said(0, 7200)], 7200),
        ([said(-600, 7800)], 7200),
        ([said(-900, -60)], 0),
        ([said(7200, 9000)], 0),
        ([said(-60, 0)], 0),
        ([said(100, 100)], 0),
        ([said(0, 100), said(100, 200)], 200),
        ([said(0, 100), said(50, 150)], 150),
        ([said(0, 300), said(50, 150)], 300),
        ([said(0, 100), said(101, 200)], 199),
        ([said(300, None)], 6900),
        ([said(-300, None)], 7200),
        ([said(7200, None)], 0),
        ([said(8000, None)], 0),
        ([said(0.9, 10.9)], 10),
    ],
)
def test_single_cases(lines: list[Said], seconds: int) -> None:
    assert rules.attended(lines, TWO_HOURS) == seconds


def test_a_missing_leave_ends_with_the_slot_that_it_began_in() -> None:
    slots = [slot(0, 100), slot(200, 300)]
    assert rules.attended([said(50, None)], slots) == 50
    assert rules.attended([said(150, None)], slots) == 100, "between two slots it is the next one's"
    assert rules.attended([said(50, 250)], slots) == 100, "one over the pause counts in both"


def test_slots_that_share_a_time_count_it_once() -> None:
    slots = [slot(0, 100), slot(50, 150)]
    assert rules.total(slots) == 150
    assert rules.attended([said(0, 150)], slots) == 150


@pytest.mark.parametrize("day", [(2027, 3, 28), (2027, 10, 31)])
def test_over_a_clock_change(day: tuple[int, int, int]) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start, end = datetime(*day, 1, 0, tzinfo=berlin), datetime(*day, 4, 0, tzinfo=berlin)
    slots = [Slot(start.astimezone(UTC), end.astimezone(UTC))]
    hours = 2 if day[1] == 3 else 4
    assert rules.total(slots) == hours * 3600
    assert rules.attended([Said(IMPORT, start.astimezone(UTC), end.astimezone(UTC))], slots) == hours * 3600


@pytest.mark.parametrize(
    ("seconds", "state"),
    [
        (7200, AttendanceState.ATTENDED),
        (5760, AttendanceState.ATTENDED),
        (5759, AttendanceState.PARTIAL),
        (1800, AttendanceState.PARTIAL),
        (1799, AttendanceState.NO_SHOW),
        (0, AttendanceState.NO_SHOW),
    ],
)
def test_reaching_a_mark_is_enough(seconds: int, state: AttendanceState) -> None:
    assert rules.state_of(seconds, 7200, mark=80, partial_from=25) is state


def test_marks_of_whole_and_of_nothing() -> None:
    assert rules.state_of(99, 100, mark=100, partial_from=100) is AttendanceState.NO_SHOW
    assert rules.state_of(100, 100, mark=100, partial_from=100) is AttendanceState.ATTENDED
    assert rules.state_of(0, 0, mark=80, partial_from=25) is AttendanceState.NO_SHOW


@given(st.integers(1, 10**6), st.data())
def test_a_shown_percentage_never_reaches_a_mark_that_was_missed(of: int, data: st.DataObject) -> None:
    seconds = data.draw(st.integers(0, of))
    assert (rules.tenths(seconds, of) >= 80) == (
        rules.state_of(seconds, of, mark=80, partial_from=25) is AttendanceState.ATTENDED
    )


def test_percentages() -> None:
    assert (rules.percent(5759, 7200), rules.tenths(5759, 7200)) == (79.99, 79.9)
    assert (rules.percent(0, 0), rules.tenths(0, 0)) == (0.0, 0.0)


def test_a_click_counts_only_where_no_report_is() -> None:
    slots = [slot(0, 100), slot(200, 300)]
    reported = rules.reported_slots([(at(10), at(20))], slots)
    assert reported == [slots[0]]
    clicks = [said(5, None, JOIN), said(205, None, JOIN)]
    assert rules.counting(clicks, slots, reported) == [clicks[1]]
    assert rules.attended(rules.counting(clicks, slots, reported), slots) == 95
    assert rules.reported_slots([(at(-50), at(0))], slots) == [], "a report that ends with the beginning says nothing"


@pytest.mark.parametrize(("seconds", "found"), [(-7200, True), (-7201, False), (99, True), (100, False)])
def test_what_is_meant_for_a_slot(seconds: int, found: bool) -> None:
    assert (rules.near(at(seconds), [slot(0, 100)]) is not None) is found


ALL = slot(0, 1000)


@pytest.mark.parametrize(
    ("facts", "doubts"),
    [
        ({"clicked": True, "reported": True}, [Doubt.CLICKED]),
        ({"clicked": True, "reported": True, "report": 1}, []),
        ({"clicked": True, "reported": False}, []),
        ({"mark": RollMark.ABSENT, "reported": True, "report": 900}, [Doubt.MISSED]),
        ({"mark": RollMark.ABSENT, "reported": True, "report": 250}, [Doubt.MISSED]),
        ({"mark": RollMark.ABSENT, "reported": True, "report": 249}, []),
        ({"mark": RollMark.ABSENT, "reported": False, "clicked": True}, [Doubt.MISSED]),
        ({"mark": RollMark.ABSENT, "reported": False, "seen": True}, [Doubt.MISSED]),
        ({"mark": RollMark.PRESENT, "reported": True, "report": 249}, [Doubt.UNSEEN]),
        ({"mark": RollMark.PRESENT, "reported": True, "report": 249, "on_video": False}, []),
        ({"mark": RollMark.PRESENT, "reported": False}, []),
        ({"seen": True, "reported": True}, [Doubt.UNSEEN]),
        ({}, []),
    ],
)
def test_where_sources_disagree(facts: dict[str, object], doubts: list[Doubt]) -> None:
    found = InSlot(**{"slot": ALL, "reported": False, "on_video": True, **facts})
    assert rules.doubts(found, 25) == doubts


def test_touching_spans_are_one() -> None:
    assert rules.merge([Span(at(5), at(9)), Span(at(0), at(5))]) == [Span(at(0), at(9))]
    assert rules.merge([]) == []
