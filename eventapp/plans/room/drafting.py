"""A draft of the minutes from what has happened: a text to start from, which people then make their own."""

import re
from collections.abc import Iterable, Mapping, Sequence

from flask_babel import format_date

from eventapp.core.i18n import _
from eventapp.plans.models import (
    PARKING_STATE_LABELS,
    PLAN_FUNCTION_LABELS,
    QUADRANT_LABELS,
    ParkingItem,
    PlanAction,
    Quadrant,
    Side,
    Workshop,
)
from eventapp.plans.room.queries import Here
from eventapp.plans.room.said import Confidence, Row

# Rows of the SWOT that a quadrant is told by: those with most votes.
TOLD = 5
_MARKS = re.compile(r"([\\`*_\[\]<>#|~!&])")
_BEGINS = re.compile(r"^([-+]|\d+(?=[.)]))")


def literal(text: str) -> str:
    """What somebody typed, as Markdown that says just that."""
    return _BEGINS.sub(lambda found: f"{found[1]}\\" if found[1].isdigit() else f"\\{found[1]}", _MARKS.sub(r"\\\1", text))


def draft(
    workshop: Workshop,
    people: Sequence[Here],
    names: Mapping[Side, str],
    swot: Mapping[Quadrant, Sequence[Row]],
    parked: Sequence[ParkingItem],
    actions: Sequence[tuple[PlanAction, str]],
    confidence: Confidence,
) -> str:
    """The minutes as they might begin."""
    blocks = [
        *_attendance(workshop, people, names),
        *_swot(swot),
        *_block(_("Actions"), (_action(one, name) for one, name in actions)),
        *_block(_("Put aside"), (f"{literal(one.text)} ({PARKING_STATE_LABELS[one.state]})" for one in parked)),
        *_confidence(confidence),
    ]
    return "\n\n".join(blocks)


def _block(title: str, lines: Iterable[str]) -> list[str]:
    found = "\n".join(f"- {line}" for line in lines)
    return [f"## {title}", found] if found else []


def _attendance(workshop: Workshop, people: Sequence[Here], names: Mapping[Side, str]) -> list[str]:
    found = [f"## {_('Who took part')}"]
    for side in Side:
        came = [one for one in people if one.member.side is side and one.attendance is not None]
        who = ", ".join(f"{literal(one.member.name)} ({PLAN_FUNCTION_LABELS[one.member.function]})" for one in came)
        found.append(f"**{literal(names[side])}:** {who or _('nobody')}")
    quorum = workshop.quorum_a and workshop.quorum_b
    found.append(_("Both sides had a quorum.") if quorum else _("There was no quorum of both sides: the workshop was informal."))
    return found


def _swot(swot: Mapping[Quadrant, Sequence[Row]]) -> list[str]:
    found = []
    for quadrant, rows in swot.items():
        lines = [_("%(text)s (votes: %(number)s)", text=literal(row.item.text), number=row.votes) for row in rows[:TOLD]]
        found += [f"### {QUADRANT_LABELS[quadrant]}", "\n".join(f"- {line}" for line in lines)] if lines else []
    return [f"## {_('Strengths and weaknesses')}", *found] if found else []


def _action(action: PlanAction, name: str) -> str:
    until = format_date(action.due_on, "d MMM y", rebase=False)
    return _("%(text)s – %(name)s, until %(day)s", text=literal(action.text), name=literal(name), day=until)


def _confidence(said: Confidence) -> list[str]:
    if said.mean is None:
        return []
    lines = [f"{mark}: {number}" for mark, number in said.marks if number]
    text = _("On average %(mean)s of 5, from %(number)s votes.", mean=f"{said.mean:.1f}", number=said.number)
    return [f"## {_('How sure we are')}", text, "\n".join(f"- {line}" for line in lines)]
