"""The timetable: the parts of sessions in the draft, and what was released of them."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventapp.agenda.models.content import AgendaSession, Room, SessionLevel
from eventapp.agenda.models.speakers import Speaker
from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.events.models import Event, EventFormat


class SessionSlot(Base):
    """A part of a session in the draft: most have one, a session that goes on in another room has two.

    Without `starts_at` it is not in the timetable yet. `all_rooms` is for breaks: then it has no room. `number` and
    `guid` are what exchange files and calendars know it by for ever; `sequence` is that of its calendar entry (RFC 5545),
    which a release raises when it moves or cancels the part. A session has at least one.
    """

    __tablename__ = "session_slot"
    __table_args__ = (
        UniqueConstraint("event_id", "number"),
        UniqueConstraint("event_id", "guid"),
        CheckConstraint("minutes BETWEEN 1 AND 1440", name="minutes_within_day"),
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("NOT all_rooms OR room_id IS NULL", name="one_or_all_rooms"),
        Index("ix_session_slot_session_id", "session_id"),
        Index("ix_session_slot_event_id_starts_at", "event_id", "starts_at"),
        Index("ix_session_slot_room_id", "room_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    session_id: Mapped[int] = mapped_column(ForeignKey("agenda_session.id", ondelete="CASCADE"))
    number: Mapped[int]
    guid: Mapped[str] = mapped_column(String(36))
    part: Mapped[int] = mapped_column(default=1)
    label: Mapped[str] = mapped_column(String(200), default="")
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))
    all_rooms: Mapped[bool] = mapped_column(default=False, server_default=false())
    starts_at: Mapped[datetime | None]
    minutes: Mapped[int]
    sequence: Mapped[int] = mapped_column(default=0, server_default="0")

    session: Mapped[AgendaSession] = relationship(lazy="raise")
    room: Mapped[Room | None] = relationship(lazy="raise")

    @property
    def ends_at(self) -> datetime | None:
        """When it ends; none while it is not in the timetable."""
        return self.starts_at + timedelta(minutes=self.minutes) if self.starts_at else None


class AgendaRelease(Base):
    """A named version of an event's agenda that was made public. The one with the highest number is what people see.

    `new`, `moved`, `cancelled` and `changed` count its `ReleaseChange`s.
    """

    __tablename__ = "agenda_release"
    __table_args__ = (UniqueConstraint("event_id", "number"), UniqueConstraint("event_id", "name"))

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(60))
    note: Mapped[str] = mapped_column(String(1000), default="")
    released_at: Mapped[datetime]
    released_by: Mapped[str] = mapped_column(String(254))
    new: Mapped[int] = mapped_column(default=0)
    moved: Mapped[int] = mapped_column(default=0)
    cancelled: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)

    event: Mapped[Event] = relationship(lazy="raise")


class ReleasedSlot(Base):
    """A part of a session as a release shows it: its time, place and words, frozen. Names of rooms and tracks are today's.

    One that was in the release before and is cancelled stays in it as `cancelled`, so that calendars can say so; what is
    not `listed` is only for those who may come to it.
    """

    __tablename__ = "released_slot"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="in_order"),
        Index("ix_released_slot_release_id_starts_at", "release_id", "starts_at"),
        Index("ix_released_slot_slot_id", "slot_id"),
        Index("ix_released_slot_session_id", "session_id"),
    )

    release_id: Mapped[int] = mapped_column(ForeignKey("agenda_release.id", ondelete="CASCADE"), primary_key=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("session_slot.id"), primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("agenda_session.id"))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))
    all_rooms: Mapped[bool] = mapped_column(default=False, server_default=false())
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    sequence: Mapped[int] = mapped_column(default=0)
    cancelled: Mapped[bool] = mapped_column(default=False, server_default=false())
    listed: Mapped[bool] = mapped_column(default=True, server_default=true())
    title: Mapped[str] = mapped_column(String(200))
    subtitle: Mapped[str] = mapped_column(String(200), default="")
    label: Mapped[str] = mapped_column(String(200), default="")
    abstract_html: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(20), default="")
    level: Mapped[SessionLevel] = mapped_column(text_enum(SessionLevel), default=SessionLevel.ANY)
    track_id: Mapped[int | None] = mapped_column(ForeignKey("track.id"))
    type_id: Mapped[int] = mapped_column(ForeignKey("session_type.id"))
    delivery: Mapped[EventFormat | None] = mapped_column(text_enum(EventFormat))

    slot: Mapped[SessionSlot] = relationship(lazy="raise")
    session: Mapped[AgendaSession] = relationship(lazy="raise")
    room: Mapped[Room | None] = relationship(lazy="raise")


class ReleasedSpeaker(Base):
    """Who speaks in a session by a release, in order. What they are called is today's."""

    __tablename__ = "released_speaker"
    __table_args__ = (Index("ix_released_speaker_speaker_id", "speaker_id"),)

    release_id: Mapped[int] = mapped_column(ForeignKey("agenda_release.id", ondelete="CASCADE"), primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("agenda_session.id"), primary_key=True)
    speaker_id: Mapped[int] = mapped_column(ForeignKey("speaker.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)

    speaker: Mapped[Speaker] = relationship(lazy="raise")


class ChangeKind(StrEnum):
    """What a release did with a part of a session. Changed: its words, its speakers or its length, not its start or room."""

    NEW = "new"
    MOVED = "moved"
    CANCELLED = "cancelled"
    CHANGED = "changed"


CHANGE_LABELS = {
    ChangeKind.NEW: _l("New"),
    ChangeKind.MOVED: _l("Moved"),
    ChangeKind.CANCELLED: _l("Cancelled"),
    ChangeKind.CHANGED: _l("Changed"),
}


class ReleaseChange(Base):
    """One difference of a release to the one before it: the line of the public changelog."""

    __tablename__ = "release_change"
    __table_args__ = (
        UniqueConstraint("release_id", "slot_id"),
        Index("ix_release_change_slot_id", "slot_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("agenda_release.id", ondelete="CASCADE"))
    slot_id: Mapped[int] = mapped_column(ForeignKey("session_slot.id"))
    kind: Mapped[ChangeKind] = mapped_column(text_enum(ChangeKind))
    title: Mapped[str] = mapped_column(String(200))
    listed: Mapped[bool] = mapped_column(default=True, server_default=true())
    old_starts_at: Mapped[datetime | None]
    old_room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))
    starts_at: Mapped[datetime | None]
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))
