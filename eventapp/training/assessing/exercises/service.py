"""Handing in a recording and marking it. In the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _, _l
from eventapp.core.saving import CONSTRAINT_MESSAGES
from eventapp.training.assessing import outcomes, queries, rules
from eventapp.training.assessing.exercises import mails, recordings
from eventapp.training.assessing.exercises.recordings import Received
from eventapp.training.models import Enrolment, RubricCriterion, Submission

CONSTRAINT_MESSAGES["uq_submission_enrolment_id_number"] = CONSTRAINT_MESSAGES["submission.enrolment_id, submission.number"] = (
    "file",
    _l("Another recording of yours arrived at this moment. Look at it first."),
)


def hand_in(enrolment: Enrolment, found: Received, note: str, *, by: Actor, at: datetime) -> Submission:
    """Takes a recording; one that waits for its marks is replaced by it. Raises RuleError if none may be handed in now.

    Nothing is locked while the bytes are written: what two do at once is one number, which stands once for an enrolment.
    """
    handed = queries.submissions(enrolment.id)
    for reason in rules.blockers(queries.facts_of_submissions(enrolment, handed), at):
        raise RuleError(reason)
    waiting = next((one for one in handed if one.marked_at is None), None)
    number = waiting.number if waiting is not None else len(handed) + 1
    if waiting is not None:
        gone = delete(Submission).where(
            Submission.id == waiting.id, Submission.version == waiting.version, Submission.marked_at.is_(None)
        )
        db.session.expunge(waiting)
        if not db.session.execute(gone.returning(Submission.id), execution_options={"synchronize_session": False}).all():
            raise StaleError(_("Your recording was marked or replaced at this moment. Look at it first."))
    made = Submission(
        enrolment_id=enrolment.id,
        number=number,
        key=recordings.new_key(),
        name=found.name,
        mime=found.mime,
        size=1,
        note=note,
        handed_in_at=at,
        marks=[],
    )
    db.session.add(made)
    db.session.flush()
    made.size = recordings.keep(made.id, found.stream)
    db.session.flush()
    changes = {"attempt": number, "bytes": made.size, "replaced": waiting is not None}
    record("assessing.hand_in", by=by, at=at, changes=changes, **outcomes.about(enrolment))
    return made


@dataclass(frozen=True)
class Seen:
    """The recording as it was heard. One that replaces it may get its id again, and begins with the same version."""

    key: str
    version: int

    def is_still(self, submission: Submission) -> bool:
        """Whether it is that recording, and unchanged."""
        return (submission.key, submission.version) == (self.key, self.version)


@dataclass(frozen=True)
class Mark:
    """What a trainer gives for one criterion."""

    points: int
    comment: str = ""


def mark(submission: Submission, given: Mapping[int, Mark], comment: str, seen: Seen, *, by: Actor, at: datetime) -> Submission:
    """Marks a recording, or marks it anew; whoever handed it in is told. `given` are marks by the criterion's id.

    Raises RuleError if a criterion has no mark or more than its most, StaleError if it was marked or replaced meanwhile.
    """
    enrolment, submission = _locked(submission)
    if not seen.is_still(submission):
        raise StaleError(_("Somebody else has changed this since you opened it. Compare, then save again."))
    criteria = queries.rubric(enrolment.run.version_id)
    if not criteria:
        raise RuleError(_("There is nothing to mark by: an organizer has to write the rubric first."))
    before = submission.marks
    submission.marks = [_written(one, given.get(one.id)) for one in criteria]
    submission.comment, submission.marked_at, submission.marked_by = comment, at, by.actor_name
    submission.passed = rules.marks_pass(submission.marks, enrolment.run.course_version.exercise_mark)
    db.session.flush()
    points, most = outcomes.points_of(submission)
    changes = {
        "attempt": submission.number,
        "points": [sum(one["points"] for one in before), points] if before else points,
        "most": most,
        "passed": submission.passed,
    }
    record("assessing.mark", by=by, at=at, changes=changes, **outcomes.about(enrolment))
    if not before:
        mails.send_marked(enrolment, at=at)
    outcomes.settle(enrolment, by=by, at=at)
    return submission


def unmark(submission: Submission, seen: Seen, *, by: Actor, at: datetime) -> None:
    """Takes the marks back. Raises RuleError once another recording was handed in, StaleError if it was changed meanwhile."""
    enrolment, submission = _locked(submission)
    if not seen.is_still(submission) or submission.marked_at is None:
        raise StaleError(_("Somebody else has changed this since you opened it. Look again."))
    if any(one.number > submission.number for one in queries.submissions(enrolment.id)):
        raise RuleError(
            _("Another recording was handed in after these marks, so they cannot be taken back. Mark it anew instead.")
        )
    points, most = outcomes.points_of(submission)
    submission.marks, submission.comment, submission.passed = [], "", None
    submission.marked_at, submission.marked_by = None, ""
    db.session.flush()
    changes = {"attempt": submission.number, "points": [points, None], "most": most}
    record("assessing.unmark", by=by, at=at, changes=changes, **outcomes.about(enrolment))
    outcomes.settle(enrolment, by=by, at=at)


def _written(criterion: RubricCriterion, given: Mark | None) -> dict[str, Any]:
    """A mark with the criterion's words as they are now: they stay when the rubric changes."""
    if given is None or not 0 <= given.points <= criterion.most:
        message = _("Give 0 to %(most)s points.", most=criterion.most)
        raise RuleError(message, f"points_{criterion.id}", 422)
    return {
        "criterion": criterion.id,
        "name": criterion.name,
        "most": criterion.most,
        "least": criterion.least,
        "points": given.points,
        "comment": given.comment,
    }


def _locked(submission: Submission) -> tuple[Enrolment, Submission]:
    """Enrolment and recording as they are now, locked after the places of the event."""
    enrolment = outcomes.locked(submission.enrolment_id)
    query = select(Submission).where(Submission.id == submission.id).with_for_update()
    now = db.session.scalar(query.execution_options(populate_existing=True))
    if now is None:
        raise StaleError(_("This recording was replaced by another one."))
    return enrolment, now


def criteria_of(marks: Sequence[Mapping[str, Any]]) -> dict[int, Mark]:
    """The marks that a recording has, by the criterion's id."""
    return {one["criterion"]: Mark(one["points"], one["comment"]) for one in marks}
