"""A company's registrations over all events: the list and its export, of the same rows.

People stand here under the name that the company knows them by (`Registration.name`), and an address is shown of its own
people only: whoever was registered by a typed address may be anybody.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from werkzeug.datastructures import MultiDict

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.exports import ExportColumn
from eventapp.core.i18n import _
from eventapp.core.portions import rows_of
from eventapp.core.tables import Column, Filter, Listing, Table
from eventapp.core.text import words
from eventapp.events.models import AdmissionKind, Event, Fairness
from eventapp.partners.company.queries import OURS, found_by, read_id
from eventapp.partners.models import CALLED_ADDRESS, Membership, MembershipState, Person, PersonEmail
from eventapp.places.models import Booking
from eventapp.registrations.models import STATUS_LABELS, Registration, RegistrationStatus, Source

# More events than one would look through in a filter; older ones are found by the search for people.
MOST_EVENTS = 60
MOST_DIGITS = 10

WAITS_FOR = case(
    (Booking.waiting_for_id.is_(None), ""),
    (Booking.waiting_for_id == Event.pool_id, "event"),
    (Booking.waiting_for_id == Event.gate_pool_id, case((Event.fairness == Fairness.DRAW, "draw"), else_="round")),
    (Booking.waiting_for_id.in_(select(AdmissionKind.pool_id)), "kind"),
    (or_(Booking.waiting_for_id == Event.in_person_pool_id, Booking.waiting_for_id == Event.virtual_pool_id), "mode"),
    (Registration.source == Source.BLOCK, "block"),
    else_="company",
)
COLUMNS = (
    (ExportColumn("event"), Event.title),
    (ExportColumn("event_starts_at", "moment"), Event.starts_at),
    (ExportColumn("name"), Registration.name),
    (ExportColumn("email"), CALLED_ADDRESS),
    (ExportColumn("status"), Registration.status),
    (ExportColumn("waits_for"), WAITS_FOR),
    (ExportColumn("mode"), Registration.mode),
    (ExportColumn("source"), Registration.source),
    (ExportColumn("registered_at", "moment"), Registration.registered_at),
    (ExportColumn("cancelled_at", "moment"), Registration.cancelled_at),
)


def page(viewer: Viewer, path: str, args: MultiDict[str, str], now: datetime) -> Listing:
    """A page of the list, with registrations and events counted."""
    query = _of_company(
        viewer,
        select(
            Registration.id,
            Registration.booking_id,
            Registration.name,
            Registration.status,
            Registration.mode,
            Registration.registered_at,
            CALLED_ADDRESS.label("address"),
            Event.slug,
            Event.title,
            Event.starts_at,
            Event.ends_at,
            Event.time_zone,
            Event.status.label("event_status"),
            WAITS_FOR.label("waits_for"),
        ),
    )
    return table(viewer, path, args, now).page(query, args, lambda found: _totals(viewer, found))


def table(viewer: Viewer, path: str, args: MultiDict[str, str], now: datetime) -> Table:
    """What the list can do."""
    company_id = read_id(viewer)
    when = [("upcoming", _("Upcoming"), None), ("past", _("Past"), None)]
    filters = [
        Filter(
            "status", _("Status"), [(s.value, str(STATUS_LABELS[s]), None) for s in RegistrationStatus], Registration.status.in_
        ),
        Filter("when", _("When"), when, lambda values: _when(values, now)),
        Filter("event", _("Event"), _events(company_id), lambda values: Registration.event_id.in_([int(v) for v in values])),
    ]
    person = _person(company_id, args.get("person", ""))
    if person is not None:
        name, person_id = person
        filters.append(
            Filter("person", _("Person"), [(args["person"], name, None)], lambda _v: Registration.person_id == person_id)
        )
    return Table(
        path=path,
        columns=[
            Column("name", _("Name"), func.lower(Registration.name)),
            Column("event", _("Event"), Event.starts_at),
            Column("status", _("Status")),
            Column("registered", _("Registered (UTC)"), Registration.registered_at),
            Column("act", ""),
        ],
        key=Registration.id,
        default="-event",
        filters=filters,
        search=lambda text: _search(company_id, text),
        search_label=_("Name of a person"),
    )


def _of_company(viewer: Viewer, query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    company_id = read_id(viewer)
    member = and_(
        Membership.person_id == Registration.person_id,
        Membership.organisation_id == company_id,
        Membership.state == MembershipState.ACTIVE,
    )
    return (
        query.select_from(Registration)
        .join(Event, Event.id == Registration.event_id)
        .join(Booking, Booking.id == Registration.booking_id)
        .outerjoin(Membership, member)
        .outerjoin(PersonEmail, and_(PersonEmail.person_id == Membership.person_id, PersonEmail.is_primary))
        .where(Registration.organisation_id == company_id)
    )


def _when(values: list[str], now: datetime) -> ColumnElement[bool]:
    return or_(*(Event.ends_at > now if value == "upcoming" else Event.ends_at <= now for value in values))


def _events(company_id: int) -> list[tuple[str, str, int | None]]:
    """The events at which the company has registrations, the latest first."""
    query = (
        select(Event.id, Event.title)
        .where(Event.id.in_(select(Registration.event_id).where(Registration.organisation_id == company_id)))
        .order_by(Event.starts_at.desc(), Event.id)
        .limit(MOST_EVENTS)
    )
    return [(str(row.id), row.title, None) for row in db.session.execute(query)]


def _person(company_id: int, membership_id: str) -> tuple[str, int] | None:
    """Name and id of somebody who belongs or belonged to the company."""
    if not (membership_id.isascii() and membership_id.isdigit() and len(membership_id) < MOST_DIGITS):
        return None
    query = (
        select(Membership, Person)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.id == int(membership_id), Membership.organisation_id == company_id, Membership.state.in_(OURS))
    )
    found = db.session.execute(query).one_or_none()
    return (found[0].name_of(found[1]), found[1].id) if found is not None else None


def _search(company_id: int, text: str) -> ColumnElement[bool] | None:
    """By the name that the company knows; the word index only finds its own people, or a stranger's name could be guessed."""
    asked = sorted(words(text))
    if not asked:
        return None
    pieces = [piece.lower() for piece in text.split()]
    by_name = and_(*(func.lower(Registration.name).contains(piece, autoescape=True) for piece in pieces))
    ours = select(Membership.person_id).where(
        Membership.organisation_id == company_id, Membership.state == MembershipState.ACTIVE
    )
    found = found_by(company_id, text)
    if found is None:
        return by_name
    return or_(by_name, Registration.person_id.in_(select(Person.id).where(Person.id.in_(ours), found)))


def _totals(viewer: Viewer, conditions: list[ColumnElement[bool]]) -> list[tuple[int, str]]:
    query = _of_company(viewer, select(func.count(), func.count(func.distinct(Registration.event_id)))).where(*conditions)
    registrations, events = db.session.execute(query).one()
    return [
        (registrations, _("registration") if registrations == 1 else _("registrations")),
        (events, _("event") if events == 1 else _("events")),
    ]


def columns() -> list[ExportColumn]:
    """The columns of the export, in order."""
    return [column for column, _source in COLUMNS]


def rows(viewer: Viewer, conditions: Sequence[ColumnElement[bool]]) -> Iterator[Sequence[Any]]:
    """The registrations behind the list, the oldest first, some at a time: memory does not grow with them."""
    query = _of_company(viewer, select(*(source for _column, source in COLUMNS))).where(*conditions)
    return rows_of(query, Registration.registered_at, Registration.id)
