"""Group sets of an event, their groups, who has a place in which, the rules, the material, and who was told what."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.events.models import Event, Mode
from eventapp.places.models import Booking, Pool


class GroupKind(StrEnum):
    """What a group of the set is."""

    CIRCLE = "circle"
    TABLE = "table"
    ROOM = "room"


KIND_LABELS = {
    GroupKind.CIRCLE: _l("Circles"),
    GroupKind.TABLE: _l("Tables"),
    GroupKind.ROOM: _l("Workshop rooms"),
}


class GroupSet(Base):
    """Groups for one activity of an event: 30 circles for drumming, the tables of a dinner.

    Who takes part are the confirmed registrations with that `mode` (none: either), of one of `kinds` and with one of
    `tags` (ids; empty: whichever), and with a place in the agenda's session, if one is named. `time_text` stands where
    there is no moment yet. `mixes` puts people of one company apart, `near_door` those with access needs into groups near
    the door. `announced_at` is when places were first told; from then on people see theirs. With `telling_since` mails to
    those who do not know their place are being written.
    """

    __tablename__ = "group_set"
    __table_args__ = (
        CheckConstraint("size > 0", name="size_positive"),
        Index("ix_group_set_event_id", "event_id", "id"),
        Index("ix_group_set_telling_since", "telling_since"),
        Index("ix_group_set_session_id", "session_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[GroupKind] = mapped_column(text_enum(GroupKind))
    place: Mapped[str] = mapped_column(String(200), default="")
    starts_at: Mapped[datetime | None]
    time_text: Mapped[str] = mapped_column(String(120), default="")
    size: Mapped[int]
    mode: Mapped[Mode | None] = mapped_column(text_enum(Mode))
    kinds: Mapped[list[Any]] = mapped_column(default=list)
    tags: Mapped[list[Any]] = mapped_column(default=list)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_session.id", ondelete="SET NULL"))
    mixes: Mapped[bool] = mapped_column(default=True, server_default=true())
    near_door: Mapped[bool] = mapped_column(default=False)
    announced_at: Mapped[datetime | None]
    telling_since: Mapped[datetime | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    event: Mapped[Event] = relationship(lazy="raise")

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class Group(Base):
    """One circle, table or room; the capacity of its pool is how many people it takes. A name of its own is optional."""

    __tablename__ = "event_group"
    __table_args__ = (
        UniqueConstraint("set_id", "number"),
        CheckConstraint("number > 0", name="number_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    set_id: Mapped[int] = mapped_column(ForeignKey("group_set.id", ondelete="CASCADE"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(80), default="")
    pool_id: Mapped[int] = mapped_column(ForeignKey("pool.id"), unique=True)
    near_door: Mapped[bool] = mapped_column(default=False)
    coach: Mapped[str] = mapped_column(String(150), default="")
    notes: Mapped[str] = mapped_column(String(500), default="")
    version: Mapped[int] = mapped_column(default=1)

    pool: Mapped[Pool] = relationship(lazy="raise")

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class GroupPlace(Base):
    """That somebody sits in a group; in each set at one place at most. `pinned`: automatic placing leaves it alone."""

    __tablename__ = "group_place"
    __table_args__ = (
        Index("ix_group_place_group_id", "group_id"),
        Index("ix_group_place_registration_id", "registration_id"),
    )

    set_id: Mapped[int] = mapped_column(ForeignKey("group_set.id", ondelete="CASCADE"), primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("event_group.id"))
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), unique=True)
    pinned: Mapped[bool] = mapped_column(default=False)

    booking: Mapped[Booking] = relationship(lazy="raise")


class RuleKind(StrEnum):
    """Whether its members are to sit in different groups, or in the same one."""

    APART = "apart"
    TOGETHER = "together"


class GroupRule(Base):
    """People or companies who are to be kept apart, or together."""

    __tablename__ = "group_rule"
    __table_args__ = (Index("ix_group_rule_set_id", "set_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    set_id: Mapped[int] = mapped_column(ForeignKey("group_set.id", ondelete="CASCADE"))
    kind: Mapped[RuleKind] = mapped_column(text_enum(RuleKind))


class GroupRuleMember(Base):
    """One of a rule: everybody of a company, or the person of a registration."""

    __tablename__ = "group_rule_member"
    __table_args__ = (
        CheckConstraint("(organisation_id IS NULL) <> (registration_id IS NULL)", name="company_or_person"),
        UniqueConstraint("rule_id", "organisation_id"),
        UniqueConstraint("rule_id", "registration_id"),
        Index("ix_group_rule_member_organisation_id", "organisation_id"),
        Index("ix_group_rule_member_registration_id", "registration_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rule_id: Mapped[int] = mapped_column(ForeignKey("group_rule.id", ondelete="CASCADE"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))


class GroupMaterial(Base):
    """Something that groups need, and how many of it there are for this set."""

    __tablename__ = "group_material"
    __table_args__ = (
        UniqueConstraint("set_id", "name"),
        CheckConstraint("stock >= 0", name="stock_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    set_id: Mapped[int] = mapped_column(ForeignKey("group_set.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    stock: Mapped[int]


class GroupSupply(Base):
    """How many of a material one group gets."""

    __tablename__ = "group_supply"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity_positive"),)

    group_id: Mapped[int] = mapped_column(ForeignKey("event_group.id", ondelete="CASCADE"), primary_key=True)
    material_id: Mapped[int] = mapped_column(ForeignKey("group_material.id", ondelete="CASCADE"), primary_key=True, index=True)
    quantity: Mapped[int]


class GroupPlacing(Base):
    """The last automatic placing of a set, so that it can be taken back.

    `moved` holds [registration, group before, group after] (ids; none: without a place) of everybody whom it moved.
    """

    __tablename__ = "group_placing"

    set_id: Mapped[int] = mapped_column(ForeignKey("group_set.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(254))
    moved: Mapped[list[Any]]
    undone_at: Mapped[datetime | None]


class GroupTold(Base):
    """What somebody was last told about their place in a set (`rules.telling`); empty: that they have none any more."""

    __tablename__ = "group_told"
    __table_args__ = (Index("ix_group_told_registration_id", "registration_id"),)

    set_id: Mapped[int] = mapped_column(ForeignKey("group_set.id", ondelete="CASCADE"), primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True)
    told: Mapped[str] = mapped_column(String(700))
    at: Mapped[datetime]
