"""Which summaries somebody reads besides the plans of their own teams."""

from sqlalchemy import ColumnElement, and_, false, select, true

from eventapp.accounts.models import Role
from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.plans.models import Confidentiality, Plan, PlanStatus

# Staff of the vendor who work with partners. Organizers, who see to events, read nothing of plans, not even this.
STAFF = frozenset({Role.PARTNER_MANAGER, Role.TRAINER, Role.FINANCE, Role.AUDITOR})


def shared(viewer: Viewer) -> ColumnElement[bool]:
    """The condition of plans whose summary the viewer reads as one of either organisation.

    For side b whoever acts for that company; a plan that was cancelled is shared no more.
    """
    if viewer.roles & STAFF:
        theirs: ColumnElement[bool] = true()
    elif viewer.seat is not None:
        theirs = Plan.side_b_id == viewer.seat.company_id
    else:
        theirs = false()
    there = (Plan.confidentiality == Confidentiality.BOTH, Plan.summary != "", Plan.status != PlanStatus.CANCELLED)
    return and_(theirs, *there)


def are_shared(viewer: Viewer) -> bool:
    """Whether there is any."""
    return db.session.scalar(select(Plan.id).where(shared(viewer)).limit(1)) is not None
