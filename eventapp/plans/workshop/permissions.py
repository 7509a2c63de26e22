"""Who may do what about a workshop before it begins. Pure."""

from eventapp.plans.models import Plan, PlanStatus, PrepState, PrepTask, Side, Workshop, WorkshopSlot, WorkshopState
from eventapp.plans.permissions import Standing

PLANNABLE = (PlanStatus.DRAFT, PlanStatus.WORKSHOP)
AHEAD = (WorkshopState.PLANNING, WorkshopState.DATED)


def is_plannable(plan: Plan) -> bool:
    """Whether it is the time to plan a workshop for the plan."""
    return plan.status in PLANNABLE and plan.suspended_at is None


def is_ahead(plan: Plan, workshop: Workshop) -> bool:
    """Whether the workshop has not begun, so that its date, place and preparation may still change."""
    return is_plannable(plan) and workshop.state in AHEAD


def may_plan(standing: Standing) -> bool:
    """Whether the viewer plans the workshop: the owners of both sides alike."""
    return standing.is_owner


def may_answer(standing: Standing) -> bool:
    """Whether the viewer says on which dates they can, and proposes some: everybody of both teams."""
    return standing.member is not None


def may_withdraw(standing: Standing, slot: WorkshopSlot) -> bool:
    """Whether the viewer takes a proposed date back: the owners, and who proposed it."""
    member = standing.member
    return standing.is_owner or (member is not None and member.id == slot.proposed_by_id)


def may_set_agenda(standing: Standing, workshop: Workshop) -> bool:
    """Whether the viewer changes what the workshop goes through: the owners, its scribe and its timekeeper."""
    member = standing.member
    return standing.is_owner or (member is not None and member.id in (workshop.scribe_id, workshop.timekeeper_id))


def may_prepare(standing: Standing, side: Side) -> bool:
    """Whether the viewer writes what a side prepares: everybody of that side."""
    return standing.side is side


def may_assign(standing: Standing, side: Side) -> bool:
    """Whether the viewer says who prepares what, what more there is, and what is not asked for: the side's owner."""
    return standing.is_owner and standing.side is side


def reads_text(standing: Standing, task: PrepTask) -> bool:
    """Whether the viewer reads what was written: the own side and auditors; the other side and a facilitator once it is done."""
    audits = standing.member is None and not standing.facilitates
    return audits or standing.side is task.side or task.state is PrepState.DONE
