"""What decisions belong to: later features say here what theirs is called, who takes part, and how open it may be.

Plans and workshops stand above decisions, which must not know them; they put a `Reference` in here when they are imported,
and call `service.follow_team` when their team changes. A context without one has only the label that was typed.

What belongs to named companies (`companies`) stays with them, whatever an owner types: no other company is let in, and none
of its people gets a part. Of a decision that is open to nobody but the team, also while that is not chosen yet, nobody else
gets or keeps a part either.
"""

from collections.abc import Callable, Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from eventapp.accounts.models import Role
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


@dataclass(frozen=True)
class Turned:
    """What became of an action of a premortem elsewhere: what it is called there, its page, and whether it is done."""

    label: str
    url: str
    done: bool


def _nobody(_context_id: int) -> Collection[Member]:
    return ()


def _as_open_as_wanted(_context_id: int) -> Openness:
    return Openness.PUBLIC


def _any_company(_context_id: int) -> Collection[int] | None:
    return None


def _no_keeper(_context_id: int, _former: Member) -> Member | None:
    return None


@dataclass(frozen=True)
class Place:
    """What the page of one decision says of the thing that it belongs to: its name and its page, nothing where that tells too
    much; by id of items of the premortem what those became that are actions there, and where others are made one.
    """

    name: str = ""
    url: str = ""
    turned: Mapping[int, Turned] = field(default_factory=dict)
    act_urls: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reference:
    """A kind of thing that decisions belong to.

    `names` is what those with these ids are called, for a viewer who reads the decision; nothing where that tells too much.
    `team` takes part in each of its decisions. `widest` is how open they may be at most. `companies` are those whose people
    may have to do with them besides the vendor's, by id; none where any may. `keeper` looks after a decision whose last
    owner has left. `staff`, where it is said, are the roles at the vendor that read what is open to both organisations; all
    others who work there learn nothing of it, so log and mails, which some of them look after, name it by its code alone.
    `place` is the same and more for the page of one decision, by the ids of the thing, of the decision and of the items of its
    premortem.
    """

    names: Callable[[Viewer, Collection[int]], Mapping[int, str]]
    team: Callable[[int], Collection[Member]] = _nobody
    widest: Callable[[int], Openness] = _as_open_as_wanted
    companies: Callable[[int], Collection[int] | None] = _any_company
    keeper: Callable[[int, Member], Member | None] = _no_keeper
    staff: Set[Role] | None = None
    place: Callable[[Viewer, int, int, Sequence[int]], Place] | None = None


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


def team_of(context: DecisionContext, context_id: int | None) -> Collection[Member]:
    """Who takes part in decisions of the thing."""
    reference = REFERENCES.get(context)
    return reference.team(context_id) if reference is not None and context_id is not None else ()


def widest(context: DecisionContext, context_id: int | None) -> Openness:
    """How open a decision of the thing may be at most."""
    reference = REFERENCES.get(context)
    return reference.widest(context_id) if reference is not None and context_id is not None else Openness.PUBLIC


def companies_of(context: DecisionContext, context_id: int | None) -> Collection[int] | None:
    """The companies whose people may have to do with decisions of the thing; none where any may."""
    reference = REFERENCES.get(context)
    return reference.companies(context_id) if reference is not None and context_id is not None else None


def admits(context: DecisionContext, context_id: int | None, openness: Openness | None, who: Member) -> bool:
    """Whether somebody may have a part in a decision of the thing that is open like that."""
    companies = companies_of(context, context_id)
    if companies is None:
        return True
    if openness in (None, Openness.TEAM) or widest(context, context_id) is Openness.TEAM:
        return who in team_of(context, context_id)
    return who.organisation_id is None or who.organisation_id in companies


def reserved() -> dict[DecisionContext, Set[Role]]:
    """The kinds of things whose decisions not all of the vendor's people read, and the roles of those who do."""
    return {context: found.staff for context, found in REFERENCES.items() if found.staff is not None}


def keeper_of(context: DecisionContext, context_id: int | None, former: Member) -> Member | None:
    """Who looks after a decision of the thing instead of `former`, its last owner."""
    reference = REFERENCES.get(context)
    return reference.keeper(context_id, former) if reference is not None and context_id is not None else None


def place_of(viewer: Viewer, found: Any, risk_ids: Sequence[int]) -> Place:
    """What the page of a decision says of the thing that it belongs to."""
    reference = REFERENCES.get(found.context)
    if reference is None or reference.place is None or found.context_id is None:
        return Place(name_of(viewer, found))
    return reference.place(viewer, found.context_id, found.id, risk_ids)


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
