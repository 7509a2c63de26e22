"""How an event's waiting lists go: their order, how long offers last, and whether groups may come only together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import StaleError
from eventapp.core.i18n import _
from eventapp.events.models import Event
from eventapp.partners.models import Organisation, Tier
from eventapp.places import service as places
from eventapp.places.models import Booking, Order
from eventapp.registrations.models import ENDED, Registration
from eventapp.registrations.service.promoting import confirm_moved
from eventapp.registrations.waiting import queries


@dataclass(frozen=True)
class Settings:
    """`orders` by pool id, the hours of offers, and whether a company may say "only all together"."""

    orders: Mapping[int, Order]
    offer_hours: int
    short_offer_hours: int
    offer_within_hours: int
    groups_together: bool


def change(event: Event, wanted: Settings, *, version: int, by: Actor, at: datetime) -> list[Registration]:
    """Changes them; offers that stand keep their deadline. Returns who moves up because another one is first now.

    Raises StaleError if somebody else saved the event since `version`.
    """
    if event.version != version:
        raise StaleError(_("Somebody else has changed this event since you opened it. Compare, then save again."))
    places.lock([event.pool_id])
    pools = {pool.id: pool for pool, _label in queries.pools_of(event)}
    orders = {id_: order for id_, order in wanted.orders.items() if id_ in pools}
    changes: dict[str, object] = {}
    for name in ("offer_hours", "short_offer_hours", "offer_within_hours", "groups_together"):
        if getattr(event, name) != getattr(wanted, name):
            changes[name] = [getattr(event, name), getattr(wanted, name)]
            setattr(event, name, getattr(wanted, name))
    event.by_tier = Order.BY_RANK in orders.values()
    event.updated_at = at
    db.session.flush()
    # The tiers as they are now, also of those who registered before anything went by tier.
    moved = places.set_rank(_ranks(event)) if event.by_tier else []
    for pool_id, order in sorted(orders.items()):
        if pools[pool_id].order is not order:
            changes.setdefault("order", [pools[pool_id].order.value, order.value])
            moved += places.set_order(pool_id, order)
    record(
        "registrations.waiting_list",
        by=by,
        at=at,
        object_type="event",
        object_id=event.id,
        object_name=event.title,
        event_id=event.id,
        changes=changes,
    )
    return confirm_moved(moved, at=at)


def _ranks(event: Event) -> dict[int, int]:
    """The rank of each who is registered, by booking id: as `partners.queries.rank_of` says for one company."""
    query = (
        select(Booking.id, -func.coalesce(Tier.position, 0))
        .join(Registration, Registration.booking_id == Booking.id)
        .outerjoin(Organisation, Organisation.id == Registration.organisation_id)
        .outerjoin(Tier, Tier.key == Organisation.tier_key)
        .where(Registration.event_id == event.id, Registration.status.not_in(ENDED))
    )
    return {row[0]: row[1] for row in db.session.execute(query)}
