"""Reading events."""

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Row, Select, and_, bindparam, case, func, select, union_all
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db, table
from eventapp.core.errors import NotFoundError
from eventapp.core.wall import whole
from eventapp.events.models import (
    NO_TIER,
    CompanyQuota,
    CountryQuota,
    Event,
    EventKind,
    EventSlug,
    EventStaff,
    EventStatus,
    TierQuota,
)
from eventapp.events.rules import PublicState
from eventapp.partners.models import Country, Organisation, Tier
from eventapp.places.models import Pool

_ALL_EVENTS = select(Event).options(joinedload(Event.pool), joinedload(Event.in_person_pool), joinedload(Event.virtual_pool))
_NO_DRAFTS = _ALL_EVENTS.where(Event.status != EventStatus.DRAFT)
# Built once, since almost every page begins with it.
_BY_SLUG, _BY_SLUG_NO_DRAFTS = (query.where(Event.slug == bindparam("slug")) for query in (_ALL_EVENTS, _NO_DRAFTS))


def visible(viewer: Viewer) -> Select[Event]:
    """The events that the viewer may know of: organizers and auditors all, everybody else those published once."""
    return _ALL_EVENTS if viewer.reads_all else _NO_DRAFTS


def event_by_slug(viewer: Viewer, slug: str) -> Event:
    """The event at that address. Raises NotFoundError if there is none for this viewer."""
    event = db.session.scalar(_BY_SLUG if viewer.reads_all else _BY_SLUG_NO_DRAFTS, {"slug": slug})
    if event is None:
        raise NotFoundError(slug)
    return event


def staffed_by(user_id: int, now: datetime) -> frozenset[int]:
    """Ids of the events that the user helps with at this moment."""
    query = select(EventStaff.event_id).where(EventStaff.user_id == user_id, EventStaff.ends_at > now)
    return frozenset(db.session.scalars(query))


def event_to_read(viewer: Viewer, slug: str, staffed: frozenset[int]) -> Event:
    """The event whose numbers and registrations the viewer reads: of all for the vendor's readers and partner managers,
    else only of the `staffed` ones. Raises NotFoundError."""
    if viewer.reads_companies:
        return event_by_slug(viewer, slug)
    event = db.session.scalar(_BY_SLUG, {"slug": slug})
    if event is None or event.id not in staffed:
        raise NotFoundError(slug)
    return event


def event_at_door(viewer: Viewer, slug: str, staffed: frozenset[int]) -> Event:
    """The event at whose door the viewer lets people in: any for organizers, else one of the `staffed` ones.
    Raises NotFoundError."""
    event = db.session.scalar(_BY_SLUG, {"slug": slug})
    if event is None or not (viewer.is_organizer or event.id in staffed):
        raise NotFoundError(slug)
    return event


_EVENT = Event.__table__
_ALL, _IN_PERSON, _VIRTUAL = (Pool.__table__.alias(name) for name in ("all_places", "in_person", "virtual"))
# Columns of tables, not entities, and compiled once: this statement is most of what a visit to the public page costs.
_PUBLIC_STATE = (
    select(
        *(_EVENT.c[name] for name in PublicState._fields if name in _EVENT.c),
        *(column for pool in (_ALL, _IN_PERSON, _VIRTUAL) for column in (pool.c.capacity, pool.c.taken)),
    )
    .join(_ALL, _ALL.c.id == _EVENT.c.pool_id)
    .join(_IN_PERSON, _IN_PERSON.c.id == _EVENT.c.in_person_pool_id)
    .join(_VIRTUAL, _VIRTUAL.c.id == _EVENT.c.virtual_pool_id)
    .where(_EVENT.c.slug == bindparam("slug"), _EVENT.c.status != EventStatus.DRAFT)
)


def public_state(slug: str) -> PublicState:
    """What the public page of the event at that address depends on. Raises NotFoundError if visitors may not see it."""
    # A session for one row would cost as much again. The transaction ends well, not by a rollback: at each of those
    # the Postgres driver forgets the statements that it has prepared.
    with db.engine.begin() as connection:
        row = connection.execute(_PUBLIC_STATE, {"slug": slug}).first()
    if row is None:
        raise NotFoundError(slug)
    return PublicState(*row)


_CHANGEABLE = (
    *("status", "format", "registration_opens_at", "registration_closes_at", "ends_at"),
    *("admission", "fairness", "gate_pool_id", "has_form", "restricted", "invites", "shared_quota", "counts_no_shows"),
    *("plus_ones", "waits"),
)
_NOW = select(*(_EVENT.c[name] for name in _CHANGEABLE)).where(_EVENT.c.id == bindparam("event"))


