"""Beginning an attempt, saving its answers, handing it in. In the caller's transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from random import SystemRandom
from typing import Any

from sqlalchemy import select

from eventapp.audit.service import Actor, NamedActor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.training.assessing import outcomes, queries, rules
from eventapp.training.models import AssessmentAttempt, Enrolment

_random = SystemRandom()
WORKER = NamedActor("eventapp")


def start(enrolment: Enrolment, *, by: Actor, at: datetime) -> AssessmentAttempt:
    """Begins an attempt, or gives the one that is under way: however often it is clicked there is one. Raises RuleError."""
    enrolment = outcomes.locked(enrolment.id)
    tried = queries.attempts(enrolment.id)
    for attempt in tried:
        if attempt.submitted_at is None:
            if not rules.is_late(attempt.due_at, at):
                return attempt
            _close(enrolment, attempt, by=by, at=at)
    tried = queries.attempts(enrolment.id)
    version = enrolment.run.course_version
    pool = queries.pool(version.id) if version.pass_mark is not None else []
    for reason in rules.blockers(queries.facts_of_attempts(enrolment, tried, asks=bool(pool)), at):
        raise RuleError(reason)
    drawn = rules.draw(pool, version.drawn, _random)
    made = AssessmentAttempt(
        enrolment_id=enrolment.id,
        number=len(tried) + 1,
        started_at=at,
        due_at=rules.due_at(at, version.time_limit),
        questions=drawn,
        answers={},
        most=rules.most_points(drawn),
    )
    db.session.add(made)
    db.session.flush()
    record("assessing.start", by=by, at=at, changes={"attempt": made.number}, **outcomes.about(enrolment))
    return made


def save(attempt: AssessmentAttempt, answers: Mapping[str, Sequence[str]], version: int, *, at: datetime) -> AssessmentAttempt:
    """Keeps answers of an attempt that is under way. Saving is no act for the log: it would be there for each click.

    Raises RuleError once its time is over, StaleError if other answers were saved since the page was opened.
    """
    attempt = _now(attempt)
    if attempt.submitted_at is not None:
        raise RuleError(_("This attempt has been handed in already."))
    if rules.is_late(attempt.due_at, at):
        raise RuleError(_("The time is over. What was saved before counts."))
    _keep(attempt, answers, version)
    return attempt


def submit(
    enrolment: Enrolment,
    attempt: AssessmentAttempt,
    answers: Mapping[str, Sequence[str]],
    version: int,
    *,
    by: Actor,
    at: datetime,
) -> AssessmentAttempt:
    """Hands an attempt in and scores it. Too late, what is sent now does not count, but what was saved in time does.

    Raises StaleError if other answers were saved since the page was opened, RuleError if it was handed in already.
    """
    enrolment, attempt = outcomes.locked(enrolment.id), _now(attempt)
    if attempt.submitted_at is not None:
        raise RuleError(_("This attempt has been handed in already."))
    if not rules.is_late(attempt.due_at, at):
        _keep(attempt, answers, version)
    _close(enrolment, attempt, by=by, at=at)
    return attempt


def close_overdue(at: datetime) -> int:
    """Scores one attempt whose time is over and that nobody has handed in; returns how many that were: one or none."""
    overdue = select(AssessmentAttempt).where(AssessmentAttempt.submitted_at.is_(None), AssessmentAttempt.due_at < at)
    found = db.session.scalar(overdue.order_by(AssessmentAttempt.due_at, AssessmentAttempt.id).limit(1))
    if found is None:
        return 0
    enrolment = outcomes.locked(found.enrolment_id)
    found = _now(found)
    if found.submitted_at is None:
        _close(enrolment, found, by=WORKER, at=at)
    return 1


def _now(attempt: AssessmentAttempt) -> AssessmentAttempt:
    query = select(AssessmentAttempt).where(AssessmentAttempt.id == attempt.id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _keep(attempt: AssessmentAttempt, answers: Mapping[str, Sequence[str]], version: int) -> None:
    known: dict[str, Any] = dict(rules.known_answers(attempt.questions, answers))
    if known == attempt.answers:
        return
    if version != attempt.version:
        raise StaleError(_("Other answers were saved meanwhile, perhaps in another window. Compare, then save again."))
    attempt.answers = known
    db.session.flush()


def _close(enrolment: Enrolment, attempt: AssessmentAttempt, *, by: Actor, at: datetime) -> None:
    mark = enrolment.run.course_version.pass_mark
    attempt.points = rules.points_for(attempt.questions, attempt.answers)
    attempt.passed = rules.reaches(attempt.points, attempt.most, 100 if mark is None else mark)
    attempt.submitted_at = at if attempt.due_at is None else min(at, attempt.due_at)
    db.session.flush()
    changes = {"attempt": attempt.number, "points": attempt.points, "most": attempt.most, "passed": attempt.passed}
    record("assessing.submit", by=by, at=at, changes=changes, **outcomes.about(enrolment))
    outcomes.settle(enrolment, by=by, at=at)
