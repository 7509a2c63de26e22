"""What a plan lacks to be signed: sections not agreed, objectives that do not add up."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import format_currency, format_decimal

from eventapp.core.i18n import _
from eventapp.plans import queries
from eventapp.plans.content import queries as lines
from eventapp.plans.content.editing import LINES
from eventapp.plans.models import Objective, ObjectiveUnit, Plan, PlanKind, PlanSection, PlanStatus, SectionKind, SectionState
from eventapp.plans.rules import Missing, objectives_missing, shares_missing, workstreams_missing
from eventapp.plans.steps import check

Validation = Callable[[Plan, PlanSection, Sequence[Any]], list[Missing]]
# By what a section holds: what is missing in it, of its rows. Further kinds add theirs.
VALIDATIONS: dict[SectionKind, Validation] = {
    SectionKind.OBJECTIVES: lambda plan, section, rows: objectives_missing(section.key, rows, _shown(plan)),
}
# What besides is asked of an alliance.
OF_ALLIANCES: dict[SectionKind, Validation] = {
    SectionKind.OBJECTIVES: lambda _plan, section, rows: shares_missing(section.key, rows),
    SectionKind.INITIATIVES: lambda _plan, section, rows: workstreams_missing(section.key, rows),
}


def _shown(plan: Plan) -> Callable[[Decimal, Objective], str]:
    """How amounts of the plan's objectives are written: as in their table."""

    def shown(value: Decimal, one: Objective) -> str:
        if one.unit is ObjectiveUnit.CURRENCY:
            return str(format_currency(value, plan.currency, format_type="standard"))
        return str(format_decimal(value))

    return shown


def rows_missing(plan: Plan, section: PlanSection, rows: Sequence[Any]) -> list[Missing]:
    """What the rows of a section lack, whether or not anybody has agreed to them."""
    return [one for asked in _asked(plan) if (ask := asked.get(section.kind)) for one in ask(plan, section, rows)]


def _asked(plan: Plan) -> list[dict[SectionKind, Validation]]:
    return [VALIDATIONS, OF_ALLIANCES] if plan.kind is PlanKind.ALLIANCE else [VALIDATIONS]


def content_missing(plan: Plan, sections: Sequence[PlanSection] | None = None) -> list[Missing]:
    """The same of all sections of a plan."""
    there = sections if sections is not None else queries.sections(plan)
    checked = [section for section in there if any(section.kind in asked for asked in _asked(plan))]
    return [one for section in checked for one in rows_missing(plan, section, lines.lines(LINES[section.kind], section))]


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
