"""Reading one's own agenda."""

from collections.abc import Collection, Sequence

from sqlalchemy import String, func, literal, select, type_coerce, union_all
from sqlalchemy.orm import joinedload

from eventapp.accounts.permissions import Viewer
from eventapp.agenda.models import AgendaSession, SessionSignUp, SessionStar, SignUpStatus
from eventapp.agenda.own import audience
from eventapp.agenda.own.mine import NOBODYS, Mine
from eventapp.agenda.public.queries import Release
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.events.models import Event, Mode
from eventapp.partners.models import Person
from eventapp.places.models import Pool
from eventapp.registrations.models import ENDED, Registration, RegistrationStatus
from eventapp.registrations.queries import LOADED

# All that others load with a registration: reading it anew must not take away what they have of it.
WITH_PERSON = joinedload(SessionSignUp.registration).options(
    joinedload(Registration.event),
    joinedload(Registration.person),
    joinedload(Registration.organisation),
    joinedload(Registration.booking),
    joinedload(Registration.kind),
)
WITH_SESSION = (joinedload(SessionSignUp.session), joinedload(SessionSignUp.booking))


def registration_of(viewer: Viewer, event: Event) -> Registration | None:
    """The viewer's own registration for the event that has not ended, a confirmed one first; none without."""
    if viewer.user is None:
        return None
    query = (
        select(Registration)
        .options(*LOADED)
        .join(Person, Person.id == Registration.person_id)
        .where(Person.user_id == viewer.user.id, Registration.event_id == event.id, Registration.status.not_in(ENDED))
        .order_by((Registration.status == RegistrationStatus.CONFIRMED).desc(), Registration.id)
        .limit(1)
    )
    return db.session.scalar(query)


def of_viewer(viewer: Viewer, event: Event, release: Release) -> Mine:
    """What the visitor of a public page has to do with the event's agenda."""
    registration = registration_of(viewer, event)
    return of_registration(registration, release) if registration is not None else NOBODYS


def of_registration(registration: Registration, release: Release) -> Mine:
    """What somebody registered has to do with the agenda. Two queries, and three more where sessions ask who they are."""
    asked = audience.doors(release.id)
    closed = audience.closed_to(registration, asked)
    stars, sign_ups = _own(registration.id)
    confirmed = registration.status is RegistrationStatus.CONFIRMED
    return Mine(
        token=registration.token,
        registration_id=registration.id,
        confirmed=confirmed,
        virtual=registration.mode is Mode.VIRTUAL,
        stars=stars,
        sign_ups=sign_ups,
        # Only who has a place: the secret link outlives it.
        sees=frozenset(door.session_id for door in asked if not door.listed) - closed if confirmed else frozenset(),
        may=frozenset(door.session_id for door in asked if door.signs_up) - closed,
    )


def _own(registration_id: int) -> tuple[frozenset[int], dict[int, SignUpStatus]]:
    """Stars, and sign-ups that were not given back."""
    star = select(SessionStar.session_id, literal("star")).where(SessionStar.registration_id == registration_id)
    place = select(SessionSignUp.session_id, type_coerce(SessionSignUp.status, String())).where(
        SessionSignUp.registration_id == registration_id, SessionSignUp.status != SignUpStatus.CANCELLED
    )
    rows = db.session.execute(union_all(star, place)).all()
    stars = frozenset(session_id for session_id, what in rows if what == "star")
    return stars, {session_id: SignUpStatus(what) for session_id, what in rows if what != "star"}


def session_by_code(event_id: int, code: str) -> AgendaSession:
    """The session of that code, as it is in the draft. Raises NotFoundError."""
    query = select(AgendaSession).options(joinedload(AgendaSession.track)).where(AgendaSession.event_id == event_id)
    found = db.session.scalar(query.where(AgendaSession.code == code))
    if found is None:
        raise NotFoundError(code)
    return found


def of_registrations(registration_ids: Collection[int]) -> Sequence[SessionSignUp]:
    """The places and turns of these registrations that were not given back."""
    return _with_everything(
        SessionSignUp.registration_id.in_(list(registration_ids)), SessionSignUp.status != SignUpStatus.CANCELLED
    )


def of_sessions(session_ids: Collection[int]) -> Sequence[SessionSignUp]:
    """The places and turns in these sessions that were not given back."""
    return _with_everything(SessionSignUp.session_id.in_(list(session_ids)), SessionSignUp.status != SignUpStatus.CANCELLED)


def of_bookings(booking_ids: Collection[int]) -> Sequence[SessionSignUp]:
    """The sign-ups whose places these bookings are."""
    return _with_everything(SessionSignUp.booking_id.in_(list(booking_ids)))


def _with_everything(*conditions: object) -> Sequence[SessionSignUp]:
    query = select(SessionSignUp).options(*WITH_SESSION, WITH_PERSON).where(*conditions)  # type: ignore[arg-type]
    return db.session.scalars(query.order_by(SessionSignUp.id).execution_options(populate_existing=True)).all()


def given_back(registration_id: int) -> dict[int, int]:
    """The highest number of changes of entries that somebody has given back, by session."""
    query = select(SessionSignUp.session_id, SessionSignUp.sequence).where(
        SessionSignUp.registration_id == registration_id, SessionSignUp.status == SignUpStatus.CANCELLED
    )
    found: dict[int, int] = {}
    for session_id, sequence in db.session.execute(query):
        found[session_id] = max(sequence, found.get(session_id, 0))
    return found


def places_left(session_ids: Collection[int]) -> dict[int, int | None]:
    """How many places sessions have left, never below zero; none: no limit."""
    query = (
        select(AgendaSession.id, Pool.capacity, Pool.taken)
        .join(Pool, Pool.id == AgendaSession.pool_id)
        .where(AgendaSession.id.in_(list(session_ids)))
    )
    rows = db.session.execute(query)
    return {session_id: None if capacity is None else max(0, capacity - taken) for session_id, capacity, taken in rows}


def changes_of_mind(registration_id: int, session_id: int) -> int:
    """How often somebody has given back a place in that session."""
    query = select(func.count()).where(
        SessionSignUp.registration_id == registration_id,
        SessionSignUp.session_id == session_id,
        SessionSignUp.status == SignUpStatus.CANCELLED,
    )
    return db.session.scalar(query) or 0
