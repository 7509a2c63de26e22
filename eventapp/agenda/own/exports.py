"""The export of places in sessions: one row for each registration and session."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import String, and_, func, select, type_coerce

from eventapp.agenda.models import AgendaSession, SessionSignUp, SessionSlot, Track
from eventapp.core.exports import ExportColumn
from eventapp.core.portions import rows_of
from eventapp.events.models import Event
from eventapp.partners.models import Organisation, Person, PersonEmail
from eventapp.registrations.models import SHOWN_COMPANY, SHOWN_COUNTRY, Registration

_START = select(func.min(SessionSlot.starts_at)).where(SessionSlot.session_id == AgendaSession.id).scalar_subquery()
COLUMNS: tuple[tuple[ExportColumn, Any], ...] = (
    (ExportColumn("code"), Registration.code),
    (ExportColumn("given_name"), Person.given_name),
    (ExportColumn("family_name"), Person.family_name),
    (ExportColumn("email"), func.coalesce(PersonEmail.address, "")),
    (ExportColumn("company"), SHOWN_COMPANY),
    (ExportColumn("programme_id"), func.coalesce(Organisation.programme_id, "")),
    (ExportColumn("country"), SHOWN_COUNTRY),
    (ExportColumn("mode"), type_coerce(Registration.mode, String())),
    (ExportColumn("session_code"), AgendaSession.code),
    (ExportColumn("session"), AgendaSession.title),
    (ExportColumn("track"), func.coalesce(Track.name, "")),
    (ExportColumn("starts_at", "moment"), _START),
    (ExportColumn("session_status"), type_coerce(SessionSignUp.status, String())),
    (ExportColumn("signed_up_at", "moment"), SessionSignUp.signed_up_at),
    (ExportColumn("signed_up_by"), SessionSignUp.signed_up_by),
    (ExportColumn("cancelled_at", "moment"), SessionSignUp.cancelled_at),
)


def columns() -> list[ExportColumn]:
    """The columns, in order."""
    return [column for column, _source in COLUMNS]


def rows(event: Event, session_id: int | None = None) -> Iterator[Sequence[Any]]:
    """The sign-ups of an event, or of one session, in the order they came; those given back among them."""
    query = (
        select(*(source for _column, source in COLUMNS))
        .select_from(SessionSignUp)
        .join(Registration, Registration.id == SessionSignUp.registration_id)
        .join(AgendaSession, AgendaSession.id == SessionSignUp.session_id)
        .join(Person, Person.id == Registration.person_id)
        .join(Organisation, Organisation.id == Registration.organisation_id)
        .outerjoin(PersonEmail, and_(PersonEmail.person_id == Person.id, PersonEmail.is_primary))
        .outerjoin(Track, Track.id == AgendaSession.track_id)
        .where(Registration.event_id == event.id)
    )
    if session_id is not None:
        query = query.where(SessionSignUp.session_id == session_id)
    return rows_of(query, SessionSignUp.id)
