"""Reading what a move needs: sessions and rooms, questions, earlier moves, and whom to telephone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from eventapp.accounts.permissions import Viewer
from eventapp.agenda.models import AgendaSession, Room, SessionSlot, SessionStatus
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.events.models import Event, EventStatus
from eventapp.lifecycle.converting.models import Conversion, ConversionKind
from eventapp.mail.models import MailState, OutboxMail
from eventapp.partners.models import Organisation, Person, PersonEmail
from eventapp.privacy.models import Needs
from eventapp.questions import queries as questions
from eventapp.questions.rules.asked import Asked
from eventapp.registrations.models import ENDED, SHOWN_COMPANY, Registration, RegistrationStatus


class Session(NamedTuple):
    """A session of the draft as the wizard shows it: its first part says where and when."""

    id: int
    title: str
    link: str
    room_id: int | None
    room: str | None
    starts_at: datetime | None


def sessions(event: Event) -> list[Session]:
    """The sessions that are not cancelled, in the order in which they take place; those without a time last."""
    first = select(func.min(SessionSlot.id)).where(SessionSlot.session_id == AgendaSession.id).correlate(AgendaSession)
    query = (
        select(AgendaSession.id, AgendaSession.title, AgendaSession.join_url, Room.id, Room.name, SessionSlot.starts_at)
        .outerjoin(SessionSlot, SessionSlot.id == first.scalar_subquery())
        .outerjoin(Room, Room.id == SessionSlot.room_id)
        .where(AgendaSession.event_id == event.id, AgendaSession.status != SessionStatus.CANCELLED)
        .order_by(SessionSlot.starts_at.is_(None), SessionSlot.starts_at, AgendaSession.id)
    )
    return [Session(*row) for row in db.session.execute(query)]


def rooms(event: Event) -> Sequence[Room]:
    """The rooms of the event that are in use."""
    query = select(Room).where(Room.event_id == event.id, ~Room.archived).order_by(Room.position, Room.id)
    return db.session.scalars(query).all()


def asked(event: Event, *, archived: bool = False) -> list[Asked]:
    """The questions of the event's form that ask something."""
    found = questions.questions_in(questions.form_of(event.id, archived=archived)) if event.has_form or archived else []
    return [question for question in found if not question.silent]


def conversions(event: Event) -> Sequence[Conversion]:
    """The moves of an event, the latest first."""
    return db.session.scalars(select(Conversion).where(Conversion.event_id == event.id).order_by(Conversion.id.desc())).all()


def conversion(_viewer: Viewer, event: Event, conversion_id: int) -> Conversion:
    """A move of that event. Raises NotFoundError."""
    query = select(Conversion).where(Conversion.id == conversion_id, Conversion.event_id == event.id)
    found = db.session.scalar(query)
    if found is None:
        raise NotFoundError(conversion_id)
    return found


def last_to_video(event: Event) -> Conversion | None:
    """The move that brought the event on video, if it still stands."""
    query = select(Conversion).where(
        Conversion.event_id == event.id, Conversion.kind == ConversionKind.VIRTUAL, Conversion.undone_at.is_(None)
    )
    return db.session.scalar(query.order_by(Conversion.id.desc()).limit(1))


def by_status(event: Event) -> dict[RegistrationStatus, int]:
    """How many registrations stand where."""
    query = select(Registration.status, func.count()).where(Registration.event_id == event.id).group_by(Registration.status)
    return {status: number for status, number in db.session.execute(query)}  # noqa: C416 - rows are no pairs to the type checker


def people_with_needs(event: Event) -> int:
    """How many people have told what they need in a room."""
    query = select(func.count()).select_from(Needs).join(Registration, Registration.id == Needs.registration_id)
    return db.session.scalar(query.where(Registration.event_id == event.id)) or 0


class ToCall(NamedTuple):
    """Somebody whom no mail reaches. `address` is empty or the one that refused our last mail."""

    registration_id: int
    name: str
    company: str
    phone: str
    address: str
    status: RegistrationStatus
    registered_by: str
    error: str


def to_call(event: Event) -> Select[Any]:
    """Who is registered and hears nothing of us: no address, nor anybody who brings them, or the last mail to it failed.

    Of a cancelled event those whose place went with it.
    """
    host, host_address, own = aliased(Registration), aliased(PersonEmail), aliased(PersonEmail)
    brought = exists().where(
        host.id == Registration.guest_of_id, host_address.person_id == host.person_id, host_address.is_primary
    )
    latest = (
        select(func.max(OutboxMail.id))
        .where(OutboxMail.to_address == own.address, OutboxMail.about == f"event:{event.id}")
        .correlate(own)
        .scalar_subquery()
    )
    return (
        select(
            Registration.id,
            Registration.name,
            SHOWN_COMPANY,
            Person.phone,
            func.coalesce(own.address, ""),
            Registration.status,
            Registration.registered_by,
            func.coalesce(OutboxMail.error, ""),
        )
        .join(Person, Person.id == Registration.person_id)
        .join(Organisation, Organisation.id == Registration.organisation_id)
        .outerjoin(own, and_(own.person_id == Person.id, own.is_primary))
        .outerjoin(OutboxMail, OutboxMail.id == latest)
        .where(
            Registration.event_id == event.id,
            _concerned(event),
            or_(and_(own.address.is_(None), ~brought), OutboxMail.state == MailState.FAILED),
        )
        .order_by(Registration.name, Registration.id)
    )


def _concerned(event: Event) -> ColumnElement[bool]:
    if event.status is not EventStatus.CANCELLED:
        return Registration.status.not_in(ENDED)
    other = aliased(Registration)
    moment = select(func.max(other.cancelled_at)).where(other.event_id == event.id).scalar_subquery()
    return Registration.cancelled_at == moment


def calls(event: Event) -> list[ToCall]:
    """The phone list."""
    return [ToCall(*row) for row in db.session.execute(to_call(event))]


def without_address(event: Event) -> int:
    """How many people of the event are on the phone list already now."""
    return db.session.scalar(select(func.count()).select_from(to_call(event).order_by(None).subquery())) or 0
