"""Blocks: making, changing, allotting and naming. Each under the lock of the event's pool, in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import joinedload

from eventapp.audit.service import Actor, record
from eventapp.core.db import db, table, write
from eventapp.core.errors import RuleError, StaleError
from eventapp.core.i18n import _, ngettext
from eventapp.events import queries as events
from eventapp.events.admission import queries as admission
from eventapp.events.models import Event, EventStatus, Mode, OfferedTo
from eventapp.partners.models import Organisation, OrganisationStatus
from eventapp.places import service as places
from eventapp.places.models import Booking
from eventapp.registrations import service as registrations
from eventapp.registrations.blocks import queries
from eventapp.registrations.blocks.models import BlockClaim, BlockShare, SeatBlock
from eventapp.registrations.blocks.rules import BlockState, date_problems, naming_blocker, state_of
from eventapp.registrations.models import Registration, Source
from eventapp.registrations.rules import Problem
from eventapp.registrations.service import Attendee
from eventapp.registrations.terms import Terms

_CLAIMS = insert(table(BlockClaim))
# What others may have changed while this waited for its turn.
CHANGEABLE = ("size", "name_until", "releases_at", "noticed", "note", "released_at", "returned", "version")


def create(
    event: Event,
    holder: Organisation,
    *,
    mode: Mode,
    kind_id: int | None,
    size: int,
    name_until: datetime,
    releases_at: datetime,
    note: str,
    by: Actor,
    at: datetime,
) -> SeatBlock:
    """Sets `size` places of the event aside for a company, without names.

    Raises RuleError if so many are not free, if people wait for them, or for a company that may not send anybody.
    """
    places.lock([event.pool_id])
    events.read_again(event)
    _check_event(event, at)
    if mode not in event.modes:
        raise RuleError(_("This event has no such way to take part."), "mode", 422)
    _check_company(holder, "company")
    for field, message in date_problems(event, name_until, releases_at, at):
        raise RuleError(message, field, 422)
    pools = _pools(event, mode, kind_id)
    _check_room(pools, size)
    (booking,) = places.book([places.Wish(pools, size)], at=at)
    block = SeatBlock(
        event_id=event.id,
        event=event,
        organisation_id=holder.id,
        organisation=holder,
        mode=mode,
        kind_id=kind_id,
        size=size,
        booking_id=booking.id,
        booking=booking,
        name_until=name_until,
        releases_at=releases_at,
        note=note,
        created_at=at,
        created_by=by.actor_name,
    )
    db.session.add(block)
    db.session.flush()
    _new_share(block, holder, size, allotted_at=None)
    db.session.flush()
    record_act("create", block, by, at, {"places": size, "name_until": name_until, "releases_at": releases_at})
    return block


def change(
    block: SeatBlock,
    *,
    size: int,
    name_until: datetime,
    releases_at: datetime,
    note: str,
    version: int,
    by: Actor,
    at: datetime,
) -> int:
    """Changes a block's size and dates. Returns how many of those who wait for the event moved up.

    Raises StaleError if somebody else saved since `version`; RuleError for a larger size without room, or for a smaller
    one that would take away places that are named or allotted.
    """
    lock(block)
    if block.version != version:
        raise StaleError(_("Somebody else has changed this block since you opened it. Check and save again."))
    _check_event(block.event, at)
    _check_open(block)
    for field, message in date_problems(block.event, name_until, releases_at, at):
        raise RuleError(message, field, 422)
    before = {"places": block.size, "name_until": block.name_until, "releases_at": block.releases_at, "note": block.note}
    after = {"places": size, "name_until": name_until, "releases_at": releases_at, "note": note}
    moved = _resize(block, size)
    if name_until != block.name_until:
        block.noticed = None
    block.name_until, block.releases_at, block.note = name_until, releases_at, note
    db.session.flush()
    record_act("change", block, by, at, {k: [before[k], after[k]] for k in after if before[k] != after[k]})
    return len(registrations.confirm_moved(moved, at=at))


def _resize(block: SeatBlock, size: int) -> list[Booking]:
    """Takes or gives back places of the event, and gives them to or takes them from the holder's own share."""
    own = _own_share(block)
    more = size - block.size
    if not more:
        return []
    pool = places.lock([own.pool_id])[own.pool_id]
    if more < 0 and (pool.free or 0) < -more:
        message = _(
            "Only %(n)s places are neither named nor allotted. Take allotments back or cancel people first.", n=pool.free or 0
        )
        raise RuleError(message, "size")
    if more > 0:
        _check_room(queries.pools_of(block), more)
    moved = places.resize(block.booking, size)
    block.size = size
    return moved + places.set_capacity(own.pool_id, (pool.capacity or 0) + more)


