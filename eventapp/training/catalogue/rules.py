"""What is true of courses and of the ways to them, whoever asks: pure functions over facts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from eventapp.training.models import Needed, VersionStatus


class Thing(NamedTuple):
    """A course or a credential, by its id."""

    credential: bool
    id: int


@dataclass(frozen=True)
class Needs:
    """What a course asks for: all of these, or any one of them."""

    needed: Needed
    things: frozenset[Thing]


@dataclass(frozen=True)
class Way:
    """A curriculum: all of `required`, and so many of `elective`."""

    required: frozenset[int]
    elective: frozenset[int]
    electives: int


def circle(needs: Mapping[int, Needs], start: int) -> list[int]:
    """The courses by which a course would need itself, in order and with `start` at both ends; none: empty."""
    came_from: dict[int, int] = {}
    found = [start]
    while found:
        here = found.pop()
        for thing in sorted(needs[here].things if here in needs else ()):
            if thing.credential:
                continue
            if thing.id == start:
                path = [start, here]
                while path[-1] != start:
                    path.append(came_from[path[-1]])
                return path[::-1] if here != start else [start, start]
            if thing.id not in came_from:
                came_from[thing.id] = here
                found.append(thing.id)
    return []


def reachable(courses: Collection[int], needs: Mapping[int, Needs], ways: Mapping[int, Sequence[Way]]) -> set[Thing]:
    """The courses that somebody who holds nothing can come to, and the credentials that these lead to.

    `ways` are the curricula of each credential; one without any is given by hand, so anybody can come to it.
    """
    there = {Thing(True, id_) for id_, of in ways.items() if not of}
    grown = True
    while grown:
        before = len(there)
        for course in courses:
            asked = needs.get(course)
            if (
                asked is None
                or not asked.things
                or (asked.things <= there if asked.needed is Needed.ALL else asked.things & there)
            ):
                there.add(Thing(False, course))
        for credential, of in ways.items():
            if any(_leads(way, there) for way in of):
                there.add(Thing(True, credential))
        grown = len(there) > before
    return there


def _leads(way: Way, there: Collection[Thing]) -> bool:
    open_ = sum(Thing(False, course) in there for course in way.elective)
    return all(Thing(False, course) in there for course in way.required) and open_ >= way.electives


# What enrolments, results and certificates of a version were judged by. It stays as it is once somebody is enrolled.
JUDGED_BY = (
    "minutes", "attendance_mark", "partial_from", "pass_mark", "attempts", "time_limit", "drawn", "exercise", "exercise_mark",
    "validity_months", "credit_minutes",
)  # fmt: skip


def fixed_field(status: VersionStatus, enrolled: bool, changes: Mapping[str, Any]) -> str | None:
    """The first field of `changes` that may not be changed any more, none: all of them may.

    A draft is free. Of the current version everything may be mended until somebody is enrolled by it, then only what
    nobody was judged by. A retired version stays as it was.
    """
    if status is VersionStatus.RETIRED:
        return next(iter(changes), None)
    if status is VersionStatus.CURRENT and enrolled:
        return next((name for name in JUDGED_BY if name in changes), None)
    return None
