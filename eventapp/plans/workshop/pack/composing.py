"""What the pack says: what both sides have prepared, what stands in the plan so far, the agenda, the teams."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import get_locale

from eventapp.core.i18n import _, _l
from eventapp.core.links import site_name
from eventapp.core.markdown import tree
from eventapp.core.pdf import unprintable
from eventapp.core.times import day_text, place, to_local
from eventapp.plans import queries
from eventapp.plans.content.lines import KINDS, Context
from eventapp.plans.content.queries import lines
from eventapp.plans.documents.rows import Column, head
from eventapp.plans.documents.texts import prepared, texts
from eventapp.plans.models import (
    KIND_LABELS,
    PLAN_FUNCTION_LABELS,
    QUADRANT_LABELS,
    WORKSHOP_FORMAT_LABELS,
    Plan,
    PrepKind,
    PrepState,
    PrepTask,
    SectionKind,
    Side,
    SwotItem,
    Workshop,
    WorkshopSlot,
)
from eventapp.plans.permissions import Standing
from eventapp.plans.workshop import queries as workshops
from eventapp.plans.workshop.agenda.rules import timetable
from eventapp.plans.workshop.mails import when_of
from eventapp.plans.workshop.planning.service import facilitator_name

TEAM = (Column(_l("Name"), (), 4), Column(_l("Side"), (), 4), Column(_l("Function"), (), 3))
SWOT = (Column(_l("What"), (), 6), Column(_l("Field"), (), 2), Column(_l("Side"), (), 3))
OBJECTIVES = (
    Column(_l("Objective"), (), 5),
    Column(_l("Weight"), (), numeric=True),
    Column(_l("Last year"), (), numeric=True),
    Column(_l("Year"), (), numeric=True),
)
AGENDA = (Column(_l("From"), ()), Column(_l("Part"), (), 6), Column(_l("Minutes"), (), numeric=True))
# So many characters that cannot be printed are named.
MOST_NAMED = 60


def pack_of(plan: Plan, workshop: Workshop, slot: WorkshopSlot, *, at: datetime) -> dict[str, Any]:
    """The data of the document `workshop.typ`, as everything stands at this moment."""
    names = queries.side_names(plan)
    people = {one.id: one for one in queries.team(plan, former=True)}
    context = Context(plan, people, names, Standing())
    tasks = workshops.tasks(workshop)
    frozen = to_local(at, workshop.time_zone)
    data: dict[str, Any] = {
        "lang": str(get_locale() or "en"),
        "site": site_name(),
        "heading": _("Pack for the workshop"),
        "about": str(KIND_LABELS[plan.kind]),
        "title": plan.title,
        "code": plan.code,
        "sides": [names[side] for side in Side],
        "facts": _facts(workshop, slot, context),
        "frozen": _("Frozen %(day)s, %(time)s %(place)s", day=day_text(frozen.date()), time=f"{frozen:%H:%M}",
                    place=place(frozen, workshop.time_zone)),
        "topics": [_topic(kind, tasks, context) for kind in PrepKind if kind is not PrepKind.OWN] + _own(tasks, context),
        "numbers": _numbers(workshop, names),
        "numbers_title": _("The same numbers on both sides"),
        "so_far_title": _("In the plan so far"),
        "swot_title": _("SWOT"),
        "swot": _table(SWOT, _swot(plan, names)),
        "objectives_title": _("Objectives"),
        "objectives": _table(OBJECTIVES, _objectives(plan, context)),
        "nothing": _("Nothing stands in the plan yet."),
        "agenda_title": _("Agenda"),
        "agenda": _agenda(workshop, slot),
        "team_title": _("Teams"),
        "team": _table(TEAM, _team(plan, names)),
        "foot": _("%(code)s · Pack for the workshop", code=plan.code),
        "page": _("Page"),
    }  # fmt: skip
    gone = sorted(unprintable(texts(data)))
    data["notes"] = _notes(gone)
    return prepared(data, gone)


def _notes(gone: Sequence[str]) -> list[str]:
    if not gone:
        return []
    named = " ".join(f"U+{ord(one):04X}" for one in gone[:MOST_NAMED]) + ("…" if len(gone) > MOST_NAMED else "")
    return [_("No font at hand prints these characters, so there are boxes in their place: %(names)s", names=named)]


def _facts(workshop: Workshop, slot: WorkshopSlot, context: Context) -> list[tuple[str, str]]:
    return [
        (_("When"), "\n".join(when_of(slot, workshop.time_zone))),
        (_("How"), str(WORKSHOP_FORMAT_LABELS[workshop.format])),
        (_("Place"), workshop.place or "–"),
        (_("Facilitator"), facilitator_name(workshop) or "–"),
        (_("Scribe"), context.name(workshop.scribe_id)),
        (_("Timekeeper"), context.name(workshop.timekeeper_id)),
    ]


def _topic(kind: PrepKind, tasks: Sequence[PrepTask], context: Context) -> dict[str, Any]:
    """One thing that both sides prepare, with what each of them says."""
    found = {one.side: one for one in tasks if one.kind is kind}
    title = next((one.title for one in found.values()), "")
    return {"title": title, "sides": [_side(context.names[side], found.get(side), context) for side in Side] if found else []}


def _own(tasks: Sequence[PrepTask], context: Context) -> list[dict[str, Any]]:
    """What a side has added for itself."""
    return [
        {"title": one.title, "sides": [_side(context.names[one.side], one, context)]} for one in tasks if one.kind is PrepKind.OWN
    ]


def _side(name: str, task: PrepTask | None, context: Context) -> dict[str, Any]:
    """What a side says. What is not done is not in the pack: until then it is the side's own."""
    if task is None or task.state is PrepState.TO_DO:
        return {"name": name, "by": "", "text": [], "empty": _("Not done when the pack was frozen.")}
    if task.state is PrepState.WAIVED:
        return {"name": name, "by": "", "text": [], "empty": _("Waived: %(reason)s", reason=task.reason)}
    by = _("by %(name)s", name=context.name(task.assignee_id)) if task.assignee_id is not None else ""
    return {"name": name, "by": by, "text": tree(task.text), "empty": ""}


