"""Warnings against a version that looks at every pair, on whatever timetables hypothesis thinks of."""

import time
from dataclasses import replace
from datetime import timedelta
from itertools import combinations, pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventapp.agenda.timetable.rules import Facts, Part, Place, Problem, Span, check, merged
from tests.support.factories import ENDS, STARTS

ROOMS = {
    1: Place(1, "Hall", capacity=10, changeover=15, hours=((STARTS, STARTS + timedelta(hours=4)),)),
    2: Place(2, "Attic"),
    3: Place(3, "Cellar", capacity=2, changeover=5),
}

# A busy machine is no reason to fail.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def at(minutes: int) -> timedelta:
    return timedelta(minutes=minutes)


@st.composite
def parts(draw: st.DrawFn) -> Part:
    start = STARTS + at(draw(st.integers(-4, 40)) * 15)
    everywhere = draw(st.integers(0, 9)) == 0
    return Part(
        id=0,
        session_id=draw(st.integers(1, 8)),
        title="T",
        starts_at=start,
        ends_at=start + at(draw(st.sampled_from([5, 15, 45, 90]))),
        room_id=None if everywhere else draw(st.sampled_from([None, 1, 2, 3])),
        all_rooms=everywhere,
        speakers=tuple(draw(st.sets(st.integers(1, 4), max_size=2))),
        track_id=draw(st.sampled_from([None, 1, 2])),
        audience=draw(st.sampled_from([(), ("tier", "gold")])),
        signs_up=draw(st.booleans()),
        places=draw(st.sampled_from([None, 2, 12])),
        taken=draw(st.integers(0, 12)),
    )


@st.composite
def timetables(draw: st.DrawFn) -> Facts:
    made = [replace(part, id=number) for number, part in enumerate(draw(st.lists(parts(), max_size=14)))]
    away: dict[int, list[Span]] = {}
    for speaker, start in draw(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 30)), max_size=5)):
        away.setdefault(speaker, []).append((STARTS + at(start * 15), STARTS + at(start * 15 + 40)))
    return Facts(STARTS, ENDS, made, ROOMS, {n: f"Speaker {n}" for n in range(1, 5)}, away)


def clash(one: Part, two: Part) -> bool:
    return one.starts_at < two.ends_at and two.starts_at < one.ends_at


def order(part: Part) -> tuple[object, ...]:
    return (part.starts_at, part.ends_at, part.id)


def pairs(facts: Facts, problem: Problem) -> set[frozenset[int]]:
    """Every pair that has the problem."""
    found = set()
    for one, two in combinations(facts.parts, 2):
        alike = {
            Problem.ROOM_TWICE: one.all_rooms or two.all_rooms or (one.room_id is not None and one.room_id == two.room_id),
            Problem.SPEAKER_TWICE: bool(set(one.speakers) & set(two.speakers)) and one.session_id != two.session_id,
            Problem.AUDIENCE_SPLIT: one.signs_up
            and two.signs_up
            and one.track_id is not None
            and (one.track_id, one.audience) == (two.track_id, two.audience)
            and one.session_id != two.session_id,
        }[problem]
        if problem is Problem.ROOM_TWICE and not (one.all_rooms and two.all_rooms):
            # A break stands over the rooms that there are; a part without a room is nowhere.
            alike = alike and all(part.all_rooms or part.room_id is not None for part in (one, two))
        if alike and clash(one, two):
            found.add(frozenset({one.id, two.id}))
    return found


@PATIENT
@given(timetables())
def test_whoever_is_at_the_same_time_as_another_is_named(facts: Facts) -> None:
    found = check(facts)
    sessions = {part.id: part.session_id for part in facts.parts}
    for problem in (Problem.ROOM_TWICE, Problem.SPEAKER_TWICE, Problem.AUDIENCE_SPLIT):
        told = {frozenset({w.part.id, w.other.id}) for w in found if w.problem is problem and w.other}
        every = pairs(facts, problem)
        assert told <= every
        assert {sessions[n] for pair in told for n in pair} == {sessions[n] for pair in every for n in pair}
        if problem is Problem.ROOM_TWICE:
            assert {n for pair in told for n in pair} == {n for pair in every for n in pair}


