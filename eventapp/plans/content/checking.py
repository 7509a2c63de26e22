"""What a plan lacks to be signed: sections not agreed, objectives that do not add up."""

from collections.abc import Callable, Sequence

from eventapp.core.i18n import _
from eventapp.plans import queries
from eventapp.plans.models import Plan, PlanSection, PlanStatus, SectionKind, SectionState
from eventapp.plans.rules import Missing, objectives_missing
from eventapp.plans.steps import check

# By what a section holds: what is missing in it. Further kinds add theirs.
VALIDATIONS: dict[SectionKind, Callable[[Plan, PlanSection], list[Missing]]] = {
    SectionKind.OBJECTIVES: lambda plan, section: objectives_missing(section.key, queries.objectives(plan)),
}


def content_missing(plan: Plan, sections: Sequence[PlanSection] | None = None) -> list[Missing]:
    """What the rows of the sections lack, whether or not anybody has agreed to them."""
    there = sections if sections is not None else queries.sections(plan)
    return [one for section in there if (ask := VALIDATIONS.get(section.kind)) for one in ask(plan, section)]


@check(PlanStatus.WORKSHOP, PlanStatus.FINAL_REVIEW)
@check(PlanStatus.FINAL_REVIEW, PlanStatus.IN_SIGNATURE)
def missing(plan: Plan) -> list[Missing]:
    """Everything that both sides have to mend and to agree before the plan can be signed."""
    sections = queries.sections(plan)
    found = content_missing(plan, sections)
    for section in sections:
        if section.required and section.state is not SectionState.AGREED:
            text = _("It is still empty.") if section.state is SectionState.EMPTY else _("It is not agreed by both sides.")
            found.append(Missing(section.key, None, text))
    return found
