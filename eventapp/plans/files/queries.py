"""Reading files; their contents only where one is given out."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import defer

from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.plans.models import FundClaim, Plan, PlanAction, PlanFile
from eventapp.plans.permissions import Standing

Owner = PlanAction | FundClaim
_WITHOUT_CONTENT = defer(PlanFile.content, raiseload=True)


def owned(owner: Owner) -> ColumnElement[bool]:
    """The condition of the files of an action or a claim."""
    return PlanFile.action_id == owner.id if isinstance(owner, PlanAction) else PlanFile.claim_id == owner.id


def files(owner: Owner) -> Sequence[PlanFile]:
    """The files of an action or a claim, the first one first."""
    query = select(PlanFile).options(_WITHOUT_CONTENT).where(owned(owner))
    return db.session.scalars(query.order_by(PlanFile.id)).all()


def of_actions(plan: Plan) -> dict[int, list[PlanFile]]:
    """The files of all actions of a plan, by the action's id."""
    query = select(PlanFile).options(_WITHOUT_CONTENT).where(PlanFile.plan_id == plan.id, PlanFile.action_id.is_not(None))
    found: dict[int, list[PlanFile]] = defaultdict(list)
    for one in db.session.scalars(query.order_by(PlanFile.id)):
        found[one.action_id or 0].append(one)
    return dict(found)


def of_claims(plan: Plan) -> dict[int, list[PlanFile]]:
    """The files of all claims of a plan, by the claim's id."""
    query = select(PlanFile).options(_WITHOUT_CONTENT).where(PlanFile.plan_id == plan.id, PlanFile.claim_id.is_not(None))
    found: dict[int, list[PlanFile]] = defaultdict(list)
    for one in db.session.scalars(query.order_by(PlanFile.id)):
        found[one.claim_id or 0].append(one)
    return dict(found)


def file(plan: Plan, key: str, standing: Standing) -> PlanFile:
    """A file of that plan by its random name, with its contents. Raises NotFoundError, for one of the other side alone, too."""
    query = select(PlanFile).where(PlanFile.plan_id == plan.id, PlanFile.key == key)
    mine: ColumnElement[bool] = PlanFile.private_to.is_(None)
    if standing.side is not None:
        mine = or_(mine, PlanFile.private_to == standing.side)
    found = db.session.scalar(query.where(mine))
    if found is None:
        raise NotFoundError(key)
    return found
