"""Reading blocks. The holder and the resellers each see their part; what both walls let through is narrow columns.

A reseller must not learn a block's size, nor a holder anything of people but name, company and status. So a company's
own shares and blocks are found behind the database's wall, and only what must be known of the other side is then asked
for by their ids, column by column.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import joinedload

from eventapp.accounts.permissions import Viewer
from eventapp.core.db import db
from eventapp.core.errors import NotFoundError
from eventapp.core.wall import whole
from eventapp.events.models import Event, Mode
from eventapp.partners.company.queries import read_id, run_id
from eventapp.partners.models import Organisation, OrganisationStatus, Relationship, RelationshipKind
from eventapp.places.models import BookingPool, Pool
from eventapp.registrations.blocks.models import BlockClaim, BlockShare, SeatBlock
from eventapp.registrations.blocks.rules import BlockState, state_of
from eventapp.registrations.models import Registration, RegistrationStatus

LOADED = (joinedload(SeatBlock.event), joinedload(SeatBlock.organisation), joinedload(SeatBlock.booking))
# More than any distributor has at a time; older ones follow behind the newer ones.
MOST_BLOCKS = 200


def block(viewer: Viewer, event: Event, block_id: int) -> SeatBlock:
    """A block of that event, for the vendor's readers. Raises NotFoundError."""
    found = db.session.scalar(select(SeatBlock).options(*LOADED).where(SeatBlock.id == block_id, SeatBlock.event_id == event.id))
    if found is None or not viewer.reads_all:
        raise NotFoundError(block_id)
    return found


def held_block(viewer: Viewer, block_id: int) -> SeatBlock:
    """A block that the viewer's company holds. Raises NotFoundError."""
    query = select(SeatBlock).options(*LOADED).where(SeatBlock.id == block_id, SeatBlock.organisation_id == read_id(viewer))
    found = db.session.scalar(query)
    if found is None:
        raise NotFoundError(block_id)
    return found


def block_of(share: BlockShare) -> SeatBlock:
    """The block that a share is of, for services."""
    return db.session.scalars(select(SeatBlock).options(*LOADED).where(SeatBlock.id == share.block_id)).one()


def share(block: SeatBlock, share_id: int) -> BlockShare:
    """A share of that block with its company. Raises NotFoundError."""
    with whole():
        query = select(BlockShare).options(joinedload(BlockShare.organisation), joinedload(BlockShare.pool))
        found = db.session.scalar(query.where(BlockShare.id == share_id, BlockShare.block_id == block.id))
    if found is None:
        raise NotFoundError(share_id)
    return found


@dataclass(frozen=True)
class BlockNumbers:
    """A block in numbers. `named` of its `size` places have a name; `allotted` are given to resellers."""

    id: int
    slug: str
    title: str
    time_zone: str
    holder_id: int
    holder: str
    programme_id: str | None
    mode: Mode
    size: int
    allotted: int
    named: int
    resellers: int
    name_until: datetime
    releases_at: datetime
    released_at: datetime | None

    @property
    def unnamed(self) -> int:
        """Places without a name."""
        return self.size - self.named

    def state(self, now: datetime) -> BlockState:
        """Where the block stands."""
        return state_of(self.released_at, self.name_until, now)


def _numbers(*conditions: Any) -> Select[*tuple[Any, ...]]:
    """Blocks with their numbers. What is named is counted by the pools, so nobody's registrations need be read."""
    given = and_(BlockShare.allotted, Pool.capacity > 0)
    named = case((SeatBlock.returned.is_(None), func.sum(Pool.taken)), else_=SeatBlock.size - SeatBlock.returned)
    return (
        select(
            SeatBlock.id,
            Event.slug,
            Event.title,
            Event.time_zone,
            SeatBlock.organisation_id,
            Organisation.name,
            Organisation.programme_id,
            SeatBlock.mode,
            SeatBlock.size,
            func.coalesce(func.sum(case((given, Pool.capacity), else_=0)), 0),
            named,
            func.count(case((given, 1))),
            SeatBlock.name_until,
            SeatBlock.releases_at,
            SeatBlock.released_at,
        )
        .join(Event, Event.id == SeatBlock.event_id)
        .join(Organisation, Organisation.id == SeatBlock.organisation_id)
        .join(BlockShare, BlockShare.block_id == SeatBlock.id)
        .join(Pool, Pool.id == BlockShare.pool_id)
        .where(*conditions)
        .group_by(SeatBlock.id, Event.id, Organisation.id)
        .limit(MOST_BLOCKS)
    )


def of_event(viewer: Viewer, event: Event) -> list[BlockNumbers]:
    """The blocks of an event, open ones first, then by holder. For the vendor's readers."""
    if not viewer.reads_all:
        raise NotFoundError(event.id)
    query = _numbers(SeatBlock.event_id == event.id)
    return _read(query.order_by(SeatBlock.released_at.is_not(None), Organisation.sort_key, SeatBlock.id))


def held(viewer: Viewer) -> list[BlockNumbers]:
    """The blocks that the viewer's company holds: open ones first, each with the nearest event first."""
    query = _numbers(SeatBlock.organisation_id == read_id(viewer))
    return _read(query.order_by(SeatBlock.released_at.is_not(None), Event.starts_at, SeatBlock.id))


