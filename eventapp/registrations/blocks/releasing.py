"""Releasing a block: unnamed places fall back to the event, and who was named stands in the event's own pools from then on."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update

from eventapp.audit.service import Actor
from eventapp.core.db import db, table, write
from eventapp.core.errors import RuleError
from eventapp.core.i18n import _
from eventapp.events.models import Event
from eventapp.places import service as places
from eventapp.places.models import Booking, BookingPool, BookingState, Pool
from eventapp.registrations import service as registrations
from eventapp.registrations.blocks import mails, queries
from eventapp.registrations.blocks.models import BlockClaim, BlockShare, SeatBlock
from eventapp.registrations.blocks.service import lock, record_act
from eventapp.registrations.models import Registration

_NEEDS = insert(table(BookingPool))


@dataclass(frozen=True)
class Released:
    """What a release did: places that kept their names, places that fell back, and people who moved up in their stead."""

    named: int
    returned: int
    promoted: int


def preview(block: SeatBlock) -> Released:
    """What releasing would do now; of those who wait at most so many move up."""
    named = _named(block)
    returned = block.size - named
    pools = select(func.max(Pool.waiting)).where(Pool.id.in_(queries.pools_of(block)))
    return Released(named, returned, min(returned, int(db.session.scalar(pools) or 0)))


def release(block: SeatBlock, *, by: Actor, at: datetime) -> Released:
    """Lets the unnamed places fall back to the event; whoever waits moves up. Holder and resellers are told.

    From then on a named place is one like any other: cancelled, it goes to the event's waiting list. Raises RuleError if
    the block has been released.
    """
    lock(block)
    if block.released_at is not None:
        raise RuleError(_("This block has been released already."))
    lost, named = queries.unnamed_by_company(block), _named(block)
    returned = block.size - named
    moved = places.resize(block.booking, named) if named else places.release([block.booking])
    moved += _hand_over(block)
    block.released_at, block.returned = at, returned
    db.session.flush()
    record_act("release", block, by, at, {"people": named, "places": returned})
    promoted = registrations.confirm_moved(moved, at=at)
    mails.send_released(block, lost, at=at)
    return Released(named, returned, len(promoted))


def release_due(block_id: int, *, by: Actor, at: datetime) -> Released | None:
    """Releases a block whose moment has come; none if somebody else was quicker, or it was put off."""
    block = db.session.scalars(select(SeatBlock).options(*queries.LOADED).where(SeatBlock.id == block_id)).one()
    lock(block)
    if block.released_at is not None or block.releases_at > at:
        return None
    return release(block, by=by, at=at)


def end_all(event: Event, *, at: datetime) -> int:
    """Ends all blocks of a cancelled event, whose registrations are cancelled already: nobody moves up, nobody is told twice."""
    query = select(SeatBlock).where(SeatBlock.event_id == event.id, SeatBlock.released_at.is_(None)).order_by(SeatBlock.id)
    blocks = db.session.scalars(query).all()
    for block in blocks:
        booking = db.session.get_one(Booking, block.booking_id)
        places.release([booking])
        block.released_at, block.returned = at, block.size
    db.session.flush()
    return len(blocks)


def _hand_over(block: SeatBlock) -> list[Booking]:
    """Puts the bookings of everybody who was named into the event's pools, in the place of the block's own booking.

    The event's counters do not move: what the block held, its people hold now. Also those who were cancelled change
    over, so that an undo looks for a place at the event; who waited for one of the block's waits for one of the event.
    """
    pools = queries.pools_of(block)
    shares = list(db.session.scalars(select(BlockShare.pool_id).where(BlockShare.block_id == block.id)))
    claims = (
        select(Registration.booking_id)
        .join(BlockClaim, BlockClaim.registration_id == Registration.id)
        .join(BlockShare, BlockShare.id == BlockClaim.share_id)
        .where(BlockShare.block_id == block.id)
    )
    bookings = list(db.session.scalars(claims))
    db.session.execute(delete(BookingPool).where(BookingPool.booking_id.in_(bookings), BookingPool.pool_id.in_(shares)))
    if bookings:
        write(_NEEDS, [{"booking_id": booking, "pool_id": pool} for booking in bookings for pool in pools])
    db.session.execute(update(Booking).where(Booking.waiting_for_id.in_(shares)).values(waiting_for_id=block.event.pool_id))
    block.booking.state = BookingState.RELEASED
    db.session.flush()
    places.recount([*pools, *shares])
    return places.promote(set(pools))


def _named(block: SeatBlock) -> int:
    query = select(func.coalesce(func.sum(Pool.taken), 0)).join(BlockShare, BlockShare.pool_id == Pool.id)
    return int(db.session.scalar(query.where(BlockShare.block_id == block.id)) or 0)
