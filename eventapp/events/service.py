"""Changing events. Everything happens in the caller's transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import delete, insert, select

from eventapp.audit.service import Actor, record
from eventapp.core.db import db, table, write
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _, _l
from eventapp.core.markdown import to_html
from eventapp.core.saving import CONSTRAINT_MESSAGES
from eventapp.events import hooks, parts, queries
from eventapp.events.models import TRANSITIONS, CompanyQuota, Event, EventFormat, EventSlug, EventStatus, TierQuota
from eventapp.events.rules import publish_blockers
from eventapp.partners.models import Organisation
from eventapp.places import service as places
from eventapp.places.models import Booking, Pool
from eventapp.places.queries import needed as places_needed

_TAKEN = _l("Another event has this address, or had it, and mails lead there. Choose another.")
for _constraint in ("uq_event_slug", "pk_event_slug", "event.slug", "event_slug.slug"):
    CONSTRAINT_MESSAGES[_constraint] = ("slug", _TAKEN)
_NEW_QUOTA = insert(table(CompanyQuota))


@dataclass(frozen=True)
class EventDetails:
    """What an organizer fills in. Times in UTC; `quotas` maps a tier (or `none`) to places, none for no limit."""

    title: str
    slug: str
    summary: str
    description: str
    format: EventFormat
    venue: str
    address: str
    city: str
    country_code: str | None
    join_url: str
    time_zone: str
    starts_at: datetime
    ends_at: datetime
    registration_opens_at: datetime | None
    registration_closes_at: datetime | None
    contact_email: str
    sender_name: str
    capacity: int | None = None
    capacity_in_person: int | None = None
    capacity_virtual: int | None = None
    quotas: dict[str, int | None] = field(default_factory=dict)


COLUMNS = (
    "title", "slug", "summary", "description", "format", "venue", "address", "city", "country_code", "join_url", "time_zone",
    "starts_at", "ends_at", "registration_opens_at", "registration_closes_at", "contact_email", "sender_name",
)  # fmt: skip


def create(details: EventDetails, *, by: Actor, now: datetime) -> Event:
    """A new event, as a draft. Raises RuleError if its address is taken."""
    _check_slug(details.slug, None)
    pools = [places.new_pool(capacity) for capacity in _capacities(details)]
    db.session.flush()
    event = Event(
        **{name: getattr(details, name) for name in COLUMNS},
        description_html=to_html(details.description),
        status=EventStatus.DRAFT,
        pool_id=pools[0].id,
        in_person_pool_id=pools[1].id,
        virtual_pool_id=pools[2].id,
        created_at=now,
        updated_at=now,
    )
    db.session.add(event)
    db.session.flush()
    db.session.add(EventSlug(slug=event.slug, event_id=event.id))
    _set_quotas(event, details.quotas)
    _record("events.create", event, by, now)
    return event


def change(event: Event, details: EventDetails, *, version: int, by: Actor, now: datetime) -> list[Booking]:
    """Changes an event and returns the bookings that moved up because there is more room.

    Once people could see it, a former address goes on leading to it. Raises StaleError if somebody else saved since
    `version`, RuleError if the new address is taken or registered people take part in a mode that would go.
    """
    if event.version != version:
        raise StaleError(_("Somebody else has changed this event since you opened it. Compare, then save again."))
    _check_slug(details.slug, event.id)
    places.lock([event.pool_id])
    parts.check_span(event, details.starts_at, details.ends_at)
    for pool_id, mode_format in ((event.in_person_pool_id, EventFormat.VIRTUAL), (event.virtual_pool_id, EventFormat.IN_PERSON)):
        if details.format is mode_format and (people := places_needed(pool_id)):
            raise RuleError(_("%(n)d people are registered in a mode that this format does not have.", n=people), "format", 409)
    changes = {n: [getattr(event, n), getattr(details, n)] for n in COLUMNS if getattr(event, n) != getattr(details, n)}
    for name in changes:
        setattr(event, name, getattr(details, name))
    if "slug" in changes:
        _move(event, changes["slug"][0])
    if "starts_at" in changes and event.status is not EventStatus.DRAFT:
        event.previous_starts_at = changes["starts_at"][0]
    event.description_html = to_html(details.description)
    event.updated_at = now
    db.session.flush()
    moved = _set_quotas(event, details.quotas)
    for pool_id, capacity in zip(
        (event.pool_id, event.in_person_pool_id, event.virtual_pool_id), _capacities(details), strict=True
    ):
        moved += places.set_capacity(pool_id, capacity)
    _record("events.change", event, by, now, changes)
    return moved


def change_status(event: Event, status: EventStatus, *, by: Actor, now: datetime) -> None:
    """Publishes, closes, reopens or cancels. Raises RuleError if that step does not exist or something is missing."""
    if status not in TRANSITIONS[event.status]:
        raise RuleError(_("This event cannot be changed that way any more. Reload the page."))
    if status is EventStatus.PUBLISHED:
        for blocker in publish_blockers(event, now):
            raise RuleError(blocker.message)
    before, event.status, event.updated_at = event.status, status, now
    _record(f"events.{status.value}", event, by, now, {"status": [before, status]})
    if status is EventStatus.PUBLISHED:
        hooks.published(event, by=by, at=now)


def company_pool(event: Event, organisation: Organisation) -> tuple[int, int | None]:
    """Id and capacity of the company's own pool, made if missing. The caller holds the lock of the event's pool."""
    found = queries.company_places(event, organisation)
    if found.pool_id is not None:
        return found.pool_id, found.capacity
    pool_id = places.insert_pool(found.capacity)
    write(_NEW_QUOTA, {"event_id": event.id, "organisation_id": found.holder_id, "pool_id": pool_id, "exception": False})
    return pool_id, found.capacity


def set_exception(
    event: Event, organisation: Organisation, capacity: int | None, reason: str, *, by: Actor, now: datetime
) -> list[Booking]:
    """Gives one company its own number of places (none: no limit). Returns the bookings that moved up."""
    places.lock([event.pool_id])
    pool_id, _capacity = company_pool(event, organisation)
    quota = db.session.get_one(CompanyQuota, (event.id, organisation.id))
    quota.exception, quota.reason = True, reason
    moved = places.set_capacity(pool_id, capacity)
    _record_quota(event, organisation, capacity, reason, by, now)
    return moved


def remove_exception(event: Event, organisation: Organisation, *, by: Actor, now: datetime) -> list[Booking]:
    """Puts a company back to the quota of its tier. Returns the bookings that moved up."""
    places.lock([event.pool_id])
    quota = db.session.get_one(CompanyQuota, (event.id, organisation.id))
    quota.exception, quota.reason = False, ""
    capacity = queries.places_by_rule(event.id, organisation)
    moved = places.set_capacity(quota.pool_id, capacity)
    _record_quota(event, organisation, capacity, "", by, now)
    return moved


def follow_tier(event: Event, organisation: Organisation, *, by: Actor, now: datetime) -> list[Booking]:
    """Gives a company the places of the tier that it has now, unless it has an exception. Returns who moved up."""
    places.lock([event.pool_id])
    quota = db.session.get_one(CompanyQuota, (event.id, organisation.id), populate_existing=True)
    capacity = queries.places_by_rule(event.id, organisation)
    pool = db.session.get_one(Pool, quota.pool_id, populate_existing=True)
    if quota.exception or pool.capacity == capacity:
        return []
    before = pool.capacity
    moved = places.set_capacity(quota.pool_id, capacity)
    _record_quota(event, organisation, [before, capacity], "", by, now)
    return moved


def _set_quotas(event: Event, quotas: dict[str, int | None]) -> list[Booking]:
    """Writes the quotas by tier and brings the companies' pools in line, exceptions excepted."""
    before = queries.tier_quotas(event.id)
    if before == quotas:
        return []
    db.session.execute(delete(TierQuota).where(TierQuota.event_id == event.id))
    db.session.add_all(TierQuota(event_id=event.id, tier=tier, places=n) for tier, n in quotas.items())
    db.session.flush()
    return follow_rules(event)


