"""The agenda that every workshop begins with: a day in person, or two halves of three hours on video."""

from typing import NamedTuple

from eventapp.core.db import db
from eventapp.core.i18n import _
from eventapp.plans import queries
from eventapp.plans.models import Plan, SectionKind, Workshop, WorkshopFormat, WorkshopItem

# The first text section of each template holds both strategies, the one called so the market; other plans lack it.
STRATEGY, MARKET = "strategy", "market"


class Part(NamedTuple):
    """A part of the agenda; `about` is the key of its section, or what that holds."""

    title: str
    minutes: int
    about: str | SectionKind | None = None
    half: int = 1
    is_break: bool = False


def standard(format: WorkshopFormat) -> list[Part]:
    """The parts in their order: 09:00 to 17:00 with two breaks and lunch, or twice three hours."""
    if format is WorkshopFormat.VIRTUAL:
        return [*_first_half(), *_second_half()]
    return [
        Part(_("Aims, roles, ground rules"), 15),
        Part(_("Both strategies"), 45, STRATEGY),
        Part(_("Facts: market, last year, lessons"), 45, MARKET),
        Part(_("Break"), 15, is_break=True),
        Part(_("SWOT in mixed groups"), 60, SectionKind.SWOT),
        Part(_("Lunch"), 60, is_break=True),
        Part(_("Objectives and quarterly targets"), 75, SectionKind.OBJECTIVES),
        Part(_("Go-to-market, accounts, funds"), 45, SectionKind.ACCOUNTS),
        Part(_("Break"), 15, is_break=True),
        Part(_("Enablement and resources"), 30, SectionKind.ENABLEMENT),
        Part(_("Risks and open decisions"), 30, SectionKind.RISKS),
        Part(_("Actions, governance, next review, confidence vote"), 30, SectionKind.GOVERNANCE),
        Part(_("Close"), 15),
    ]


def _first_half() -> list[Part]:
    return [
        Part(_("Aims, roles, ground rules"), 15),
        Part(_("Both strategies"), 45, STRATEGY),
        Part(_("Facts: market, last year, lessons"), 40, MARKET),
        Part(_("Break"), 10, is_break=True),
        Part(_("SWOT in mixed groups"), 60, SectionKind.SWOT),
        Part(_("What we take into the second half"), 10),
    ]


def _second_half() -> list[Part]:
    return [
        Part(_("Objectives and quarterly targets"), 60, SectionKind.OBJECTIVES, half=2),
        Part(_("Go-to-market, accounts, funds"), 35, SectionKind.ACCOUNTS, half=2),
        Part(_("Break"), 10, half=2, is_break=True),
        Part(_("Enablement and resources"), 20, SectionKind.ENABLEMENT, half=2),
        Part(_("Risks and open decisions"), 20, SectionKind.RISKS, half=2),
        Part(_("Actions, governance, next review, confidence vote"), 25, SectionKind.GOVERNANCE, half=2),
        Part(_("Close"), 10, half=2),
    ]


def add_standard(plan: Plan, workshop: Workshop) -> None:
    """Puts the standard agenda in. A part whose section the plan does not have is about none."""
    sections = queries.sections(plan)
    for position, part in enumerate(standard(workshop.format), start=1):
        section = next((one for one in sections if part.about in (one.key, one.kind)), None)
        db.session.add(
            WorkshopItem(
                plan_id=plan.id,
                workshop_id=workshop.id,
                position=position,
                half=part.half,
                title=part.title,
                minutes=part.minutes,
                section_id=section.id if section is not None and part.about is not None else None,
                is_break=part.is_break,
            )
        )
    db.session.flush()