def numbers(block: SeatBlock) -> BlockNumbers:
    """One block in numbers."""
    return _read(_numbers(SeatBlock.id == block.id))[0]


def _read(query: Select[*tuple[Any, ...]]) -> list[BlockNumbers]:
    return [BlockNumbers(*row[:9], *map(int, row[9:12]), *row[12:]) for row in db.session.execute(query)]


@dataclass(frozen=True)
class ShareOfBlock:
    """A share as the holder and the organizer see it: whose it is, its places, and how many are named."""

    id: int
    company_id: int
    company: str
    allotted: bool
    places: int
    named: int

    @property
    def unnamed(self) -> int:
        """Places without a name."""
        return max(0, self.places - self.named)


@dataclass(frozen=True)
class Named:
    """Somebody who was named for a place, as far as the block's holder may know: name, company and status."""

    share_id: int
    name: str
    company: str
    status: RegistrationStatus


def shares_of(block: SeatBlock) -> list[ShareOfBlock]:
    """A block's shares, the holder's own first, then by company. The caller has found the block for its viewer."""
    with whole():
        query = (
            select(
                BlockShare.id,
                Organisation.id,
                Organisation.name,
                BlockShare.allotted,
                func.coalesce(Pool.capacity, 0),
                Pool.taken,
            )
            .join(Organisation, Organisation.id == BlockShare.organisation_id)
            .join(Pool, Pool.id == BlockShare.pool_id)
            .where(BlockShare.block_id == block.id)
            .order_by(BlockShare.allotted, Organisation.sort_key, BlockShare.id)
        )
        return [ShareOfBlock(*row) for row in db.session.execute(query)]


def named_in(share_ids: Collection[int]) -> list[Named]:
    """Who was named in these shares, which the caller has found for its viewer: those who come first, then by name."""
    with whole():
        query = (
            select(BlockClaim.share_id, Registration.name, Organisation.name, Registration.status)
            .join(Registration, Registration.id == BlockClaim.registration_id)
            .join(Organisation, Organisation.id == Registration.organisation_id)
            .where(BlockClaim.share_id.in_(share_ids))
            .order_by(Registration.cancelled_at.is_not(None), func.lower(Registration.name), Registration.id)
        )
        return [Named(*row) for row in db.session.execute(query)]


@dataclass(frozen=True)
class Places:
    """Places that a company may name its own people for: those of its own block (`own`), or allotted by `holder`."""

    share_id: int
    slug: str
    title: str
    time_zone: str
    starts_at: datetime
    holder: str
    own: bool
    mode: Mode
    places: int
    named: int
    name_until: datetime
    released_at: datetime | None
    block_id: int

    @property
    def free(self) -> int:
        """Places without a name."""
        return 0 if self.released_at is not None else max(0, self.places - self.named)

    def state(self, now: datetime) -> BlockState:
        """Where the block stands."""
        return state_of(self.released_at, self.name_until, now)


def places_for(company_id: int, *, event_id: int | None = None) -> list[Places]:
    """The shares of a company, in blocks of one event or of all: own ones first, then by who gave them.

    Found among the company's own rows; then, by their ids, what it must know of the blocks: not their sizes.
    """
    mine = select(BlockShare.id).where(BlockShare.organisation_id == company_id)
    ids = list(db.session.scalars(mine))
    if not ids:
        return []
    holder = Organisation
    given = or_(~BlockShare.allotted, Pool.capacity > 0)
    query: Select[*tuple[Any, ...]] = (
        select(
            BlockShare.id,
            Event.slug,
            Event.title,
            Event.time_zone,
            Event.starts_at,
            holder.name,
            ~BlockShare.allotted,
            SeatBlock.mode,
            Pool.capacity,
            Pool.taken,
            SeatBlock.name_until,
            SeatBlock.released_at,
            SeatBlock.id,
        )
        .join(SeatBlock, SeatBlock.id == BlockShare.block_id)
        .join(Event, Event.id == SeatBlock.event_id)
        .join(holder, holder.id == SeatBlock.organisation_id)
        .join(Pool, Pool.id == BlockShare.pool_id)
        .where(BlockShare.id.in_(ids), given)
        .order_by(SeatBlock.released_at.is_not(None), Event.starts_at, BlockShare.allotted, holder.sort_key, BlockShare.id)
    )
    if event_id is not None:
        query = query.where(SeatBlock.event_id == event_id)
    with whole():
        return [Places(*row) for row in db.session.execute(query)]


def allotted_to(viewer: Viewer) -> list[Places]:
    """The places that others have allotted to the viewer's company."""
    return [found for found in places_for(read_id(viewer)) if not found.own]


def own_share(viewer: Viewer, event: Event, share_id: int) -> BlockShare:
    """A share of the company that the viewer acts for, as its admin, in a block of the event. Raises NotFoundError."""
    found = db.session.scalar(select(BlockShare).where(BlockShare.id == share_id, BlockShare.organisation_id == run_id(viewer)))
    with whole():
        block_event = db.session.scalar(select(SeatBlock.event_id).where(SeatBlock.id == found.block_id)) if found else None
    if found is None or block_event != event.id:
        raise NotFoundError(share_id)
    return found