def follow_rules(event: Event) -> list[Booking]:
    """Brings the companies' pools in line with the quotas of countries and tiers. Returns the bookings that moved up."""
    moved: list[Booking] = []
    for pool in sorted(queries.astray_pools(datetime.min.replace(tzinfo=UTC), event_id=event.id), key=lambda p: p.pool_id):
        moved += places.set_capacity(pool.pool_id, pool.places)
    return moved


def _capacities(details: EventDetails) -> tuple[int | None, int | None, int | None]:
    """Capacities of the three pools: for everybody, or by mode when hybrid."""
    if details.format is EventFormat.HYBRID:
        return None, details.capacity_in_person, details.capacity_virtual
    return details.capacity, None, None


def _check_slug(slug: str, event_id: int | None) -> None:
    if queries.slug_taken(slug, event_id):
        raise RuleError(str(_TAKEN), "slug", 409)


def _move(event: Event, before: str) -> None:
    """Keeps the address that it had, unless nobody could know it: that of a draft is free again."""
    db.session.flush()
    held = {row.slug: row for row in db.session.scalars(select(EventSlug).where(EventSlug.event_id == event.id))}
    if event.slug not in held:
        db.session.add(EventSlug(slug=event.slug, event_id=event.id))
    if event.status is EventStatus.DRAFT and before in held:
        db.session.delete(held[before])
    elif event.status is not EventStatus.DRAFT and before not in held:
        db.session.add(EventSlug(slug=before, event_id=event.id))
    db.session.flush()


def _record(action: str, event: Event, by: Actor, now: datetime, changes: Mapping[str, object] | None = None) -> None:
    record(
        action,
        by=by,
        at=now,
        object_type="event",
        object_id=event.id,
        object_name=event.title,
        event_id=event.id,
        changes=dict(changes or {}),
    )


def _record_quota(event: Event, company: Organisation, capacity: object, reason: str, by: Actor, now: datetime) -> None:
    record(
        "events.quota",
        by=by,
        at=now,
        object_type="organisation",
        object_id=company.id,
        object_name=company.name,
        event_id=event.id,
        organisation_id=company.id,
        changes={"places": capacity, "reason": reason},
    )
