"""What people agreed to and told us; needs for whoever may see them. The first argument of what a page shows is the viewer."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from eventapp.accounts.models import Grant, Role, User
from eventapp.accounts.permissions import ORGANIZERS, Viewer
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.core.wall import whole
from eventapp.events.models import Event, EventFormat, EventStatus, Mode
from eventapp.partners.models import Organisation, Person, PersonEmail
from eventapp.privacy.models import Consent, ConsentKind, Needs, Objection, Purge, Retention
from eventapp.privacy.rules import KEPT
from eventapp.registrations import queries as registrations
from eventapp.registrations.models import ENDED, Registration, RegistrationStatus


def person_of_user(user_id: int) -> Person | None:
    """The person behind a login, if any."""
    return db.session.scalar(select(Person).where(Person.user_id == user_id, Person.erased_at.is_(None)))


def person(viewer: Viewer, person_id: int) -> Person:
    """A person, for organizers. Raises NotFoundError, also for one who was merged into another."""
    found = db.session.get(Person, person_id) if viewer.is_organizer else None
    if found is None or found.merged_into_id is not None:
        raise NotFoundError(person_id)
    return found


def consents(person_id: int, kinds: Iterable[ConsentKind], event_id: int | None = None) -> dict[ConsentKind, Consent]:
    """The consents in force: general ones, or those for one event."""
    query = select(Consent).where(
        Consent.person_id == person_id,
        Consent.kind.in_(list(kinds)),
        Consent.event_id.is_(None) if event_id is None else Consent.event_id == event_id,
        Consent.withdrawn_at.is_(None),
    )
    return {consent.kind: consent for consent in db.session.scalars(query)}


def needs_of(registration: Registration) -> Needs | None:
    """What the person of the registration needs, if told."""
    return db.session.get(Needs, registration.id)


def objection(person_id: int) -> Objection | None:
    """The objection in force."""
    return db.session.scalar(select(Objection).where(Objection.person_id == person_id, Objection.withdrawn_at.is_(None)))


def objectors(person_ids: Iterable[int]) -> set[int]:
    """Which of these people do not want to be registered by others."""
    query = select(Objection.person_id).where(Objection.person_id.in_(list(person_ids)), Objection.withdrawn_at.is_(None))
    with whole():
        return set(db.session.scalars(query))


def coming(person_id: int, now: datetime) -> Sequence[Registration]:
    """The person's own registrations for events that are not over, with their events, the next one first."""
    query = (
        select(Registration)
        .options(*registrations.LOADED)
        .join(Event, Event.id == Registration.event_id)
        .where(Registration.person_id == person_id, Registration.status.not_in(ENDED), Event.ends_at > now)
        .order_by(Event.starts_at, Registration.id)
    )
    return db.session.scalars(query).all()


def organizers(now: datetime) -> list[User]:
    """The logins that organize all events at this moment."""
    query = (
        select(User)
        .join(Grant, Grant.user_id == User.id)
        .where(User.active, Grant.role.in_(ORGANIZERS), (Grant.ends_at.is_(None)) | (Grant.ends_at > now))
        .distinct()
        .order_by(User.id)
    )
    return list(db.session.scalars(query))


@dataclass(frozen=True)
class NeedsCounts:
    """Needs of an event in numbers: people in person, how many answered, and how often each answer was given."""

    expected: int
    answered: int
    diets: Counter[str]
    allergens: Counter[str]
    severe: int
    access: int


def _active(event: Event) -> tuple[Any, ...]:
    return (
        Registration.event_id == event.id,
        Registration.status == RegistrationStatus.CONFIRMED,
        Registration.mode == Mode.IN_PERSON,
    )


def _require_catering(viewer: Viewer) -> None:
    """Needs are for the catering role alone: organizers do not see them unless it is granted to them."""
    if Role.CATERING not in viewer.roles:
        raise NotFoundError


def needs_counts(viewer: Viewer, event: Event) -> NeedsCounts:
    """Needs of the confirmed people in numbers. Raises NotFoundError for whoever is not in catering."""
    _require_catering(viewer)
    expected = db.session.scalar(select(func.count()).select_from(Registration).where(*_active(event))) or 0
    query = select(Needs.diet, Needs.allergens, Needs.severe_allergy, Needs.access)
    rows = db.session.execute(query.join(Registration, Registration.id == Needs.registration_id).where(*_active(event))).all()
    return NeedsCounts(
        expected,
        len(rows),
        Counter(value for row in rows for value in row.diet),
        Counter(value for row in rows for value in row.allergens),
        sum(row.severe_allergy for row in rows),
        sum(bool(row.access) for row in rows),
    )


def named_needs(viewer: Viewer, event: Event) -> Sequence[Any]:
    """Severe allergies and access needs by name: nobody else is named. Raises NotFoundError as `needs_counts` does."""
    _require_catering(viewer)
    query = (
        select(
            Registration.id,
            Registration.name,
            Organisation.name.label("company"),
            Needs.diet,
            Needs.diet_other,
            Needs.allergens,
            Needs.severe_allergy,
            Needs.access,
        )
        .join(Registration, Registration.id == Needs.registration_id)
        .join(Organisation, Organisation.id == Registration.organisation_id)
        .join(Person, Person.id == Registration.person_id)
        .where(*_active(event), Needs.severe_allergy | (Needs.access != ""))
        .order_by(Person.sort_key, Registration.id)
    )
    return db.session.execute(query).all()


def with_access_needs(viewer: Viewer, event: Event) -> set[int]:
    """The registrations whose people have access needs, without what these are. Raises NotFoundError as `needs_counts` does."""
    _require_catering(viewer)
    query = select(Needs.registration_id).join(Registration, Registration.id == Needs.registration_id)
    return set(db.session.scalars(query.where(*_active(event), Needs.access != "")))


def catered_events(viewer: Viewer, now: datetime) -> Sequence[Any]:
    """Events with people in person that are not long over: slug, title, start, zone, how many told their needs."""
    _require_catering(viewer)
    answered = (
        select(func.count())
        .select_from(Needs)
        .join(Registration, Registration.id == Needs.registration_id)
        .where(Registration.event_id == Event.id, Registration.status == RegistrationStatus.CONFIRMED)
        .scalar_subquery()
    )
    query = (
        select(Event.slug, Event.title, Event.starts_at, Event.time_zone, answered.label("answered"))
        .where(
            Event.format != EventFormat.VIRTUAL,
            Event.status.in_((EventStatus.PUBLISHED, EventStatus.CLOSED)),
            Event.ends_at > now,
        )
        .order_by(Event.starts_at, Event.id)
    )
    return db.session.execute(query).all()


def days() -> dict[str, int]:
    """How many days each kind of data is kept."""
    changed = dict(db.session.execute(select(Retention.kind, Retention.days)).all())
    return {kept.kind: changed.get(kept.kind, kept.days) for kept in KEPT}


def last_purges(limit: int = 60) -> Sequence[Purge]:
    """What was purged last, the newest first."""
    return db.session.scalars(select(Purge).order_by(Purge.id.desc()).limit(limit)).all()


def address_of(person_id: int) -> str:
    """The primary address of a person; empty if there is none."""
    query = select(PersonEmail.address).where(PersonEmail.person_id == person_id, PersonEmail.is_primary)
    return db.session.scalar(query) or ""
