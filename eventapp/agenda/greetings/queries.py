"""Reading greetings. The first argument of what a company sees is the viewer."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import case, func, select
from sqlalchemy.orm import joinedload

from eventapp.accounts.permissions import Viewer
from eventapp.agenda.greetings.models import Greeting, GreetingState
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.core.wall import whole
from eventapp.events.models import Event, EventFormat, EventStatus
from eventapp.partners.models import Organisation
from eventapp.registrations.models import ENDED, Registration

# More would bury the page of the event.
MOST_SHOWN = 60


class Shown(NamedTuple):
    """A greeting as everybody reads it."""

    text: str
    name: str
    company: str


def shown(event_id: int) -> list[Shown]:
    """What is public of an event's greetings, the latest first."""
    query = (
        select(Greeting.text, Greeting.name, Organisation.name)
        .join(Organisation, Organisation.id == Greeting.organisation_id)
        .where(Greeting.event_id == event_id, Greeting.state == GreetingState.SHOWN)
        .order_by(Greeting.decided_at.desc(), Greeting.id.desc())
        .limit(MOST_SHOWN)
    )
    # The names of those companies are public by this, also to visitors from other companies.
    with whole():
        return [Shown(*row) for row in db.session.execute(query)]


def own(viewer: Viewer, event: Event) -> Greeting | None:
    """What the company that the viewer acts for says at the event."""
    query = select(Greeting).where(Greeting.event_id == event.id, Greeting.organisation_id == viewer.acting_for)
    return db.session.scalar(query)


def may_greet(viewer: Viewer, event: Event) -> bool:
    """Whether the viewer's company may say something: it has somebody at an event that is, also, on video."""
    if event.format is EventFormat.IN_PERSON or event.status in (EventStatus.DRAFT, EventStatus.CANCELLED):
        return False
    comes = select(Registration.id).where(
        Registration.event_id == event.id,
        Registration.organisation_id == viewer.acting_for,
        Registration.status.not_in(ENDED),
    )
    return db.session.scalar(comes.limit(1)) is not None


def all_of(event: Event) -> Sequence[Greeting]:
    """Every greeting of an event for its organizers: those to look at first."""
    first = case((Greeting.state == GreetingState.WAITING, 0), else_=1)
    query = select(Greeting).options(joinedload(Greeting.organisation)).where(Greeting.event_id == event.id)
    return db.session.scalars(query.order_by(first, Greeting.written_at, Greeting.id)).all()


def waiting(event: Event) -> int:
    """How many greetings no organizer has looked at."""
    query = select(func.count()).where(Greeting.event_id == event.id, Greeting.state == GreetingState.WAITING)
    return db.session.scalar(query) or 0


def greeting(event: Event, greeting_id: int) -> Greeting:
    """A greeting of that event. Raises NotFoundError."""
    query = select(Greeting).options(joinedload(Greeting.organisation))
    found = db.session.scalar(query.where(Greeting.id == greeting_id, Greeting.event_id == event.id))
    if found is None:
        raise NotFoundError(greeting_id)
    return found
