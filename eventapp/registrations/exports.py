"""The attendee export: one row for each registration, columns in the database's order, streamed."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, select

from eventapp.core.db import db, reading, rollback
from eventapp.core.exports import ExportColumn
from eventapp.events.models import Event
from eventapp.partners.models import Country, Organisation, Person, PersonEmail
from eventapp.places.models import Booking
from eventapp.registrations.models import Registration

CHUNK = 1000


def _value(member: Any) -> str:
    return str(member.value)


# Header, kind, column. The headers are stable: people's spreadsheets and scripts rely on them.
COLUMNS: tuple[tuple[ExportColumn, Any], ...] = (
    (ExportColumn("code"), Registration.code),
    (ExportColumn("status"), Registration.status),
    (ExportColumn("mode"), Registration.mode),
    (ExportColumn("given_name"), Person.given_name),
    (ExportColumn("family_name"), Person.family_name),
    (ExportColumn("badge_name"), Registration.badge_name),
    (ExportColumn("email"), PersonEmail.address),
    (ExportColumn("phone"), Person.phone),
    (ExportColumn("company"), Organisation.name),
    (ExportColumn("programme_id"), Organisation.programme_id),
    (ExportColumn("type"), Organisation.primary_type),
    (ExportColumn("tier"), Organisation.tier_key),
    (ExportColumn("country"), Organisation.country_code),
    (ExportColumn("sub_region"), Country.sub_region_key),
    (ExportColumn("registered_at", "moment"), Registration.registered_at),
    (ExportColumn("registered_by"), Registration.registered_by),
    (ExportColumn("source"), Registration.source),
    (ExportColumn("checked_in_at", "moment"), Registration.checked_in_at),
    (ExportColumn("cancelled_at", "moment"), Registration.cancelled_at),
    (ExportColumn("note"), Registration.note),
)


def columns() -> list[ExportColumn]:
    """The columns of the export, in order."""
    return [column for column, _source in COLUMNS]


def rows(event: Event, conditions: Sequence[ColumnElement[bool]] = ()) -> Iterator[Sequence[Any]]:
    """The registrations of an event, oldest first, a thousand at a time by key: memory does not grow with them.

    Each chunk is a query of its own, so a slow download holds no transaction open.
    """
    query = (
        select(Registration.id, *(source for _column, source in COLUMNS))
        .join(Person, Person.id == Registration.person_id)
        .join(PersonEmail, and_(PersonEmail.person_id == Person.id, PersonEmail.is_primary))
        .join(Organisation, Organisation.id == Registration.organisation_id)
        .join(Country, Country.code == Organisation.country_code)
        .join(Booking, Booking.id == Registration.booking_id)
        .where(Registration.event_id == event.id, *conditions)
        .order_by(Registration.id)
        .limit(CHUNK)
    )
    last = 0
    while True:
        with reading():
            rollback()
            chunk = db.session.execute(query.where(Registration.id > last)).all()
            rollback()
        for row in chunk:
            yield row[1:]
        if len(chunk) < CHUNK:
            return
        last = chunk[-1][0]
