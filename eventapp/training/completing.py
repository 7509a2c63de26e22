"""When a run is completed by somebody: attendance and result are both there; and when a run's results are final.

What follows from completing, certificates above all, waits until somebody has said that the results of the run are final:
until then attendance is imported, corrected and argued about. Whoever completes a run after that, by an assessment that may
still be taken, completes it at once.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.training import hooks, queries
from eventapp.training.models import AttendanceState, Enrolment, EnrolmentState, ResultState, Run


def is_complete(enrolment: Enrolment) -> bool:
    """Whether attendance and result are there: boundary values have passed where they were counted."""
    return (
        enrolment.state is EnrolmentState.ENROLLED
        and enrolment.attendance is AttendanceState.ATTENDED
        and enrolment.result in (ResultState.NOT_REQUIRED, ResultState.PASSED)
    )


def look(enrolments: Sequence[Enrolment], *, by: Actor, at: datetime) -> None:
    """Notes who has completed the run, and who has not any more, after attendance or results were changed.

    Of a run that is final everybody who completed it is handed on, not only those who are new: whoever makes it final looks
    at all of them. What acts on that does so once.
    """
    complete = [enrolment for enrolment in enrolments if is_complete(enrolment)]
    reached = {enrolment.id for enrolment in complete if enrolment.completed_at is None}
    lost = [enrolment for enrolment in enrolments if not is_complete(enrolment) and enrolment.completed_at is not None]
    for enrolment in complete:
        enrolment.completed_at = enrolment.completed_at or at
    for enrolment in lost:
        enrolment.completed_at = None
    final: set[int] = set()
    if complete:
        db.session.flush()
        final = _hold({enrolment.run_id for enrolment in complete})
    hooks.completed([e for e in complete if e.id in reached or e.run_id in final], True, by=by, at=at)
    hooks.completed(lost, False, by=by, at=at)


def _hold(run_ids: Collection[int]) -> set[int]:
    """Reads the runs as they are now and keeps them so: of whoever completes one while it is made final, none is missed.

    Returns the ids of those that are final.
    """
    query = select(Run).where(Run.id.in_(run_ids)).order_by(Run.id).with_for_update(read=True)
    found = db.session.scalars(query.execution_options(populate_existing=True)).all()
    return {run.id for run in found if run.done_at is not None}


def make_final(run_id: int, *, by: Actor, at: datetime) -> Run:
    """Says that attendance and results of a run are final: what follows from completing it happens now.

    Raises RuleError before the run is over, and where they are final already.
    """
    query = select(Run).where(Run.id == run_id).with_for_update()
    db.session.scalars(query.execution_options(populate_existing=True)).one()
    run = db.session.scalars(queries.runs().where(Run.id == run_id)).one()
    if run.done_at is not None:
        raise RuleError(_("The results of this run are final already."))
    slots = queries.slots_of([run])[run.id]
    if not slots or slots[-1].ends_at > at:
        raise RuleError(_("This run is not over yet."))
    run.done_at = at
    db.session.flush()
    record("certificates.make_final", by=by, at=at, **_about(run))
    complete = select(Enrolment).where(Enrolment.run_id == run.id, Enrolment.completed_at.is_not(None)).order_by(Enrolment.id)
    hooks.completed(db.session.scalars(complete).all(), True, by=by, at=at)
    return run


def reopen(run_id: int, *, by: Actor, at: datetime) -> Run:
    """Takes back that the results are final. Certificates that were issued stay, each to be revoked by itself."""
    run = db.session.scalars(queries.runs().where(Run.id == run_id)).one()
    if run.done_at is None:
        raise RuleError(_("The results of this run are not final."))
    run.done_at = None
    db.session.flush()
    record("certificates.reopen", by=by, at=at, **_about(run))
    return run


def _about(run: Run) -> dict[str, Any]:
    title = run.course_version.title
    return {"object_type": "run", "object_id": run.id, "object_name": title, "event_id": run.event_id}
