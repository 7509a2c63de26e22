"""Reading requests for more places. The first argument of what a page shows is the viewer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, Select, case, func, or_, select

from eventapp.accounts.models import Grant, Role, User
from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.events.models import NO_TIER, CompanyQuota, CountryQuota, Event, QuotaRequest, RequestState, TierQuota
from eventapp.partners.models import Country, Organisation, Territory
from eventapp.partners.territory.queries import within
from eventapp.places.models import Pool

MOST_SHOWN = 200


def of_company(event: Event, organisation_id: int) -> QuotaRequest | None:
    """The company's latest request for the event."""
    query = select(QuotaRequest).where(QuotaRequest.event_id == event.id, QuotaRequest.organisation_id == organisation_id)
    return db.session.scalar(query.order_by(QuotaRequest.id.desc()).limit(1))


@dataclass(frozen=True)
class Asked:
    """A request as the vendor's list shows it. `capacity` is none for no limit; `waiting` people wait for a place of theirs."""

    request: QuotaRequest
    event: Event
    company: Organisation
    capacity: int | None
    taken: int
    waiting: int


def _list(viewer: Viewer, *, own: bool) -> Select[*tuple[QuotaRequest, Event, Organisation, int | None, int, int]]:
    by_rule = case((CountryQuota.event_id.is_not(None), CountryQuota.places), else_=TierQuota.places)
    of_country = (CountryQuota.event_id == QuotaRequest.event_id) & (CountryQuota.country_code == Organisation.country_code)
    of_tier = (TierQuota.event_id == QuotaRequest.event_id) & (TierQuota.tier == func.coalesce(Organisation.tier_key, NO_TIER))
    query = (
        select(
            QuotaRequest,
            Event,
            Organisation,
            # A company has a pool of its own once somebody of it has registered.
            case((CompanyQuota.pool_id.is_not(None), Pool.capacity), else_=by_rule),
            func.coalesce(Pool.taken, 0),
            func.coalesce(Pool.waiting, 0),
        )
        .join(Event, Event.id == QuotaRequest.event_id)
        .join(Organisation, Organisation.id == QuotaRequest.organisation_id)
        .outerjoin(
            CompanyQuota,
            (CompanyQuota.event_id == QuotaRequest.event_id) & (CompanyQuota.organisation_id == QuotaRequest.organisation_id),
        )
        .outerjoin(Pool, Pool.id == CompanyQuota.pool_id)
        .outerjoin(CountryQuota, of_country)
        .outerjoin(TierQuota, of_tier)
    )
    if own and viewer.user is not None:
        query = query.where(within(viewer.user.id))
    return query


def to_decide(viewer: Viewer, *, own: bool) -> list[Asked]:
    """The open requests, the oldest first; `own`: of companies in the viewer's territory."""
    query = _list(viewer, own=own).where(QuotaRequest.state == RequestState.OPEN)
    rows = db.session.execute(query.order_by(QuotaRequest.asked_at, QuotaRequest.id).limit(MOST_SHOWN))
    return [Asked(*row) for row in rows]


def decided(viewer: Viewer, *, own: bool) -> list[Asked]:
    """The requests that were decided last."""
    query = _list(viewer, own=own).where(QuotaRequest.state != RequestState.OPEN)
    rows = db.session.execute(query.order_by(QuotaRequest.decided_at.desc(), QuotaRequest.id.desc()).limit(20))
    return [Asked(*row) for row in rows]


def to_change(viewer: Viewer, request_id: int) -> Asked:
    """A request for somebody who may decide it: an organizer, or the manager of that company. Raises NotFoundError."""
    query = _list(viewer, own=not viewer.is_organizer).where(QuotaRequest.id == request_id)
    row: Row[*tuple[QuotaRequest, Event, Organisation, int | None, int, int]] | None = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFoundError(request_id)
    return Asked(*row)


def managers_of(organisation: Organisation, at: datetime) -> Sequence[tuple[str, str]]:
    """Name and address of the partner managers whose territory the company is in."""
    region = select(Country.sub_region_key).where(Country.code == organisation.country_code).scalar_subquery()
    query = (
        select(User.name, User.email)
        .join(Grant, (Grant.user_id == User.id) & (Grant.role == Role.PARTNER_MANAGER))
        .join(Territory, Territory.user_id == User.id)
        .where(
            User.active,
            Grant.ends_at.is_(None) | (Grant.ends_at > at),
            or_(
                Territory.organisation_id == organisation.id,
                Territory.sub_region_key == region,
                Territory.manager_name == organisation.partner_manager,
            ),
        )
        .distinct()
        .order_by(User.email)
    )
    return [(row[0], row[1]) for row in db.session.execute(query)]
