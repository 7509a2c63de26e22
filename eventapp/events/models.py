"""Events and how many of a company may come."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.places.models import Pool


class EventFormat(StrEnum):
    """Where people take part."""

    IN_PERSON = "in_person"
    VIRTUAL = "virtual"
    HYBRID = "hybrid"


class Mode(StrEnum):
    """How one person takes part."""

    IN_PERSON = "in_person"
    VIRTUAL = "virtual"


class EventStatus(StrEnum):
    """draft → published → closed (no more registrations) or cancelled."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CLOSED = "closed"
    CANCELLED = "cancelled"


# From each status to those it may change to.
TRANSITIONS = {
    EventStatus.DRAFT: {EventStatus.PUBLISHED},
    EventStatus.PUBLISHED: {EventStatus.CLOSED, EventStatus.CANCELLED},
    EventStatus.CLOSED: {EventStatus.PUBLISHED, EventStatus.CANCELLED},
    EventStatus.CANCELLED: set(),
}

FORMAT_LABELS = {EventFormat.IN_PERSON: _l("In person"), EventFormat.VIRTUAL: _l("Virtual"), EventFormat.HYBRID: _l("Hybrid")}
MODE_LABELS = {Mode.IN_PERSON: _l("In person"), Mode.VIRTUAL: _l("Virtual")}
EVENT_STATUS_LABELS = {
    EventStatus.DRAFT: _l("Draft"),
    EventStatus.PUBLISHED: _l("Published"),
    EventStatus.CLOSED: _l("Registration closed"),
    EventStatus.CANCELLED: _l("Cancelled"),
}
MODES = {
    EventFormat.IN_PERSON: (Mode.IN_PERSON,),
    EventFormat.VIRTUAL: (Mode.VIRTUAL,),
    EventFormat.HYBRID: (Mode.IN_PERSON, Mode.VIRTUAL),
}


class Event(Base):
    """An event. Times are UTC; `time_zone` is where it takes place, and its local time is what counts.

    Three pools: `pool` for everybody, `in_person_pool` and `virtual_pool` for the modes of a hybrid event (without
    limit otherwise). `description_html` is the sanitised Markdown of `description`, made when it is saved.
    """

    __tablename__ = "event"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint(
            "registration_opens_at IS NULL OR registration_closes_at IS NULL OR registration_closes_at > registration_opens_at",
            name="window_in_order",
        ),
        Index("ix_event_status_ends_at", "status", "ends_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[str] = mapped_column(String(150))
    summary: Mapped[str] = mapped_column(String(300), default="")
    description: Mapped[str] = mapped_column(Text, default="")
    description_html: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[EventStatus] = mapped_column(text_enum(EventStatus), default=EventStatus.DRAFT)
    format: Mapped[EventFormat] = mapped_column(text_enum(EventFormat))
    venue: Mapped[str] = mapped_column(String(150), default="")
    address: Mapped[str] = mapped_column(String(250), default="")
    city: Mapped[str] = mapped_column(String(100), default="")
    country_code: Mapped[str | None] = mapped_column(ForeignKey("country.code"))
    join_url: Mapped[str] = mapped_column(String(500), default="")
    time_zone: Mapped[str] = mapped_column(String(60))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    registration_opens_at: Mapped[datetime | None]
    registration_closes_at: Mapped[datetime | None]
    contact_email: Mapped[str] = mapped_column(String(254), default="")
    sender_name: Mapped[str] = mapped_column(String(120), default="")
    pool_id: Mapped[int] = mapped_column(ForeignKey("pool.id"), unique=True)
    in_person_pool_id: Mapped[int] = mapped_column(ForeignKey("pool.id"), unique=True)
    virtual_pool_id: Mapped[int] = mapped_column(ForeignKey("pool.id"), unique=True)
    cancelled_reason: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    pool: Mapped[Pool] = relationship(foreign_keys=[pool_id])
    in_person_pool: Mapped[Pool] = relationship(foreign_keys=[in_person_pool_id])
    virtual_pool: Mapped[Pool] = relationship(foreign_keys=[virtual_pool_id])

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy

    @property
    def modes(self) -> tuple[Mode, ...]:
        """The ways to take part."""
        return MODES[self.format]

    @property
    def is_virtual(self) -> bool:
        """Whether nobody has to travel: the viewer's own time then comes first."""
        return self.format is EventFormat.VIRTUAL

    def mode_pool_id(self, mode: Mode) -> int:
        """The pool of a mode."""
        return self.in_person_pool_id if mode is Mode.IN_PERSON else self.virtual_pool_id


NO_TIER = "none"


class TierQuota(Base):
    """How many people a company of a tier may send; `none` is the row of companies without a tier. No places: no limit."""

    __tablename__ = "tier_quota"
    __table_args__ = (CheckConstraint("places IS NULL OR places >= 0", name="places_not_negative"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    tier: Mapped[str] = mapped_column(String(30), primary_key=True)
    places: Mapped[int | None]


class CompanyQuota(Base):
    """A company's own pool for an event, made at its first registration or exception.

    With `exception` the pool's capacity was set by hand and no longer follows the tier.
    """

    __tablename__ = "company_quota"
    __table_args__ = (Index("ix_company_quota_organisation_id", "organisation_id"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    pool_id: Mapped[int] = mapped_column(ForeignKey("pool.id"), unique=True)
    exception: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(String(200), default="")

    pool: Mapped[Pool] = relationship(lazy="raise")


class EventStaff(Base):
    """Somebody of the vendor's who helps with one event, until `ends_at`."""

    __tablename__ = "event_staff"

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True, index=True)
    granted_at: Mapped[datetime]
    granted_by: Mapped[str] = mapped_column(String(254))
    ends_at: Mapped[datetime]
