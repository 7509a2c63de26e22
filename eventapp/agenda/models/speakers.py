"""Speakers of an event, when they are away, what they still owe, and their part in sessions."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from eventapp.agenda.models.content import AgendaPicture, AgendaSession
from eventapp.core.db import Base, text_enum
from eventapp.core.i18n import _l
from eventapp.partners.models import Person


class Speaker(Base):
    """Somebody who speaks at an event, under the `name` and `company` that the public reads.

    `person_id` is who that is in our records, none for a name that came in a file. `token` is the secret of the link by
    which they answer without a login.
    """

    __tablename__ = "speaker"
    __table_args__ = (
        UniqueConstraint("event_id", "guid"),
        UniqueConstraint("event_id", "code"),
        UniqueConstraint("event_id", "person_id"),
        CheckConstraint("name <> ''", name="has_name"),
        Index("ix_speaker_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    guid: Mapped[str] = mapped_column(String(36))
    code: Mapped[str] = mapped_column(String(12))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(String(150))
    company: Mapped[str] = mapped_column(String(200), default="")
    job_title: Mapped[str] = mapped_column(String(150), default="")
    biography: Mapped[str] = mapped_column(Text, default="")
    biography_html: Mapped[str] = mapped_column(Text, default="")
    picture_id: Mapped[int | None] = mapped_column(ForeignKey("agenda_picture.id", ondelete="SET NULL"))
    token: Mapped[str] = mapped_column(String(43), unique=True)
    notes: Mapped[str] = mapped_column(String(1000), default="")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    person: Mapped[Person | None] = relationship(lazy="raise")
    picture: Mapped[AgendaPicture | None] = relationship(lazy="raise")

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class SpeakerAway(Base):
    """A time at which a speaker cannot speak."""

    __tablename__ = "speaker_away"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="in_order"), Index("ix_speaker_away_speaker_id", "speaker_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    speaker_id: Mapped[int] = mapped_column(ForeignKey("speaker.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(String(200), default="")


class SpeakerTask(Base):
    """Something that a speaker still owes us, such as slides or a biography; due at a moment, or at none."""

    __tablename__ = "speaker_task"
    __table_args__ = (Index("ix_speaker_task_speaker_id", "speaker_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    speaker_id: Mapped[int] = mapped_column(ForeignKey("speaker.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(150))
    due_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]


class SpeakerAnswer(StrEnum):
    """What a speaker has said to a session."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    DECLINED = "declined"


SPEAKER_ANSWER_LABELS = {
    SpeakerAnswer.OPEN: _l("Not answered yet"),
    SpeakerAnswer.CONFIRMED: _l("Confirmed"),
    SpeakerAnswer.DECLINED: _l("Declined"),
}


class SessionSpeaker(Base):
    """A speaker's part in a session, in the order in which the names stand."""

    __tablename__ = "session_speaker"
    __table_args__ = (Index("ix_session_speaker_speaker_id", "speaker_id"),)

    session_id: Mapped[int] = mapped_column(ForeignKey("agenda_session.id", ondelete="CASCADE"), primary_key=True)
    speaker_id: Mapped[int] = mapped_column(ForeignKey("speaker.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)
    answer: Mapped[SpeakerAnswer] = mapped_column(text_enum(SpeakerAnswer), default=SpeakerAnswer.CONFIRMED)
    answered_at: Mapped[datetime | None]

    session: Mapped[AgendaSession] = relationship(lazy="raise")
    speaker: Mapped[Speaker] = relationship(lazy="raise")