def read_again(event: Event) -> None:
    """Reads again what may have changed while this waited for a lock: closed, cancelled, moved to virtual."""
    row = db.session.execute(_NOW, {"event": event.id}).one()
    for name, value in zip(_CHANGEABLE, row, strict=True):
        set_committed_value(event, name, value)


def event_by_id(event_id: int) -> Event:
    """The event of that id, for work inside the application."""
    event = db.session.get(Event, event_id)
    if event is None:
        raise NotFoundError(event_id)
    return event


def upcoming(viewer: Viewer, now: datetime) -> Sequence[Event]:
    """Published events that are not over, soonest first; runs of courses stand in the catalogue instead."""
    query = visible(viewer).where(Event.ends_at > now, Event.status != EventStatus.DRAFT, Event.kind == EventKind.EVENT)
    return db.session.scalars(query.order_by(Event.starts_at, Event.id).limit(200)).all()


def past(viewer: Viewer, now: datetime) -> Sequence[Event]:
    """Events that are over, latest first; the last twenty."""
    query = visible(viewer).where(Event.ends_at <= now, Event.status != EventStatus.DRAFT, Event.kind == EventKind.EVENT)
    return db.session.scalars(query.order_by(Event.starts_at.desc(), Event.id).limit(20)).all()


def slug_taken(slug: str, except_id: int | None) -> bool:
    """Whether another event has that address, or had it."""
    now = select(Event.id).where(Event.slug == slug)
    ever = select(EventSlug.event_id).where(EventSlug.slug == slug)
    if except_id is not None:
        now, ever = now.where(Event.id != except_id), ever.where(EventSlug.event_id != except_id)
    return db.session.scalar(union_all(now, ever).limit(1)) is not None


def slug_today(viewer: Viewer, slug: str) -> str | None:
    """The address of the event that had this one before. None if there is none for this viewer."""
    query = select(Event.slug).join(EventSlug, EventSlug.event_id == Event.id)
    query = query.where(EventSlug.slug == slug, Event.slug != slug)
    return db.session.scalar(query if viewer.reads_all else query.where(Event.status != EventStatus.DRAFT))


def tiers() -> Sequence[Tier]:
    """The programme's tiers, lowest first."""
    return db.session.scalars(select(Tier).order_by(Tier.position)).all()


def tier_quotas(event_id: int) -> dict[str, int | None]:
    """Places for a company of each tier (`none`: companies of no tier); a tier that is missing has no limit."""
    rows = db.session.execute(select(TierQuota.tier, TierQuota.places).where(TierQuota.event_id == event_id))
    return dict(rows.all())


def country_quotas(event_id: int) -> Sequence[tuple[str, str, int | None]]:
    """Code, name and places (none: no limit) of the countries that have a quota of their own, by name."""
    query = (
        select(CountryQuota.country_code, Country.name, CountryQuota.places)
        .join(Country, Country.code == CountryQuota.country_code)
        .where(CountryQuota.event_id == event_id)
        .order_by(Country.name)
    )
    return [(row[0], row[1], row[2]) for row in db.session.execute(query)]


def places_by_rule(event_id: int, organisation: Organisation) -> int | None:
    """How many people the company may send by its country or tier; none for no limit."""
    values = {"event": event_id, "company": organisation.id}
    places: int | None = db.session.execute(_COMPANY_PLACES, values).one()[3]
    return places


def exceptions(event_id: int) -> Sequence[Row[CompanyQuota, Pool, str, str | None]]:
    """Companies whose quota was set by hand, with their pool, name and programme ID."""
    query = (
        select(CompanyQuota, Pool, Organisation.name, Organisation.programme_id)
        .join(Pool, Pool.id == CompanyQuota.pool_id)
        .join(Organisation, Organisation.id == CompanyQuota.organisation_id)
        .where(CompanyQuota.event_id == event_id, CompanyQuota.exception)
        .order_by(Organisation.sort_key, Organisation.id)
    )
    return db.session.execute(query).all()


def quota_of(event_id: int, organisation_id: int) -> tuple[CompanyQuota, Pool] | None:
    """A company's own quota row and pool, if it has one already."""
    query = (
        select(CompanyQuota, Pool)
        .join(Pool, Pool.id == CompanyQuota.pool_id)
        .where(CompanyQuota.event_id == event_id, CompanyQuota.organisation_id == organisation_id)
    )
    row = db.session.execute(query).one_or_none()
    return (row[0], row[1]) if row else None


def has_company_pools(event_id: int) -> bool:
    """Whether a company has a pool of its own for the event already."""
    return db.session.scalar(select(CompanyQuota.pool_id).where(CompanyQuota.event_id == event_id).limit(1)) is not None


