"""Reading the pack, which no other page loads."""

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.plans.models import Plan, Workshop


def pack(plan: Plan) -> bytes:
    """The pack as it was frozen. Raises NotFoundError if it was not."""
    found = db.session.scalar(select(Workshop.pack).where(Workshop.plan_id == plan.id))
    if found is None:
        raise NotFoundError(plan.code)
    return found
