"""Numbers over several features, for the organizer's pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, ScalarSelect, case, false, func, literal, or_, select
from sqlalchemy.orm import joinedload

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.events.models import NO_TIER, Event, EventKind, EventStatus
from eventapp.partners.models import IN_PROGRAMME, Country, Organisation, Tier
from eventapp.places.models import Booking
from eventapp.registrations import tallies
from eventapp.registrations.blocks.queries import unnamed_in
from eventapp.registrations.filters import day_start, limits
from eventapp.registrations.models import ENDED, Registration, RegistrationStatus, Tally

ACTIVE = RegistrationStatus.CONFIRMED


@dataclass(frozen=True)
class EventNumbers:
    """The dashboard of an event. Bars hold (key, label, people, companies).

    `edited` are approved registrations to look at again, `unnamed` places of blocks that nobody is named for, `waits`
    people by the limit that they wait for, as the list's filter calls it.
    """

    confirmed: int
    companies: int
    waiting: int
    cancelled: int
    checked_in: int
    checked_in_companies: int
    new_today: int
    pending: int
    edited: int
    unnamed: int
    waits: dict[str, int]
    by_tier: list[tuple[str, str, int, int]]
    by_country: list[tuple[str, str, int, int]]
    by_mode: dict[str, int]


def event_numbers(event: Event, now: datetime) -> EventNumbers:
    """All numbers of an event's dashboard, in a constant number of queries."""
    by_status: dict[str, tuple[int, int]] = {
        status.value: (int(people), int(companies))
        for status, people, companies in db.session.execute(
            select(Tally.status, func.sum(Tally.people), tallies.companies(Tally.organisation_id))
            .where(Tally.event_id == event.id, Tally.people > 0)
            .group_by(Tally.status)
        )
    }
    confirmed, companies = by_status.get("confirmed", (0, 0))
    limit = case(*((condition, name) for name, condition in limits(event).items()))
    waiting = (
        select(limit.label("limit"))
        .join(Registration, Registration.booking_id == Booking.id)
        .where(Registration.event_id == event.id, Registration.status == RegistrationStatus.WAITING)
        .subquery()
    )
    waits: dict[str, int] = dict(db.session.execute(select(waiting.c.limit, func.count()).group_by(waiting.c.limit)).all())
    new_today, checked_in, checked_in_companies, edited, unnamed = _counts(event, now)
    return EventNumbers(
        confirmed=confirmed,
        companies=companies,
        waiting=by_status.get("waiting", (0, 0))[0],
        cancelled=by_status.get("cancelled", (0, 0))[0],
        checked_in=checked_in,
        checked_in_companies=checked_in_companies,
        new_today=new_today,
        pending=by_status.get("pending", (0, 0))[0],
        edited=edited,
        unnamed=unnamed,
        waits=waits,
        by_tier=_by_tier(event),
        by_country=_by_country(event),
        by_mode=_by_mode(event),
    )


def _counts(event: Event, now: datetime) -> tuple[int, ...]:
    new_today = (
        select(func.count())
        .where(
            Registration.event_id == event.id,
            Registration.registered_at >= day_start(event, now),
            Registration.status.not_in(ENDED),
        )
        .scalar_subquery()
    )
    here = (Registration.event_id == event.id, Registration.checked_in_at.is_not(None))
    checked_in = select(func.count()).where(*here).scalar_subquery()
    companies = select(tallies.companies(Registration.organisation_id)).where(*here).scalar_subquery()
    edited = select(func.count()).where(Registration.event_id == event.id, Registration.review_at.is_not(None))
    row = db.session.execute(
        select(new_today, checked_in, companies, edited.scalar_subquery() if event.reapproval else literal(0), unnamed_in(event))
    ).one()
    return tuple(int(number) for number in row)


def _by_tier(event: Event) -> list[tuple[str, str, int, int]]:
    found = {
        row[0]: (int(row[1]), int(row[2]))
        for row in db.session.execute(
            select(func.coalesce(Organisation.tier_key, NO_TIER), func.sum(Tally.people), tallies.companies(Organisation.id))
            .join(Organisation, Organisation.id == Tally.organisation_id)
            .where(Tally.event_id == event.id, Tally.people > 0, Tally.status == ACTIVE)
            .group_by(Organisation.tier_key)
        )
    }
    tiers = [(t.key, t.label) for t in db.session.scalars(select(Tier).order_by(Tier.position.desc()))]
    return [(key, label, *found.get(key, (0, 0))) for key, label in [*tiers, (NO_TIER, "")]]


def _by_country(event: Event) -> list[tuple[str, str, int, int]]:
    people = func.sum(Tally.people)
    rows = db.session.execute(
        select(Country.code, Country.name, people, tallies.companies(Organisation.id))
        .select_from(Tally)
        .join(Organisation, Organisation.id == Tally.organisation_id)
        .join(Country, Country.code == Organisation.country_code)
        .where(Tally.event_id == event.id, Tally.people > 0, Tally.status == ACTIVE, IN_PROGRAMME)
        .group_by(Country.code, Country.name)
        .order_by(people.desc(), Country.name)
        .limit(12)
    )
    return [(row[0], row[1], int(row[2]), int(row[3])) for row in rows]


def _by_mode(event: Event) -> dict[str, int]:
    rows = db.session.execute(
        select(Tally.mode, func.sum(Tally.people))
        .where(Tally.event_id == event.id, Tally.status == ACTIVE, Tally.people > 0)
        .group_by(Tally.mode)
    )
    return {row[0].value: int(row[1]) for row in rows}


def events_with_numbers(viewer: Viewer, staffed: frozenset[int] = frozenset()) -> Sequence[Row[Event, int, int]]:
    """The events that the viewer may read (`staffed`: those helped with), with confirmed and waiting people.

    Soonest first; cancelled ones last.
    """
    confirmed = _people(RegistrationStatus.CONFIRMED)
    waiting = _people(RegistrationStatus.WAITING)
    query = (
        select(Event, func.coalesce(confirmed, 0), func.coalesce(waiting, 0))
        .options(joinedload(Event.pool), joinedload(Event.in_person_pool), joinedload(Event.virtual_pool))
        .where(Event.kind == EventKind.EVENT)
        .order_by((Event.status == EventStatus.CANCELLED), Event.starts_at.desc(), Event.id)
        .limit(200)
    )
    if not viewer.reads_all:
        readable = Event.status != EventStatus.DRAFT if viewer.reads_companies else false()
        query = query.where(or_(readable, Event.id.in_(staffed)))
    return db.session.execute(query).all()


def _people(status: RegistrationStatus) -> ScalarSelect[int]:
    return (
        select(func.sum(Tally.people))
        .where(Tally.event_id == Event.id, Tally.status == status)
        .correlate(Event)
        .scalar_subquery()
    )
