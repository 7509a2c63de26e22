"""Taking an import of registrations back: what it made goes, with the people who came with it; or nothing at all."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select, update

from eventapp.core.db import db
from eventapp.core.i18n import _, ngettext
from eventapp.events.models import Event
from eventapp.partners.imports.undo import InTheWayError, first_of, refuse_changed, refuse_hanging, slices
from eventapp.partners.models import ImportBatch, ImportRow, Membership, Person, PersonEmail, RowOutcome
from eventapp.places import service as places
from eventapp.places.models import Booking, BookingPool
from eventapp.registrations import tallies
from eventapp.registrations.imports import store
from eventapp.registrations.models import Registration
from eventapp.registrations.service import confirm_moved


@dataclass
class Plan:
    """What an import made and changed: ids of registrations, memberships of new people, arrivals that it noted."""

    made: list[int] = field(default_factory=list)
    memberships: list[int] = field(default_factory=list)
    arrived: list[int] = field(default_factory=list)
    versions: dict[int, int] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=dict)


def plan(batch: ImportBatch) -> Plan:
    """What undoing would touch."""
    columns = (ImportRow.object_id, ImportRow.object_version, ImportRow.membership_id, ImportRow.outcome, ImportRow.label)
    query = select(*columns).where(ImportRow.batch_id == batch.id, ImportRow.object_id.is_not(None))
    found = Plan()
    for row in db.session.execute(query.where(ImportRow.outcome.in_((RowOutcome.CREATE, RowOutcome.UPDATE)))):
        (found.made if row.outcome is RowOutcome.CREATE else found.arrived).append(row.object_id)
        found.versions[row.object_id], found.labels[row.object_id] = row.object_version, row.label
        if row.membership_id is not None:
            found.memberships.append(row.membership_id)
    return found


def consequences(batch: ImportBatch) -> list[tuple[str, int]]:
    """What undoing takes back, in words and numbers."""
    found = plan(batch)
    return [
        (_("Registrations that go"), len(found.made)),
        (_("People that go"), len(found.memberships)),
        (_("Arrivals that go"), len(found.arrived)),
    ]


def undo(batch: ImportBatch, event: Event, *, at: datetime) -> dict[str, int]:
    """Takes the import back in the caller's transaction; whoever waits for the places moves up. Returns what went.

    Raises InTheWayError with names if a registration was changed since, or something hangs on what goes.
    """
    places.lock([event.pool_id])
    found = plan(batch)
    refuse_changed(Registration, found.versions, found.labels)
    refuse_hanging(Registration, set(found.made), but=("registration",))
    _refuse_guests(found.made)
    people = [
        id_
        for part in slices(found.memberships)
        for id_ in db.session.scalars(select(Membership.person_id).where(Membership.id.in_(part)))
    ]
    people += _without_address(found.made)
    store.check_in(dict.fromkeys(found.arrived))
    pools = _remove(found.made)
    refuse_hanging(Membership, set(found.memberships))
    for part in slices(found.memberships):
        db.session.execute(delete(Membership).where(Membership.id.in_(part)).execution_options(synchronize_session=False))
    refuse_hanging(Person, set(people))
    for part in slices(people):
        db.session.execute(delete(Person).where(Person.id.in_(part)).execution_options(synchronize_session=False))
    db.session.expire_all()
    places.recount(pools)
    confirm_moved(places.promote(pools), at=at)
    return {"registrations": len(found.made), "people": len(people), "put_back": len(found.arrived)}


def _refuse_guests(made: list[int]) -> None:
    """Raises InTheWayError if somebody who stays comes along with somebody who goes."""
    there, guests = set(made), dict[int, str]()
    for part in slices(made):
        query = select(Registration.id, Registration.name).where(Registration.guest_of_id.in_(part))
        guests.update({row.id: row.name for row in db.session.execute(query) if row.id not in there})
    if guests:
        found = sorted(guests.items())
        message = ngettext(
            "%(names)s comes along with a person of this import by now. Nothing was undone.",
            "%(names)s come along with people of this import by now. Nothing was undone.",
            len(found),
            names=first_of([name for _id, name in found]),
        )
        raise InTheWayError(message, Registration.__tablename__, found)


def _without_address(made: list[int]) -> list[int]:
    """People who came along with somebody in this import alone: without an address they are nobody's else."""
    addressed = select(PersonEmail.person_id).where(PersonEmail.person_id == Registration.person_id).exists()
    found: set[int] = set()
    for part in slices(made):
        query = select(Registration.person_id).where(Registration.id.in_(part), Registration.guest_of_id.is_not(None), ~addressed)
        found |= set(db.session.scalars(query))
    return sorted(found)


def _remove(registration_ids: list[int]) -> set[int]:
    """Deletes registrations with their bookings; returns the pools that these held or would have held."""
    for part in slices(registration_ids):
        alone = update(Registration).where(Registration.id.in_(part), Registration.guest_of_id.is_not(None))
        db.session.execute(alone.values(guest_of_id=None).execution_options(synchronize_session=False))
    pools: set[int] = set()
    counted: Counter[tallies.Key] = Counter()
    for part in slices(registration_ids):
        columns = (Registration.booking_id, Registration.event_id, Registration.organisation_id, Registration.mode)
        rows = db.session.execute(select(*columns, Registration.status).where(Registration.id.in_(part))).all()
        counted.update((row[1], row[2], row[3], row[4]) for row in rows)
        bookings = [row[0] for row in rows]
        pools |= set(db.session.scalars(select(BookingPool.pool_id).where(BookingPool.booking_id.in_(bookings))))
        options = {"synchronize_session": False}
        db.session.execute(delete(Registration).where(Registration.id.in_(part)).execution_options(**options))
        db.session.execute(delete(Booking).where(Booking.id.in_(bookings)).execution_options(**options))
    tallies.count(Counter({key: -people for key, people in counted.items()}))
    return pools
