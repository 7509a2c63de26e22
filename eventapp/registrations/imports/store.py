"""Registrations out of a file, read and written in bulk. What is written is what registering one by one would leave."""

import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import aliased

from eventapp.core.among import among
from eventapp.core.db import db, table
from eventapp.core.text import fold
from eventapp.events.models import Event, EventKind, Mode
from eventapp.events.service import company_pool
from eventapp.partners.imports.bulk import insert_rows, insert_with_ids
from eventapp.partners.models import Alias, EmailDomain, FreeMailDomain, Organisation, Person, PersonEmail
from eventapp.places.models import Booking, BookingPool, BookingState
from eventapp.registrations import hooks, tallies
from eventapp.registrations.imports.matching import Company, Directory
from eventapp.registrations.models import ENDED, Registration, RegistrationStatus, Source
from eventapp.registrations.rules import new_code, new_token

COLUMNS = (
    *("event_id", "organisation_id", "person_id", "booking_id", "name", "mode", "status", "code", "token", "uid", "sequence"),
    *("kind_id", "missing_answers", "was_pending", "badge_name", "note", "source", "registered_at", "registered_by"),
    *("registered_by_id", "cancelled_at", "cancel_reason", "checked_in_at", "guest_of_id", "version"),
)


@dataclass(frozen=True)
class Stored:
    """A registration of the event as it stands in the database."""

    id: int
    person_id: int
    organisation_id: int
    status: RegistrationStatus
    registered_at: datetime
    checked_in_at: datetime | None
    version: int

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.status in ENDED


STORED = (
    Registration.id,
    Registration.person_id,
    Registration.organisation_id,
    Registration.status,
    Registration.registered_at,
    Registration.checked_in_at,
    Registration.version,
)


@dataclass(frozen=True)
class Coded:
    """A registration of the event that a row names by its code, with the names and addresses of whoever it is for."""

    stored: Stored
    names: frozenset[str]
    addresses: frozenset[str]

    def means(self, address: str, name: str) -> bool:
        """Whether a row with this address and folded name can be about it; one that has neither says nothing else."""
        return address in self.addresses or name in self.names or not (address or name)


@dataclass
class Seat:
    """A registration to be written."""

    company_id: int
    person_id: int
    name: str
    mode: Mode
    status: RegistrationStatus
    pools: tuple[int, ...]
    registered_at: datetime
    checked_in_at: datetime | None = None
    cancelled_at: datetime | None = None
    kind_id: int | None = None
    badge_name: str = ""
    note: str = ""
    guest_of: int | None = None


def directory() -> Directory:
    """All companies, to be found by name."""
    query = select(
        Organisation.id,
        Organisation.merged_into_id,
        Organisation.name,
        Organisation.legal_name,
        Organisation.programme_id,
        Organisation.country_code,
    )
    aliases: dict[int, list[str]] = {}
    for organisation_id, name in db.session.execute(select(Alias.organisation_id, Alias.name)):
        aliases.setdefault(organisation_id, []).append(name)
    return Directory(
        Company(
            row.id,
            row.merged_into_id or row.id,
            row.name,
            row.programme_id or "",
            row.country_code,
            (*([row.legal_name] if row.legal_name else []), *aliases.get(row.id, ())),
        )
        for row in db.session.execute(query)
    )


def domain_owners(domain: str) -> list[int]:
    """The companies that mail addresses of this domain belong to; none for a mail provider's."""
    if db.session.get(FreeMailDomain, domain) is not None:
        return []
    return list(db.session.scalars(select(EmailDomain.organisation_id).where(EmailDomain.domain == domain)))


def registrations_of(event_id: int, person_ids: Collection[int]) -> dict[int, list[Stored]]:
    """The registrations of these people for the event, by person, those that are not over first."""
    query = select(*STORED).where(Registration.event_id == event_id, among(Registration.person_id, person_ids))
    found: dict[int, list[Stored]] = {}
    for row in db.session.execute(query.order_by(Registration.id)):
        found.setdefault(row.person_id, []).append(Stored(*row))
    return {person: sorted(rows, key=lambda one: one.ended) for person, rows in found.items()}


