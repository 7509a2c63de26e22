"""What a company's first page shows, in a constant number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, func, or_, select, true
from sqlalchemy.orm import joinedload

from eventapp.accounts.permissions import Viewer
from eventapp.community.meetings.queries import waiting_count
from eventapp.core.db import db
from eventapp.events.models import NO_TIER, CompanyQuota, Event, EventKind, EventStatus, TierQuota
from eventapp.partners.company.queries import read_id
from eventapp.partners.models import Organisation, Person
from eventapp.places.models import Booking, Pool
from eventapp.plans.signing.waiting import to_sign
from eventapp.registrations.company.listing import WAITS_FOR
from eventapp.registrations.models import ENDED, Registration, RegistrationStatus

MOST_EVENTS = 30


@dataclass(frozen=True)
class EventToAttend:
    """An event with the company's places there: how many are `taken` of how many are `allowed` (none: no limit)."""

    event: Event
    allowed: int | None
    taken: int

    @property
    def free(self) -> int | None:
        """Places left; none for no limit."""
        return None if self.allowed is None else max(0, self.allowed - self.taken)


def events_to_attend(viewer: Viewer, company: Organisation, now: datetime) -> list[EventToAttend]:
    """Events that are published and not over and where the company has places or people, the soonest first."""
    quota = and_(CompanyQuota.event_id == Event.id, CompanyQuota.organisation_id == viewer.acting_for)
    of_tier = and_(TierQuota.event_id == Event.id, TierQuota.tier == (company.tier_key or NO_TIER))
    own = select(Registration.id).where(
        Registration.event_id == Event.id,
        Registration.organisation_id == viewer.acting_for,
        Registration.status.not_in(ENDED),
    )
    query = (
        select(Event, CompanyQuota.pool_id, Pool.capacity, Pool.taken, TierQuota.places)
        .options(joinedload(Event.pool))
        .outerjoin(CompanyQuota, quota)
        .outerjoin(Pool, Pool.id == CompanyQuota.pool_id)
        .outerjoin(TierQuota, of_tier)
        .where(
            Event.ends_at > now,
            Event.status.in_([EventStatus.PUBLISHED, EventStatus.CLOSED]),
            # Runs of courses stand in the catalogue; here those that people of the company are in.
            or_(Event.kind == EventKind.EVENT, own.exists()),
            or_(
                own.exists(),
                and_(CompanyQuota.pool_id.is_not(None), or_(Pool.capacity.is_(None), Pool.capacity > 0)),
                and_(CompanyQuota.pool_id.is_(None), or_(TierQuota.places.is_(None), TierQuota.places > 0)),
            ),
        )
        .order_by(Event.starts_at, Event.id)
        .limit(MOST_EVENTS)
    )
    return [
        EventToAttend(event, capacity if pool_id else places, taken or 0)
        for event, pool_id, capacity, taken, places in db.session.execute(query)
    ]


def waiting_by_event(viewer: Viewer, now: datetime) -> dict[int, list[tuple[str, int]]]:
    """How many of the company's people wait for what, by event that is not over: a reason, and a number."""
    query = (
        select(Event.id, WAITS_FOR, func.count())
        .select_from(Registration)
        .join(Event, Event.id == Registration.event_id)
        .join(Booking, Booking.id == Registration.booking_id)
        .where(
            Registration.organisation_id == read_id(viewer),
            Registration.status == RegistrationStatus.WAITING,
            Event.ends_at > now,
        )
        .group_by(Event.id, WAITS_FOR)
        .order_by(Event.id, WAITS_FOR)
    )
    found: dict[int, list[tuple[str, int]]] = {}
    for event_id, reason, people in db.session.execute(query):
        found.setdefault(event_id, []).append((reason, int(people)))
    return found


class WaitsForReader(NamedTuple):
    """What waits for the reader alone: how many meetings for an answer, and which versions of plans for a signature."""

    meetings: int
    to_sign: list[Any]


def waits_for_reader(viewer: Viewer, now: datetime) -> WaitsForReader:
    """Both, in one query: there is one row at least, and one for each version."""
    versions = to_sign(viewer, now).subquery("to_sign")
    one = select(waiting_count(viewer).scalar_subquery().label("meetings")).subquery("counted")
    rows = db.session.execute(select(one.c.meetings, *versions.c).select_from(one.outerjoin(versions, true()))).all()
    found = [row for row in rows if row.version_id is not None]
    return WaitsForReader(rows[0].meetings, sorted(found, key=lambda row: (row.due_at, row.code)))


def own_registrations(viewer: Viewer, now: datetime) -> Sequence[Any]:
    """The viewer's own registrations by the company acted for, for events that are not over."""
    if viewer.user is None:
        return []
    query = (
        select(
            Registration.token,
            Registration.status,
            Registration.mode,
            Event.title,
            Event.starts_at,
            Event.ends_at,
            Event.time_zone,
        )
        .join(Event, Event.id == Registration.event_id)
        .join(Person, Person.id == Registration.person_id)
        .where(
            Person.user_id == viewer.user.id,
            Registration.organisation_id == viewer.acting_for,
            Registration.status.not_in(ENDED),
            Event.ends_at > now,
        )
        .order_by(Event.starts_at, Registration.id)
        .limit(MOST_EVENTS)
    )
    return db.session.execute(query).all()
