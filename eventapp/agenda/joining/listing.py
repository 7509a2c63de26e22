"""What organizers see: which session has which link and how many arrived, and who did."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from werkzeug.datastructures import MultiDict

from eventapp.agenda.joining.models import Arrival
from eventapp.agenda.models import AgendaSession, Room, SessionSlot, SessionStatus, SessionType
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.core.exports import ExportColumn
from eventapp.core.i18n import _
from eventapp.core.links import is_https
from eventapp.core.portions import rows_of
from eventapp.core.tables import Column, Filter, Listing, Table
from eventapp.events.models import MODE_LABELS, Event, EventFormat, Mode
from eventapp.partners.models import Organisation
from eventapp.partners.queries import company_matches, person_matches
from eventapp.registrations.models import SHOWN_COMPANY, Registration


class Line(NamedTuple):
    """A session (or, without an id, the event) with its link: where the link is from, and how many people arrived."""

    session_id: int | None
    title: str
    starts_at: datetime | None
    source: str
    works: bool
    arrived: int


def lines(event: Event) -> list[Line]:
    """The event as a whole, and every session of its draft that may be followed on video, by time."""
    arrived = select(Arrival.session_id, func.count()).join(Registration, Registration.id == Arrival.registration_id)
    counts = dict(db.session.execute(arrived.where(Registration.event_id == event.id).group_by(Arrival.session_id)).all())
    first = Line(
        None, event.title, event.starts_at, "event" if event.join_url else "", is_https(event.join_url), counts.get(None, 0)
    )
    made = [first]
    for row in db.session.execute(_sessions(event)):
        found = ((row.join_url, "session"), (row.room_url or "", "room"), (event.join_url, "event"))
        url, source = next(((url, source) for url, source in found if url), ("", ""))
        made.append(Line(row.id, row.title, row.starts_at, source, is_https(url), counts.get(row.id, 0)))
    return made


def _sessions(event: Event) -> Select[*tuple[Any, ...]]:
    """Each session once, with the time of its first part and the address of a room of it."""
    return (
        select(
            AgendaSession.id,
            AgendaSession.title,
            AgendaSession.join_url,
            func.min(SessionSlot.starts_at).label("starts_at"),
            func.max(Room.join_url).label("room_url"),
        )
        .join(SessionType, and_(SessionType.id == AgendaSession.type_id, SessionType.is_break == false()))
        .join(SessionSlot, SessionSlot.session_id == AgendaSession.id)
        .outerjoin(Room, Room.id == SessionSlot.room_id)
        .where(
            AgendaSession.event_id == event.id,
            AgendaSession.status != SessionStatus.CANCELLED,
            or_(AgendaSession.delivery.is_(None), AgendaSession.delivery != EventFormat.IN_PERSON),
        )
        .group_by(AgendaSession.id, AgendaSession.title, AgendaSession.join_url)
        .order_by(func.min(SessionSlot.starts_at).is_(None), func.min(SessionSlot.starts_at), AgendaSession.title)
    )


def session_title(event: Event, session_id: int | None) -> str:
    """What the arrivals are at: a session of the event, or the event. Raises NotFoundError."""
    if session_id is None:
        return event.title
    query = select(AgendaSession.title).where(AgendaSession.id == session_id, AgendaSession.event_id == event.id)
    found = db.session.scalar(query)
    if found is None:
        raise NotFoundError(session_id)
    return found


def page(event: Event, session_id: int | None, path: str, args: "MultiDict[str, str]") -> Listing:
    """A page of those who arrived."""
    return table(path).page(rows(event, session_id), args, lambda conditions: _totals(event, session_id, conditions))


def rows(event: Event, session_id: int | None) -> Select[*tuple[Any, ...]]:
    """The columns of a line of the list."""
    columns = (
        *(Arrival.id, Arrival.first_at, Arrival.last_at, Arrival.clicks),
        *(Registration.name, Registration.mode, SHOWN_COMPANY.label("company"), Registration.id.label("registration_id")),
    )
    return _of(select(*columns), event, session_id)


def _of(query: Select[*tuple[Any, ...]], event: Event, session_id: int | None) -> Select[*tuple[Any, ...]]:
    return (
        query.select_from(Arrival)
        .join(Registration, Registration.id == Arrival.registration_id)
        .join(Organisation, Organisation.id == Registration.organisation_id)
        .where(Registration.event_id == event.id, Arrival.session_id.is_not_distinct_from(session_id))
    )


def table(path: str) -> Table:
    """What the list can do."""
    modes = [(mode.value, str(MODE_LABELS[mode]), None) for mode in Mode]
    return Table(
        path=path,
        columns=[
            Column("name", _("Name"), func.lower(Registration.name)),
            Column("company", _("Company"), func.lower(SHOWN_COMPANY)),
            Column("mode", _("Takes part")),
            Column("first", _("Arrived"), Arrival.first_at),
            Column("last", _("Last click"), Arrival.last_at),
            Column("clicks", _("Clicks"), Arrival.clicks, numeric=True),
        ],
        key=Arrival.id,
        default="first",
        filters=[Filter("mode", _("Takes part"), modes, Registration.mode.in_)],
        search=_search,
        search_label=_("Name or company"),
    )


def _search(text: str) -> ColumnElement[bool] | None:
    found = (company_matches(Registration.organisation_id, text), person_matches(Registration.person_id, text))
    conditions = [condition for condition in found if condition is not None]
    return or_(*conditions) if conditions else None


def _totals(event: Event, session_id: int | None, conditions: list[ColumnElement[bool]]) -> list[tuple[int, str]]:
    counted = select(func.count(), func.count(func.distinct(Registration.organisation_id)))
    people, companies = db.session.execute(_of(counted, event, session_id).where(*conditions)).one()
    return [
        (people, _("person") if people == 1 else _("people")),
        (companies, _("company") if companies == 1 else _("companies")),
    ]


# Header, kind, column. The headers are stable: people's spreadsheets and scripts rely on them.
COLUMNS: tuple[tuple[ExportColumn, Any], ...] = (
    (ExportColumn("code"), Registration.code),
    (ExportColumn("name"), Registration.name),
    (ExportColumn("company"), SHOWN_COMPANY),
    (ExportColumn("programme_id"), Organisation.programme_id),
    (ExportColumn("mode", show=lambda mode: str(mode.value)), Registration.mode),
    (ExportColumn("status", show=lambda status: str(status.value)), Registration.status),
    (ExportColumn("session_code"), func.coalesce(AgendaSession.code, "")),
    (ExportColumn("session"), func.coalesce(AgendaSession.title, "")),
    (ExportColumn("first_at", "moment"), Arrival.first_at),
    (ExportColumn("last_at", "moment"), Arrival.last_at),
    (ExportColumn("clicks", "number"), Arrival.clicks),
)


def columns() -> list[ExportColumn]:
    """The columns of the export, in order."""
    return [column for column, _source in COLUMNS]


def exported(event: Event, conditions: Sequence[ColumnElement[bool]]) -> Iterator[Sequence[Any]]:
    """Arrivals of an event, the oldest first, some at a time: memory does not grow with them."""
    query = (
        select(*(source for _column, source in COLUMNS))
        .select_from(Arrival)
        .join(Registration, Registration.id == Arrival.registration_id)
        .join(Organisation, Organisation.id == Registration.organisation_id)
        .outerjoin(AgendaSession, AgendaSession.id == Arrival.session_id)
        .where(Registration.event_id == event.id, *conditions)
    )
    return rows_of(query, Arrival.id)
