"""What came of the demo's courses: their questions and rubrics, attempts, recordings, and what people said."""

import io
import math
import struct
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from eventapp.accounts.models import User
from eventapp.core.db import db
from eventapp.overview.demo.question_texts import BLAME, COMMENTS, PRAISE, QUESTIONS, RUBRICS, USES
from eventapp.training.assessing import outcomes, queries, rules
from eventapp.training.assessing.exercises import recordings
from eventapp.training.assessing.exercises.rubric import Criterion, put
from eventapp.training.assessing.questions import service as questions
from eventapp.training.assessing.questions.service import Asked
from eventapp.training.models import (
    AssessmentAttempt,
    AttendanceState,
    CourseFeedback,
    CourseVersion,
    Enrolment,
    EnrolmentState,
    QuestionKind,
    ResultState,
    RubricCriterion,
    Submission,
)
from eventapp.training.queries import slots_of

RATE, SECONDS = 8000, 2


def fill_pools(versions: Mapping[str, CourseVersion], *, by: User, at: datetime) -> None:
    """Writes the questions and rubrics as the pages would do it."""
    began = at - timedelta(days=390)
    for code, texts in QUESTIONS.items():
        found = []
        for place, one in enumerate(texts):
            options = [*((text, True) for text in one.right), *((text, False) for text in one.wrong)]
            # The right one does not always stand first, also for whoever looks at the pool.
            options = options[place % len(options) :] + options[: place % len(options)]
            kind = QuestionKind.MULTIPLE if len(one.right) > 1 else QuestionKind.SINGLE
            found.append(Asked(one.text, kind, tuple(options), 1, one.why))
        questions.take_in(versions[code], found, by=by, at=began)
    for code, criteria in RUBRICS.items():
        for name, description, most, least in criteria:
            put(versions[code], Criterion(name, description, most, least), None, by=by, at=began)


def fill_outcomes(*, by: User, random: Random, at: datetime) -> None:
    """Writes how the people of runs that are over came to their results, and what they said."""
    query = (
        select(Enrolment)
        .options(*queries.LOADED)
        .where(Enrolment.state == EnrolmentState.ENROLLED, Enrolment.attendance.is_not(None))
        .order_by(Enrolment.run_id, Enrolment.id)
    )
    enrolments = db.session.scalars(query.execution_options(populate_existing=True)).all()
    slots = slots_of(list({one.run_id: one.run for one in enrolments}.values()))
    pools = {one.run.version_id: queries.pool(one.run.version_id) for one in enrolments}
    rubrics = {one.run.version_id: queries.rubric(one.run.version_id) for one in enrolments}
    for number, one in enumerate(enrolments):
        ends_at, version = slots[one.run_id][-1].ends_at, one.run.course_version
        if version.pass_mark is not None and pools[version.id] and one.score is not None:
            _attempts(one, version.pass_mark, pools[version.id], random, ends_at)
        if version.exercise and rubrics[version.id] and one.attendance is AttendanceState.ATTENDED:
            _recordings(one, rubrics[version.id], number, random, ends_at, by)
        _said(one, number, random, ends_at, at)
    db.session.flush()


def _attempts(one: Enrolment, mark: int, pool: Sequence[Any], random: Random, ends_at: datetime) -> None:
    """Attempts that come to the result: passed at the first or second try, or failed at all of them."""
    version = one.run.course_version
    most, least = len(pool), math.ceil(mark * len(pool) / 100)
    passed = one.result is ResultState.PASSED
    last = 1 + (random.random() < 0.2) if passed else version.attempts
    best = 0
    for number in range(1, last + 1):
        wins = passed and number == last
        points = max(least, round((one.score or 0) * most / 100)) if wins else random.randrange(max(1, least - 3), least)
        best = max(best, points)
        drawn = rules.draw(pool, None, random)
        answers = {
            str(question["id"]): [option["key"] for option in question["options"] if option["right"] is (place < points)][:3]
            for place, question in enumerate(drawn)
        }
        began = ends_at + timedelta(minutes=7 + 90 * number)
        tried = AssessmentAttempt(
            enrolment_id=one.id,
            number=number,
            started_at=began,
            due_at=rules.due_at(began, version.time_limit),
            submitted_at=began + timedelta(minutes=12),
            questions=drawn,
            answers=answers,
            points=rules.points_for(drawn, answers),
            most=most,
        )
        tried.passed = rules.reaches(tried.points or 0, most, mark)
        db.session.add(tried)
    one.score = rules.percent(best, most)


