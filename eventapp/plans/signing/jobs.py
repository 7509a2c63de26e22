"""Reminders to sign at three, seven and twelve days, and the end after fourteen."""

from datetime import datetime

from sqlalchemy import Select, and_, exists, or_, select

from eventapp.audit.service import NamedActor
from eventapp.core.clock import now
from eventapp.core.db import db, reading, rollback, transaction
from eventapp.core.jobs import job
from eventapp.plans import queries
from eventapp.plans.models import Plan, PlanVersion, VersionState
from eventapp.plans.signing import service
from eventapp.plans.signing.rules import REMINDERS

CLOCK = NamedActor("clock")


@job("plans.signatures", every_minute=True)
def signatures() -> None:
    """Reminds and ends, each plan in a transaction of its own."""
    at = now()
    with reading():
        there = db.session.scalar(select(exists().where(PlanVersion.state == VersionState.IN_SIGNATURE)))
        ids = list(db.session.scalars(_due(at))) if there else []
        rollback()
    for version_id in ids:
        with transaction():
            look_after(version_id, at)


def _due(at: datetime) -> Select[int]:
    """The versions of which a reminder or the end is due."""
    late = PlanVersion.due_at < at
    reminders = [(PlanVersion.reminded <= n) & (PlanVersion.created_at <= at - after) for n, after in enumerate(REMINDERS)]
    # While a plan is suspended nobody can sign it; its time runs all the same.
    waits = PlanVersion.plan_id.in_(select(Plan.id).where(Plan.suspended_at.is_not(None)))
    return select(PlanVersion.id).where(PlanVersion.state == VersionState.IN_SIGNATURE, or_(late, and_(or_(*reminders), ~waits)))


def look_after(version_id: int, at: datetime) -> None:
    """Ends a version whose time is over, or reminds of it once for all reminders that are due."""
    plan_id = select(PlanVersion.plan_id).where(PlanVersion.id == version_id)
    plan = db.session.scalars(select(Plan).where(Plan.id == plan_id.scalar_subquery())).one()
    queries.lock(plan)
    version = db.session.get_one(PlanVersion, version_id, populate_existing=True)
    if version.state is not VersionState.IN_SIGNATURE:
        return
    if version.due_at is not None and version.due_at < at:
        service.lapse(plan, by=CLOCK, at=at)
        return
    if plan.suspended_at is not None:
        return
    times = sum(version.created_at <= at - after for after in REMINDERS)
    if times > version.reminded:
        service.remind(plan, version, times=times, at=at)
