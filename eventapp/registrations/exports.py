"""The attendee export: one row for each registration, columns in the database's order, streamed."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Enum, Select, String, and_, func, literal, select, type_coerce

from eventapp.core.db import UtcDateTime, utc_text
from eventapp.core.exports import ExportColumn
from eventapp.core.portions import rows_of
from eventapp.events.models import AdmissionKind, Event
from eventapp.partners.models import Country, Organisation, Person, PersonEmail
from eventapp.places.models import Booking
from eventapp.registrations import queries
from eventapp.registrations.blocks import queries as blocks
from eventapp.registrations.desk import queries as desk
from eventapp.registrations.models import SHOWN_COMPANY, SHOWN_COUNTRY, Registration


def _value(member: Any) -> str:
    return str(member.value)


# An event without tags, seat blocks or people who come along spares each row the question.
TAGS, BLOCK, HOST, NOTHING = desk.words(), blocks.holder_of_claim(), queries.host_name(), literal("", String())

# Header, kind, column. The headers are stable: people's spreadsheets and scripts rely on them.
COLUMNS: tuple[tuple[ExportColumn, Any], ...] = (
    (ExportColumn("code"), Registration.code),
    (ExportColumn("status"), Registration.status),
    (ExportColumn("mode"), Registration.mode),
    (ExportColumn("kind"), func.coalesce(AdmissionKind.name, "")),
    (ExportColumn("given_name"), Person.given_name),
    (ExportColumn("family_name"), Person.family_name),
    (ExportColumn("badge_name"), Registration.badge_name),
    (ExportColumn("email"), func.coalesce(PersonEmail.address, "")),
    (ExportColumn("phone"), Person.phone),
    (ExportColumn("company"), SHOWN_COMPANY),
    (ExportColumn("programme_id"), Organisation.programme_id),
    (ExportColumn("type"), Organisation.primary_type),
    (ExportColumn("tier"), Organisation.tier_key),
    (ExportColumn("country"), SHOWN_COUNTRY),
    (ExportColumn("sub_region"), Country.sub_region_key),
    (ExportColumn("registered_at", "moment"), Registration.registered_at),
    (ExportColumn("registered_by"), Registration.registered_by),
    (ExportColumn("source"), Registration.source),
    (ExportColumn("checked_in_at", "moment"), Registration.checked_in_at),
    (ExportColumn("cancelled_at", "moment"), Registration.cancelled_at),
    (ExportColumn("note"), Registration.note),
    (ExportColumn("tags"), TAGS),
    (ExportColumn("block"), BLOCK),
    (ExportColumn("comes_with"), HOST),
)


SOURCES = {column.header: source for column, source in COLUMNS}

# What a column of the list shows in one cell is several here; any other has the name that it has there.
TOGETHER = {"name": ("given_name", "family_name", "email"), "company": ("company", "tier", "country")}


def _chosen(shown: Collection[str] | None) -> Sequence[tuple[ExportColumn, Any]]:
    """The columns of the export that show what these columns of the list do; all of them for none."""
    if shown is None:
        return COLUMNS
    headers = {header for key in shown for header in TOGETHER.get(key, (key,))}
    return [one for one in COLUMNS if one[0].header in headers]


def columns(shown: Collection[str] | None = None) -> list[ExportColumn]:
    """The columns of the export, in order; with `shown` only those that show what these columns of the list do."""
    return [column for column, _source in _chosen(shown)]


def statement(
    event: Event, conditions: Sequence[ColumnElement[bool]] = (), shown: Collection[str] | None = None
) -> Select[tuple[Any, ...]]:
    """The registrations of an event, oldest first: `columns(shown)`, the id."""
    spared = {id(TAGS): not desk.has_tags(event), id(BLOCK): not blocks.has_blocks(event)}
    spared[id(HOST)] = not queries.has_guests(event)
    sources = {column.header: NOTHING if spared.get(id(source)) else _as_text(source) for column, source in _chosen(shown)}
    query = (
        select(*(source.label(header) for header, source in sources.items()), Registration.id)
        .select_from(Registration)
        .join(Person, Person.id == Registration.person_id)
        .outerjoin(PersonEmail, and_(PersonEmail.person_id == Person.id, PersonEmail.is_primary))
        .join(Organisation, Organisation.id == Registration.organisation_id)
        .where(Registration.event_id == event.id, *conditions)
        .order_by(Registration.registered_at, Registration.id)
    )
    if "sub_region" in sources:
        query = query.join(Country, Country.code == Organisation.country_code)
    if "kind" in sources:
        query = query.outerjoin(AdmissionKind, AdmissionKind.id == Registration.kind_id)
    if conditions:  # only they may ask for the booking
        query = query.join(Booking, Booking.id == Registration.booking_id)
    return query


def rows(
    event: Event, conditions: Sequence[ColumnElement[bool]] = (), shown: Collection[str] | None = None
) -> Iterator[Sequence[Any]]:
    """The registrations of an event, oldest first, some at a time: memory does not grow with them.

    Behind the columns, which are those of `columns(shown)`, each row has its id, which the writers leave out.
    """
    return rows_of(statement(event, conditions, shown))


def _as_text(column: Any) -> Any:
    """An enum as the text that it is kept as, a moment as text in UTC; anything else as it is."""
    if isinstance(column.type, UtcDateTime):
        return utc_text(column)
    return type_coerce(column, String()) if isinstance(column.type, Enum) else column