def _recordings(
    one: Enrolment, rubric: Sequence[RubricCriterion], number: int, random: Random, ends_at: datetime, by: User
) -> None:
    """A recording that was marked well, at times after one that was not. Where the run is not done yet some wait."""
    waits = one.run.done_at is None and number % 3 == 0
    fails_first = number % 7 == 3
    tries = [False, True] if fails_first else [True]
    for attempt, good in enumerate(tries, 1):
        made = Submission(
            enrolment_id=one.id,
            number=attempt,
            key=recordings.new_key(),
            name=f"{one.person.family_name or 'take'}-{attempt}.wav",
            mime="audio/wav",
            size=1,
            note="Second take, with a better microphone." if attempt == 2 else "",
            handed_in_at=ends_at + timedelta(days=attempt, minutes=number),
            marks=[],
        )
        db.session.add(made)
        db.session.flush()
        made.size = recordings.keep(made.id, io.BytesIO(_tone(220 + 20 * (number % 12))))
        if waits and good:
            one.result, one.score = ResultState.PENDING, None
            continue
        made.marks = [_mark(criterion, good, random) for criterion in rubric]
        made.comment = random.choice(PRAISE if good else BLAME)
        made.passed = rules.marks_pass(made.marks, one.run.course_version.exercise_mark)
        made.marked_at, made.marked_by = made.handed_in_at + timedelta(hours=20), by.actor_name
        if one.run.course_version.pass_mark is None:
            one.score = max(one.score or 0, rules.percent(*outcomes.points_of(made)))


def _mark(criterion: RubricCriterion, good: bool, random: Random) -> dict[str, Any]:
    points = random.randrange(math.ceil(criterion.most * 0.75), criterion.most + 1) if good else criterion.most // 3
    kept = {name: getattr(criterion, name) for name in ("name", "most", "least")}
    return {
        "criterion": criterion.id,
        **kept,
        "points": points,
        "comment": "" if points > criterion.most // 2 else "Practise this.",
    }


def _said(one: Enrolment, number: int, random: Random, ends_at: datetime, at: datetime) -> None:
    """Three of four who came say something; of those who are asked weeks later, half."""
    asked, later = ends_at + timedelta(days=1), ends_at + timedelta(days=one.run.course_version.follow_up_days)
    one.asked_at = asked if asked < at else None
    one.followed_up_at = later if later < at else None
    if one.attendance is AttendanceState.NO_SHOW or random.random() > 0.75 or ends_at > at:
        return
    happy = one.result is not ResultState.FAILED

    def stars() -> int:
        return min(5, max(1, round(random.gauss(4.4 if happy else 3.2, 0.7))))

    said = CourseFeedback(
        enrolment_id=one.id,
        **{name: stars() for name in ("relevance", "pace", "trainer", "platform", "intent")},
        nps=min(10, max(0, round(random.gauss(8.9 if happy else 6.5, 1.3)))),
        comment=COMMENTS[number % len(COMMENTS)] if random.random() < 0.45 else "",
        given_at=min(at, ends_at + timedelta(hours=random.randrange(1, 90))),
    )
    if later < at and random.random() < 0.5:
        said.used, said.used_at = min(5, max(1, round(random.gauss(3.6, 1.0)))), min(at, later + timedelta(hours=30))
        said.used_comment = USES[number % len(USES)] if random.random() < 0.5 else ""
    db.session.add(said)


def _tone(hertz: int) -> bytes:
    """A sound of two seconds that every browser plays, in 16 kB."""
    count = RATE * SECONDS
    data = bytes(128 + round(60 * math.sin(2 * math.pi * hertz * n / RATE)) for n in range(count))
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + count, b"WAVE", b"fmt ", 16, 1, 1, RATE, RATE, 1, 8, b"data", count)
    return head + data
