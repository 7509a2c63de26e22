"""Pools of places and the bookings that hold them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base, text_enum


class Order(StrEnum):
    """In which order those who wait for a pool move up; among equals the older turn is always first.

    Round robin goes over the parties that wait: the one with the fewest places taken in this pool first. By rank: the
    lower rank first.
    """

    FIRST_COME = "first_come"
    ROUND_ROBIN = "round_robin"
    BY_RANK = "by_rank"


class Pool(Base):
    """A number of places. No capacity: no limit.

    `overbooked` is what an organizer let stand above a lowered capacity; new bookings stop until it is gone.
    `waiting` counts the bookings that wait for this very pool, `order` is the order in which they move up.
    """

    __tablename__ = "pool"
    __table_args__ = (
        CheckConstraint("taken >= 0", name="taken_not_negative"),
        CheckConstraint("waiting >= 0", name="waiting_not_negative"),
        CheckConstraint("capacity IS NULL OR capacity >= 0", name="capacity_not_negative"),
        CheckConstraint("capacity IS NULL OR taken <= capacity + overbooked", name="taken_within_capacity"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    capacity: Mapped[int | None]
    taken: Mapped[int] = mapped_column(default=0)
    overbooked: Mapped[int] = mapped_column(default=0)
    waiting: Mapped[int] = mapped_column(default=0)
    order: Mapped[Order] = mapped_column(
        text_enum(Order), default=Order.FIRST_COME, server_default=text(f"'{Order.FIRST_COME.value}'")
    )

    @property
    def free(self) -> int | None:
        """Places left, never below zero; none where there is no limit."""
        return None if self.capacity is None else max(0, self.capacity - self.taken)


class BookingState(StrEnum):
    """Whether a booking holds its places, waits for them, or has given them back.

    Offered: it holds them, but only until a deadline by which somebody must accept.
    """

    HELD = "held"
    OFFERED = "offered"
    WAITING = "waiting"
    RELEASED = "released"


# The states in which a booking counts in `taken`.
TAKING = (BookingState.HELD, BookingState.OFFERED)

_WAITS = text("waiting_for_id IS NOT NULL")
_OFFERED = text("offered_until IS NOT NULL")


class Booking(Base):
    """`size` places in each of its pools, all or none. While it waits, `waiting_for_id` is the pool that was full.

    Bookings of one group come together or not at all: they wait for the same pool, which not all of them need, and
    move up at once. `group_id` is the id of the group's first booking, its turn the group's. `party` is whose booking
    it is, such as a company's id; this engine only asks whether two are the same. `offered_until` is UTC.
    """

    __tablename__ = "booking"
    __table_args__ = (
        CheckConstraint("size > 0", name="size_positive"),
        CheckConstraint("(state = 'waiting') = (waiting_for_id IS NOT NULL)", name="waiting_has_pool"),
        CheckConstraint("(state = 'offered') = (offered_until IS NOT NULL)", name="offered_has_deadline"),
        # Only those who wait stand in them, so whoever gets a place at once pays for none.
        Index(
            "ix_booking_waiting_for_id_queued_at",
            "waiting_for_id",
            "queued_at",
            "id",
            sqlite_where=_WAITS,
            postgresql_where=_WAITS,
        ),
        Index(
            "ix_booking_waiting_for_id_rank",
            "waiting_for_id",
            "rank",
            "queued_at",
            "id",
            sqlite_where=_WAITS,
            postgresql_where=_WAITS,
        ),
        Index(
            "ix_booking_group_id",
            "group_id",
            sqlite_where=text("group_id IS NOT NULL"),
            postgresql_where=text("group_id IS NOT NULL"),
        ),
        Index("ix_booking_offered_until", "offered_until", sqlite_where=_OFFERED, postgresql_where=_OFFERED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(default=1)
    state: Mapped[BookingState] = mapped_column(text_enum(BookingState))
    queued_at: Mapped[datetime]
    waiting_for_id: Mapped[int | None] = mapped_column(ForeignKey("pool.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"))
    party: Mapped[int | None]
    rank: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    offered_until: Mapped[datetime | None]

    @property
    def turn(self) -> tuple[datetime, int, int]:
        """What among equals decides who is first. A group's bookings stand together."""
        return (self.queued_at, self.group_id or self.id, self.id)


class BookingPool(Base):
    """A pool that a booking needs."""

    __tablename__ = "booking_pool"

    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id", ondelete="CASCADE"), primary_key=True)
    pool_id: Mapped[int] = mapped_column(ForeignKey("pool.id"), primary_key=True, index=True)
