"""Keeping the tallies: people by company, mode and status, one statement for each change."""

from collections import Counter
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Insert, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from eventapp.core.db import db, table, write
from eventapp.events.models import Mode
from eventapp.partners.models import IS_UNCONFIRMED, Organisation, OrganisationKind
from eventapp.registrations import hooks
from eventapp.registrations.models import Registration, RegistrationStatus, Tally

Key = tuple[int, int, Mode, RegistrationStatus]


def key_of(registration: Registration) -> Key:
    """Where a registration is counted now."""
    return registration.event_id, registration.organisation_id, registration.mode, registration.status


def count(changes: Counter[Key]) -> None:
    """Adds `changes` (key → people, negative to take away) to the tallies, in key order."""
    for key, people in sorted(changes.items()):
        if people > 0:
            write(_adding(db.engine.dialect.name), {**dict(zip(KEY, key, strict=True)), "people": people})
        elif people < 0:
            here = [column == value for column, value in zip(COLUMNS, key, strict=True)]
            db.session.execute(update(Tally).where(*here).values(people=Tally.people + people))


KEY = ["event_id", "organisation_id", "mode", "status"]
COLUMNS = (Tally.event_id, Tally.organisation_id, Tally.mode, Tally.status)


@cache
def _adding(dialect: str) -> Insert:
    make: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    row = make(table(Tally))
    statement: Insert = row.on_conflict_do_update(
        index_elements=KEY, set_={"people": table(Tally).c.people + row.excluded.people}
    )
    return statement


def moved(registrations: list[Registration], before: list[Key]) -> None:
    """Counts registrations from where they were to where they are."""
    changes: Counter[Key] = Counter()
    for registration, old in zip(registrations, before, strict=True):
        changes[old] -= 1
        changes[key_of(registration)] += 1
    count(changes)
    hooks.counted(registrations)


def added(registrations: list[Registration]) -> None:
    """Counts registrations that were just made."""
    count(Counter(key_of(registration) for registration in registrations))
    hooks.counted(registrations)


def miscounted() -> list[tuple[Key, int, int]]:
    """Recounts all tallies against the registrations: (key, people in the tally, people counted) where they differ."""
    columns = (Registration.event_id, Registration.organisation_id, Registration.mode, Registration.status)
    counted = {(r[0], r[1], r[2], r[3]): r[4] for r in db.session.execute(select(*columns, func.count()).group_by(*columns))}
    kept = {
        (r[0], r[1], r[2], r[3]): r[4]
        for r in db.session.execute(select(Tally.event_id, Tally.organisation_id, Tally.mode, Tally.status, Tally.people))
    }
    return [
        (key, kept.get(key, 0), counted.get(key, 0))
        for key in counted.keys() | kept.keys()
        if kept.get(key, 0) != counted.get(key, 0)
    ]


def rebuild(organisation_ids: list[int]) -> None:
    """Counts the people of these companies anew, for all events."""
    _rebuild(Tally.organisation_id.in_(organisation_ids), Registration.organisation_id.in_(organisation_ids))


def rebuild_event(event_id: int) -> None:
    """Counts everybody of an event anew."""
    _rebuild(Tally.event_id == event_id, Registration.event_id == event_id)


def _rebuild(kept: ColumnElement[bool], counted: ColumnElement[bool]) -> None:
    columns = (Registration.event_id, Registration.organisation_id, Registration.mode, Registration.status)
    db.session.execute(delete(Tally).where(kept), execution_options={"synchronize_session": False})
    people = select(*columns, func.count()).where(counted).group_by(*columns)
    db.session.execute(insert(Tally).from_select([*KEY, "people"], people))


def companies(column: Any) -> ColumnElement[int]:
    """How many companies stand in a column of ids. People whose company nobody has confirmed, and guests, are not one."""
    aside = (IS_UNCONFIRMED, Organisation.kind == OrganisationKind.VENDOR)
    for row in aside:
        column = func.nullif(column, select(Organisation.id).where(row).correlate(None).scalar_subquery())
    return func.count(func.distinct(column))
