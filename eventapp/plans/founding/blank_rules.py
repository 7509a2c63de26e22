"""What templates have to be like. Pure."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from eventapp.core.i18n import _
from eventapp.plans.models import PlanTemplateSection, SectionKind

KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
# What a plan lacks is named by the key of its section; these stand for pages of the plan that are none.
RESERVED = frozenset({"team", "workshop", "reviews"})
MOST_SECTIONS = 30


class Problem(NamedTuple):
    """What is wrong, at which field."""

    field: str
    text: str


def section_problem(key: str, kind: SectionKind, begins: bool, others: Sequence[PlanTemplateSection]) -> Problem | None:
    """Why a section cannot stand beside the others; none if it can. `begins`: it has rows from the beginning."""
    if not KEY.fullmatch(key) or key in RESERVED:
        return Problem("key", _("Small letters, digits and hyphens, like “objectives”; not “team”, “workshop” or “reviews”."))
    if any(one.key == key for one in others):
        return Problem("key", _("There is a section with this key already."))
    if kind is not SectionKind.TEXT and any(one.kind is kind for one in others):
        return Problem("kind", _("There is a section for this already. Only texts may be several."))
    if begins and kind is not SectionKind.INITIATIVES:
        return Problem("starts_with", _("Only initiatives can be there from the beginning."))
    if len(others) >= MOST_SECTIONS:
        return Problem("key", _("%(number)s sections are enough.", number=MOST_SECTIONS))
    return None


def problems(sections: Sequence[PlanTemplateSection]) -> list[str]:
    """Why plans cannot be made from a template with these sections, in words."""
    if all(one.kind is not SectionKind.OBJECTIVES for one in sections):
        return [_("A template needs a section for objectives: without them no plan can be signed.")]
    return []
