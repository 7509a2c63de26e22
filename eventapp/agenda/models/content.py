"""What an agenda is made of: tracks, session types, rooms, sessions, and what belongs to a session."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.events.models import AudienceField, Event, EventFormat
from eventapp.places.models import Pool


class Track(Base):
    """A thread through the agenda, told by its word and its colour (`#rrggbb`).

    `most_each` is how many of its sessions one person may sign up to; none: any number.
    """

    __tablename__ = "track"
    __table_args__ = (
        UniqueConstraint("event_id", "name"),
        CheckConstraint("most_each IS NULL OR most_each > 0", name="most_each_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(60))
    colour: Mapped[str] = mapped_column(String(7), default="#59656f")
    most_each: Mapped[int | None]


class SessionType(Base):
    """Keynote, product update, workshop, break: what kind of session it is, and how many minutes one takes by default."""

    __tablename__ = "session_type"
    __table_args__ = (
        UniqueConstraint("event_id", "name"),
        CheckConstraint("minutes BETWEEN 1 AND 1440", name="minutes_within_day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(60))
    minutes: Mapped[int] = mapped_column(default=45)
    # Nobody speaks and nobody signs up: it is shown as a line across the day.
    is_break: Mapped[bool] = mapped_column(default=False, server_default=false())


class Room(Base):
    """Where sessions take place. A virtual room has an address (`join_url`) that nobody gets to see but by a join link.

    `capacity` is how many fit in, none: any number; `changeover` the minutes it needs between two sessions. Without
    `RoomHours` it is free at any time.
    """

    __tablename__ = "room"
    __table_args__ = (
        UniqueConstraint("event_id", "name"),
        UniqueConstraint("event_id", "guid"),
        CheckConstraint("capacity IS NULL OR capacity > 0", name="capacity_positive"),
        CheckConstraint("changeover >= 0", name="changeover_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    guid: Mapped[str] = mapped_column(String(36))
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(80))
    description: Mapped[str] = mapped_column(String(300), default="")
    equipment: Mapped[str] = mapped_column(String(500), default="")
    capacity: Mapped[int | None]
    changeover: Mapped[int] = mapped_column(default=0)
    is_virtual: Mapped[bool] = mapped_column(default=False, server_default=false())
    join_url: Mapped[str] = mapped_column(String(500), default="")
    archived: Mapped[bool] = mapped_column(default=False, server_default=false())
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class RoomHours(Base):
    """A time in which a room can be used. A room with none can be used at any time."""

    __tablename__ = "room_hours"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="in_order"), Index("ix_room_hours_room_id", "room_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    room_id: Mapped[int] = mapped_column(ForeignKey("room.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class SessionStatus(StrEnum):
    """Tentative: not yet agreed with its speakers, so no release shows it. Cancelled ones stay, for whoever had them."""

    TENTATIVE = "tentative"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


SESSION_STATUS_LABELS = {
    SessionStatus.TENTATIVE: _l("Tentative"),
    SessionStatus.CONFIRMED: _l("Confirmed"),
    SessionStatus.CANCELLED: _l("Cancelled"),
}


class SessionLevel(StrEnum):
    """How much a session expects its audience to know."""

    ANY = "any"
    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


LEVEL_LABELS = {
    SessionLevel.ANY: _l("For everybody"),
    SessionLevel.BEGINNER: _l("Beginner"),
    SessionLevel.INTERMEDIATE: _l("Intermediate"),
    SessionLevel.ADVANCED: _l("Advanced"),
}


class AgendaSession(Base):
    """A session of an event as it stands in the draft; what the public sees is in the latest release.

    `code` is its short name in addresses. `delivery` is how it can be followed, none: as the event. With `signs_up` it
    has places of its own in `pool` (without capacity as many as want to); `signs_up_until` closes that, none: its start.
    A `listed` session is in the public agenda; another one is seen only by those who may come (`SessionAudience`).
    `join_url` goes before that of the room. `abstract_html` is the sanitised Markdown of `abstract`, made when it is
    saved; `notes` are for organizers.
    """

    __tablename__ = "agenda_session"
    __table_args__ = (
        UniqueConstraint("event_id", "code"),
        CheckConstraint("title <> ''", name="has_title"),
        CheckConstraint("(status = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled_has_time"),
        CheckConstraint("NOT signs_up OR pool_id IS NOT NULL", name="signs_up_with_pool"),
        Index("ix_agenda_session_track_id", "track_id"),
        Index("ix_agenda_session_type_id", "type_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(200))
    subtitle: Mapped[str] = mapped_column(String(200), default="")
    abstract: Mapped[str] = mapped_column(Text, default="")
    abstract_html: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(20), default="en")
    level: Mapped[SessionLevel] = mapped_column(text_enum(SessionLevel), default=SessionLevel.ANY)
    track_id: Mapped[int | None] = mapped_column(ForeignKey("track.id"))
    type_id: Mapped[int] = mapped_column(ForeignKey("session_type.id"))
    status: Mapped[SessionStatus] = mapped_column(text_enum(SessionStatus), default=SessionStatus.CONFIRMED)
    delivery: Mapped[EventFormat | None] = mapped_column(text_enum(EventFormat))
    listed: Mapped[bool] = mapped_column(default=True, server_default=true())
    signs_up: Mapped[bool] = mapped_column(default=False, server_default=false())
    signs_up_until: Mapped[datetime | None]
    pool_id: Mapped[int | None] = mapped_column(ForeignKey("pool.id"), unique=True)
    join_url: Mapped[str] = mapped_column(String(500), default="")
    recording_url: Mapped[str] = mapped_column(String(500), default="")
    recording_until: Mapped[datetime | None]
    picture_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_picture.id", ondelete="SET NULL"))
    notes: Mapped[str] = mapped_column(String(1000), default="")
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    event: Mapped[Event] = relationship(lazy="raise")
    track: Mapped[Track | None] = relationship(lazy="raise")
    type: Mapped[SessionType] = relationship(lazy="raise")
    pool: Mapped[Pool | None] = relationship(lazy="raise")

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class SessionAudience(Base):
    """Who may sign up to a session has one of `values` in `field`, for all its rows; as `events.models.AudienceRule`."""

    __tablename__ = "session_audience"
    __table_args__ = (UniqueConstraint("session_id", "field"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("agenda_session.id", ondelete="CASCADE"))
    field: Mapped[AudienceField] = mapped_column(text_enum(AudienceField))
    values: Mapped[list[Any]]


class MaterialMoment(StrEnum):
    """When material is shown: before the session, or only from its end on."""

    BEFORE = "before"
    AFTER = "after"


class SessionMaterial(Base):
    """A link or a file that belongs to a session. `key` is the random part of a file's address."""

    __tablename__ = "session_material"
    __table_args__ = (
        CheckConstraint("(url <> '') <> (key IS NOT NULL)", name="link_or_file"),
        CheckConstraint("(key IS NULL) = (content IS NULL)", name="file_has_content"),
        Index("ix_session_material_session_id", "session_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("agenda_session.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(default=0)
    moment: Mapped[MaterialMoment] = mapped_column(text_enum(MaterialMoment), default=MaterialMoment.BEFORE)
    title: Mapped[str] = mapped_column(String(150))
    url: Mapped[str] = mapped_column(String(500), default="")
    key: Mapped[str | None] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(120), default="")
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    # Without it only registered people see it.
    is_public: Mapped[bool] = mapped_column(default=True, server_default=true())


class AgendaPicture(Base):
    """A picture of a speaker or a session, drawn anew from what was uploaded. `key` is its random address."""

    __tablename__ = "agenda_picture"
    __table_args__ = (Index("ix_agenda_picture_event_id", "event_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(32), unique=True)
    mime: Mapped[str] = mapped_column(String(20))
    width: Mapped[int]
    height: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[datetime]
