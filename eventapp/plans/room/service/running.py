"""The workshop begins, ends, and is taken up again."""

from datetime import datetime

from sqlalchemy import update

from eventapp.audit.service import Actor, record
from eventapp.core.db import db, table
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.plans.log import about
from eventapp.plans.models import Plan, PlanStatus, PlanVersion, Workshop, WorkshopAttendance, WorkshopState
from eventapp.plans.permissions import Standing
from eventapp.plans.room import queries as rooms
from eventapp.plans.room.service.agenda import stop
from eventapp.plans.room.service.attending import note_quorum
from eventapp.plans.room.service.entering import enter
from eventapp.plans.signing.service import keep
from eventapp.plans.ticking import tick


def start(plan: Plan, *, informal: bool, by: Actor, at: datetime) -> Workshop:
    """Begins the workshop. Without a quorum of both sides only if `informal`: then nothing can be agreed until there is one.

    Raises RuleError if it has begun already, has no date, or the plan is not in its workshop.
    """
    plan, workshop = enter(plan, WorkshopState.DATED)
    if plan.status is not PlanStatus.WORKSHOP or plan.suspended_at is not None:
        raise RuleError(_("Take the plan into the workshop first; its first page says what is missing for that."))
    lacks = rooms.quorum_lacks(plan, rooms.people(plan, workshop))
    if any(lacks.values()) and not informal:
        raise RuleError(_("There is no quorum yet. Wait for it, or start informally."))
    workshop.state, workshop.started_at = WorkshopState.RUNNING, at
    db.session.flush()
    note_quorum(plan, workshop, at)
    tick(plan)
    record("plans.start_workshop", by=by, at=at, **about(plan), changes={"informal": any(lacks.values())})
    return workshop


def end(plan: Plan, *, standing: Standing, by: Actor, at: datetime) -> PlanVersion:
    """Ends the workshop and keeps the plan as it is by then, as version 0.9, to compare with. Raises RuleError if it is over."""
    plan, workshop = enter(plan, WorkshopState.RUNNING)
    note_quorum(plan, workshop, at)
    stop(workshop, at)
    workshop.state, workshop.ended_at = WorkshopState.HELD, at
    db.session.flush()
    kept = keep(plan, standing, by=by, at=at)
    tick(plan)
    whole = workshop.quorum_a and workshop.quorum_b
    record("plans.end_workshop", by=by, at=at, **about(plan), changes={"quorum": whole, "version": kept.number})
    return kept


def reopen(plan: Plan, *, by: Actor, at: datetime) -> None:
    """Takes up a workshop that has ended, for its second half or because something was forgotten. Everybody arrives anew."""
    plan, workshop = enter(plan, WorkshopState.HELD)
    if plan.status is not PlanStatus.WORKSHOP or plan.suspended_at is not None:
        raise RuleError(_("The plan has left its workshop. Take it back into the workshop first."))
    came = table(WorkshopAttendance)
    stayed = update(came).where(came.c.workshop_id == workshop.id, came.c.left_at.is_(None))
    db.session.execute(stayed.values(left_at=workshop.ended_at))
    workshop.state, workshop.ended_at = WorkshopState.RUNNING, None
    db.session.flush()
    tick(plan)
    record("plans.reopen_workshop", by=by, at=at, **about(plan), changes={})