@PATIENT
@given(timetables())
def test_what_one_part_has_by_itself(facts: Facts) -> None:
    found = check(facts)
    told = {problem: {w.part.id for w in found if w.problem is problem} for problem in Problem}
    for part in facts.parts:
        room = ROOMS.get(part.room_id or 0)
        gone = [span for speaker in part.speakers for span in facts.away.get(speaker, ())]
        assert (part.id in told[Problem.SPEAKER_AWAY]) == any(s < part.ends_at and part.starts_at < e for s, e in gone)
        assert (part.id in told[Problem.OUTSIDE]) == (part.starts_at < STARTS or part.ends_at > ENDS)
        closed = room is not None and room.hours and not any(s <= part.starts_at and part.ends_at <= e for s, e in room.hours)
        assert (part.id in told[Problem.ROOM_CLOSED]) == bool(closed)
        small = room is not None and room.capacity is not None and part.signs_up
        assert (part.id in told[Problem.ROOM_SMALL]) == bool(small and max(part.taken, part.places or 0) > (room.capacity or 0))
        before = [p for p in facts.parts if p is not part and p.room_id == part.room_id and order(p) < order(part)]
        ends = [p.ends_at for p in before if p.session_id != part.session_id]
        short = room is not None and not any(clash(p, part) for p in before) and ends
        gap = part.starts_at - max(ends) if ends else timedelta()
        assert (part.id in told[Problem.CHANGEOVER]) == bool(short and room and gap < at(room.changeover))


@PATIENT
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20))))
def test_merged_spans_cover_the_same_minutes(spans: list[tuple[int, int]]) -> None:
    given_spans = [(STARTS + at(start), STARTS + at(start + length)) for start, length in spans]
    found = merged(given_spans)
    for minute in range(75):
        moment = STARTS + at(minute)
        assert any(s <= moment < e for s, e in found) == any(s <= moment < e for s, e in given_spans)
    assert all(one[1] < two[0] for one, two in pairwise(found))


def test_the_parts_of_one_session_may_be_at_once_for_its_speaker_but_not_in_one_room() -> None:
    first = Part(1, 1, "Workshop", STARTS, STARTS + at(45), room_id=2, speakers=(1,), signs_up=True, track_id=1)
    facts = Facts(STARTS, ENDS, [first, replace(first, id=2, room_id=3)], ROOMS, {1: "Petra"})
    assert check(facts) == []
    twice = check(replace(facts, parts=[first, replace(first, id=2)]))
    assert [w.problem for w in twice] == [Problem.ROOM_TWICE]


def test_a_warning_says_who_and_how_many() -> None:
    big = Part(1, 1, "Big", STARTS, STARTS + at(45), room_id=1, signs_up=True, places=40, taken=4)
    soon = Part(2, 2, "Soon", STARTS + at(50), STARTS + at(80), room_id=1)
    small, short = check(Facts(STARTS, ENDS, [big, soon], ROOMS))
    assert (small.problem, small.name, small.number, small.limit) == (Problem.ROOM_SMALL, "Hall", 40, 10)
    assert (short.problem, short.other, short.number, short.limit) == (Problem.CHANGEOVER, big, 5, 15)


def test_six_hundred_sessions_all_at_once_take_less_than_fifty_milliseconds() -> None:
    rooms = {n: Place(n, f"Room {n}", 10, 5, ((STARTS, ENDS),)) for n in range(25)}
    made = [
        Part(
            n, n, f"S{n}", STARTS + at(n % 7), STARTS + at(300 + n % 5), room_id=n % 25, speakers=(n % 40, 50 + n % 30),
            track_id=n % 5, signs_up=True, places=50,
        )
        for n in range(600)
    ]  # fmt: skip
    facts = Facts(STARTS, ENDS, made, rooms, {}, {n: [(STARTS, ENDS)] for n in range(40)})
    taken = []
    for _try in range(5):
        start = time.process_time()
        found = check(facts)
        taken.append(time.process_time() - start)
    assert min(taken) < 0.05
    assert len(found) < 600 * len(Problem)
