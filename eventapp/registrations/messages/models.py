"""Own texts and switches of an event, and who has got what."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from eventapp.core.db import Base, text_enum


class MessageSetting(Base):
    """Whether an event sends a message, and the hour in its own time for one that leaves on a date (none: as usual).

    Every message that differs from the usual, by a switch or by a text, has this row.
    """

    __tablename__ = "message_setting"
    __table_args__ = (CheckConstraint("hour IS NULL OR (hour >= 0 AND hour <= 23)", name="hour_of_a_day"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    enabled: Mapped[bool]
    hour: Mapped[int | None]


class MessageText(Base):
    """An event's own text of a message in one language: Markdown with placeholders."""

    __tablename__ = "message_text"

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(254))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__: dict[str, Any] = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class Outcome(StrEnum):
    """What became of a message to one person. `skipped`: its time was over before it could leave."""

    SENT = "sent"
    SKIPPED = "skipped"


class MessageSent(Base):
    """That somebody has got a message that leaves on a date, or was passed over: its key makes it never twice.

    `due_at` is when it was due for the event; one that was passed over may still go when the event is moved.
    """

    __tablename__ = "message_sent"
    __table_args__ = (Index("ix_message_sent_event_id_kind", "event_id", "kind", "outcome"),)

    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    outcome: Mapped[Outcome] = mapped_column(text_enum(Outcome))
    due_at: Mapped[datetime]
    at: Mapped[datetime]


class MessageRun(Base):
    """How far a message to everybody of an event has come: with `done_at` all who should get what was due then have.

    Of a change of the event the row is the order to tell it; `changes` is then [what, old, new] in words.
    """

    __tablename__ = "message_run"

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    changes: Mapped[list[Any]] = mapped_column(default=list)
