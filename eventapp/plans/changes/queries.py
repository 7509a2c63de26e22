"""Reading requests for changes."""

from collections.abc import Sequence

from sqlalchemy import case, select

from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.plans.models import ChangeRequest, ChangeState, Plan


def requests(plan: Plan) -> Sequence[ChangeRequest]:
    """All requests of a plan, the open ones first, each group with the latest on top."""
    open_first = case((ChangeRequest.state == ChangeState.OPEN, 0), else_=1)
    query = select(ChangeRequest).where(ChangeRequest.plan_id == plan.id)
    return db.session.scalars(query.order_by(open_first, ChangeRequest.number.desc())).all()


def change_request(plan: Plan, request_id: int) -> ChangeRequest:
    """A request of that plan, as it is now. Raises NotFoundError."""
    query = select(ChangeRequest).where(ChangeRequest.id == request_id, ChangeRequest.plan_id == plan.id)
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFoundError(request_id)
    return found