def allot(block: SeatBlock, company: Organisation, number: int, *, supplied_only: bool, by: Actor, at: datetime) -> BlockShare:
    """Gives places of the holder's own share to a company. `supplied_only`: it must be one that the holder supplies.

    Raises RuleError if so many are not left, or the company has some already: then those are changed.
    """
    lock(block)
    _check_naming(block, at)
    _check_company(company, "company")
    if company.id == block.organisation_id:
        raise RuleError(_("These places belong to this company already."), "company", 422)
    if supplied_only and not queries.supplies(block.organisation_id, company.id, at.date()):
        raise RuleError(_("Choose a company that you supply."), "company", 422)
    query = select(BlockShare).where(BlockShare.block_id == block.id, BlockShare.organisation_id == company.id)
    share = db.session.scalar(query.options(joinedload(BlockShare.pool)).order_by(BlockShare.id).limit(1))
    if share is not None and share.pool.capacity:
        raise RuleError(
            _("%(company)s has places of this block already. Change their number in the list.", company=company.name), "company"
        )
    if share is None:
        share = _new_share(block, company, 0, allotted_at=at)
        db.session.flush()
    share.allotted_at = at
    moved = _shift(block, share, number)
    record_act("allot", block, by, at, {"company": company.name, "places": number})
    registrations.confirm_moved(moved, at=at)
    return share


def change_share(block: SeatBlock, share: BlockShare, number: int, *, by: Actor, at: datetime) -> None:
    """Sets how many places a reseller has; what it loses goes back to the holder's own share.

    Raises RuleError below the number that is named already, or if the holder has not so many left.
    """
    lock(block)
    _check_open(block)
    if not share.allotted:
        raise RuleError(_("The holder keeps what is not allotted."))
    pool = places.lock([share.pool_id])[share.pool_id]
    before = pool.capacity or 0
    if number > before:
        _check_naming(block, at)
    if number < pool.taken:
        message = ngettext(
            "%(num)s of these places is named already. It can be taken back when that person is cancelled.",
            "%(num)s of these places are named already. They can be taken back when those people are cancelled.",
            pool.taken,
        )
        raise RuleError(message, "places")
    if number == before:
        return
    moved = _shift(block, share, number - before)
    record_act("allot", block, by, at, {"company": share.organisation.name, "places": [before, number]})
    registrations.confirm_moved(moved, at=at)


def _shift(block: SeatBlock, share: BlockShare, number: int) -> list[Booking]:
    """Moves so many places from the holder's own share to another one (negative: back)."""
    own = _own_share(block)
    pools = places.lock([own.pool_id, share.pool_id])
    mine, theirs = pools[own.pool_id], pools[share.pool_id]
    if number > (mine.free or 0):
        message = ngettext("Only %(num)s place is left to allot.", "Only %(num)s places are left to allot.", mine.free or 0)
        raise RuleError(message, "places")
    kept, given = (mine.capacity or 0) - number, (theirs.capacity or 0) + number
    return places.set_capacity(own.pool_id, kept) + places.set_capacity(share.pool_id, given)


def claim(
    share: BlockShare,
    company: Organisation,
    attendees: Sequence[Attendee],
    *,
    by: Actor,
    at: datetime,
    foreign_confirmed: bool = True,
    summary_to: tuple[str, str] | None = None,
) -> list[Registration]:
    """Registers people of the share's company on its places, not on the company's own quota.

    Raises RuleError when it is too late, the block has been released, or so many places are not left; ProblemsError for
    people who cannot be registered.
    """
    block = queries.block_of(share)
    lock(block)
    db.session.refresh(share, ["organisation_id"])
    _check_claim(block, share, company, len(attendees), at)
    made = registrations.register(
        block.event,
        company,
        as_the_block(block, attendees),
        source=Source.BLOCK,
        by=by,
        at=at,
        foreign_confirmed=foreign_confirmed,
        summary_to=summary_to,
        terms=_terms(block, share),
    )
    write(_CLAIMS, [{"registration_id": one.id, "share_id": share.id} for one in made])
    return made


def foresee(share: BlockShare, company: Organisation, attendees: Sequence[Attendee], *, at: datetime) -> list[Problem]:
    """The warnings against naming these people now. Raises RuleError and ProblemsError as `claim` would."""
    block = queries.block_of(share)
    _check_claim(block, share, company, len(attendees), at)
    return registrations.foresee(block.event, company, as_the_block(block, attendees), at=at, terms=_terms(block, share))


def forecast(
    share: BlockShare, company: Organisation, attendees: Sequence[Attendee], *, at: datetime
) -> list[registrations.Foreseen]:
    """What would become of these people if they were named now."""
    block = queries.block_of(share)
    return registrations.forecast(block.event, company, as_the_block(block, attendees), at=at, terms=_terms(block, share))