def _numbers(workshop: Workshop, names: dict[Side, str]) -> list[str]:
    found = []
    for side, since in ((Side.A, workshop.facts_a_at), (Side.B, workshop.facts_b_at)):
        if since is None:
            found.append(_("%(side)s has not confirmed them.", side=names[side]))
        else:
            day = day_text(to_local(since, workshop.time_zone).date())
            found.append(_("%(side)s confirmed them on %(day)s.", side=names[side], day=day))
    return found


def _swot(plan: Plan, names: dict[Side, str]) -> list[list[str]]:
    sections = [one for one in queries.sections(plan) if one.kind is SectionKind.SWOT]
    rows = [row for one in sections for row in lines(SwotItem, one)]
    return [[row.text, str(QUADRANT_LABELS[row.quadrant]), names[row.side] if row.side is not None else "–"] for row in rows]


def _objectives(plan: Plan, context: Context) -> list[list[str]]:
    """Statement with its owners, weight, last year, the year."""
    cells = KINDS[SectionKind.OBJECTIVES].cells
    return [[f"{one[0]}\n{one[1]}", *one[2:5]] for one in (cells(row, context) for row in queries.objectives(plan))]


def _team(plan: Plan, names: dict[Side, str]) -> list[list[str]]:
    return [[one.name, names[one.side], str(PLAN_FUNCTION_LABELS[one.function])] for one in queries.team(plan)]


def _agenda(workshop: Workshop, slot: WorkshopSlot) -> list[dict[str, Any]]:
    found = []
    both = timetable(workshops.items(workshop), slot, workshop)
    for half in both:
        title = _("Half %(number)s", number=half.number) if len(both) > 1 else ""
        rows = [[part.begins, part.item.title, str(part.item.minutes)] for part in half.parts]
        found.append({"title": title, "table": _table(AGENDA, rows)})
    return found


def _table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Rows as the document wants them: the first line of a cell, and the others below it in small letters."""
    found = []
    for row in rows:
        parts = [text.split("\n") for text in row]
        found.append([{"text": first, "sub": more} for first, *more in parts])
    return {"columns": [head(column) for column in columns], "rows": found}
