"""When a run is completed by somebody: attendance and result are both there; and when a run's results are final.

What follows from completing, certificates above all, waits until somebody has said that the results of the run are final:
until then attendance is imported, corrected and argued about. Whoever completes a run after that, by an assessment that may
still be taken, completes it at once.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select

from eventapp.audit.service import Actor
from eventapp.core.db import db
from eventapp.training import hooks
from eventapp.training.models import AttendanceState, Enrolment, EnrolmentState, ResultState, Run


def is_complete(enrolment: Enrolment) -> bool:
    """Whether attendance and result are there: boundary values have passed where they were counted."""
    return (
        enrolment.state is EnrolmentState.ENROLLED
        and enrolment.attendance is AttendanceState.ATTENDED
        and enrolment.result in (ResultState.NOT_REQUIRED, ResultState.PASSED)
    )


def look(enrolments: Sequence[Enrolment], *, by: Actor, at: datetime) -> None:
    """Notes who has completed the run, and who has not any more, after attendance or results were changed."""
    reached = [enrolment for enrolment in enrolments if is_complete(enrolment) and enrolment.completed_at is None]
    lost = [enrolment for enrolment in enrolments if not is_complete(enrolment) and enrolment.completed_at is not None]
    for enrolment in reached:
        enrolment.completed_at = at
    for enrolment in lost:
        enrolment.completed_at = None
    if reached:
        db.session.flush()
        _hold({enrolment.run_id for enrolment in reached})
    hooks.completed(reached, True, by=by, at=at)
    hooks.completed(lost, False, by=by, at=at)


def _hold(run_ids: Collection[int]) -> None:
    """Reads the runs as they are now and keeps them so: of whoever completes one while it is made final, none is missed."""
    query = select(Run).where(Run.id.in_(run_ids)).order_by(Run.id).with_for_update(read=True)
    db.session.scalars(query.execution_options(populate_existing=True)).all()


def finish(run: Run, *, by: Actor, at: datetime) -> None:
    """Lets happen what follows from completing a run for everybody who has, after `done_at` was set and flushed."""
    complete = select(Enrolment).where(Enrolment.run_id == run.id, Enrolment.completed_at.is_not(None)).order_by(Enrolment.id)
    hooks.completed(db.session.scalars(complete).all(), True, by=by, at=at)
