"""Giving an amendment up, under the plan's lock."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.plans import queries
from eventapp.plans.amending.restoring import restore
from eventapp.plans.content.editing import PLAN_CHANGED, touch, written
from eventapp.plans.log import about
from eventapp.plans.models import (
    Amendment,
    Plan,
    PlanAgreement,
    PlanStatus,
    PlanVersion,
    SectionState,
    Side,
    VersionState,
)
from eventapp.plans.permissions import Standing
from eventapp.plans.signing import queries as versions

# While it is being signed it is taken back first, which everybody who was to sign is told.
OPEN = (Amendment.EDITING, Amendment.FINAL_REVIEW)


def may_be_given_up(plan: Plan) -> bool:
    """Whether an amendment is open that is not being signed."""
    return plan.status is PlanStatus.ACTIVE and plan.amendment in OPEN and plan.suspended_at is None


def give_up(plan: Plan, *, revision: int, standing: Standing, by: Actor, at: datetime) -> None:
    """Ends the amendment of a plan in force: the plan says again what its signed version says, which held all the time.

    What was written meanwhile stands in the plan's history. Raises StaleError if the plan was changed since `revision`,
    RuleError without such an amendment, and where something hangs on what was not signed.
    """
    plan = queries.lock(plan)
    version = versions.with_state(plan, VersionState.IN_FORCE)
    if not may_be_given_up(plan) or version is None:
        raise RuleError(_("No amendment is open that could be given up. One that is being signed is taken back first."))
    if plan.revision != revision:
        raise StaleError(_("The plan was changed since you opened the page. Look at it again before you give the amendment up."))
    me = standing.member.id if standing.member is not None else None
    keys, fields = restore(plan, version, member_id=me, at=at)
    touch(plan, None, at)
    _agreed_as_signed(plan, version, keys, at)
    plan.amendment = None
    db.session.flush()
    record("plans.give_up_amendment", by=by, at=at, **about(plan), changes={"number": len(keys) + len(fields)})
    for tell in PLAN_CHANGED if fields else ():
        tell(plan, fields, by, at)


def _agreed_as_signed(plan: Plan, version: PlanVersion, keys: Collection[str], at: datetime) -> None:
    """Sections that say again what was signed are agreed as they were when it was frozen, by whom they were."""
    for section in queries.sections(plan):
        if section.key not in keys:
            continue
        rows = db.session.scalars(select(PlanAgreement).where(PlanAgreement.section_id == section.id)).all()
        for one in rows:
            if one.ended_at is None:
                one.ended_at = at
        db.session.flush()
        then = {
            one.side: one
            for one in sorted(rows, key=lambda one: one.id)
            if one.agreed_at <= version.created_at and (one.ended_at is None or one.ended_at > version.created_at)
        }
        for one in then.values():
            one.ended_at = None
        section.state = SectionState.AGREED if len(then) == len(Side) else written(section)
        section.changed_at = at
    db.session.flush()