def _terms(block: SeatBlock, share: BlockShare) -> Terms:
    """On what terms people are named: the share's pool alone, since the block holds the event's places already.

    The event's audience, window, approval and invitations do not count: the organizer gave the places to the holder.
    """
    return Terms(
        own_pools=(share.pool_id,),
        company_quota=False,
        audience=False,
        window=False,
        approval=False,
        invited=True,
        invited_as=block.kind_id,
    )


def as_the_block(block: SeatBlock, attendees: Sequence[Attendee]) -> list[Attendee]:
    """Whoever is named takes part in the way, and comes as what, the places were set aside for."""
    return [replace(attendee, mode=block.mode, kind_id=block.kind_id) for attendee in attendees]


def lock(block: SeatBlock) -> None:
    """Waits for the event's turn, then reads the block and its event again."""
    places.wait_for(block.event.pool_id)
    db.session.refresh(block, CHANGEABLE)
    db.session.refresh(block.booking)
    events.read_again(block.event)


def _own_share(block: SeatBlock) -> BlockShare:
    return db.session.scalars(select(BlockShare).where(BlockShare.block_id == block.id, ~BlockShare.allotted)).one()


def _new_share(block: SeatBlock, company: Organisation, number: int, *, allotted_at: datetime | None) -> BlockShare:
    share = BlockShare(
        block_id=block.id,
        organisation_id=company.id,
        organisation=company,
        pool_id=places.insert_pool(number),
        allotted=allotted_at is not None,
        allotted_at=allotted_at,
    )
    db.session.add(share)
    return share


def _check_claim(block: SeatBlock, share: BlockShare, company: Organisation, number: int, at: datetime) -> None:
    blocker = naming_blocker(block.event, block.name_until, block.released_at, at)
    if blocker:
        raise RuleError(blocker)
    _check_company(company, None)
    if share.organisation_id != company.id:
        raise RuleError(_("These places belong to another company now."))
    pool = places.lock([share.pool_id])[share.pool_id]
    if number > (pool.free or 0):
        message = ngettext("Only %(num)s of these places is left.", "Only %(num)s of these places are left.", pool.free or 0)
        raise RuleError(message, "places")


def _check_naming(block: SeatBlock, at: datetime) -> None:
    _check_event(block.event, at)
    _check_open(block)
    if state_of(block.released_at, block.name_until, at) is BlockState.CLOSED:
        raise RuleError(_("Places of this block can no longer be named, so none can be allotted."))


def _check_open(block: SeatBlock) -> None:
    if block.released_at is not None:
        raise RuleError(_("This block has been released. Its unnamed places have fallen back to the event."))


def _check_event(event: Event, at: datetime) -> None:
    if event.status is EventStatus.CANCELLED:
        raise RuleError(_("This event was cancelled."))
    if event.ends_at <= at:
        raise RuleError(_("This event is over."))


def _check_company(company: Organisation, field: str | None) -> None:
    if company.merged_into_id is not None or company.status in (OrganisationStatus.ENDED, OrganisationStatus.SUSPENDED):
        raise RuleError(_("%(company)s cannot register people at the moment.", company=company.name), field)


def _pools(event: Event, mode: Mode, kind_id: int | None) -> tuple[int, ...]:
    """The pools of the event that the block takes its places of. Raises RuleError if it must be said as what people come."""
    way = admission.way_in(event)
    if not way.kinds and kind_id is None:
        return event.pool_id, event.mode_pool_id(mode)
    kind = way.kind(kind_id)
    if kind is None or kind.offered_to is OfferedTo.ORGANIZERS:
        raise RuleError(_("Choose as what they come."), "kind", 422)
    return kind.pool_id, event.pool_id, event.mode_pool_id(mode)


def _check_room(pool_ids: tuple[int, ...], number: int) -> None:
    """Raises RuleError if so many places are not free in each of the pools, or people wait for them."""
    pools = places.lock(pool_ids).values()
    if any(pool.waiting for pool in pools):
        raise RuleError(_("People wait for places of this event. They come first."), "size")
    if not all(places.has_room(pool, number) for pool in pools):
        left = min(pool.free for pool in pools if pool.free is not None)
        message = ngettext("Only %(num)s place of the event is free.", "Only %(num)s places of the event are free.", left)
        raise RuleError(message, "size")


def record_act(act: str, block: SeatBlock, by: Actor, at: datetime, changes: dict[str, object]) -> None:
    """An entry of the log about the block, which its holder may read."""
    record(
        f"blocks.{act}",
        by=by,
        at=at,
        object_type="organisation",
        object_id=block.organisation_id,
        object_name=block.organisation.name,
        event_id=block.event_id,
        organisation_id=block.organisation_id,
        changes=changes,
    )
