"""What the organizer's page of the waiting list shows."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import func, literal, select
from werkzeug.datastructures import MultiDict

from eventapp.core.db import db
from eventapp.core.i18n import _
from eventapp.core.tables import Column, Filter, Listing, Table
from eventapp.events.models import MODE_LABELS, AdmissionKind, Event, Fairness
from eventapp.partners.models import Organisation, Person
from eventapp.places.models import Booking, Pool
from eventapp.places.queries import Standing, standings
from eventapp.registrations.blocks.models import BlockShare, SeatBlock
from eventapp.registrations.listing import search
from eventapp.registrations.models import STATUS_LABELS, Registration, RegistrationStatus

SHOWN = (RegistrationStatus.OFFERED, RegistrationStatus.WAITING)


def pools_of(event: Event) -> list[tuple[Pool, str]]:
    """The pools of an event whose waiting list has an order of its own, each with what it is called."""
    names = {event.pool_id: _("Places at the event")}
    if len(event.modes) > 1:
        names |= {event.mode_pool_id(mode): str(MODE_LABELS[mode]) for mode in event.modes}
    kinds = select(AdmissionKind.pool_id, AdmissionKind.name).where(AdmissionKind.event_id == event.id, ~AdmissionKind.archived)
    names |= {row[0]: row[1] for row in db.session.execute(kinds.order_by(AdmissionKind.position, AdmissionKind.id))}
    found = {pool.id: pool for pool in db.session.scalars(select(Pool).where(Pool.id.in_(list(names))))}
    return [(found[pool_id], name) for pool_id, name in names.items()]


def waited_for(event: Event, pool_ids: Iterable[int]) -> dict[int, str]:
    """What people wait for who wait for these pools, in words. A query only where it is neither the event nor a mode.

    A pool that is none of the event's, its kinds' or its blocks' stands for a company's places.
    """
    names = {event.pool_id: _("a place at the event")}
    names |= {event.in_person_pool_id: _("a place in person"), event.virtual_pool_id: _("a place on video")}
    if event.gate_pool_id is not None:
        names[event.gate_pool_id] = _("the draw") if event.fairness is Fairness.DRAW else _("the second round")
    asked = set(pool_ids)
    if others := asked - names.keys():
        kinds = select(AdmissionKind.pool_id, literal("kind"), AdmissionKind.name).where(AdmissionKind.pool_id.in_(others))
        held = (
            select(BlockShare.pool_id, literal("block"), Organisation.name)
            .join(SeatBlock, SeatBlock.id == BlockShare.block_id)
            .join(Organisation, Organisation.id == SeatBlock.organisation_id)
            .where(BlockShare.pool_id.in_(others))
        )
        names |= dict.fromkeys(others, _("a company place"))
        for pool_id, what, name in db.session.execute(kinds.union_all(held)):
            words = (
                _("a place as %(kind)s", kind=name) if what == "kind" else _("a place of the block of %(company)s", company=name)
            )
            names[pool_id] = words
    return {pool_id: names[pool_id] for pool_id in asked}


def page(event: Event, path: str, args: MultiDict[str, str]) -> Listing:
    """Who waits, and who has an offer, the oldest turn first."""
    query = (
        select(
            Registration.id,
            Registration.booking_id,
            Registration.status,
            Registration.mode,
            Registration.missing_answers,
            Registration.organisation_id,
            Person.given_name,
            Person.family_name,
            Organisation.name.label("company"),
            Organisation.tier_key,
            Booking.queued_at,
            Booking.group_id,
            Booking.waiting_for_id,
            Booking.offered_until,
        )
        .join(Person, Person.id == Registration.person_id)
        .outerjoin(Organisation, Organisation.id == Registration.organisation_id)
        .join(Booking, Booking.id == Registration.booking_id)
        .where(Registration.event_id == event.id, Registration.status.in_(SHOWN))
    )
    return _table(path).page(query, args, lambda conditions: _totals(event, conditions))


def _table(path: str) -> Table:
    statuses = [(s.value, str(STATUS_LABELS[s]), None) for s in SHOWN]
    return Table(
        path=path,
        columns=[
            Column("position", _("Position")),
            Column("name", _("Name"), Person.sort_key),
            Column("company", _("Company"), func.coalesce(Organisation.sort_key, "")),
            Column("waits", _("Waits for")),
            Column("since", _("Since"), Booking.queued_at),
            Column("act", ""),
        ],
        key=Registration.id,
        default="since",
        filters=[Filter("status", _("Status"), statuses, Registration.status.in_)],
        search=search,
        search_label=_("Name, company or address"),
    )


def _totals(event: Event, conditions: list[Any]) -> list[tuple[int, str]]:
    query = (
        select(func.count(), func.count(func.distinct(Registration.organisation_id)))
        .select_from(Registration)
        .join(Person, Person.id == Registration.person_id)
        .join(Booking, Booking.id == Registration.booking_id)
        .where(Registration.event_id == event.id, Registration.status.in_(SHOWN), *conditions)
    )
    people, companies = db.session.execute(query).one()
    return [
        (people, _("person") if people == 1 else _("people")),
        (companies, _("company") if companies == 1 else _("companies")),
    ]


def standings_of(listing: Listing) -> Mapping[int, Standing]:
    """Where those on the page stand, by booking id."""
    return standings([row.booking_id for row in listing.rows if row.status is RegistrationStatus.WAITING])


def groups_of(listing: Listing) -> dict[int, int]:
    """How many people wait together, by group id, for the groups on the page."""
    ids = {row.group_id for row in listing.rows if row.group_id is not None}
    if not ids:
        return {}
    query = select(Booking.group_id, func.count()).where(Booking.group_id.in_(ids), Booking.waiting_for_id.is_not(None))
    return {group_id: n for group_id, n in db.session.execute(query.group_by(Booking.group_id)) if group_id and n > 1}
