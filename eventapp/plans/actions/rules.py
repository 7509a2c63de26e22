"""How an action stands, and who may change it. Pure."""

from datetime import date, timedelta

from eventapp.plans.models import ENDED_ACTIONS, ActionStatus, PlanAction, Rag
from eventapp.plans.permissions import Standing

WEEK = timedelta(days=7)


def action_rag(action: PlanAction, today: date) -> Rag | None:
    """Red: blocked, or more than seven days late. Amber: late, or due within seven days and not started. None when it is over."""
    return rag_of(action.status, action.due_on, today)


def rag_of(status: ActionStatus, due_on: date, today: date) -> Rag | None:
    """The same by what it depends on."""
    if status in ENDED_ACTIONS:
        return None
    if status is ActionStatus.BLOCKED or today > due_on + WEEK:
        return Rag.RED
    if today > due_on or (status is ActionStatus.OPEN and due_on <= today + WEEK):
        return Rag.AMBER
    return Rag.GREEN


def is_overdue(action: PlanAction, today: date) -> bool:
    """Whether it is open and its day is over."""
    return action.status not in ENDED_ACTIONS and action.due_on < today


def is_of(action: PlanAction, standing: Standing) -> bool:
    """Whether the viewer is accountable for it, or helps."""
    member = standing.member
    return member is not None and member.id in (action.accountable_id, action.helper_id)


def may_change(standing: Standing, action: PlanAction) -> bool:
    """The owners of both sides, whoever is accountable, and the helper."""
    member = standing.member
    return standing.is_owner or (member is not None and member.id in (action.accountable_id, action.helper_id))


# From here on nobody is reminded any more: a year late it is no action, but a question for the review.
LAST_REMINDER = 54


def reminders_behind(due_on: date, today: date) -> int:
    """How many reminders of an action are due by that day: a week before, on the day, and each week that it is late."""
    if today < due_on - WEEK:
        return 0
    return 1 if today < due_on else min(2 + (today - due_on).days // 7, LAST_REMINDER)
