"""What passes, who may try, and when: pure functions over facts. Scores are exact: nothing is rounded before it is compared."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from eventapp.core.i18n import _
from eventapp.events.models import EventStatus
from eventapp.training.models import AssessmentQuestion, EnrolmentState, ResultState

# Keys of the options of a question, in their order; more than that nobody reads.
KEYS = "abcdefgh"


def percent(points: int, most: int) -> int:
    """Points of all as a percentage, rounded down, for showing only."""
    return points * 100 // most


def reaches(points: int, most: int, mark: int) -> bool:
    """Whether so many points are at least `mark` percent: reaching the mark is enough."""
    return points * 100 >= mark * most


@dataclass(frozen=True)
class Facts:
    """What says whether somebody may try now: the enrolment, the run in time, and what was tried before.

    `used` are finished tries, out of `most`; `open` says that one is under way or waits for its marks.
    """

    state: EnrolmentState
    event_status: EventStatus
    starts_at: datetime | None
    used: int
    most: int
    passed: bool
    open: bool = False
    asks: bool = True


def blockers(facts: Facts, now: datetime) -> list[str]:
    """Why somebody may not begin a try of the assessment, or hand in a recording, in words; empty if they may.

    Only who is enrolled may, from the start of the run's first slot on, as often as the version of the course allows, and
    not after passing. That attendance is final ends nothing: whoever passes later completes the run then. A cancelled run
    asks nothing of anybody.
    """
    found = []
    if facts.event_status is EventStatus.CANCELLED:
        found.append(_("The run was cancelled."))
    elif facts.state is not EnrolmentState.ENROLLED:
        found.append(_("Only who is enrolled may do this."))
    elif facts.starts_at is None or now < facts.starts_at:
        found.append(_("It opens when the run begins."))
    if facts.passed:
        found.append(_("You have passed already."))
    elif facts.used >= facts.most:
        found.append(_("All attempts are used."))
    if not facts.asks:
        found.append(_("There are no questions yet."))
    return found


def draw(pool: Sequence[AssessmentQuestion], number: int | None, random: Random) -> list[dict[str, Any]]:
    """Questions for one attempt: `number` of the pool (none: all) in any order, their options in any order.

    Options get new keys by their new place, so that a key tells nothing about what stood there in the pool.
    """
    chosen = random.sample(list(pool), len(pool) if number is None else min(number, len(pool)))
    drawn = []
    for one in chosen:
        options = random.sample(list(one.options), len(one.options))
        drawn.append(
            {
                "id": one.id,
                "kind": one.kind.value,
                "text": one.text,
                "points": one.points,
                "explanation": one.explanation,
                "options": [
                    {"key": key, "text": option["text"], "right": bool(option["right"])}
                    for key, option in zip(KEYS, options, strict=False)
                ],
            }
        )
    return drawn


def most_points(questions: Iterable[Mapping[str, Any]]) -> int:
    """How many points all questions of an attempt are worth."""
    return sum(question["points"] for question in questions)


def points_for(questions: Iterable[Mapping[str, Any]], answers: Mapping[str, Collection[str]]) -> int:
    """Points of an attempt: those of each question whose right options were chosen, all of them and no other."""
    return sum(q["points"] for q in questions if is_right(q, answers.get(str(q["id"]), ())))


def is_right(question: Mapping[str, Any], chosen: Collection[str]) -> bool:
    """Whether the right options of a question were chosen, all of them and no other."""
    return set(chosen) == {option["key"] for option in question["options"] if option["right"]}


def known_answers(questions: Iterable[Mapping[str, Any]], answers: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Of what was sent only answers to these questions, by options that they have; of a single choice only one."""
    found = {}
    for question in questions:
        keys = {option["key"] for option in question["options"]}
        chosen = sorted(set(answers.get(str(question["id"]), ())) & keys)
        if chosen and (question["kind"] == "multiple" or len(chosen) == 1):
            found[str(question["id"])] = chosen
    return found


def is_late(due_at: datetime | None, now: datetime) -> bool:
    """Whether the time of an attempt is over; its last moment still counts."""
    return due_at is not None and now > due_at


def due_at(started_at: datetime, minutes: int | None) -> datetime | None:
    """Until when answers count; none without a limit."""
    return started_at + timedelta(minutes=minutes) if minutes else None


def marks_pass(marks: Iterable[Mapping[str, Any]], mark: int) -> bool:
    """Whether an exercise passes: enough points in all, and of no criterion less than its least."""
    marks = list(marks)
    in_all = sum(one["points"] for one in marks), sum(one["most"] for one in marks)
    return bool(marks) and all(one["points"] >= one["least"] for one in marks) and reaches(*in_all, mark)


def part_result(tried: Sequence[bool], most: int) -> ResultState:
    """The result of the assessment or of the exercise alone, by what each finished try came to."""
    if any(tried):
        return ResultState.PASSED
    return ResultState.FAILED if len(tried) >= most else ResultState.PENDING


def result(parts: Sequence[ResultState]) -> ResultState:
    """What assessment and exercise come to together: every part has to be passed."""
    if not parts:
        return ResultState.NOT_REQUIRED
    if all(part is ResultState.PASSED for part in parts):
        return ResultState.PASSED
    return ResultState.FAILED if ResultState.FAILED in parts else ResultState.PENDING
