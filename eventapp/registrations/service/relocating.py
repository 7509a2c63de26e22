"""Everybody of an event at once, when it goes on video, into a room or to another date: modes, places, and who is told."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, update

from eventapp.core.db import db
from eventapp.events.models import Event, Mode
from eventapp.places import service as places
from eventapp.registrations import mails, queries, tallies
from eventapp.registrations.blocks.models import SeatBlock
from eventapp.registrations.messages import queries as messages
from eventapp.registrations.messages.kinds import KINDS
from eventapp.registrations.models import ENDED, Registration, RegistrationStatus

# How many people are loaded and written to at once, so that memory does not grow with the event.
AT_ONCE = 200


def follow_modes(event: Event, capacities: Mapping[int, int | None]) -> None:
    """Puts everybody's booking into the pool of the way in which they take part now, room or not; blocks as well.

    For after the modes have been changed in bulk. The caller holds the lock of the event's pool; `capacities` are the new
    ones of the event's pools, by their ids. Nobody moves up yet, and nobody who holds a place loses it.
    """
    pools = (event.pool_id, event.in_person_pool_id, event.virtual_pool_id)
    places.lock(pools)
    for mode, other in ((Mode.IN_PERSON, Mode.VIRTUAL), (Mode.VIRTUAL, Mode.IN_PERSON)):
        for model in (Registration, SeatBlock):
            bookings = select(model.booking_id).where(model.event_id == event.id, model.mode == mode)
            places.exchange(bookings, old=event.mode_pool_id(other), new=event.mode_pool_id(mode))
    places.recount(pools, capacities)
    tallies.rebuild_event(event.id)
    db.session.expire_all()  # what the session has read of them is old now


def renew_entries(event: Event) -> None:
    """Raises the number of everybody's calendar entry, which a mail then carries, and notes that the rows are others now.

    The first for those who have an entry; the second tells who changes one of them at this moment that it was read before.
    """
    of_event = update(Registration).where(Registration.event_id == event.id)
    confirmed = of_event.where(Registration.status == RegistrationStatus.CONFIRMED)
    for statement in (
        confirmed.values(sequence=Registration.sequence + 1),
        of_event.values(version=Registration.version + 1),
    ):
        db.session.execute(statement, execution_options={"synchronize_session": False})


def tell_all(
    event: Event,
    kind: str,
    *,
    changes: Sequence[Sequence[str]],
    reason: str,
    moved_up: Collection[int] = (),
    sent_back: Collection[int] = (),
    at: datetime,
) -> int:
    """Writes to everybody who has a place, waits or has applied, at once and by night as well; returns how many mails.

    `changes` are [what, old, new] in words. Ids of registrations: `moved_up` have a place only now, `sent_back` none any more.
    """
    own = messages.own_of([event], [kind])[event.id]
    mails_written = 0
    for people in _everybody(event):
        mails_written += mails.send_message(
            KINDS[kind], people, own, changes=changes, reason=reason, moved_up=moved_up, sent_back=sent_back, at=at
        )
    return mails_written


def _everybody(event: Event) -> Iterator[Sequence[Registration]]:
    """All registrations that have not ended, some at a time."""
    last = 0
    query = select(Registration).options(*queries.LOADED).order_by(Registration.id).limit(AT_ONCE)
    query = query.where(Registration.event_id == event.id, Registration.status.not_in(ENDED))
    while people := db.session.scalars(query.where(Registration.id > last), execution_options={"populate_existing": True}).all():
        last = people[-1].id
        yield people
