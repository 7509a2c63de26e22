"""What a trainer settles by hand where sources disagree or say nothing, with a reason; and taking that back."""

from datetime import datetime

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError, RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.training import completing
from eventapp.training.attendance import counting
from eventapp.training.models import AttendanceState, Enrolment, Run


def _locked(run: Run, enrolment_id: int) -> tuple[Run, Enrolment]:
    run = counting.lock_open(run)
    enrolment = counting.enrolled_in(run, enrolment_id)
    if enrolment is None:
        raise NotFoundError(enrolment_id)
    return run, enrolment


def settle(run: Run, enrolment_id: int, state: AttendanceState, reason: str, *, seen: int, by: Actor, at: datetime) -> Enrolment:
    """Settles somebody's attendance; it then stays, whatever sources say. `seen` is the version that was looked at."""
    run, enrolment = _locked(run, enrolment_id)
    if enrolment.version != seen:
        raise StaleError(_("Somebody else has saved this in the meantime."))
    before = enrolment.attendance
    enrolment.attendance, enrolment.settled_at = state, at
    enrolment.settled_by, enrolment.settled_reason = by.actor_name, reason
    db.session.flush()
    completing.look([enrolment], by=by, at=at)
    record(
        "attendance.settle",
        by=by,
        at=at,
        object_type="enrolment",
        object_id=enrolment.id,
        event_id=run.event_id,
        organisation_id=enrolment.organisation_id,
        person_id=enrolment.person_id,
        changes={"attendance": [before, state], "reason": reason},
    )
    return enrolment


def unsettle(run: Run, enrolment_id: int, *, by: Actor, at: datetime) -> Enrolment:
    """Goes back to what the sources say."""
    run, enrolment = _locked(run, enrolment_id)
    if enrolment.settled_at is None:
        raise RuleError(_("Nothing is settled by hand here."))
    before = enrolment.attendance
    enrolment.settled_at, enrolment.settled_by, enrolment.settled_reason = None, "", ""
    enrolment.attendance = None
    db.session.flush()
    counting.recount(run, by=by, at=at)
    # Also where counting comes to what it was before: what was settled may have completed the run.
    completing.look([enrolment], by=by, at=at)
    record(
        "attendance.unsettle",
        by=by,
        at=at,
        object_type="enrolment",
        object_id=enrolment.id,
        event_id=run.event_id,
        organisation_id=enrolment.organisation_id,
        person_id=enrolment.person_id,
        changes={"attendance": [before, enrolment.attendance]},
    )
    return enrolment
