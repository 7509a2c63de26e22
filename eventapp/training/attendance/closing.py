"""Making the results of a run final, with what is still open said before; and reopening it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.events import service as event_service
from eventapp.events.models import EventStatus
from eventapp.training import completing
from eventapp.training.attendance import counting, evidence
from eventapp.training.attendance.evidence import Evidence
from eventapp.training.models import AttendanceState, Enrolment, EnrolmentState, ResultState, Run


@dataclass(frozen=True)
class StillOpen:
    """What is not decided yet: people of the run, and lines of reports."""

    ended: bool
    waiting: int
    doubtful: int
    uncounted: int
    results: int

    @property
    def nothing(self) -> bool:
        """Whether all is decided."""
        return self.ended and not (self.waiting or self.doubtful or self.uncounted or self.results)


def still_open(found: Evidence, at: datetime) -> StillOpen:
    """What is open in a run. Results of who was not there are not waited for."""
    run_id = found.run.id
    there = Enrolment.attendance.in_((AttendanceState.ATTENDED, AttendanceState.PARTIAL))
    pending = select(func.count()).where(
        Enrolment.run_id == run_id,
        Enrolment.state == EnrolmentState.ENROLLED,
        Enrolment.result == ResultState.PENDING,
        there,
    )
    return StillOpen(
        ended=found.over(at),
        waiting=found.waiting,
        doubtful=sum(1 for person in found.people if found.doubts(person)),
        uncounted=sum(1 for person in found.people if person.attendance is None),
        results=db.session.scalar(pending) or 0,
    )


def close(run: Run, *, seen: int, by: Actor, at: datetime) -> None:
    """Makes attendance and results final. Whoever is not counted yet is counted now, so nobody stays without a state.

    Only a run that is over can be made final. Where its event goes on nominally, its registration is closed, and stays so.
    Whoever has completed the run gets what follows from that, above all the certificate.
    """
    run = counting.lock_open(run)
    if run.version != seen:
        raise StaleError(_("Somebody else has saved this in the meantime."))
    if not evidence.gather(run).over(at):
        raise RuleError(_("The run is not over yet. Its results can be made final once it is."))
    run.done_at = at
    db.session.flush()
    if run.session_id is None and run.event.status is EventStatus.PUBLISHED and run.event.ends_at > at:
        event_service.change_status(run.event, EventStatus.CLOSED, by=by, now=at)
    counting.recount(run, by=by, at=at)
    completing.finish(run, by=by, at=at)
    record(
        "run.close",
        by=by,
        at=at,
        object_type="run",
        object_id=run.id,
        object_name=run.event.title,
        event_id=run.event_id,
        changes={"done_at": at},
    )


def reopen(run: Run, *, by: Actor, at: datetime) -> None:
    """Lets attendance and results be changed again. Certificates that were issued stay until somebody revokes them."""
    run = counting.lock(run)
    if run.done_at is None:
        raise RuleError(_("This run is open already."))
    before, run.done_at = run.done_at, None
    db.session.flush()
    counting.recount(run, by=by, at=at)
    record(
        "run.reopen",
        by=by,
        at=at,
        object_type="run",
        object_id=run.id,
        object_name=run.event.title,
        event_id=run.event_id,
        changes={"done_at": [before, None]},
    )