def by_code(event_id: int, codes: Collection[str]) -> dict[str, Coded]:
    """The registrations of the event that these codes name."""
    columns = (*STORED, Registration.code, Registration.name, Person.given_name, Person.family_name)
    query = select(*columns).join(Person, Person.id == Registration.person_id)
    rows: Sequence[Any] = db.session.execute(
        query.where(Registration.event_id == event_id, among(Registration.code, codes))
    ).all()
    addresses: dict[int, set[str]] = {}
    people = select(PersonEmail.person_id, PersonEmail.address).where(
        among(PersonEmail.person_id, [row.person_id for row in rows])
    )
    for person_id, address in db.session.execute(people):
        addresses.setdefault(person_id, set()).add(address)
    return {
        row.code: Coded(
            Stored(*row[: len(STORED)]),
            frozenset(fold(name) for name in (row.name, f"{row.given_name} {row.family_name}".strip())),
            frozenset(addresses.get(row.person_id, ())),
        )
        for row in rows
    }


def guests_of(host_ids: Collection[int]) -> dict[tuple[int | None, str], list[Stored]]:
    """Who comes along with these registrations, by the host's id and their own folded name."""
    query = select(*STORED, Registration.guest_of_id, Registration.name).where(among(Registration.guest_of_id, host_ids))
    found: dict[tuple[int | None, str], list[Stored]] = {}
    rows: Sequence[Any] = db.session.execute(query.order_by(Registration.id)).all() if host_ids else ()
    for row in rows:
        found.setdefault((row.guest_of_id, fold(row.name)), []).append(Stored(*row[: len(STORED)]))
    return found


def moved_on(person_ids: Collection[int]) -> set[int]:
    """Which of these people probably stand in the list once more, under another address: same name and phone."""
    one, other = aliased(Person), aliased(Person)
    same = (other.sort_key == one.sort_key) & (other.phone == one.phone) & (other.id != one.id)
    names = (other.given_name == one.given_name) & (other.family_name == one.family_name) & other.merged_into_id.is_(None)
    query = select(one.id).join(other, same & names).where(among(one.id, person_ids), one.phone != "")
    return set(db.session.scalars(query))


def company_pools(event: Event, company_ids: Iterable[int]) -> dict[int, int]:
    """The pool of each company for the event, made where it is missing. The caller holds the lock of the event's pool."""
    companies = db.session.scalars(select(Organisation).where(among(Organisation.id, company_ids)).order_by(Organisation.id))
    return {company.id: company_pool(event, company)[0] for company in companies}


def add(event: Event, seats: Sequence[Seat], *, by: str, by_id: int | None) -> list[int]:
    """Writes registrations with their bookings; returns their ids in order. The counters of the pools are left to
    `places.recount`, which the caller asks for when all are written."""
    bookings = [
        (1, BookingState.RELEASED if seat.status in ENDED else BookingState.HELD, seat.registered_at, seat.company_id)
        for seat in seats
    ]
    booking_ids = insert_with_ids(Booking, ("size", "state", "queued_at", "party"), bookings)
    needed = [(id_, pool) for id_, seat in zip(booking_ids, seats, strict=True) for pool in seat.pools]
    insert_rows(BookingPool, ("booking_id", "pool_id"), needed)
    rows = [_row(event, seat, booking, by, by_id) for seat, booking in zip(seats, booking_ids, strict=True)]
    ids = insert_with_ids(Registration, COLUMNS, rows)
    tallies.count(Counter((event.id, seat.company_id, seat.mode, seat.status) for seat in seats))
    if event.kind is EventKind.RUN:
        # Only there somebody follows what they become, so that importing into any other event loads none of them.
        hooks.counted(db.session.scalars(select(Registration).where(among(Registration.id, ids)).order_by(Registration.id)).all())
    return ids


def _row(event: Event, seat: Seat, booking_id: int, by: str, by_id: int | None) -> tuple[object, ...]:
    over = seat.status in ENDED
    return (
        *(event.id, seat.company_id, seat.person_id, booking_id, seat.name, seat.mode, seat.status),
        *(new_code(), new_token(), str(uuid.uuid4()), 1 if over else 0, seat.kind_id, 0, False, seat.badge_name, seat.note),
        *(Source.IMPORT, seat.registered_at, by, by_id, (seat.cancelled_at or seat.registered_at) if over else None),
        *("", seat.checked_in_at, seat.guest_of, 1),
    )


def check_in(arrived: dict[int, datetime | None]) -> None:
    """Notes when people came; their registrations' versions go up by one."""
    rows = table(Registration)
    for registration_id, at in sorted(arrived.items()):
        statement = update(rows).where(rows.c.id == registration_id)
        db.session.execute(statement.values(checked_in_at=at, version=rows.c.version + 1))
