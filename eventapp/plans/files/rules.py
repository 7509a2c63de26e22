"""When files are added and removed. Pure."""

from eventapp.plans.funds.rules import takes_claims
from eventapp.plans.models import ClaimState, FundClaim, Plan, PlanAction
from eventapp.plans.permissions import is_lived_by


def takes_files(plan: Plan, owner: PlanAction | FundClaim) -> bool:
    """Whether files of an action or a claim are added and removed now: the proof of a claim stays once it is handed in."""
    if isinstance(owner, FundClaim):
        return takes_claims(plan) and owner.state is ClaimState.DRAFT
    return is_lived_by(plan)
