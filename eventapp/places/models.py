"""Pools of places and the bookings that hold them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base, text_enum


class Pool(Base):
    """A number of places. No capacity: no limit.

    `overbooked` is what an organizer let stand above a lowered capacity; new bookings stop until it is gone.
    `waiting` counts the bookings that wait for this very pool.
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

    @property
    def free(self) -> int | None:
        """Places left, never below zero; none where there is no limit."""
        return None if self.capacity is None else max(0, self.capacity - self.taken)


class BookingState(StrEnum):
    """Whether a booking holds its places, waits for them, or has given them back."""

    HELD = "held"
    WAITING = "waiting"
    RELEASED = "released"


class Booking(Base):
    """`size` places in each of its pools, all or none. While it waits, `waiting_for_id` is the pool that was full."""

    __tablename__ = "booking"
    __table_args__ = (
        CheckConstraint("size > 0", name="size_positive"),
        CheckConstraint("(state = 'waiting') = (waiting_for_id IS NOT NULL)", name="waiting_has_pool"),
        Index("ix_booking_waiting_for_id_queued_at", "waiting_for_id", "queued_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(default=1)
    state: Mapped[BookingState] = mapped_column(text_enum(BookingState))
    queued_at: Mapped[datetime]
    waiting_for_id: Mapped[int | None] = mapped_column(ForeignKey("pool.id"))


class BookingPool(Base):
    """A pool that a booking needs."""

    __tablename__ = "booking_pool"

    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id", ondelete="CASCADE"), primary_key=True)
    pool_id: Mapped[int] = mapped_column(ForeignKey("pool.id"), primary_key=True, index=True)
