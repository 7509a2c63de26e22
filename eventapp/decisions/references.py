"""What decisions belong to: later features say here what theirs is called, who takes part, and how open it may be.

Plans and workshops stand above decisions, which must not know them; they put a `Reference` in here when they are imported,
and call `service.follow_team` when their team changes. A context without one has only the label that was typed.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.decisions.models import DecisionContext, Openness
from eventapp.events.models import Event, EventStatus

# From the most open to the least.
WIDTH = (Openness.PUBLIC, Openness.PARTNERS, Openness.ORGANISATIONS, Openness.TEAM)


@dataclass(frozen=True)
class Member:
    """Somebody of a team: their login, and the company for which they are in it, none for the vendor's people."""

    user_id: int
    organisation_id: int | None


def _nobody(_context_id: int) -> Collection[Member]:
    return ()


def _as_open_as_wanted(_context_id: int) -> Openness:
    return Openness.PUBLIC


@dataclass(frozen=True)
class Reference:
    """A kind of thing that decisions belong to.

    `names` is what those with these ids are called, and `url` the page of one, for a viewer who reads the decision; nothing
    where that tells too much.
    `team` takes part in each of its decisions. `widest` is how open they may be at most.
    """

    names: Callable[[Viewer, Collection[int]], Mapping[int, str]]
    url: Callable[[Viewer, int], str] = lambda _viewer, _id: ""
    team: Callable[[int], Collection[Member]] = _nobody
    widest: Callable[[int], Openness] = _as_open_as_wanted


REFERENCES: dict[DecisionContext, Reference] = {}


def names_of(viewer: Viewer, rows: Sequence[Any]) -> dict[int, str]:
    """What the things are called that decisions belong to, by id of the decision: one question for each context.

    A row has `id`, `context`, `context_id` and `context_label` of a decision.
    """
    found = {row.id: row.context_label for row in rows}
    for context, reference in REFERENCES.items():
        here = [row for row in rows if row.context is context and row.context_id is not None]
        names = reference.names(viewer, {row.context_id for row in here}) if here else {}
        found |= {row.id: names[row.context_id] for row in here if row.context_id in names}
    return found


def name_of(viewer: Viewer, decision: Any) -> str:
    """What the thing is called that a decision belongs to."""
    return names_of(viewer, [decision])[decision.id]


def url_of(viewer: Viewer, context: DecisionContext, context_id: int | None) -> str:
    """The page of the thing, where it has one."""
    reference = REFERENCES.get(context)
    return reference.url(viewer, context_id) if reference is not None and context_id is not None else ""


def team_of(context: DecisionContext, context_id: int | None) -> Collection[Member]:
    """Who takes part in decisions of the thing."""
    reference = REFERENCES.get(context)
    return reference.team(context_id) if reference is not None and context_id is not None else ()


def widest(context: DecisionContext, context_id: int | None) -> Openness:
    """How open a decision of the thing may be at most."""
    reference = REFERENCES.get(context)
    return reference.widest(context_id) if reference is not None and context_id is not None else Openness.PUBLIC


def too_open(wanted: Openness, limit: Openness) -> bool:
    """Whether that is more open than the limit allows."""
    return WIDTH.index(wanted) < WIDTH.index(limit)


def _event_names(viewer: Viewer, ids: Collection[int]) -> Mapping[int, str]:
    """The titles of events that the viewer may see."""
    query = select(Event.id, Event.title).where(Event.id.in_(ids))
    if not viewer.reads_all:
        query = query.where(Event.status != EventStatus.DRAFT)
    return {row.id: row.title for row in db.session.execute(query)}


REFERENCES[DecisionContext.EVENT] = Reference(names=_event_names)
