"""The agenda of the workshop: its usual parts, and moving on from one to the next."""

from datetime import datetime
from typing import NamedTuple

from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.plans import queries
from eventapp.plans.models import Plan, SectionKind, Workshop, WorkshopFormat, WorkshopItem, WorkshopState
from eventapp.plans.room import queries as rooms
from eventapp.plans.room.rules import EXTENSION
from eventapp.plans.room.service.entering import enter
from eventapp.plans.ticking import tick

LONGEST = 480


class Part(NamedTuple):
    """A part of the usual agenda: its title, how many minutes it takes in a room and in two halves on video, and in which.

    No minutes: there is no such part in that format. `kind` is the section that it is about.
    """

    title: str
    in_person: int
    virtual: int
    half: int = 1
    kind: SectionKind | None = None
    is_break: bool = False


def usual() -> list[Part]:
    """The usual agenda: a day from nine to five, or two halves of three hours."""
    return [
        Part(_("Aims, roles, ground rules"), 15, 10),
        Part(_("Strategies of both sides"), 45, 35, kind=SectionKind.TEXT),
        Part(_("Facts: market, last year, lessons"), 45, 45),
        Part(_("Break"), 15, 10, is_break=True),
        Part(_("Strengths and weaknesses in mixed groups"), 60, 60, kind=SectionKind.SWOT),
        Part(_("Close of the first half"), 0, 20),
        Part(_("Lunch"), 60, 0, is_break=True),
        Part(_("Objectives and quarterly targets"), 75, 60, 2, SectionKind.OBJECTIVES),
        Part(_("Going to market: accounts, initiatives, funds"), 45, 35, 2, SectionKind.INITIATIVES),
        Part(_("Break"), 15, 10, 2, is_break=True),
        Part(_("Enablement and resources"), 30, 20, 2, SectionKind.ENABLEMENT),
        Part(_("Risks and open decisions"), 30, 20, 2, SectionKind.RISKS),
        Part(_("Actions, governance, next review, confidence"), 30, 25, 2, SectionKind.GOVERNANCE),
        Part(_("Close"), 15, 10, 2),
    ]


def lay_out(plan: Plan, workshop: Workshop) -> None:
    """Gives a workshop the usual agenda of its format, if it has none."""
    if rooms.items(workshop):
        return
    sections: dict[SectionKind, int] = {}
    for one in queries.sections(plan):
        sections.setdefault(one.kind, one.id)
    virtual = workshop.format is WorkshopFormat.VIRTUAL
    for position, part in enumerate(usual(), start=1):
        minutes = part.virtual if virtual else part.in_person
        if minutes:
            row = WorkshopItem(plan_id=plan.id, workshop_id=workshop.id, position=position, title=part.title, minutes=minutes)
            row.half, row.is_break = part.half if virtual else 1, part.is_break
            row.section_id = sections.get(part.kind) if part.kind is not None else None
            db.session.add(row)
    db.session.flush()


def stop(workshop: Workshop, at: datetime) -> None:
    """Ends the part that is under way."""
    running = rooms.under_way(rooms.items(workshop))
    if running is not None and running.started_at is not None:
        running.ended_at = max(at, running.started_at)
        db.session.flush()


def begin(plan: Plan, item: WorkshopItem, *, seen: int | None, at: datetime) -> None:
    """Takes up a part of the agenda and ends the one under way. One that was ended is taken up anew.

    `seen` is the part that was under way when the button was shown. Raises StaleError if another is by now: two people who
    press at once move on by one part, not by two.
    """
    plan, workshop = enter(plan, WorkshopState.RUNNING)
    running = rooms.under_way(rooms.items(workshop))
    if (running.id if running is not None else None) != seen:
        raise StaleError(_("Somebody else has moved the agenda on."))
    stop(workshop, at)
    db.session.refresh(item)
    item.started_at, item.ended_at = at, None
    db.session.flush()
    tick(plan)


def finish(plan: Plan, item: WorkshopItem, *, at: datetime) -> None:
    """Ends a part without another. Nothing happens if it is not under way."""
    plan, workshop = enter(plan, WorkshopState.RUNNING)
    running = rooms.under_way(rooms.items(workshop))
    if running is not None and running.id == item.id:
        stop(workshop, at)
        tick(plan)


def extend(plan: Plan, item: WorkshopItem, *, version: int) -> None:
    """Gives a part five minutes more. Raises StaleError if it was changed since `version`: two presses at once are one."""
    plan, _workshop = enter(plan, WorkshopState.RUNNING)
    db.session.refresh(item)
    if item.version != version:
        raise StaleError(_("Somebody else has changed this since you opened it. Look at it again."))
    minutes = item.minutes + int(EXTENSION.total_seconds() // 60)
    if minutes > LONGEST:
        raise RuleError(_("A part of the agenda lasts eight hours at most."))
    item.minutes = minutes
    db.session.flush()
    tick(plan)
