"""How an action stands, and who may change it. Pure."""

from datetime import date, timedelta

from eventapp.plans.models import ENDED_ACTIONS, ActionStatus, PlanAction, Rag
from eventapp.plans.permissions import Standing

WEEK = timedelta(days=7)


def action_rag(action: PlanAction, today: date) -> Rag | None:
    """Red: blocked, or more than seven days late. Amber: late, or due within seven days and not started. None when it is over."""
    if action.status in ENDED_ACTIONS:
        return None
    if action.status is ActionStatus.BLOCKED or today > action.due_on + WEEK:
        return Rag.RED
    if today > action.due_on or (action.status is ActionStatus.OPEN and action.due_on <= today + WEEK):
        return Rag.AMBER
    return Rag.GREEN


def may_change(standing: Standing, action: PlanAction) -> bool:
    """The owners of both sides, whoever is accountable, and the helper."""
    member = standing.member
    return standing.is_owner or (member is not None and member.id in (action.accountable_id, action.helper_id))