def claimed_through(registration_ids: Iterable[int]) -> dict[int, str]:
    """Whose block a registration's place is of, by the registration's id. For rows that the caller may see."""
    with whole():
        query = (
            select(BlockClaim.registration_id, Organisation.name)
            .join(BlockShare, BlockShare.id == BlockClaim.share_id)
            .join(SeatBlock, SeatBlock.id == BlockShare.block_id)
            .join(Organisation, Organisation.id == SeatBlock.organisation_id)
            .where(BlockClaim.registration_id.in_(list(registration_ids)))
        )
        return dict(db.session.execute(query).all())


def holder_of_claim() -> ColumnElement[str]:
    """Whose block a registration's place is of, as a column of a query over registrations; empty for any other place."""
    query = (
        select(Organisation.name)
        .join(SeatBlock, SeatBlock.organisation_id == Organisation.id)
        .join(BlockShare, BlockShare.block_id == SeatBlock.id)
        .join(BlockClaim, BlockClaim.share_id == BlockShare.id)
        .where(BlockClaim.registration_id == Registration.id)
        .correlate(Registration)
    )
    return func.coalesce(query.scalar_subquery(), "")


def has_blocks(event: Event) -> bool:
    """Whether places of the event were ever set aside."""
    return bool(db.session.scalar(select(exists().where(SeatBlock.event_id == event.id))))


def holds_place_of(registration_id: int) -> bool:
    """Whether a block holds the registration's place still, and not yet the event."""
    query = (
        select(BlockClaim.registration_id)
        .join(BlockShare, BlockShare.id == BlockClaim.share_id)
        .join(SeatBlock, SeatBlock.id == BlockShare.block_id)
        .where(BlockClaim.registration_id == registration_id, SeatBlock.released_at.is_(None))
    )
    return db.session.scalar(query) is not None


def supplied_ids(company_id: int, today: date) -> list[int]:
    """Ids of the companies that a distributor supplies on that day."""
    return list(db.session.scalars(select(Relationship.to_id).where(*_supplies(company_id, today))))


def names_of(company_ids: Collection[int]) -> list[tuple[int, str]]:
    """Id and name of these companies, which the caller may know, by name; without those that have ended."""
    with whole():
        query = select(Organisation.id, Organisation.name).where(
            Organisation.id.in_(company_ids),
            Organisation.merged_into_id.is_(None),
            Organisation.status != OrganisationStatus.ENDED,
        )
        return [(row.id, row.name) for row in db.session.execute(query.order_by(Organisation.sort_key, Organisation.id))]


def supplies(company_id: int, reseller_id: int, today: date) -> bool:
    """Whether the one company supplies the other on that day."""
    query = select(exists().where(*_supplies(company_id, today), Relationship.to_id == reseller_id))
    return bool(db.session.scalar(query))


def _supplies(company_id: int, today: date) -> tuple[Any, ...]:
    """As `partners.relationships` counts: the connection holds from its first day until the day it ends."""
    return (
        Relationship.from_id == company_id,
        Relationship.kind == RelationshipKind.SUPPLIES,
        or_(Relationship.valid_from.is_(None), Relationship.valid_from <= today),
        or_(Relationship.valid_to.is_(None), Relationship.valid_to > today),
    )


def open_ids(*conditions: Any) -> Sequence[int]:
    """Ids of the blocks that are not released, oldest first; for the worker."""
    query = select(SeatBlock.id).where(SeatBlock.released_at.is_(None), *conditions).order_by(SeatBlock.id)
    return db.session.scalars(query).all()


def pools_of(block: SeatBlock) -> tuple[int, ...]:
    """The event's pools that the block's booking needs."""
    query = select(BookingPool.pool_id).where(BookingPool.booking_id == block.booking_id).order_by(BookingPool.pool_id)
    return tuple(db.session.scalars(query))


def unnamed_in(event: Event) -> ColumnElement[int]:
    """How many places of the event's open blocks have no name, as a column of another query."""
    query = (
        select(func.coalesce(func.sum(Pool.capacity - Pool.taken), 0))
        .join(BlockShare, BlockShare.pool_id == Pool.id)
        .join(SeatBlock, SeatBlock.id == BlockShare.block_id)
        .where(SeatBlock.event_id == event.id, SeatBlock.released_at.is_(None), Pool.capacity > Pool.taken)
    )
    return query.scalar_subquery()


def unnamed_by_company(block: SeatBlock) -> dict[int, int]:
    """Companies that have places of the block without a name, each with their number."""
    query = (
        select(BlockShare.organisation_id, func.coalesce(func.sum(Pool.capacity - Pool.taken), 0))
        .join(Pool, Pool.id == BlockShare.pool_id)
        .where(BlockShare.block_id == block.id, Pool.capacity > Pool.taken)
        .group_by(BlockShare.organisation_id)
    )
    return {company_id: int(number or 0) for company_id, number in db.session.execute(query)}
