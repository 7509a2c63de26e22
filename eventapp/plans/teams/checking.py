"""Whether both teams are such that a quorum is possible: enough people, the sponsor, more than one function."""

from collections.abc import Sequence

from eventapp.core.i18n import _
from eventapp.plans import queries
from eventapp.plans.models import MemberFunction, Plan, PlanKind, PlanMember, PlanStatus, Side
from eventapp.plans.rules import Missing
from eventapp.plans.steps import check

FEWEST, FEWEST_OF_SMALL, FEWEST_FUNCTIONS = 3, 2, 2
# The section key of what is missing in a team: no section, so its page is the team's.
TEAM = "team"


def team_problems(members: Sequence[PlanMember], *, small: bool, delegated: bool = False, here: bool = False) -> list[str]:
    """Why the people of one side would be no quorum, in words. `small`: the recorded exception for small partners.

    `delegated`: somebody of them stands for the executive sponsor. `here`: they are those in the room, not the whole team.
    """
    found = []
    least = FEWEST_OF_SMALL if small else FEWEST
    functions = {one.function for one in members}
    if len(members) < least:
        text = _("%(number)s in the team; at least %(least)s are needed.", number=len(members), least=least)
        if here:
            text = _("%(number)s here; at least %(least)s are needed.", number=len(members), least=least)
        found.append(text)
    if small and MemberFunction.OWNER not in functions:
        found.append(_("The plan owner is missing."))
    if not small and not delegated and MemberFunction.EXEC_SPONSOR not in functions:
        found.append(_("The executive sponsor is missing."))
    if len(functions) < FEWEST_FUNCTIONS:
        found.append(_("At least two functions have to be there."))
    return found


def lead_problems(plan: Plan, members: Sequence[PlanMember]) -> list[str]:
    """What one side of an alliance lacks besides: somebody who leads the technical work."""
    if plan.kind is not PlanKind.ALLIANCE or any(one.function is MemberFunction.TECHNICAL_LEAD for one in members):
        return []
    return [_("The technical lead is missing.")]


@check(PlanStatus.DRAFT, PlanStatus.WORKSHOP)
def missing(plan: Plan) -> list[Missing]:
    """What the two teams lack."""
    members, names = queries.team(plan), queries.side_names(plan)
    found = []
    for side in Side:
        of_side = [one for one in members if one.side is side]
        problems = team_problems(of_side, small=side is Side.B and plan.small_at is not None) + lead_problems(plan, of_side)
        found += [Missing(TEAM, None, f"{names[side]}: {text}") for text in problems]
    return found
