"""Messages about registrations whose occasion only later features know."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from eventapp.core.db import db
from eventapp.core.links import absolute
from eventapp.events.models import Event
from eventapp.registrations import mails
from eventapp.registrations.messages import queries as messages
from eventapp.registrations.messages.composing import chosen_text, fill, language_of
from eventapp.registrations.messages.kinds import KINDS
from eventapp.registrations.messages.placeholders import Facts
from eventapp.registrations.messages.previewing import NO_TOKEN
from eventapp.registrations.messages.texts import Written
from eventapp.registrations.models import Registration
from eventapp.registrations.queries import LOADED


def tell(registrations: Sequence[Registration], kind: str, further: Mapping[int, Mapping[str, str]], *, at: datetime) -> None:
    """Writes people the message of that kind; `further` are the values of its own placeholders, by registration."""
    if registrations:
        mails.send_status(registrations, at=at, kind=kind, calendar=False, further=further)


def sends(event: Event, kind: str) -> bool:
    """Whether the event sends that message, or has switched it off."""
    return messages.own_of([event], [kind])[event.id].sends(KINDS[kind])


def samples(event: Event, told: Iterable[tuple[int, str, Mapping[str, str]]]) -> list[tuple[Registration, Written]]:
    """How people would read messages: (registration, kind, further values) of each; without the links that are theirs alone."""
    wanted = {registration_id: (kind, further) for registration_id, kind, further in told}
    if not wanted:
        return []
    own = messages.own_of([event], {kind for kind, _further in wanted.values()})[event.id]
    query = select(Registration).options(*LOADED).where(Registration.id.in_(wanted)).order_by(Registration.id)
    found = []
    for registration in db.session.scalars(query):
        kind, further = wanted[registration.id]
        facts = Facts(registration, link=absolute("registrations_link.show", token=NO_TOKEN), further=further)
        language, (subject, body) = chosen_text(kind, own.texts.get(kind, {}), language_of(registration))
        found.append((registration, fill(subject, body, facts, language)))
    return found