class CompanyPlaces(NamedTuple):
    """A company's own pool for an event. Without one yet (`pool_id` is none) the capacity is that of its country or tier."""

    holder_id: int
    pool_id: int | None
    capacity: int | None
    taken: int


_QUOTA, _TIER, _COMPANY, _POOL, _HERE = (table(model) for model in (CompanyQuota, TierQuota, Organisation, Pool, CountryQuota))
# The quota of the country goes before that of the tier; a row without places means no limit.
_BY_RULE = case((_HERE.c.event_id.is_not(None), _HERE.c.places), else_=_TIER.c.places)
_COMPANY_PLACES = (
    select(_QUOTA.c.pool_id, _POOL.c.capacity, _POOL.c.taken, _BY_RULE)
    .select_from(_COMPANY)
    .outerjoin(_QUOTA, and_(_QUOTA.c.organisation_id == _COMPANY.c.id, _QUOTA.c.event_id == bindparam("event")))
    .outerjoin(_POOL, _POOL.c.id == _QUOTA.c.pool_id)
    .outerjoin(_HERE, and_(_HERE.c.country_code == _COMPANY.c.country_code, _HERE.c.event_id == bindparam("event")))
    .outerjoin(_TIER, and_(_TIER.c.tier == func.coalesce(_COMPANY.c.tier_key, NO_TIER), _TIER.c.event_id == bindparam("event")))
    .where(_COMPANY.c.id == bindparam("company"))
)
# A chain of parents longer than this is an error of the partner list, perhaps a circle.
MOST_GENERATIONS = 6


def quota_holder(event: Event, organisation: Organisation) -> int:
    """Id of the company whose places count: its own, or where the event shares them, that of its topmost parent."""
    holder = organisation.id
    if not event.shared_quota or organisation.parent_id is None:
        return holder
    parent: int | None = organisation.parent_id
    for _generation in range(MOST_GENERATIONS):
        if parent is None or parent == organisation.id:
            break
        holder = parent
        parent = db.session.scalar(select(Organisation.parent_id).where(Organisation.id == holder))
    return holder


def company_places(event: Event, organisation: Organisation) -> CompanyPlaces:
    """The company's pool, its capacity (none: no limit) and what is taken of it; of shared places those of the group."""
    # A subsidiary may know what is left for the group, which is all that this tells of its parent.
    with whole() if event.shared_quota else nullcontext():
        holder = quota_holder(event, organisation)
        values = {"event": event.id, "company": holder}
        pool_id, capacity, taken, by_rule = db.session.execute(_COMPANY_PLACES, values).one()
    return CompanyPlaces(holder, None, by_rule, 0) if pool_id is None else CompanyPlaces(holder, pool_id, capacity, taken)


def places_of_company(event: Event, organisation: Organisation) -> tuple[int | None, int]:
    """How many places the company has (none: no limit) and how many of them are taken."""
    found = company_places(event, organisation)
    return found.capacity, found.taken


class AstrayPool(NamedTuple):
    """A company's pool for an event that differs from the quota of its country or tier, and is no exception."""

    event_id: int
    organisation_id: int
    pool_id: int
    capacity: int | None
    places: int | None


def astray_pools(now: datetime, *, event_id: int | None = None) -> list[AstrayPool]:
    """Pools of companies that no longer have the places of their country or tier, for events that are not over."""
    tier = func.coalesce(Organisation.tier_key, NO_TIER)
    places = case((CountryQuota.event_id.is_not(None), CountryQuota.places), else_=TierQuota.places)
    here = and_(CountryQuota.event_id == CompanyQuota.event_id, CountryQuota.country_code == Organisation.country_code)
    query = (
        select(CompanyQuota.event_id, CompanyQuota.organisation_id, CompanyQuota.pool_id, Pool.capacity, places)
        .join(Event, Event.id == CompanyQuota.event_id)
        .join(Organisation, Organisation.id == CompanyQuota.organisation_id)
        .join(Pool, Pool.id == CompanyQuota.pool_id)
        .outerjoin(TierQuota, (TierQuota.event_id == CompanyQuota.event_id) & (TierQuota.tier == tier))
        .outerjoin(CountryQuota, here)
        .where(
            ~CompanyQuota.exception,
            Event.ends_at > now,
            Event.status != EventStatus.CANCELLED,
            Pool.capacity.is_distinct_from(places),
        )
        .order_by(CompanyQuota.event_id, CompanyQuota.organisation_id)
    )
    if event_id is not None:
        query = query.where(CompanyQuota.event_id == event_id)
    return [AstrayPool(*row) for row in db.session.execute(query)]


def countries() -> Sequence[Country]:
    """The countries of the programme, by name."""
    return db.session.scalars(select(Country).order_by(Country.name)).all()
