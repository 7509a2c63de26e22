"""Versions that wait for the viewer's signature, over all plans."""

from datetime import datetime

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import aliased

from eventapp.accounts.permissions import Viewer
from eventapp.plans import queries
from eventapp.plans.models import Plan, PlanMember, PlanVersion
from eventapp.plans.signing.asked import missing


def to_sign(viewer: Viewer, at: datetime) -> Select[str, int, int, int, datetime | None]:
    """Those that the viewer can sign now: `code`, `version_id`, `major`, `minor`, `due_at`."""
    asked = missing(PlanVersion.due_at >= at, Plan.suspended_at.is_(None)).subquery("asked")
    me = aliased(PlanMember)
    query = select(Plan.code, PlanVersion.id.label("version_id"), PlanVersion.major, PlanVersion.minor, PlanVersion.due_at)
    query = query.select_from(PlanVersion).join(Plan, Plan.id == PlanVersion.plan_id).join(me, queries.belongs(viewer, me))
    return query.join(asked, and_(asked.c.version_id == PlanVersion.id, asked.c.member_id == me.id)).distinct()
