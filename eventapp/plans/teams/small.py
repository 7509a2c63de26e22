"""The exception for small partners: with fewer than ten people two of them, the owner among them, are enough.

The owner of side b says so, who knows the company. It is part of what both sides sign, so the vendor agrees by signing.
"""

from datetime import datetime

from sqlalchemy import select

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.partners.models import Organisation
from eventapp.plans import queries
from eventapp.plans.content.editing import note, touch
from eventapp.plans.log import about
from eventapp.plans.models import Plan, PlanKind, Side
from eventapp.plans.permissions import Standing
from eventapp.plans.teams.queries import company_people
from eventapp.plans.teams.service import check_open

# A partner with so many people is not small.
SMALL_BELOW = 10


def may_except(plan: Plan, standing: Standing) -> bool:
    """Whether the viewer may record the exception and take it back: the owner of side b; there is none in an alliance."""
    return standing.is_owner and standing.side is Side.B and plan.kind is not PlanKind.ALLIANCE


def size(plan: Plan) -> int:
    """How many people work at the company of side b: as the partner list says, and at least as many as we know."""
    employees = db.session.scalar(select(Organisation.employees).where(Organisation.id == plan.side_b_id))
    return max(employees or 0, len(company_people(plan.side_b_id)))


def is_small(plan: Plan) -> bool:
    """Whether the exception is there for the company of side b."""
    return size(plan) < SMALL_BELOW


def too_large(plan: Plan) -> str:
    """Why there is no exception for the company."""
    return _("This is for companies with fewer than %(most)s people. Yours has %(number)s.", most=SMALL_BELOW, number=size(plan))


def make_exception(plan: Plan, reason: str, *, standing: Standing, by: Actor, at: datetime) -> None:
    """Records the exception with its reason. Raises RuleError without one, and if the company has ten people or more."""
    plan = queries.lock(plan)
    check_open(plan)
    if not reason:
        raise RuleError(_("Say why two people are enough."), "reason", 422)
    if not is_small(plan):
        raise RuleError(too_large(plan))
    changes = {"small_reason": [plan.small_reason, reason]}
    plan.small_reason, plan.small_at, plan.small_by = reason, at, by.actor_name
    _changed(plan, changes, standing, at)
    record("plans.make_exception", by=by, at=at, **about(plan), changes={"side": Side.B})


def end_exception(plan: Plan, *, standing: Standing, by: Actor, at: datetime) -> None:
    """Takes the exception back. Raises RuleError if there is none."""
    plan = queries.lock(plan)
    check_open(plan)
    if plan.small_at is None:
        raise RuleError(_("There is no exception to take back."))
    changes = {"small_reason": [plan.small_reason, ""]}
    plan.small_reason, plan.small_at, plan.small_by = "", None, ""
    _changed(plan, changes, standing, at)
    record("plans.end_exception", by=by, at=at, **about(plan), changes={"side": Side.B})


def _changed(plan: Plan, changes: dict[str, list[str]], standing: Standing, at: datetime) -> None:
    """It is signed with the plan: kept in the plan's history, and nobody is ready any more."""
    db.session.flush()
    note(plan, None, plan, changes, member_id=standing.member.id if standing.member else None, at=at)
    touch(plan, None, at)
