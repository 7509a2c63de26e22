"""Suspending plans and what the owners decide then. Going on needs both owners; either of them may cancel (`steps.cancel`).

A merge suspends by its own journal, so that it can be taken back, and calls `tell`.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update

from eventapp.audit.service import Actor, NamedActor, record
from eventapp.core.db import db, table
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.partners.service.hooks import ON_ENDED
from eventapp.plans import queries
from eventapp.plans.log import about
from eventapp.plans.models import ENDED_PLANS, MemberFunction, Plan, PlanStatus, Side, VersionState
from eventapp.plans.permissions import Standing
from eventapp.plans.signing import queries as versions
from eventapp.plans.signing import service as signing
from eventapp.plans.signing.canonical import canonical, content_of, digest
from eventapp.plans.suspending import mails

# Kept as they are written, like all reasons.
MERGED = "The company was merged into another one."
ENDED = "The company's contract has ended."
PARTNER_LIST = NamedActor("partner list")


def suspend_ended(company_ids: Collection[int], at: datetime) -> None:
    """Suspends the open plans with companies whose contract has just ended, and tells their owners."""
    open_plans = select(Plan).where(Plan.side_b_id.in_(company_ids), Plan.suspended_at.is_(None), Plan.status.not_in(ENDED_PLANS))
    found = db.session.scalars(open_plans.order_by(Plan.id).with_for_update(of=Plan)).all()
    for plan in found:
        plan.suspended_at, plan.suspended_reason = at, ENDED
        db.session.flush()
        record("plans.suspend", by=PARTNER_LIST, at=at, **about(plan), changes={})
    tell([plan.id for plan in found], at=at)


ON_ENDED.append(suspend_ended)


def tell(plan_ids: Collection[int], *, at: datetime) -> None:
    """Asks the owners of plans that have just been suspended, and forgets what they decided another time."""
    if not plan_ids:
        return
    asked = update(table(Plan)).where(table(Plan).c.id.in_(plan_ids))
    db.session.execute(asked.values(resume_a_at=None, resume_b_at=None))
    for plan in db.session.scalars(select(Plan).where(Plan.id.in_(plan_ids)).execution_options(populate_existing=True)):
        for one in queries.team(plan):
            if one.function is MemberFunction.OWNER:
                mails.send("suspended", plan, one, at=at)


def go_on(plan: Plan, *, standing: Standing, by: Actor, at: datetime) -> bool:
    """An owner wants to go on; when both do, the plan stands where it stood. Returns whether it does.

    A version that was being signed goes back into the final review if it does not say any more who the sides are.
    Raises RuleError if the plan is not suspended, or another one of the same period is in force.
    """
    plan = queries.lock(plan)
    if plan.suspended_at is None or plan.status in ENDED_PLANS:
        raise RuleError(_("The plan is not suspended any more."))
    if standing.side is Side.A:
        plan.resume_a_at = plan.resume_a_at or at
    else:
        plan.resume_b_at = plan.resume_b_at or at
    db.session.flush()
    record("plans.go_on", by=by, at=at, **about(plan), changes={"side": standing.side})
    if plan.resume_a_at is None or plan.resume_b_at is None:
        return False
    if plan.status is PlanStatus.ACTIVE and (other := _in_the_way(plan)) is not None:
        text = _("The plan %(code)s of the same period is in force already. One of the two has to be given up.", code=other)
        raise RuleError(text)
    plan.suspended_at, plan.suspended_reason = None, ""
    plan.resume_a_at = plan.resume_b_at = None
    db.session.flush()
    _sign_anew(plan, at)
    record("plans.resume", by=by, at=at, **about(plan), changes={})
    return True


def _in_the_way(plan: Plan) -> str | None:
    same = (Plan.side_a_id == plan.side_a_id, Plan.side_b_id == plan.side_b_id, Plan.kind == plan.kind)
    lasts = (Plan.period_start <= plan.period_end, Plan.period_end >= plan.period_start)
    active = (Plan.status == PlanStatus.ACTIVE, Plan.suspended_at.is_(None))
    return db.session.scalar(select(Plan.code).where(Plan.id != plan.id, *same, *lasts, *active).limit(1))


def _sign_anew(plan: Plan, at: datetime) -> None:
    version = versions.with_state(plan, VersionState.IN_SIGNATURE)
    if version is not None and digest(canonical(content_of(plan))) != version.content_hash:
        signing.drop(plan, version, VersionState.DROPPED, at)
