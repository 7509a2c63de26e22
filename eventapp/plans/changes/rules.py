"""Who asks for changes of a plan, who answers, and when. Pure."""

from eventapp.plans.models import Amendment, ChangeRequest, ChangeState, Plan, PlanMember, PlanStatus
from eventapp.plans.permissions import Standing, is_lived_by, may_comment, same_person


def may_propose(standing: Standing, plan: Plan) -> bool:
    """Everybody of both teams, as long as the plan is not over."""
    return may_comment(standing) and is_lived_by(plan)


def may_decide(standing: Standing, request: ChangeRequest, proposer: PlanMember) -> bool:
    """The owners of both sides, but not about what they asked for themselves."""
    return standing.is_owner and request.state is ChangeState.OPEN and not same_person(proposer, standing.member)


def may_withdraw(standing: Standing, request: ChangeRequest, proposer: PlanMember) -> bool:
    """Whoever asked for it, as long as nobody has answered."""
    return request.state is ChangeState.OPEN and same_person(proposer, standing.member)


def is_being_signed(plan: Plan) -> bool:
    """Whether nothing may change now, since everybody signs what stands there."""
    return plan.status is PlanStatus.IN_SIGNATURE or plan.amendment is Amendment.IN_SIGNATURE
