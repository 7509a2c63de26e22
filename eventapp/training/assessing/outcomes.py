"""What attempts and recordings come to: the result and the score that stand on the enrolment."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.events.models import Event
from eventapp.places import service as places
from eventapp.training import completing
from eventapp.training.assessing import queries, rules
from eventapp.training.models import AssessmentAttempt, CourseVersion, Enrolment, ResultState, Run, Submission


def locked(enrolment_id: int) -> Enrolment:
    """The enrolment as it is now, locked until the transaction ends, after the places of its event: what follows from results
    may need those, and whoever changes registrations locks them first."""
    pool = select(Event.pool_id).join(Run, Run.event_id == Event.id).join(Enrolment, Enrolment.run_id == Run.id)
    places.lock(db.session.scalars(pool.where(Enrolment.id == enrolment_id)).all())
    return queries.locked(enrolment_id)


def settle(enrolment: Enrolment, *, by: Actor, at: datetime) -> None:
    """Brings result and score to what was tried, and lets others look whether the run is completed. The enrolment is locked."""
    version = enrolment.run.course_version
    tried, handed = queries.attempts(enrolment.id), queries.submissions(enrolment.id)
    result, score = outcome(version, tried, handed)
    before = (enrolment.result, enrolment.score)
    if before == (result, score):
        return
    enrolment.result, enrolment.score = result, score
    db.session.flush()
    if before[0] is not result:
        record(
            "assessing.result",
            by=by,
            at=at,
            changes={"result": [before[0], result], "score": [before[1], score]},
            **about(enrolment),
        )
    completing.look([enrolment], by=by, at=at)


def outcome(
    version: CourseVersion, tried: Sequence[AssessmentAttempt], handed: Sequence[Submission]
) -> tuple[ResultState, int | None]:
    """Result and best score in percent. Where there is no assessment the score is that of the best marked recording."""
    finished = [attempt for attempt in tried if attempt.submitted_at is not None]
    marked = [one for one in handed if one.marked_at is not None]
    parts = []
    if version.pass_mark is not None:
        parts.append(rules.part_result([bool(attempt.passed) for attempt in finished], version.attempts))
    if version.exercise:
        parts.append(rules.part_result([bool(one.passed) for one in marked], version.attempts))
    if version.pass_mark is not None:
        scores = [rules.percent(attempt.points or 0, attempt.most) for attempt in finished]
    else:
        scores = [rules.percent(*points_of(one)) for one in marked if one.marks]
    return rules.result(parts), max(scores, default=None)


def points_of(submission: Submission) -> tuple[int, int]:
    """Points of a marked recording, and how many there are."""
    return sum(one["points"] for one in submission.marks), sum(one["most"] for one in submission.marks)


def about(enrolment: Enrolment) -> dict[str, Any]:
    """Whom and what an entry of the log about an enrolment is about."""
    return {
        "object_type": "enrolment",
        "object_id": enrolment.id,
        "object_name": f"{enrolment.person.full_name}, {enrolment.run.course_version.course.code}",
        "event_id": enrolment.run.event_id,
        "organisation_id": enrolment.organisation_id,
        "person_id": enrolment.person_id,
    }
