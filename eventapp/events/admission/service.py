"""Saying who may come. Everything in the caller's transaction; what moves up because of it is given back."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select

from eventapp.audit.service import Actor, record
from eventapp.core.db import db
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _
from eventapp.events.models import (
    Admission,
    AdmissionKind,
    AudienceField,
    AudienceRule,
    CountryQuota,
    Event,
    Fairness,
    OfferedTo,
    Wave,
)
from eventapp.events.queries import has_company_pools
from eventapp.events.service import follow_rules
from eventapp.places import service as places
from eventapp.places.models import Booking, Pool


@dataclass(frozen=True)
class WayDetails:
    """How people come in. Times in UTC; `fairness_at` is the date of the draw or of the second round."""

    admission: Admission
    fairness: Fairness
    fairness_at: datetime | None
    shared_quota: bool
    edit_until: datetime | None
    mode_change_until: datetime | None
    reapproval: bool
    plus_ones: int = 0


@dataclass(frozen=True)
class KindDetails:
    """An admission kind as the organizer fills it in. Times in UTC; no capacity: no limit of its own."""

    name: str
    description: str
    capacity: int | None
    opens_at: datetime | None
    closes_at: datetime | None
    needs_approval: bool
    counts_on_company: bool
    offered_to: OfferedTo


def set_way(event: Event, details: WayDetails, *, version: int, by: Actor, now: datetime) -> list[Booking]:
    """Changes how people come in. Returns the bookings that moved up, where a gate was taken away.

    A draw, or a round of one place for each company, stands behind a gate: a pool without places that the bookings need
    until its date. Raises StaleError if somebody saved since, RuleError for a date that has passed or a draw that is over.
    """
    if event.version != version:
        raise StaleError(_("Somebody else has changed this event since you opened it. Compare, then save again."))
    places.lock([event.pool_id])
    moved = _set_gate(event, details, now)
    names = ("admission", "fairness", "fairness_at", "shared_quota", "edit_until", "mode_change_until", "reapproval", "plus_ones")
    changes = {n: [getattr(event, n), getattr(details, n)] for n in names if getattr(event, n) != getattr(details, n)}
    if "shared_quota" in changes and has_company_pools(event.id):
        raise RuleError(
            _("Companies have registered already: whether subsidiaries share places cannot be changed any more."), "shared_quota"
        )
    for name in changes:
        setattr(event, name, getattr(details, name))
    event.updated_at = now
    db.session.flush()
    _record("events.way", event, by, now, changes)
    return moved


def _set_gate(event: Event, details: WayDetails, now: datetime) -> list[Booking]:
    before = (event.fairness, event.fairness_at)
    if before == (details.fairness, details.fairness_at):
        return []
    if event.gate_pool_id is not None and gate_is_open(event):
        raise RuleError(_("The draw or the first round is over; it cannot be changed any more."), "fairness")
    if details.fairness is Fairness.FIRST_COME:
        return places.set_capacity(event.gate_pool_id, None) if event.gate_pool_id is not None else []
    if details.fairness_at is None or details.fairness_at <= now:
        raise RuleError(_("Choose a date to come."), "fairness_at", 422)
    if details.fairness is Fairness.DRAW and not event.draw_seed:
        event.draw_seed = secrets.token_hex(16)
    if event.gate_pool_id is None:
        gate = places.new_pool(0)
        db.session.flush()
        event.gate_pool_id = gate.id
    return []


def gate_is_open(event: Event) -> bool:
    """Whether the draw, or the round of one place for each company, is over."""
    gate = db.session.get(Pool, event.gate_pool_id, populate_existing=True) if event.gate_pool_id is not None else None
    return gate is not None and gate.capacity is None


def seed_hash(event: Event) -> str:
    """What is published of the seed before the draw: its SHA-256, so that nobody can choose another one afterwards."""
    return hashlib.sha256(event.draw_seed.encode()).hexdigest()


def add_kind(event: Event, details: KindDetails, *, by: Actor, now: datetime) -> AdmissionKind:
    """A new kind, the last in the order. Raises RuleError if the name is taken."""
    _check_name(event, details.name, None)
    pool = places.new_pool(details.capacity)
    db.session.flush()
    last = db.session.scalar(select(func.max(AdmissionKind.position)).where(AdmissionKind.event_id == event.id)) or 0
    kind = AdmissionKind(event_id=event.id, pool_id=pool.id, position=last + 1)
    _fill(kind, details)
    db.session.add(kind)
    _touch(event, now)
    _record("events.kind_added", event, by, now, {"kind": details.name, "places": details.capacity})
    return kind


def change_kind(event: Event, kind: AdmissionKind, details: KindDetails, *, by: Actor, now: datetime) -> list[Booking]:
    """Changes a kind. Returns the bookings that moved up because it has more places now."""
    _check_name(event, details.name, kind.id)
    places.lock([event.pool_id])
    changes = {n: [getattr(kind, n), getattr(details, n)] for n in _FIELDS if getattr(kind, n) != getattr(details, n)}
    _fill(kind, details)
    _touch(event, now)
    moved = places.set_capacity(kind.pool_id, details.capacity)
    _record("events.kind_changed", event, by, now, {"kind": details.name, "places": details.capacity, **changes})
    return moved


def remove_kind(event: Event, kind: AdmissionKind, *, by: Actor, now: datetime) -> None:
    """Takes a kind out of the choice. Whoever is registered as such keeps it, and their places are counted on."""
    places.lock([event.pool_id])
    db.session.execute(delete(AudienceRule).where(AudienceRule.kind_id == kind.id))
    kind.archived = True
    _touch(event, now)
    _record("events.kind_removed", event, by, now, {"kind": kind.name})


def move_kind(event: Event, kind: AdmissionKind, up: bool, *, by: Actor, now: datetime) -> None:
    """Moves a kind one step up or down in the order in which people see them."""
    query = select(AdmissionKind).where(AdmissionKind.event_id == event.id, ~AdmissionKind.archived)
    ordered = list(db.session.scalars(query.order_by(AdmissionKind.position, AdmissionKind.id)))
    here = ordered.index(kind)
    there = here - 1 if up else here + 1
    if not 0 <= there < len(ordered):
        return
    ordered[here], ordered[there] = ordered[there], ordered[here]
    for position, one in enumerate(ordered, 1):
        one.position = position
    _touch(event, now)
    _record("events.kind_changed", event, by, now, {"kind": kind.name})


def add_rule(
    event: Event, field: AudienceField, values: list[str] | list[int], kind_id: int | None, *, by: Actor, now: datetime
) -> None:
    """A new rule: who may come has one of these values. Whoever is registered already stays."""
    db.session.add(AudienceRule(event_id=event.id, kind_id=kind_id, field=field, values=list(values)))
    _touch(event, now)
    _record("events.audience", event, by, now, {"field": field.value, "values": [[], list(values)]})


def remove_rule(event: Event, rule: AudienceRule, *, by: Actor, now: datetime) -> None:
    """Takes a rule away."""
    db.session.delete(rule)
    _touch(event, now)
    _record("events.audience", event, by, now, {"field": rule.field.value, "values": [rule.values, []]})


def add_wave(event: Event, tier: str | None, sub_region: str | None, opens_at: datetime, *, by: Actor, now: datetime) -> None:
    """An opening hour of their own for companies of a tier and a sub-region; none: of any. Raises RuleError for a double."""
    same = select(Wave.id).where(
        Wave.event_id == event.id, Wave.tier.is_not_distinct_from(tier), Wave.sub_region_key.is_not_distinct_from(sub_region)
    )
    if db.session.scalar(same) is not None:
        raise RuleError(_("There is an opening for this tier and region already. Remove it first."), "tier")
    db.session.add(Wave(event_id=event.id, tier=tier, sub_region_key=sub_region, opens_at=opens_at))
    _touch(event, now)
    _record("events.wave", event, by, now, {"tier": tier or "", "sub_region": sub_region or "", "opens_at": ["", opens_at]})


def remove_wave(event: Event, wave: Wave, *, by: Actor, now: datetime) -> None:
    """Takes an opening away."""
    db.session.delete(wave)
    _touch(event, now)
    changes = {
        "tier": wave.tier or "",
        "sub_region": wave.sub_region_key or "",
        "opens_at": [wave.opens_at, ""],
    }
    _record("events.wave", event, by, now, changes)


def set_country_quota(event: Event, country_code: str, capacity: int | None, *, by: Actor, now: datetime) -> list[Booking]:
    """Gives companies of a country their own number of places (none: no limit). Returns the bookings that moved up."""
    places.lock([event.pool_id])
    db.session.merge(CountryQuota(event_id=event.id, country_code=country_code, places=capacity))
    db.session.flush()
    moved = follow_rules(event)
    _record("events.country_quota", event, by, now, {"country": country_code, "places": capacity})
    return moved


def remove_country_quota(event: Event, country_code: str, *, by: Actor, now: datetime) -> list[Booking]:
    """Puts companies of a country back to their tiers. Returns the bookings that moved up."""
    places.lock([event.pool_id])
    here = (CountryQuota.event_id == event.id, CountryQuota.country_code == country_code)
    db.session.execute(delete(CountryQuota).where(*here))
    moved = follow_rules(event)
    _record("events.country_quota", event, by, now, {"country": country_code, "places": ""})
    return moved


_FIELDS = ("name", "description", "opens_at", "closes_at", "needs_approval", "counts_on_company", "offered_to")


def _fill(kind: AdmissionKind, details: KindDetails) -> None:
    for name in _FIELDS:
        setattr(kind, name, getattr(details, name))


def _check_name(event: Event, name: str, kind_id: int | None) -> None:
    query = select(AdmissionKind.id).where(AdmissionKind.event_id == event.id, AdmissionKind.name == name)
    if db.session.scalar(query if kind_id is None else query.where(AdmissionKind.id != kind_id)) is not None:
        raise RuleError(_("There is a kind of this name already. Choose another name."), "name")


def _touch(event: Event, now: datetime) -> None:
    """Remembers whether the event asks anything of those who come; and its public page, which may show it, is another."""
    db.session.flush()
    tables = (select(AdmissionKind.id).where(~AdmissionKind.archived), select(AudienceRule.id), select(Wave.id))
    columns = (AdmissionKind.event_id, AudienceRule.event_id, Wave.event_id)
    found = (db.session.scalar(q.where(c == event.id).limit(1)) for q, c in zip(tables, columns, strict=True))
    event.restricted = any(one is not None for one in found)
    event.updated_at = now
    db.session.flush()


def _record(action: str, event: Event, by: Actor, now: datetime, changes: Mapping[str, object]) -> None:
    record(
        action,
        by=by,
        at=now,
        object_type="event",
        object_id=event.id,
        object_name=event.title,
        event_id=event.id,
        changes=dict(changes),
    )
