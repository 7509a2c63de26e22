"""When a run is completed by somebody: attendance and result are both there."""

from collections.abc import Sequence
from datetime import datetime

from eventapp.audit.service import Actor
from eventapp.training import hooks
from eventapp.training.models import AttendanceState, Enrolment, EnrolmentState, ResultState


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
    hooks.completed(reached, True, by=by, at=at)
    hooks.completed(lost, False, by=by, at=at)
