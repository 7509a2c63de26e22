"""The filters of the organizer's list of registrations: what they offer, and what they mean."""

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import ColumnElement, String, and_, cast, func, literal, not_, or_, select, union_all
from werkzeug.datastructures import MultiDict

from eventapp.core.db import db
from eventapp.core.i18n import _
from eventapp.core.tables import Choice, Filter
from eventapp.core.text import fold
from eventapp.core.times import LocalTimeError, to_local, to_utc
from eventapp.events.models import MODE_LABELS, NO_TIER, AdmissionKind, Event
from eventapp.partners.models import TYPE_GROUPS, TYPE_LABELS, Country, Organisation, PartnerType, Tier
from eventapp.places.models import Booking
from eventapp.registrations.blocks.models import BlockShare, SeatBlock
from eventapp.registrations.desk import queries as desk
from eventapp.registrations.desk.models import Tag
from eventapp.registrations.models import STATUS_LABELS, Registration, RegistrationStatus, Tally

# The value of the filter by kind for those who come as none.
NO_KIND = "none"


@dataclass(frozen=True)
class Choices:
    """What the filters offer that stands in tables: read once for a page."""

    tiers: list[Choice]
    countries: list[Choice]
    tags: list[Choice]
    company: list[Choice]
    kinds: list[Choice]
    blocks: list[Choice]


def choices(event: Event, args: MultiDict[str, str]) -> Choices:
    """Reads what the filters offer, in one query. A company is only offered when the address names it."""
    company = args.get("company", "")
    if not (company.isascii() and company.isdigit() and len(company) < 10):
        company = "0"
    parts = (
        select(literal("tiers"), Tier.key, Tier.label, Tier.position),
        select(literal("countries"), Country.code, Country.name, literal(0)),
        select(literal("tags"), cast(Tag.id, String), Tag.word, literal(0)).where(Tag.event_id == event.id),
        select(literal("company"), literal(company), Organisation.name, literal(0)).where(Organisation.id == int(company)),
        select(literal("kinds"), cast(AdmissionKind.id, String), AdmissionKind.name, AdmissionKind.position).where(
            AdmissionKind.event_id == event.id
        ),
        select(literal("blocks"), literal("block"), literal(""), literal(0)).where(
            select(SeatBlock.id).where(SeatBlock.event_id == event.id).exists()
        ),
    )
    found: dict[str, list[tuple[int, str, Choice]]] = {}
    for kind, key, label, position in db.session.execute(union_all(*parts)):
        found.setdefault(kind, []).append((position, fold(label), (key, label, None)))
    return Choices(**{part.name: [c for *_order, c in sorted(found.get(part.name, []))] for part in fields(Choices)})


def filters(
    event: Event, args: MultiDict[str, str], now: datetime, of: type[Registration] | type[Tally], known: Choices
) -> list[Filter]:
    """The filters of an event's list; `of` is where they look: the registrations, or the tallies for totals."""
    asked = [
        ("event", _("A place at the event"), True),
        ("mode", _("A place of their mode"), True),
        ("kind", _("A place of their kind"), bool(known.kinds)),
        ("gate", _("The draw or the second round"), event.gate_pool_id is not None),
        ("block", _("A place of a block"), bool(known.blocks)),
        ("company", _("A company place"), True),
    ]
    waiting = [(value, label, None) for value, label, there in asked if there]
    found = [
        Filter("status", _("Status"), [(s.value, str(STATUS_LABELS[s]), None) for s in RegistrationStatus], of.status.in_),
        Filter("mode", _("Mode"), [(m.value, str(MODE_LABELS[m]), None) for m in event.modes], of.mode.in_),
        Filter("tier", _("Tier"), [*known.tiers, (NO_TIER, _("No tier"), None)], _in_tiers),
        Filter("type", _("Type"), [(g, group_label(g), None) for g in TYPE_GROUPS], _in_groups),
        Filter("country", _("Country"), known.countries, Organisation.country_code.in_),
        Filter("waiting", _("Waits for"), waiting, lambda values: _waits_for(event, values)),
        Filter("new", _("New"), [("today", _("Today"), None)], lambda _v: Registration.registered_at >= day_start(event, now)),
        Filter("door", _("At the door"), [("in", _("Checked in"), None)], lambda _v: Registration.checked_in_at.is_not(None)),
    ]
    if known.kinds:
        kinds = [*known.kinds, (NO_KIND, _("No kind"), None)]
        found.insert(2, Filter("kind", _("Kind"), kinds, _of_kinds))
    # Also where the address asks for it: edits may wait from before the event stopped asking for it.
    if event.reapproval or args.get("review"):
        edited = [("open", _("To look at again"), None)]
        found.append(Filter("review", _("Edited"), edited, lambda _v: Registration.review_at.is_not(None)))
    if known.tags:
        found.append(Filter("tag", _("Tag"), known.tags, lambda values: desk.carries(int(value) for value in values)))
    if len(event.modes) == 1:
        found = [f for f in found if f.name != "mode"]
    if known.company:
        found.append(Filter("company", _("Company"), known.company, lambda v: of.organisation_id.in_([int(i) for i in v])))
    return found


def group_label(group: str) -> str:
    """The words for a group of partner types."""
    return " / ".join(str(TYPE_LABELS[t]) for t in TYPE_GROUPS[group])


def day_start(event: Event, now: datetime) -> datetime:
    """Midnight of today in the event's zone, in UTC."""
    midnight = to_local(now, event.time_zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None, fold=0)
    try:
        return to_utc(midnight, event.time_zone, fold=0)
    except LocalTimeError as error:
        # Clocks that jump ahead at midnight, as in Cairo: the day begins at the jump.
        return error.choices[-1]


def _in_tiers(values: list[str]) -> ColumnElement[bool]:
    return func.coalesce(Organisation.tier_key, NO_TIER).in_(values)


def _in_groups(values: list[str]) -> ColumnElement[bool]:
    types: list[PartnerType] = [t for g in values for t in TYPE_GROUPS[g]]
    return Organisation.primary_type.in_(types)


def _of_kinds(values: list[str]) -> ColumnElement[bool]:
    of_these = Registration.kind_id.in_([int(value) for value in values if value != NO_KIND])
    return of_these | Registration.kind_id.is_(None) if NO_KIND in values else of_these


def limits(event: Event) -> dict[str, ColumnElement[bool]]:
    """For each limit that somebody may wait for, the condition that a booking does."""
    shares = select(BlockShare.pool_id).join(SeatBlock, SeatBlock.id == BlockShare.block_id)
    found: dict[str, ColumnElement[bool]] = {
        "event": Booking.waiting_for_id == event.pool_id,
        "mode": Booking.waiting_for_id.in_([event.in_person_pool_id, event.virtual_pool_id]),
        "gate": Booking.waiting_for_id == event.gate_pool_id,
        "kind": Booking.waiting_for_id.in_(select(AdmissionKind.pool_id).where(AdmissionKind.event_id == event.id)),
        "block": Booking.waiting_for_id.in_(shares.where(SeatBlock.event_id == event.id)),
    }
    return {**found, "company": not_(or_(*found.values()))}


def _waits_for(event: Event, values: list[str]) -> ColumnElement[bool]:
    found = limits(event)
    return and_(Registration.status == RegistrationStatus.WAITING, or_(*(found[value] for value in values)))
