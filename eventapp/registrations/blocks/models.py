"""Seat blocks, the shares that they are divided into, and who was named for a place."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventapp.core.db import Base, text_enum
from eventapp.events.models import Event, Mode
from eventapp.partners.models import Organisation
from eventapp.places.models import Booking, Pool


class SeatBlock(Base):
    """`size` places of an event that a company holds without names.

    Until it is released, `booking` holds all of them in the event's pools, and whoever is named takes a place of a
    share instead. `name_until` is the moment until which the company may give names, `releases_at` that at which the
    places still unnamed fall back to the event (`returned` says how many did, at `released_at`). `noticed` is the
    smallest number of days before `name_until` for which a notice has gone out; `kind_id` is as what its people come, none
    where the event has no kinds.
    """

    __tablename__ = "seat_block"
    __table_args__ = (
        CheckConstraint("size > 0", name="size_positive"),
        CheckConstraint("releases_at >= name_until", name="released_after_naming"),
        CheckConstraint("(released_at IS NULL) = (returned IS NULL)", name="returned_when_released"),
        CheckConstraint("returned IS NULL OR (returned >= 0 AND returned <= size)", name="returned_within_size"),
        Index("ix_seat_block_event_id", "event_id"),
        Index("ix_seat_block_organisation_id", "organisation_id"),
        Index("ix_seat_block_released_at", "released_at", "name_until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    mode: Mapped[Mode] = mapped_column(text_enum(Mode))
    kind_id: Mapped[int | None] = mapped_column(ForeignKey("admission_kind.id"))
    size: Mapped[int]
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), unique=True)
    name_until: Mapped[datetime]
    releases_at: Mapped[datetime]
    noticed: Mapped[int | None]
    note: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(254))
    released_at: Mapped[datetime | None]
    returned: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)

    event: Mapped[Event] = relationship(lazy="raise")
    organisation: Mapped[Organisation] = relationship(lazy="raise")
    booking: Mapped[Booking] = relationship(lazy="raise")

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class BlockShare(Base):
    """A company's part of a block: what the holder keeps for itself, or what it has allotted to a reseller.

    The capacity of its pool is the number of places; those of a block's shares add up to the block's size, so nobody's
    places can be taken by anybody else. After the release nothing is held here: who was named stands in the event's pools.
    """

    __tablename__ = "block_share"
    __table_args__ = (
        CheckConstraint("allotted = (allotted_at IS NOT NULL)", name="allotted_has_time"),
        Index(
            "uq_block_share_own",
            "block_id",
            unique=True,
            sqlite_where=text("NOT allotted"),
            postgresql_where=text("NOT allotted"),
        ),
        Index("ix_block_share_block_id", "block_id"),
        Index("ix_block_share_organisation_id", "organisation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    block_id: Mapped[int] = mapped_column(ForeignKey("seat_block.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    pool_id: Mapped[int] = mapped_column(ForeignKey("pool.id"), unique=True)
    allotted: Mapped[bool]
    allotted_at: Mapped[datetime | None]

    block: Mapped[SeatBlock] = relationship(lazy="raise")
    organisation: Mapped[Organisation] = relationship(lazy="raise")
    pool: Mapped[Pool] = relationship(lazy="raise")


class BlockClaim(Base):
    """A registration for which a place of a share was named. It stays when the block is released."""

    __tablename__ = "block_claim"

    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id"), primary_key=True)
    share_id: Mapped[int] = mapped_column(ForeignKey("block_share.id"), index=True)
