"""Reading ideas, scoped to who asks: all partners read what is shared, a company its own, the vendor everything."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.core.text import fold
from eventapp.decisions.ideas.models import Idea, IdeaContributor, IdeaVote

PEOPLE = select(func.count()).where(IdeaVote.idea_id == Idea.id).correlate(Idea).scalar_subquery()
COMPANIES = (
    select(func.count(IdeaVote.organisation_id.distinct())).where(IdeaVote.idea_id == Idea.id).correlate(Idea).scalar_subquery()
)


def readable(viewer: Viewer) -> ColumnElement[bool]:
    """The condition of ideas that the viewer may read."""
    if viewer.user is None:
        return false()
    if viewer.roles:
        return true()
    return or_(Idea.shared, Idea.organisation_id == viewer.acting_for) if viewer.seat is not None else false()


def idea(viewer: Viewer, idea_id: int) -> Idea:
    """An idea that the viewer may read. Raises NotFoundError, alike for unknown and foreign ones."""
    found = db.session.scalar(select(Idea).where(Idea.id == idea_id, readable(viewer)))
    if found is None:
        raise NotFoundError(idea_id)
    return found


def is_own(viewer: Viewer, found: Idea) -> bool:
    """Whether the viewer has posted it, as one of the company that they act for, or of the vendor."""
    company = None if viewer.roles else viewer.acting_for
    return viewer.user is not None and found.user_id == viewer.user.id and found.organisation_id == company


def votes(found: Idea) -> tuple[int, int]:
    """How many people want it, and of how many companies."""
    query = select(func.count(), func.count(IdeaVote.organisation_id.distinct())).where(IdeaVote.idea_id == found.id)
    people, companies = db.session.execute(query).one()
    return people, companies


def vote_of(viewer: Viewer, found: Idea) -> IdeaVote | None:
    """The viewer's own vote."""
    user_id = viewer.user.id if viewer.user is not None else 0
    return db.session.scalar(select(IdeaVote).where(IdeaVote.idea_id == found.id, IdeaVote.user_id == user_id))


def contributors(found: Idea) -> Sequence[IdeaContributor]:
    """Who brought something in, in the order in which they did."""
    query = select(IdeaContributor).where(IdeaContributor.idea_id == found.id)
    return db.session.scalars(query.order_by(IdeaContributor.since, IdeaContributor.id)).all()


def people(found: Idea) -> list[tuple[int, int | None]]:
    """Who posted it, then who contributed: login and company, none for the vendor's people.

    Without those of other companies while it is not shared: they may have contributed before, but do not read it any more.
    """
    rows: list[Idea | IdeaContributor] = [found, *contributors(found)]
    here = [one for one in rows if found.shared or one.organisation_id in (None, found.organisation_id)]
    return [(one.user_id, one.organisation_id) for one in here if one.user_id is not None]


def contributor(found: Idea, contributor_id: int) -> IdeaContributor:
    """One of them. Raises NotFoundError."""
    row = next((one for one in contributors(found) if one.id == contributor_id), None)
    if row is None:
        raise NotFoundError(contributor_id)
    return row


def titles(viewer: Viewer, ids: Collection[int]) -> Mapping[int, str]:
    """What ideas are called that the viewer may read."""
    rows = db.session.execute(select(Idea.id, Idea.title).where(Idea.id.in_(ids), readable(viewer)))
    return {row.id: row.title for row in rows}


def found_by(text: str) -> ColumnElement[bool] | None:
    """The condition that an idea holds every word of `text`; none if there is nothing to look for."""
    words = fold(text).split()
    return and_(*(Idea.searched.contains(word, autoescape=True) for word in words)) if words else None


def own(viewer: Viewer) -> ColumnElement[bool]:
    """The condition of ideas of the viewer's own company, or of the vendor."""
    if viewer.roles:
        return Idea.organisation_id.is_(None)
    return Idea.organisation_id == viewer.acting_for


def columns() -> Any:
    """Ideas as the list and its file show them, with votes of people and of companies."""
    names = ("id", "kind", "title", "state", "company", "shared", "answered_at", "changed_at")
    return select(*(getattr(Idea, n) for n in names), PEOPLE.label("people"), COMPANIES.label("companies"))
