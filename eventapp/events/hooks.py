"""What later features add to an event's public page: the way in that a company has been invited to, pages of theirs, parts.

They stand above events, which must not know them; they put their functions in here when they are imported.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from markupsafe import Markup

from eventapp.audit.service import Actor
from eventapp.events.admission import queries as admission
from eventapp.events.models import Event
from eventapp.events.rules import Blocker
from eventapp.partners.models import Organisation

# event, company, moment → why the company may register nobody; empty when it may
COMPANY_BLOCKERS: list[Callable[[Event, Organisation, datetime], Sequence[Blocker]]] = []


def company_blockers(event: Event, company: Organisation, now: datetime) -> Sequence[Blocker]:
    """Why the company may register nobody for the event at this moment; empty when it may."""
    for ask in COMPANY_BLOCKERS:
        return ask(event, company, now)
    return admission.open_to(event, company, now)[1]


# an event that has just been published, by whom, moment → what later features then do
PUBLISHED: list[Callable[[Event, Actor, datetime], None]] = []
# event → label and address of a page about it that anybody may open; empty where there is none
PUBLIC_PAGES: list[Callable[[Event], Sequence[tuple[str, str]]]] = []
# event → label and address of a page where a company looks after its people there; empty where there is none
COMPANY_PAGES: list[Callable[[Event], Sequence[tuple[str, str]]]] = []
# event → a block of its public page, empty where there is none; the page is kept by the version of the event
PUBLIC_BLOCKS: list[Callable[[Event], Markup]] = []
# event → its parts, as schema.org has them
SUB_EVENTS: list[Callable[[Event], Sequence[dict[str, Any]]]] = []


def published(event: Event, *, by: Actor, at: datetime) -> None:
    """Lets later features act on an event that has just been published."""
    for act in PUBLISHED:
        act(event, by, at)


def public_pages(event: Event) -> list[tuple[str, str]]:
    """Further public pages about the event: label and address."""
    return [page for ask in PUBLIC_PAGES for page in ask(event)]


def public_blocks(event: Event) -> list[Markup]:
    """What later features show on the event's public page."""
    return [block for ask in PUBLIC_BLOCKS if (block := ask(event))]


def company_pages(event: Event) -> list[tuple[str, str]]:
    """Further pages where a company looks after its people at the event: label and address."""
    return [page for ask in COMPANY_PAGES for page in ask(event)]


def sub_events(event: Event) -> list[dict[str, Any]]:
    """The parts of an event, as schema.org has them."""
    return [part for ask in SUB_EVENTS for part in ask(event)]
