"""Taking feedback, once for each person and run, to be changed while it is open. In the caller's transaction."""

from collections.abc import Mapping
from datetime import datetime

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.training.assessing import outcomes, queries
from eventapp.training.assessing.feedback import queries as answers
from eventapp.training.assessing.feedback.rules import NPS, ONE_TO_FIVE, Stage, may_answer, stage
from eventapp.training.models import CourseFeedback, Enrolment


def give(enrolment: Enrolment, values: Mapping[str, int | None], comment: str, *, by: Actor, at: datetime) -> None:
    """Keeps what somebody says right after the run; what was said before is replaced. Raises RuleError if it is too late."""
    said = _said(enrolment, Stage.AFTER, at)
    if not comment and not any(value is not None for value in values.values()):
        raise RuleError(_("Answer a question or say something."), status=422)
    for name in (*ONE_TO_FIVE, NPS):
        setattr(said, name, values.get(name))
    said.comment, said.given_at = comment, at
    db.session.flush()
    # Neither what was said nor how: together with the hour that would tell whose words they are.
    record("assessing.give_feedback", by=by, at=at, changes={}, **outcomes.about(enrolment))


def follow_up(enrolment: Enrolment, used: int | None, comment: str, *, by: Actor, at: datetime) -> None:
    """Keeps what somebody says weeks later of what they use. Raises RuleError if it is too early or too late."""
    said = _said(enrolment, Stage.LATER, at)
    if not comment and used is None:
        raise RuleError(_("Answer a question or say something."), status=422)
    said.used, said.used_comment, said.used_at = used, comment, at
    db.session.flush()
    record("assessing.give_feedback", by=by, at=at, changes={}, **outcomes.about(enrolment))


def _said(enrolment: Enrolment, wanted: Stage, at: datetime) -> CourseFeedback:
    enrolment = queries.locked(enrolment.id)
    run = enrolment.run
    open_now = stage(queries.ends_at(run), run.course_version.follow_up_days, at)
    if open_now is not wanted or not may_answer(enrolment.state, enrolment.attendance, run.event.status):
        raise RuleError(_("It is too late to say something about this course."))
    said = answers.said(enrolment.id)
    if said is None:
        said = CourseFeedback(enrolment_id=enrolment.id, given_at=at)
        db.session.add(said)
    return said
